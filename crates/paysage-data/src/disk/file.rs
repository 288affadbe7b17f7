//! A file that must not change while it is read.

use std::fs::File;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::error::{DataError, DiskError};

/// An open file with the length and the time of change that it had when it was opened.
///
/// It is read by positional reads and not through a memory map: pages of a file that is truncated under a
/// memory map end the process with SIGBUS, and a short read is an error. A file that was replaced by
/// another one of its name is still the old one here.
pub(crate) struct DataFile {
    name: String,
    file: File,
    state: State,
    /// The first error of reading: decoders of other crates take it for a damaged file.
    failure: Mutex<Option<io::Error>>,
    /// For systems without positional reads.
    #[cfg(not(unix))]
    cursor: Mutex<()>,
}

#[derive(Clone, Copy, PartialEq)]
struct State {
    length: u64,
    modified: Option<SystemTime>,
}

impl State {
    fn of(file: &File) -> io::Result<Self> {
        let data = file.metadata()?;
        Ok(Self {
            length: data.len(),
            modified: data.modified().ok(),
        })
    }
}

impl DataFile {
    /// The file as it is now; `name` is for messages.
    pub(crate) fn of(name: &str, file: File) -> Result<Self, DataError> {
        let state = State::of(&file).map_err(|source| DataError::Unreadable {
            file: name.into(),
            source,
        })?;
        Ok(Self {
            name: name.into(),
            file,
            state,
            failure: Mutex::default(),
            #[cfg(not(unix))]
            cursor: Mutex::default(),
        })
    }

    /// Its name, for messages.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Number of bytes.
    pub(crate) fn length(&self) -> u64 {
        self.state.length
    }

    /// Reads the bytes from an offset on.
    pub(crate) fn read(&self, offset: u64, bytes: &mut [u8]) -> Result<(), DataError> {
        self.read_exact(offset, bytes)
            .map_err(|source| match source.kind() {
                io::ErrorKind::UnexpectedEof => self.changed(),
                _ => {
                    let copy = source
                        .raw_os_error()
                        .map_or_else(|| source.kind().into(), io::Error::from_raw_os_error);
                    self.failure().get_or_insert(copy);
                    self.unreadable(source)
                }
            })
    }

    /// Checks that the file did not change since it was opened, and that no read failed: called after reads, so
    /// that what they read is known to be of the same file.
    pub(crate) fn check(&self) -> Result<(), DataError> {
        if let Some(source) = self.failure().take() {
            return Err(self.unreadable(source));
        }
        match State::of(&self.file) {
            Ok(state) if state == self.state => Ok(()),
            _ => Err(self.changed()),
        }
    }

    fn failure(&self) -> MutexGuard<'_, Option<io::Error>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unreadable(&self, source: io::Error) -> DataError {
        let file = self.name.clone();
        DataError::Unreadable { file, source }
    }

    /// The error that the file changed.
    pub(crate) fn changed(&self) -> DataError {
        let file = self.name.clone();
        DiskError::Changed { file }.into()
    }

    #[cfg(unix)]
    fn read_exact(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, bytes, offset)
    }

    #[cfg(not(unix))]
    fn read_exact(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        use std::io::{Read, Seek, SeekFrom};
        let _cursor = self.cursor.lock();
        (&self.file).seek(SeekFrom::Start(offset))?;
        (&self.file).read_exact(bytes)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A file of so many bytes, none of which can be read.
    pub(crate) fn unreadable(name: &str, length: u64) -> DataFile {
        let folder = tempfile::tempdir().unwrap();
        // It is open for writing only.
        let file = File::create(folder.path().join("a")).unwrap();
        file.set_len(length).unwrap();
        DataFile::of(name, file).unwrap()
    }

    /// The decoders take it for a damaged file.
    #[test]
    fn an_error_of_reading_is_no_damage_of_an_archive_or_a_file_of_columns() {
        use crate::read::{Columnar, Hdf5, Kind, Source, extract};
        let source = |name| Source::disk(unreadable(name, 1000));
        let archive = unreadable("a.npz", 1000);
        let extracted = extract("a.npz", &archive, None, &mut |_| Ok(()));
        assert!(extracted.is_err());
        for refused in [
            archive.check().err(),
            Columnar::of("a.parquet", Kind::Parquet, source("a.parquet")).err(),
            Columnar::of("a.arrow", Kind::Arrow, source("a.arrow")).err(),
            Hdf5::of("a.h5", source("a.h5"), 1 << 20).err(),
        ] {
            let refused = refused.unwrap();
            let is_unreadable = matches!(refused, DataError::Unreadable { .. });
            assert!(is_unreadable, "{refused}");
        }
    }

    #[test]
    fn an_error_of_reading_is_not_forgotten() {
        let file = unreadable("a.npy", 100);
        assert!(matches!(
            file.read(0, &mut [0; 10]),
            Err(DataError::Unreadable { .. })
        ));
        assert!(matches!(file.check(), Err(DataError::Unreadable { .. })));
    }
}
