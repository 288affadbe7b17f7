//! Text with a header: categories and numbers.

use std::collections::{HashMap, HashSet};

use ::csv::ByteRecord;

use super::cell::{bare, is_missing, is_missing_number, number};
use super::choice::CarriedColumn;
use super::columnar::{CellRows, parse_cells};
use super::records::Records;
use super::{Kind, SameColumns, content, kind, load, parts};
use crate::alignment::AlignmentError;
use crate::error::{DataError, FormatError, SchemaError};
use crate::position::{Origin, Position};
use crate::table::Table;

/// The cells of a text file, under a header of distinct names.
pub(crate) struct Cells {
    pub(crate) file: String,
    pub(crate) names: Vec<String>,
    /// The column of each name.
    places: HashMap<String, usize>,
    rows: Vec<ByteRecord>,
    /// The line in which each row begins; rows are counted from 1 where there are none.
    lines: Option<Vec<u32>>,
    /// The columns that are no numbers, booleans or text, and their types.
    unreadable: HashMap<usize, String>,
    /// The weight of each row, where rows have weights.
    weights: Option<Vec<f32>>,
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
        for part in &parts {
            let cells = read(part)?;
            same.check(part, Some(&cells.names), cells.names.len())?;
            match &mut whole {
                None => whole = Some(cells),
                Some(whole) => {
                    whole.rows.extend(cells.rows);
                    whole.unreadable.extend(cells.unreadable);
                }
            }
        }
        let file = source.to_owned();
        match whole {
            None => Err(DataError::Empty { file }),
            // Rows are counted over all files.
            Some(whole) => Ok(Self {
                file,
                lines: None,
                ..whole
            }),
        }
    }

    pub(crate) fn parse(source: &str, bytes: Vec<u8>) -> Result<Self, DataError> {
        let file = source.to_owned();
        match kind(source, &bytes)? {
            Kind::Text => {}
            kind @ (Kind::Parquet | Kind::Arrow) => return Self::of_columns(source, kind, bytes),
            Kind::Fasta => {
                let expected = Some("with a header");
                return Err(AlignmentError::NoTable { file, expected }.into());
            }
            _ => return Err(DataError::Schema(SchemaError::NotMixed { file })),
        }
        let mut records = Records::of(source, &bytes);
        if !records.advance()? {
            return Err(DataError::Empty { file });
        }
        let (names, mut more) = match records.commented_header() {
            Some(names) => (names, true),
            None => {
                let name = |cell| String::from_utf8_lossy(cell).into_owned();
                let names: Vec<String> = records.cells().map(name).collect();
                check_utf8(source, &records)?;
                (names, records.advance()?)
            }
        };
        check_names(source, &names)?;
        let (mut rows, mut lines) = (Vec::new(), Vec::new());
        while more {
            check_utf8(source, &records)?;
            rows.push(records.record().clone());
            lines.push(u32::try_from(records.line()).unwrap_or(u32::MAX));
            more = records.advance()?;
        }
        if rows.is_empty() {
            return Err(DataError::Empty { file });
        }
        Ok(Self {
            file,
            places: names.iter().cloned().zip(0..).collect(),
            names,
            rows,
            lines: Some(lines),
            unreadable: HashMap::new(),
            weights: None,
        })
    }

    /// The cells of a file of named columns, as a text has them.
    fn of_columns(source: &str, kind: Kind, bytes: Vec<u8>) -> Result<Self, DataError> {
        let CellRows {
            names,
            unreadable,
            rows,
        } = parse_cells(source, kind, bytes)?;
        check_distinct(source, &names)?;
        Ok(Self {
            file: source.into(),
            places: names.iter().cloned().zip(0..).collect(),
            names,
            rows,
            lines: None,
            unreadable,
            weights: None,
        })
    }

    /// Checks that a column has cells: values of other types than numbers, booleans and text have none.
    pub(crate) fn check(&self, column: usize) -> Result<(), DataError> {
        match self.unreadable.get(&column) {
            None => Ok(()),
            Some(found) => Err(DataError::Format(FormatError::UnsupportedColumn {
                file: self.file.clone(),
                name: self.names[column].clone(),
                found: found.clone(),
            })),
        }
    }

    /// The same cells with the weights of their rows, which are checked.
    pub(crate) fn weighted(self, weights: Option<Vec<f32>>) -> Self {
        Self { weights, ..self }
    }

    /// The weight of each row, where rows have weights.
    pub(crate) fn weights(&self) -> Option<&[f32]> {
        self.weights.as_deref()
    }

    /// A table of the same rows with one column of zeros, for the positions of the rows.
    pub(crate) fn empty_rows(&self) -> Result<Table, DataError> {
        let rows = Table::new(&self.file, 1, vec![0.0; self.rows()])?;
        Ok(rows.with_origin(self.origin()))
    }

    /// Number of rows, without the header; at least one.
    pub(crate) fn rows(&self) -> usize {
        self.rows.len()
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

    /// A cell as it is written, without quotes and surrounding spaces.
    pub(crate) fn text(&self, row: usize, column: usize) -> &str {
        let cell = self.rows[row].get(column).unwrap_or_default();
        // A cell that is no UTF-8 was refused when the file was read.
        std::str::from_utf8(bare(cell)).unwrap_or_default()
    }

    /// A cell, or nothing where its value is missing.
    pub(crate) fn get(&self, row: usize, column: usize) -> Option<&str> {
        let cell = self.text(row, column);
        (!is_missing(cell.as_bytes())).then_some(cell)
    }

    /// A cell of a column of numbers, or nothing where its value is missing.
    pub(crate) fn get_number(&self, row: usize, column: usize) -> Option<&str> {
        let cell = self.text(row, column);
        (!is_missing_number(cell.as_bytes())).then_some(cell)
    }

    /// The cells of a column that are not missing, with their rows.
    pub(crate) fn present(&self, column: usize) -> impl Iterator<Item = (usize, &str)> {
        (0..self.rows()).filter_map(move |row| Some((row, self.get(row, column)?)))
    }

    /// The cells of columns that are carried through.
    pub(crate) fn carried(&self, columns: &[usize]) -> Vec<CarriedColumn> {
        let column = |&place: &usize| CarriedColumn {
            name: self.names[place].clone(),
            place,
            cells: (0..self.rows())
                .map(|row| self.text(row, place).into())
                .collect(),
        };
        let readable = |place: &&usize| !self.unreadable.contains_key(place);
        columns.iter().filter(readable).map(column).collect()
    }

    /// The position of a cell.
    pub(crate) fn position(&self, row: usize, column: usize) -> Position {
        let name = Some(self.names[column].clone());
        match &self.lines {
            Some(lines) => Position::line(lines[row] as usize, column + 1, name),
            None => Position {
                name,
                ..Position::row(row + 1, column + 1)
            },
        }
    }

    /// The lines of the rows.
    pub(crate) fn origin(&self) -> Origin {
        let lines = self.lines.clone();
        lines.map_or_else(Origin::default, Origin::lines)
    }

    /// The error that a cell holds no finite number.
    pub(crate) fn no_number(&self, row: usize, column: usize) -> DataError {
        let (file, position) = (self.file.clone(), self.position(row, column));
        let value = self.text(row, column);
        match value.parse::<f64>() {
            Ok(value) => DataError::NotFinite {
                file,
                position,
                value,
            },
            Err(_) => DataError::NotANumber {
                file,
                position,
                value: value.into(),
            },
        }
    }
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
            assert_eq!(cells.get(0, 1), Some("x, y"));
            assert_eq!(cells.get(1, 0), None);
            assert_eq!(cells.present(0).collect::<Vec<_>>(), [(0, "1")]);
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
