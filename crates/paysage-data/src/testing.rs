//! What several tests need.

use tempfile::TempDir;

use crate::{Order, Rows, Table};

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

/// Checks that two data sets have the same rows: bitwise the same chunks in every order and size, and
/// the same positions and weights.
pub(crate) fn check_same_rows(found: &dyn Rows, expected: &dyn Rows) {
    let rows = expected.count();
    assert_eq!((found.count(), found.columns()), (rows, expected.columns()));
    assert_eq!(found.source(), expected.source());
    assert_eq!(found.is_complete(), expected.is_complete());
    assert_eq!(found.weights(), expected.weights());
    let shuffled = |seed, epoch| Order::Shuffled { seed, epoch };
    for order in [Order::Stored, shuffled(0, 0), shuffled(3, 1)] {
        for size in [1, 2, 7, rows.div_ceil(2), rows, rows + 1] {
            let mut chunks = found.chunks(order, size);
            for expected in expected.chunks(order, size) {
                let (expected, chunk) = (expected.unwrap(), chunks.next().unwrap().unwrap());
                assert_eq!(chunk.positions, expected.positions, "{order:?} {size}");
                assert_eq!(
                    bits(&chunk.values),
                    bits(&expected.values),
                    "{order:?} {size}"
                );
            }
            assert!(chunks.next().is_none(), "{order:?} {size}");
        }
    }
    for row in 0..rows {
        let column = row % expected.columns();
        assert_eq!(found.position(row, column), expected.position(row, column));
    }
}

/// The bits of values; all missing values have the same.
fn bits(values: &[f32]) -> Vec<u32> {
    let bits = values.iter().map(|x| match x.is_nan() {
        true => u32::MAX,
        false => x.to_bits(),
    });
    bits.collect()
}
