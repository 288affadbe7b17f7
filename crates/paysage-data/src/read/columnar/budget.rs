//! How much memory the parts of a file may take.

use crate::error::{DataError, DiskError};
use crate::read::expansion::{expands, limit};

/// A fraction of a memory limit.
#[derive(Clone, Copy)]
pub(crate) struct Share {
    /// The limit in bytes.
    pub(crate) limit: u64,
    /// The limit is divided by this.
    pub(crate) parts: u64,
}

impl Share {
    /// Without a limit.
    pub(crate) const ANY: Self = Self::whole(u64::MAX);

    /// All of it.
    pub(crate) const fn whole(limit: u64) -> Self {
        Self { limit, parts: 1 }
    }

    fn bytes(self) -> u64 {
        self.limit / self.parts
    }
}

/// The memory for the parts of a file that are held at the same time.
#[derive(Clone, Copy)]
pub(super) struct Budget<'a> {
    pub(super) file: &'a str,
    /// Number of bytes of the file.
    pub(super) stored: u64,
    pub(super) memory: Share,
}

impl Budget<'_> {
    /// The most bytes that may be held.
    pub(super) fn most(&self) -> u64 {
        self.memory.bytes().min(limit(self.stored))
    }

    /// Checks that so many bytes may be held.
    pub(super) fn check(&self, bytes: u64, remedy: &'static str) -> Result<(), DataError> {
        let most = limit(self.stored);
        if bytes > self.memory.bytes() {
            return Err(DiskError::LargeBatch {
                file: self.file.into(),
                bytes: bytes.saturating_mul(self.memory.parts),
                limit: self.memory.limit,
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
