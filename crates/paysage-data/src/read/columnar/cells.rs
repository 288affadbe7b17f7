//! Columns that are read as the cells of a text.

use std::collections::HashMap;

use ::csv::ByteRecord;

use super::{Columnar, Source};
use crate::error::DataError;
use crate::read::Kind;

/// The names of the columns and the cells of each row.
pub(in crate::read) struct CellRows {
    pub(in crate::read) names: Vec<String>,
    /// The columns that are no numbers, booleans or text, and their types: their cells are empty.
    pub(in crate::read) unreadable: HashMap<usize, String>,
    pub(in crate::read) rows: Vec<ByteRecord>,
}

/// The cells of all columns.
pub(in crate::read) fn parse_cells(
    file: &str,
    kind: Kind,
    bytes: Vec<u8>,
) -> Result<CellRows, DataError> {
    let columns = Columnar::of(file, kind, Source::memory(bytes))?;
    let names = columns.names().to_vec();
    let (read, others): (Vec<usize>, Vec<usize>) =
        (0..names.len()).partition(|&column| columns.is_readable(column));
    let unreadable = others.into_iter();
    let unreadable = unreadable.map(|column| (column, columns.kind(column).to_string()));
    let mut rows = Vec::new();
    columns.each(&read, u64::MAX, &mut |batch| {
        for row in 0..batch.rows {
            let mut record = ByteRecord::new();
            let mut cells = batch.columns.iter().zip(&read).peekable();
            for column in 0..names.len() {
                match cells.next_if(|(_, place)| **place == column) {
                    Some((get, _)) => record.push_field(get(row).cell().as_bytes()),
                    None => record.push_field(b""),
                }
            }
            rows.push(record);
        }
        Ok(())
    })?;
    match rows.is_empty() {
        true => Err(DataError::Empty { file: file.into() }),
        false => Ok(CellRows {
            names,
            unreadable: unreadable.collect(),
            rows,
        }),
    }
}
