//! The bytes of a file of columns, in memory or on disk.

use std::io::{self, BufReader, Read};
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use crate::disk::DataFile;
use crate::error::DataError;

/// The bytes of a file, which are read in any order.
#[derive(Clone)]
pub(crate) enum Source {
    Memory(Bytes),
    Disk(Arc<DataFile>),
}

impl Source {
    pub(crate) fn memory(bytes: Vec<u8>) -> Self {
        Self::Memory(bytes.into())
    }

    pub(crate) fn disk(file: DataFile) -> Self {
        Self::Disk(Arc::new(file))
    }

    /// Number of bytes.
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Disk(file) => file.length(),
        }
    }

    /// Checks that the file did not change since it was opened.
    pub(crate) fn check(&self) -> Result<(), DataError> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Disk(file) => file.check(),
        }
    }

    /// Reads so many bytes from an offset on, which must be there: no memory is allocated for others.
    pub(crate) fn bytes(&self, start: u64, length: usize) -> io::Result<Bytes> {
        let end = start.checked_add(length as u64);
        if end.is_none_or(|end| end > self.length()) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match self {
            Self::Memory(bytes) => {
                let start = start as usize;
                Ok(bytes.slice(start..start + length))
            }
            Self::Disk(file) => {
                let mut bytes = vec![0; length];
                file.read(start, &mut bytes).map_err(io::Error::other)?;
                Ok(bytes.into())
            }
        }
    }

    /// The bytes from an offset on.
    pub(super) fn reader(&self, start: u64) -> BufReader<Cursor> {
        let source = self.clone();
        BufReader::new(Cursor { source, start })
    }
}

/// The bytes from a place on.
pub(crate) struct Cursor {
    source: Source,
    start: u64,
}

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.source.length().saturating_sub(self.start);
        let length = buffer
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        let buffer = &mut buffer[..length];
        match &self.source {
            // The length is at most what is left.
            Source::Memory(bytes) => {
                buffer.copy_from_slice(&bytes[self.start as usize..][..length])
            }
            Source::Disk(file) => file.read(self.start, buffer).map_err(io::Error::other)?,
        }
        self.start += length as u64;
        Ok(length)
    }
}

impl Length for Source {
    fn len(&self) -> u64 {
        self.length()
    }
}

impl ChunkReader for Source {
    type T = BufReader<Cursor>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(self.reader(start))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        Ok(self.bytes(start, length)?)
    }
}
