//! How much memory the parts of a file may take.

use crate::error::{DataError, DiskError};
use crate::read::expansion::{expands, limit};

/// The memory for the parts of a file that are held at the same time.
#[derive(Clone, Copy)]
pub(super) struct Budget<'a> {
    pub(super) file: &'a str,
    /// Number of bytes of the file.
    pub(super) stored: u64,
    /// The memory limit in bytes.
    pub(super) memory: u64,
}

impl Budget<'_> {
    /// The most bytes that may be held.
    pub(super) fn most(&self) -> u64 {
        self.memory.min(limit(self.stored))
    }

    /// Checks that so many bytes may be held.
    pub(super) fn check(&self, bytes: u64, remedy: &'static str) -> Result<(), DataError> {
        let most = limit(self.stored);
        if bytes > self.memory {
            let (file, limit) = (self.file.into(), self.memory);
            return Err(DiskError::LargeBatch {
                file,
                bytes,
                limit,
                remedy,
            }
            .into());
        }
        match bytes > most {
            true => Err(expands(self.file, self.stored, most, remedy)),
            false => Ok(()),
        }
    }
}
