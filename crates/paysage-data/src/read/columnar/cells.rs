//! Columns that are read as the cells of a text.

use std::collections::HashMap;

use ::csv::ByteRecord;

use super::{Columnar, Share, Source};
use crate::error::DataError;
use crate::read::Kind;

/// The names of the columns and the cells of each row.
pub(in crate::read) struct CellRows {
    pub(in crate::read) names: Vec<String>,
    pub(in crate::read) unreadable: HashMap<usize, Unreadable>,
    pub(in crate::read) rows: Vec<ByteRecord>,
}

/// A column that is no numbers, booleans or text.
pub(in crate::read) struct Unreadable {
    /// Its type.
    pub(in crate::read) kind: String,
    /// Whether it has cells, which are carried through; they are empty otherwise.
    pub(in crate::read) has_cells: bool,
}

/// The columns that have cells, and those that are no numbers, booleans or text.
pub(in crate::read) fn cells_of(columns: &Columnar) -> (Vec<usize>, HashMap<usize, Unreadable>) {
    let all = 0..columns.names().len();
    let unreadable = |&column: &usize| !columns.is_readable(column);
    let unreadable = all.clone().filter(unreadable).map(|column| {
        let unreadable = Unreadable {
            kind: columns.kind(column).to_string(),
            has_cells: columns.has_cells(column),
        };
        (column, unreadable)
    });
    let unreadable = unreadable.collect();
    (
        all.filter(|&column| columns.has_cells(column)).collect(),
        unreadable,
    )
}

/// The cells of all columns.
pub(in crate::read) fn parse_cells(
    file: &str,
    kind: Kind,
    bytes: Vec<u8>,
) -> Result<CellRows, DataError> {
    let columns = Columnar::of(file, kind, Source::memory(bytes))?;
    let names = columns.names().to_vec();
    let (read, unreadable) = cells_of(&columns);
    let mut rows = Vec::new();
    columns.each(&read, Share::ANY, &mut |batch| {
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
            unreadable,
            rows,
        }),
    }
}
