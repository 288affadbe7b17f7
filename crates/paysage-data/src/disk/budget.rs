//! How the memory limit of a pass is divided.

use crate::error::DiskError;

use super::format::RowFormat;

/// Bytes of a row number.
pub(super) const NUMBER: usize = size_of::<u32>();

/// Bytes of the place of a row of a window: its row number and its place.
pub(super) const ENTRY: usize = size_of::<(u32, u32)>();

/// The largest buffer in which neighbouring rows are read together.
const MOST_SCRATCH: usize = 1 << 20;

/// The window of a pass in the order of the file, in bytes: larger ones gain nothing.
const SEQUENTIAL: usize = 1 << 20;

/// The parts of the memory of a pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Budget {
    /// The most rows of a window.
    pub(super) rows: usize,
    /// Number of bytes of the buffer in which neighbouring rows are read together.
    pub(super) scratch: usize,
}

impl Budget {
    /// The smallest limit: the order of the rows, one row, and the buffer of one row.
    pub(super) fn needed(format: &RowFormat) -> u64 {
        let row = format.row_bytes() as u64;
        let order = (NUMBER as u64).saturating_mul(format.rows as u64);
        order.saturating_add(row.saturating_mul(2).saturating_add(ENTRY as u64))
    }

    /// Checks that a limit leaves room for a pass.
    pub(super) fn check(file: &str, format: &RowFormat, limit: u64) -> Result<(), DiskError> {
        let needed = Self::needed(format);
        match limit < needed {
            false => Ok(()),
            true => Err(DiskError::MemoryLimit {
                file: file.into(),
                limit,
                rows: format.rows as u64,
                row_bytes: format.row_bytes() as u64,
                needed,
            }),
        }
    }

    /// The budget of a pass over so many rows, in the order of the file or in another one.
    pub(super) fn of(format: &RowFormat, limit: u64, rows: usize, sequential: bool) -> Self {
        let row = format.row_bytes();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let left = limit.saturating_sub(NUMBER * format.rows);
        // An eighth for reading ahead: more of it takes room from the window.
        let scratch = (left / 8).clamp(row, MOST_SCRATCH.max(row));
        let scratch = scratch.min(row.saturating_mul(rows));
        let room = left.saturating_sub(scratch) / (row + ENTRY);
        let room = match sequential {
            true => room.min(SEQUENTIAL / row),
            false => room,
        };
        Self {
            rows: room.clamp(1, rows),
            scratch,
        }
    }
}
