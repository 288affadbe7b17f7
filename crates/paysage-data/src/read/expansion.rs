//! How much larger than compressed a file may be.
//!
//! A file of some MB can expand to a thousand times as much, all of it zeros. Data do not come near the limit:
//! as CSV files of 0 and 1 that `gzip -9` compresses, 1 % of ones reach a ratio of 106, one-hot columns of 200
//! categories 189, and 0.1 % of ones 392. Deflate itself reaches 1032, and a file that stays below 1 GiB is
//! read whatever its ratio is.

use crate::error::{DataError, FormatError};

/// The largest ratio of a file that has more than [`LEAST`] bytes after decompression.
pub(crate) const RATIO: u64 = 400;

/// Bytes after decompression that are read whatever their ratio is.
const LEAST: u64 = 1 << 30;

/// The most bytes after decompression of so many bytes.
pub(super) fn limit(stored: u64) -> u64 {
    LEAST.max(stored.saturating_mul(RATIO))
}

/// The error that a file has more bytes than the limit after decompression.
pub(super) fn expands(file: &str, stored: u64, limit: u64, remedy: &'static str) -> DataError {
    DataError::Format(FormatError::Expands {
        file: file.into(),
        stored,
        limit,
        remedy,
    })
}
