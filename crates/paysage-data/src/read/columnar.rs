//! Files of named and typed columns: Parquet and Arrow IPC.
//!
//! The decoders are those of the Apache Arrow project. What a file claims is compared with its length before
//! a decoder allocates memory for it.

mod batch;
mod budget;
mod cells;
mod ipc;
mod needed;
mod numbers;
mod pages;
mod parquet;
mod shown;
mod source;
#[cfg(test)]
pub(crate) mod tests;
mod value;

use arrow_schema::{DataType, Schema};

pub(super) use batch::Batch;
use budget::Budget;
pub(crate) use budget::Share;
pub(super) use cells::{CellRows, Unreadable, cells_of, parse_cells};
pub(super) use ipc::is_arrow;
pub(crate) use numbers::ColumnRows;
pub(super) use numbers::parse_chosen;
pub(crate) use source::Source;

use super::Kind;
use super::choice::Choice;
use super::decoded::{broken, decoded};
use super::expansion::{expands, limit};
use crate::error::{DataError, FormatError};

/// A file of named and typed columns.
pub(crate) struct Columnar {
    file: String,
    source: Source,
    names: Vec<String>,
    body: Body,
}

enum Body {
    Parquet(parquet::Parquet),
    Arrow(ipc::Ipc),
}

impl Columnar {
    /// Reads the names and types of the columns.
    pub(crate) fn of(file: &str, kind: Kind, source: Source) -> Result<Self, DataError> {
        let body = match kind {
            Kind::Arrow => ipc::Ipc::of(file, &source).map(Body::Arrow),
            _ => parquet::Parquet::of(file, &source).map(Body::Parquet),
        };
        // Whatever a decoder says of a file that could not be read.
        source.check()?;
        let body = body?;
        let names = body.schema().fields().iter();
        Ok(Self {
            file: file.into(),
            names: names.map(|field| field.name().clone()).collect(),
            source,
            body,
        })
    }

    /// The names of the columns.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The type of a column.
    fn kind(&self, column: usize) -> &DataType {
        self.body.schema().field(column).data_type()
    }

    /// Whether the values of a column are numbers, booleans or text.
    pub(crate) fn is_readable(&self, column: usize) -> bool {
        value::is_readable(self.kind(column))
    }

    /// Whether the values of a column can be carried through as text: dates, times and decimals, too.
    pub(crate) fn has_cells(&self, column: usize) -> bool {
        self.is_readable(column) || shown::is_shown(self.kind(column))
    }

    /// Checks that a column can be read.
    fn check(&self, column: usize) -> Result<(), DataError> {
        if self.is_readable(column) {
            return Ok(());
        }
        Err(DataError::Format(FormatError::UnsupportedColumn {
            file: self.file.clone(),
            name: self.names[column].clone(),
            found: self.kind(column).to_string(),
        }))
    }

    /// Checks that the columns that are used can be read, and that others have cells.
    pub(crate) fn check_chosen(
        &self,
        choice: &Choice,
        others: impl Iterator<Item = usize>,
    ) -> Result<(), DataError> {
        let others = others.filter(|&column| !self.has_cells(column));
        let mut checked = choice.used.iter().copied().flatten().chain(others);
        checked.try_for_each(|column| self.check(column))
    }

    /// Visits the rows of these columns, which are readable, batch by batch. A batch has at most so many
    /// bytes, with what a decoder holds for it.
    fn each(
        &self,
        columns: &[usize],
        memory: Share,
        visit: &mut dyn FnMut(&Batch<'_>) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let mut counted = Counted {
            file: &self.file,
            stored: self.source.length(),
            columns: columns.len() as u64,
            rows: 0,
            letters: 0,
        };
        let budget = Budget {
            file: &self.file,
            stored: self.source.length(),
            memory,
        };
        let mut visit = |batch: &Batch<'_>| {
            counted.add(batch)?;
            visit(batch)
        };
        let read = match &self.body {
            Body::Parquet(body) => body.each(budget, &self.source, columns, &mut visit),
            Body::Arrow(body) => body.each(budget, &self.source, columns, &mut visit),
        };
        // Whatever a decoder says of a file that changed under it.
        self.source.check()?;
        read
    }
}

impl Body {
    fn schema(&self) -> &Schema {
        match self {
            Self::Parquet(body) => body.schema(),
            Self::Arrow(body) => body.schema(),
        }
    }
}

/// The rows so far: a run of equal values takes a few bytes, so a small file can have any number of rows, and
/// of letters, where a dictionary repeats a long text.
struct Counted<'a> {
    file: &'a str,
    stored: u64,
    columns: u64,
    rows: u64,
    letters: u64,
}

impl Counted<'_> {
    /// Adds the rows of a batch, before any of them is kept.
    fn add(&mut self, batch: &Batch<'_>) -> Result<(), DataError> {
        self.rows = self.rows.saturating_add(batch.rows as u64);
        check_values(self.file, self.stored, self.rows, self.columns)?;
        self.letters = self.letters.saturating_add(batch.letters());
        let (most, remedy) = (limit(self.stored), "write its texts as shorter ones");
        match self.letters > most {
            true => Err(expands(self.file, self.stored, most, remedy)),
            false => Ok(()),
        }
    }
}

/// Checks that a file does not claim far more values than it has bytes.
fn check_values(file: &str, stored: u64, rows: u64, columns: u64) -> Result<(), DataError> {
    let most = limit(stored);
    match rows.saturating_mul(columns.max(1)) > most {
        true => Err(expands(file, stored, most, "write it as a .npy file")),
        false => Ok(()),
    }
}
