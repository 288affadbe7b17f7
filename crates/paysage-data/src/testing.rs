//! What several tests need.

use tempfile::TempDir;

use crate::Table;

/// A folder of files for a test, which is removed with it.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().into()
    }

    /// Writes a file; its path.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    pub(crate) fn npy(&self, name: &str, columns: usize, values: &[f32]) -> String {
        let rows = values.len() / columns;
        crate::write_npy(self.path(name), rows, columns, values).unwrap();
        self.path(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }
}

/// Does some work in so many threads.
pub(crate) fn in_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().unwrap().install(work)
}

/// A table of two columns with the numbers from 0 on, row by row.
pub(crate) fn counting(rows: usize) -> Table {
    Table::new("counting", 2, (0..2 * rows).map(|x| x as f32).collect()).unwrap()
}
