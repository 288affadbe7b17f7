//! Errors of data that stay on disk.

/// Why rows cannot be read from disk within a memory limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DiskError {
    /// The file is not the one that was opened any more.
    #[error(
        "{file}: changed or truncated while it was in use; keep data files unchanged while they are \
         read, and start again"
    )]
    Changed {
        /// The file.
        file: String,
    },
    /// The memory limit leaves no room for a pass over the rows.
    #[error(
        "{file}: a memory limit of {limit} bytes is too small for {rows} rows of {row_bytes} bytes; \
         expected at least {needed} bytes (--memory)"
    )]
    MemoryLimit {
        /// The file.
        file: String,
        /// The limit in bytes.
        limit: u64,
        /// Number of rows of the file.
        rows: u64,
        /// Number of bytes of a row as it is stored.
        row_bytes: u64,
        /// The smallest limit in bytes.
        needed: u64,
    },
    /// Rows that are read together need more memory than the limit.
    #[error(
        "{file}: a memory limit of {limit} bytes is too small for a part of {bytes} bytes; {remedy}, or \
         use a larger limit (--memory)"
    )]
    LargeBatch {
        /// The file.
        file: String,
        /// Number of bytes of the part.
        bytes: u64,
        /// The limit in bytes.
        limit: u64,
        /// What to do.
        remedy: &'static str,
    },
    /// A line or a sequence of an alignment is longer than what is held of it at a time.
    #[error(
        "{file}: line {line}: a line or a sequence of more than {most} bytes does not fit a memory limit of \
         {limit} bytes; use a larger limit (--memory)"
    )]
    LongSequence {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The most bytes of a line or a sequence within the limit.
        most: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// There are more rows than a permutation can have.
    #[error("{file}: has {rows} rows; at most 4294967295 rows can be read from disk")]
    TooManyRows {
        /// The file.
        file: String,
        /// Its number of rows.
        rows: u64,
    },
    /// These data are read only into memory.
    #[error("{file}: {what} cannot be read from disk in parts; {remedy}")]
    InMemoryOnly {
        /// The file.
        file: String,
        /// What cannot be read in parts.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A row of a text file is longer than the block of text that is read at a time.
    #[error(
        "{file}: line {line} begins a row of more than {most} bytes; check for a quote that is not \
         closed, or use a larger memory limit (--memory)"
    )]
    LongRow {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The most bytes of a row.
        most: usize,
    },
}
