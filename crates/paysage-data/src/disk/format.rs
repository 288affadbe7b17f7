//! How a row is stored in a file.

use crate::bits::{self, unpack};
use crate::read::Decoder;

/// How the values of a row are stored.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Encoding {
    /// Numbers, one after another.
    Numbers(Decoder),
    /// Zeros and ones, eight to a byte; rows begin at whole bytes.
    Bits,
}

/// Rows of equal length, one after another in a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowFormat {
    pub(crate) encoding: Encoding,
    /// Where the first row starts, in bytes.
    pub(crate) start: u64,
    /// Number of rows.
    pub(crate) rows: usize,
    /// Number of values of a row.
    pub(crate) columns: usize,
}

impl RowFormat {
    /// Number of bytes of a row.
    pub(crate) fn row_bytes(&self) -> usize {
        match self.encoding {
            Encoding::Numbers(decoder) => decoder.size.saturating_mul(self.columns),
            Encoding::Bits => bits::row_bytes(self.columns),
        }
    }

    /// Where a row starts, in bytes.
    pub(crate) fn offset(&self, row: usize) -> u64 {
        self.start + row as u64 * self.row_bytes() as u64
    }

    /// The values of a row from its bytes.
    pub(crate) fn decode(&self, bytes: &[u8], row: &mut [f32]) {
        match self.encoding {
            Encoding::Numbers(decoder) => (decoder.rounded)(bytes, row),
            Encoding::Bits => unpack(bytes, row),
        }
    }
}
