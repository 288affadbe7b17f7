//! A file that must not change while it is read.

use std::fs::File;
use std::io;
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
    /// For systems without positional reads.
    #[cfg(not(unix))]
    cursor: std::sync::Mutex<()>,
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
            #[cfg(not(unix))]
            cursor: std::sync::Mutex::default(),
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
                _ => DataError::Unreadable {
                    file: self.name.clone(),
                    source,
                },
            })
    }

    /// Checks that the file did not change since it was opened: called after reads, so that what they
    /// read is known to be of the same file.
    pub(crate) fn check(&self) -> Result<(), DataError> {
        match State::of(&self.file) {
            Ok(state) if state == self.state => Ok(()),
            _ => Err(self.changed()),
        }
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
