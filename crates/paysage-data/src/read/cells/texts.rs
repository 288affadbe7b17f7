//! The cells of a column.

use std::borrow::Cow;

use ::csv::ByteRecord;

use crate::disk::ColumnOnDisk;
use crate::read::cell::bare;

/// A cell as it is written, without quotes and surrounding spaces.
pub(crate) type Text<'a> = Cow<'a, str>;

/// The cells of a column, in memory or on disk.
#[derive(Clone)]
pub(crate) enum Texts<'a> {
    Memory {
        rows: std::slice::Iter<'a, ByteRecord>,
        column: usize,
    },
    Disk(ColumnOnDisk<'a>),
}

impl<'a> Texts<'a> {
    pub(super) fn memory(rows: &'a [ByteRecord], column: usize) -> Self {
        let rows = rows.iter();
        Self::Memory { rows, column }
    }
}

impl<'a> Iterator for Texts<'a> {
    type Item = Text<'a>;

    fn next(&mut self) -> Option<Text<'a>> {
        match self {
            Self::Memory { rows, column } => Some(record_text(rows.next()?, *column).into()),
            Self::Disk(cells) => Some(cells.next()?.into()),
        }
    }
}

/// A cell of a row.
pub(super) fn record_text(row: &ByteRecord, column: usize) -> &str {
    let cell = row.get(column).unwrap_or_default();
    // A cell that is no UTF-8 was refused when the file was read.
    std::str::from_utf8(bare(cell)).unwrap_or_default()
}
