//! Text with a header: categories and numbers.

mod copy;
mod texts;

use std::collections::{HashMap, HashSet};

use ::csv::ByteRecord;

use super::cell::{is_missing, is_missing_number, number};
use super::choice::CarriedColumn;
use super::columnar::{CellRows, Unreadable, parse_cells};
use super::records::Records;
use super::{Kind, SameColumns, content, kind, load, parts};
use crate::alignment::AlignmentError;
use crate::disk::{CellGroups, ColumnWeights, VisitCells};
use crate::error::{DataError, FormatError, SchemaError};
use crate::position::{FileOfSet, Lines, Origin, Position};
use crate::table::Table;
use crate::weights::{WeightsError, check_total};

pub(crate) use texts::Text;
use texts::{Texts, record_text};

/// The cells of a text file, under a header of distinct names.
pub(crate) struct Cells {
    pub(crate) file: String,
    pub(crate) names: Vec<String>,
    /// The column of each name.
    places: HashMap<String, usize>,
    rows: CellStore,
    /// The lines in which the rows begin; counted from 1 where there are none.
    origin: Origin,
    /// The columns that are no numbers, booleans or text.
    unreadable: HashMap<usize, Unreadable>,
    /// The weight of each row, where rows have weights.
    weights: Option<Vec<f32>>,
}

/// Where cells are.
enum CellStore {
    Memory(Vec<ByteRecord>),
    Disk {
        cells: CellGroups,
        /// Bytes of what may be held of them at a time.
        memory: u64,
    },
}

impl Cells {
    pub(crate) fn read(source: &str) -> Result<Self, DataError> {
        if source.starts_with("builtin:") {
            let file = source.into();
            return Err(DataError::Schema(SchemaError::NotMixed { file }));
        }
        let read = |file: &str| {
            let stored = load(super::path(file))?;
            Self::parse(file, content(file, &stored)?.into_owned())
        };
        let Some(parts) = parts(source)? else {
            return read(source);
        };
        let mut same = SameColumns::default();
        let mut whole: Option<Self> = None;
        let mut files = Vec::new();
        for part in &parts {
            let mut cells = read(part)?;
            same.check(part, Some(&cells.names), cells.names.len())?;
            files.push(FileOfSet {
                path: part.as_str().into(),
                before: whole.as_ref().map_or(0, Self::rows),
            });
            match &mut whole {
                None => whole = Some(cells),
                Some(whole) => {
                    whole.rows.append(&mut cells.rows);
                    whole.unreadable.extend(cells.unreadable);
                }
            }
        }
        let file = source.to_owned();
        match whole {
            None => Err(DataError::Empty { file }),
            Some(whole) => Ok(Self {
                file,
                origin: Origin::default().with_files(files),
                ..whole
            }),
        }
    }

    pub(crate) fn parse(source: &str, bytes: Vec<u8>) -> Result<Self, DataError> {
        let kind = kind(source, &bytes)?;
        check_kind(source, kind)?;
        if kind != Kind::Text {
            return Self::of_columns(source, kind, bytes);
        }
        let empty = || DataError::Empty {
            file: source.into(),
        };
        let mut records = Records::of(source, &bytes);
        if !records.advance()? {
            return Err(empty());
        }
        let (names, mut more) = header(source, &mut records)?;
        let (mut rows, mut lines) = (Vec::new(), Lines::default());
        while more {
            check_utf8(source, &records)?;
            rows.push(records.record().clone());
            lines.push(records.line());
            more = records.advance()?;
        }
        if rows.is_empty() {
            return Err(empty());
        }
        let rows = CellStore::Memory(rows);
        Ok(Self::of(source, names, rows, lines.origin()))
    }

    fn of(source: &str, names: Vec<String>, rows: CellStore, origin: Origin) -> Self {
        Self {
            file: source.into(),
            places: names.iter().cloned().zip(0..).collect(),
            names,
            rows,
            origin,
            unreadable: HashMap::new(),
            weights: None,
        }
    }

    /// The cells of a file of named columns, as a text has them.
    fn of_columns(source: &str, kind: Kind, bytes: Vec<u8>) -> Result<Self, DataError> {
        let CellRows {
            names,
            unreadable,
            rows,
        } = parse_cells(source, kind, bytes)?;
        check_distinct(source, &names)?;
        let cells = Self::of(source, names, CellStore::Memory(rows), Origin::default());
        Ok(Self {
            unreadable,
            ..cells
        })
    }

    /// Checks that a column has cells: values of other types than numbers, booleans and text have none.
    pub(crate) fn check(&self, column: usize) -> Result<(), DataError> {
        match self.unreadable.get(&column) {
            None => Ok(()),
            Some(found) => Err(DataError::Format(FormatError::UnsupportedColumn {
                file: self.file.clone(),
                name: self.names[column].clone(),
                found: found.kind.clone(),
            })),
        }
    }

    /// The same cells with the weights of their rows, which are checked.
    pub(crate) fn weighted(self, weights: Option<Vec<f32>>) -> Self {
        Self { weights, ..self }
    }

    /// Takes the weights of the rows away.
    pub(crate) fn take_weights(&mut self) -> Option<Vec<f32>> {
        self.weights.take()
    }

    /// The weight of each row, where rows have weights.
    pub(crate) fn weights(&self) -> Option<&[f32]> {
        self.weights.as_deref()
    }

    /// The weights that a column has.
    pub(crate) fn weights_of(&self, column: usize) -> Result<Vec<f32>, DataError> {
        let mut weights = ColumnWeights::default();
        for cell in self.texts(column) {
            weights.push_cell(Some(&cell));
        }
        self.check_read()?;
        if let Some((row, value)) = weights.invalid {
            return Err(WeightsError::Invalid {
                file: self.file.clone(),
                position: self.position(row, column),
                value,
            }
            .into());
        }
        check_total(&weights.values, &self.file)?;
        Ok(weights.values)
    }

    /// A table of the same rows with one column of zeros, for the positions of the rows.
    pub(crate) fn empty_rows(&self) -> Result<Table, DataError> {
        let rows = Table::new(&self.file, 1, vec![0.0; self.rows()])?;
        Ok(rows.with_origin(self.origin()))
    }

    /// Number of rows, without the header; at least one.
    pub(crate) fn rows(&self) -> usize {
        match &self.rows {
            CellStore::Memory(rows) => rows.len(),
            CellStore::Disk { cells, .. } => cells.rows(),
        }
    }

    /// Bytes of what may be held of the cells at a time, where they are on disk.
    pub(crate) fn memory(&self) -> Option<u64> {
        match &self.rows {
            CellStore::Memory(_) => None,
            CellStore::Disk { memory, .. } => Some(*memory),
        }
    }

    /// The column of this name.
    pub(crate) fn column(&self, name: &str) -> Result<usize, DataError> {
        let missing = || {
            DataError::Schema(SchemaError::NoSuchColumn {
                file: self.file.clone(),
                name: name.into(),
                known: self.names.clone(),
            })
        };
        let column = self.places.get(name).copied().ok_or_else(missing)?;
        self.check(column).map(|()| column)
    }

    /// The cells of a column as they are written, without quotes and surrounding spaces. The iteration ends
    /// where they cannot be read: [`check_read`](Self::check_read) tells that.
    pub(crate) fn texts(&self, column: usize) -> Texts<'_> {
        match &self.rows {
            CellStore::Memory(rows) => Texts::memory(rows, column),
            CellStore::Disk { cells, .. } => Texts::Disk(cells.column(column)),
        }
    }

    /// The cells of a column that are not missing, with their rows.
    pub(crate) fn present(&self, column: usize) -> impl Iterator<Item = (usize, Text<'_>)> + Clone {
        let cells = self.texts(column).enumerate();
        cells.filter(|(_, cell)| !is_missing(cell.as_bytes()))
    }

    /// The cells of a column of numbers that are not missing, with their rows.
    pub(crate) fn present_numbers(
        &self,
        column: usize,
    ) -> impl Iterator<Item = (usize, Text<'_>)> + Clone {
        let cells = self.texts(column).enumerate();
        cells.filter(|(_, cell)| !is_missing_number(cell.as_bytes()))
    }

    /// Checks that no error ended an iteration.
    pub(crate) fn check_read(&self) -> Result<(), DataError> {
        match &self.rows {
            CellStore::Memory(_) => Ok(()),
            CellStore::Disk { cells, .. } => cells.check(),
        }
    }

    /// Visits the cells of each row in these columns.
    pub(crate) fn each(&self, columns: &[usize], visit: VisitCells<'_>) -> Result<(), DataError> {
        match &self.rows {
            CellStore::Disk { cells, .. } => cells.each(columns, visit),
            CellStore::Memory(rows) => {
                let mut cells = Vec::new();
                for (row, record) in rows.iter().enumerate() {
                    cells.clear();
                    cells.extend(columns.iter().map(|&column| record_text(record, column)));
                    visit(row, &cells)?;
                }
                Ok(())
            }
        }
    }

    /// The columns among these that have cells.
    pub(crate) fn readable(&self, columns: &[usize]) -> Vec<usize> {
        let columns = columns.iter().copied();
        columns
            .filter(|column| {
                self.unreadable
                    .get(column)
                    .is_none_or(|column| column.has_cells)
            })
            .collect()
    }

    /// The cells of columns that are carried through.
    pub(crate) fn carried(&self, columns: &[usize]) -> Vec<CarriedColumn> {
        let column = |place: usize| CarriedColumn {
            name: self.names[place].clone(),
            place,
            cells: self.texts(place).map(String::from).collect(),
        };
        self.readable(columns).into_iter().map(column).collect()
    }

    /// The position of a cell.
    pub(crate) fn position(&self, row: usize, column: usize) -> Position {
        self.origin.position(row, column, Some(&self.names))
    }

    /// The lines of the rows.
    pub(crate) fn origin(&self) -> Origin {
        self.origin.clone()
    }

    /// The error that a cell holds no finite number.
    pub(crate) fn no_number(&self, row: usize, column: usize, cell: &str) -> DataError {
        let (file, position) = (self.file.clone(), self.position(row, column));
        match cell.parse::<f64>() {
            Ok(value) => DataError::NotFinite {
                file,
                position,
                value,
            },
            Err(_) => DataError::NotANumber {
                file,
                position,
                value: cell.into(),
            },
        }
    }
}

impl CellStore {
    /// Moves the rows of a file to the end of those of other files, both in memory.
    fn append(&mut self, others: &mut Self) {
        if let (Self::Memory(rows), Self::Memory(others)) = (self, others) {
            rows.append(others);
        }
    }
}

/// Checks that a file may have cells.
fn check_kind(source: &str, kind: Kind) -> Result<(), DataError> {
    let file = source.to_owned();
    match kind {
        Kind::Text | Kind::Parquet | Kind::Arrow => Ok(()),
        Kind::Fasta => {
            let expected = Some("with a header");
            Err(AlignmentError::NoTable { file, expected }.into())
        }
        _ => Err(DataError::Schema(SchemaError::NotMixed { file })),
    }
}

/// The names of the columns: the first row, or the comment above it. Records go on to the first row of data;
/// the flag says whether there is one.
fn header(file: &str, records: &mut Records<'_>) -> Result<(Vec<String>, bool), DataError> {
    let (names, more) = match records.commented_header() {
        Some(names) => (names, true),
        None => {
            let name = |cell| String::from_utf8_lossy(cell).into_owned();
            let names: Vec<String> = records.cells().map(name).collect();
            check_utf8(file, records)?;
            (names, records.advance()?)
        }
    };
    check_names(file, &names)?;
    Ok((names, more))
}

fn check_utf8(file: &str, records: &Records<'_>) -> Result<(), DataError> {
    let foreign = |cell| std::str::from_utf8(cell).is_err();
    match records.cells().position(foreign) {
        None => Ok(()),
        Some(index) => Err(DataError::NotUtf8 {
            file: file.into(),
            position: Position::line(records.line(), index + 1, None),
        }),
    }
}

/// Checks that names are no numbers and distinct.
fn check_names(file: &str, names: &[String]) -> Result<(), DataError> {
    if let Some(value) = names
        .iter()
        .find(|name| number::<f64>(name.as_bytes()).is_some())
    {
        return Err(DataError::Schema(SchemaError::NoHeader {
            file: file.into(),
            value: value.clone(),
        }));
    }
    check_distinct(file, names)
}

/// Checks that no two columns have the same name.
pub(crate) fn check_distinct(file: &str, names: &[String]) -> Result<(), DataError> {
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        None => Ok(()),
        Some(name) => Err(DataError::Schema(SchemaError::RepeatedColumn {
            file: file.into(),
            name: name.clone(),
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, bytes: &[u8]) -> Result<Cells, DataError> {
        Cells::parse(name, bytes.to_vec())
    }

    #[test]
    fn categories_numbers_and_missing_values_of_a_text() {
        for text in [
            "\u{feff}a,b\n\n1,\"x, y\"\nNA,z\n",
            "a;b\r\n\r\n 1 ; \"x, y\" \r\n ;z",
            "\"a\"\tb\n\n1\tx, y\n?\tz",
        ] {
            let cells = parse("a.csv", text.as_bytes()).unwrap();
            assert_eq!(cells.names, ["a", "b"], "{text:?}");
            assert_eq!(cells.rows(), 2);
            assert_eq!(cells.texts(1).collect::<Vec<_>>(), ["x, y", "z"]);
            assert_eq!(cells.present(0).collect::<Vec<_>>(), [(0, "1".into())]);
            assert_eq!(cells.position(1, 0).to_string(), "line 4, column 1 (\"a\")");
            assert_eq!(cells.position(0, 1).to_string(), "line 3, column 2 (\"b\")");
        }
    }

    #[test]
    fn refuses_files_without_distinct_names() {
        for (name, text, message) in [
            (
                "a.csv",
                &b"a,a\n1,2\n"[..],
                "a.csv: more than one column is named \"a\"",
            ),
            (
                "a.csv",
                b"31,north\n28,south\n",
                "a.csv: the first line holds \"31\",",
            ),
            ("a.csv", b"a,b\n", "a.csv: no rows"),
            (
                "a.csv",
                b"a,b\n1\n",
                "a.csv: line 2 has 1 value, expected 2",
            ),
            (
                "a.csv",
                b"a,b\n1,2\n1,k\xf6ln\n",
                "a.csv: line 3, column 2 is not encoded as UTF-8",
            ),
            ("a.npy", b"\x93NUMPY", "a.npy: is no text file"),
        ] {
            let error = parse(name, text).err().unwrap().to_string();
            assert!(error.starts_with(message), "{error}");
        }
        assert!(matches!(
            Cells::read("builtin:digits"),
            Err(DataError::Schema(SchemaError::NotMixed { .. }))
        ));
    }
}
