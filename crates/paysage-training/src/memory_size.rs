//! Numbers of bytes, as users write them.

use std::{fmt, str::FromStr};

use bytesize::{ByteSize, GB, GIB, KB, KIB, MB, MIB, TB, TIB};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Units from large to small.
const UNITS: [(u64, &str); 8] = [
    (TIB, "TiB"),
    (TB, "TB"),
    (GIB, "GiB"),
    (GB, "GB"),
    (MIB, "MiB"),
    (MB, "MB"),
    (KIB, "KiB"),
    (KB, "kB"),
];

/// A number of bytes, written as `1GiB`, `500MB` or `4096`.
///
/// ```
/// use paysage_training::MemorySize;
///
/// let size: MemorySize = "1.5GiB".parse()?;
/// assert_eq!(size.bytes(), 3 << 29);
/// assert_eq!(size.to_string(), "1536MiB");
/// # Ok::<(), paysage_training::MemorySizeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MemorySize(u64);

/// A text that is not a number of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected a number of bytes, such as 1GiB or 500MB, got {found:?}")]
pub struct MemorySizeError {
    /// The text.
    pub found: String,
}

impl MemorySize {
    /// The number of bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl FromStr for MemorySize {
    type Err = MemorySizeError;

    fn from_str(text: &str) -> Result<Self, MemorySizeError> {
        let found = text.parse::<ByteSize>().ok();
        let found = found.filter(|size| size.as_u64() > 0);
        found
            .map(|size| Self(size.as_u64()))
            .ok_or_else(|| MemorySizeError {
                found: text.to_owned(),
            })
    }
}

/// In the largest unit of which it is a multiple.
impl fmt::Display for MemorySize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut units = UNITS.iter();
        match units.find(|(unit, _)| self.0.is_multiple_of(*unit)) {
            Some((unit, name)) => write!(f, "{}{name}", self.0 / unit),
            None => write!(f, "{}", self.0),
        }
    }
}

impl TryFrom<String> for MemorySize {
    type Error = MemorySizeError;

    fn try_from(text: String) -> Result<Self, MemorySizeError> {
        text.parse()
    }
}

impl From<MemorySize> for String {
    fn from(size: MemorySize) -> Self {
        size.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for (text, bytes, written) in [
            ("1GiB", 1 << 30, "1GiB"),
            ("500 MB", 500_000_000, "500MB"),
            ("0.5gib", 1 << 29, "512MiB"),
            ("1.5GB", 1_500_000_000, "1500MB"),
            ("64k", 64_000, "64kB"),
            ("1000003", 1_000_003, "1000003"),
            ("1048576", 1 << 20, "1MiB"),
        ] {
            let size: MemorySize = text.parse().expect(text);
            assert_eq!(size.bytes(), bytes, "{text}");
            assert_eq!(size.to_string(), written, "{text}");
            assert_eq!(written.parse(), Ok(size), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "0", "-1", "1 gigabyte", "GiB", "nan", "1e9", "1GiB/s"] {
            let error = text.parse::<MemorySize>().expect_err(text);
            assert_eq!(error.found, text);
        }
    }
}
