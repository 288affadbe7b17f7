//! The bytes of an HDF5 file.

use hdf5_reader::error::{Error, Result};
use hdf5_reader::{Storage, StorageBuffer};

use super::Source;

/// The bytes of a file in memory or on disk.
pub(super) struct Bytes(pub(super) Source);

impl Storage for Bytes {
    fn len(&self) -> u64 {
        self.0.length()
    }

    fn read_range(&self, offset: u64, length: usize) -> Result<StorageBuffer> {
        let bytes = self.0.bytes(offset, length).map_err(Error::Io)?;
        StorageBuffer::from_shared_owner(std::sync::Arc::new(bytes), 0, length)
    }
}
