//! Labels: one class per row.

use ::csv::ByteRecord;

use super::cell::{bare, is_missing, number};
use super::choice::CarriedColumn;
use super::columnar::parse_cells;
use super::records::Records;
use super::{Kind, Missing, content, hdf5, idx, kind, load, npy, npz};
use crate::alignment::AlignmentError;
use crate::builtin::builtin_labels;
use crate::error::{DataError, FormatError};
use crate::position::{Origin, Position};
use crate::rows::Rows;

/// An `f32` holds every whole number up to here.
const LARGEST: f64 = (1 << 24) as f64;

/// Reads the labels of rows as whole numbers from 0, one per row.
///
/// The file is IDX (`00 00 08 01`, `*-labels-idx1-ubyte`), NumPy of one dimension or one column, or
/// text of one column, which may have a header. Each may be compressed with gzip or zstd.
/// `builtin:digits`, with options, has the labels of these digits.
///
/// # Errors
///
/// Those of [`read`](crate::read), [`Width`](DataError::Width) where a row has more than one value
/// and [`OutOfRange`](DataError::OutOfRange) for a value that is no label.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("labels-idx1-ubyte");
/// std::fs::write(&path, [0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 9])?;
/// assert_eq!(paysage_data::read_labels(path.to_str().unwrap())?, [7, 0, 9]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_labels(path: &str) -> Result<Vec<usize>, DataError> {
    let labels = label_cells(path, None)?;
    (0..labels.cells.len())
        .map(|row| match labels.code(row)? {
            Some(code) => Ok(code),
            None => Err(labels.refused(row, labels.is_missing(row))),
        })
        .collect()
}

/// The labels of rows as they are written.
pub(crate) struct LabelCells {
    pub(crate) file: String,
    /// Text, or a number as text.
    pub(crate) cells: Vec<String>,
    /// The rows.
    origin: Origin,
    /// The number of the column, from 1.
    column: usize,
    name: Option<String>,
}

impl LabelCells {
    /// Labels from a column of a table.
    pub(crate) fn of_column(table: &dyn Rows, column: CarriedColumn) -> Self {
        let rows: Vec<usize> = (0..table.count()).collect();
        let number = column.place + 1;
        Self {
            file: table.source().into(),
            cells: column.cells,
            origin: Origin::of_rows(table, &rows),
            column: number,
            name: (column.name != number.to_string()).then_some(column.name),
        }
    }

    /// The labels of these rows.
    pub(crate) fn selected(self, rows: &[usize]) -> Self {
        Self {
            cells: rows.iter().map(|&row| self.cells[row].clone()).collect(),
            origin: self.origin.select(rows),
            ..self
        }
    }

    /// The position of a label.
    pub(crate) fn position(&self, row: usize) -> Position {
        Position {
            column: self.column,
            name: self.name.clone(),
            ..self.origin.position(row, 0, None)
        }
    }

    /// Whether the label of a row is missing.
    pub(crate) fn is_missing(&self, row: usize) -> bool {
        is_missing(self.cells[row].as_bytes())
    }

    /// Whether all labels that are not missing are numbers.
    pub(crate) fn are_numbers(&self) -> bool {
        let mut present = (0..self.cells.len()).filter(|&row| !self.is_missing(row));
        present.all(|row| number::<f64>(self.cells[row].as_bytes()).is_some())
    }

    /// The label of a row as a whole number from 0; none where it is missing or no number.
    pub(crate) fn code(&self, row: usize) -> Result<Option<usize>, DataError> {
        if self.is_missing(row) {
            return Ok(None);
        }
        let Some(value) = number::<f64>(self.cells[row].as_bytes()) else {
            return Ok(None);
        };
        if let Some(code) = whole(value) {
            return Ok(Some(code));
        }
        Err(DataError::OutOfRange {
            file: self.file.clone(),
            position: self.position(row),
            value: value as f32,
            expected: format!("a label is a whole number from 0 to {LARGEST}"),
        })
    }

    /// The error that a row has no label, or one that is no number.
    pub(crate) fn refused(&self, row: usize, missing: bool) -> DataError {
        let (file, position) = (self.file.clone(), self.position(row));
        match missing {
            true => DataError::MissingValue { file, position },
            false => DataError::NotANumber {
                file,
                position,
                value: self.cells[row].clone(),
            },
        }
    }
}

/// A label that is a whole number from 0.
pub(crate) fn whole_number(cell: &str) -> Option<usize> {
    number(cell.as_bytes()).and_then(whole)
}

fn whole(value: f64) -> Option<usize> {
    let is_code = value.fract() == 0.0 && (0.0..=LARGEST).contains(&value);
    is_code.then_some(value as usize)
}

/// Reads the labels of `rows` rows, where that number is known. It decides whether the first line
/// of a text of class names is a header.
pub(crate) fn label_cells(path: &str, rows: Option<usize>) -> Result<LabelCells, DataError> {
    match path.strip_prefix("builtin:").and_then(builtin_labels) {
        Some(labels) => {
            let cells = labels?.iter().map(usize::to_string).collect();
            Ok(of_numbers(path, cells))
        }
        None => parse(path, &load(hdf5::path(path))?, rows),
    }
}

fn parse(file: &str, stored: &[u8], rows: Option<usize>) -> Result<LabelCells, DataError> {
    let bytes = content(file, stored)?;
    let kind = kind(file, &bytes)?;
    let array = match kind {
        Kind::Idx => idx::parse(file, &bytes)?,
        Kind::Npy => npy::parse(file, &bytes, Missing::Allowed)?,
        Kind::Npz => npy::parse(file, &npz::array(file, &bytes, None)?, Missing::Allowed)?,
        Kind::Hdf5 => hdf5::parse(file, bytes.into_owned(), Missing::Allowed)?,
        Kind::Text => return text(file, &bytes, rows),
        Kind::Parquet | Kind::Arrow => return column(file, kind, bytes.into_owned()),
        Kind::Fasta => {
            let expected = Some("of one column");
            return Err(AlignmentError::NoTable {
                file: file.into(),
                expected,
            }
            .into());
        }
    };
    let values = array.column(file)?;
    Ok(of_numbers(
        file,
        values.iter().map(f32::to_string).collect(),
    ))
}

/// Labels of the rows of an array.
fn of_numbers(file: impl Into<String>, cells: Vec<String>) -> LabelCells {
    LabelCells {
        file: file.into(),
        cells,
        origin: Origin::default(),
        column: 1,
        name: None,
    }
}

/// Labels of the rows of the only column of a file.
fn column(file: &str, kind: Kind, bytes: Vec<u8>) -> Result<LabelCells, DataError> {
    let read = parse_cells(file, kind, bytes)?;
    let (file, found) = (file.into(), read.names.len());
    match (found, read.unreadable.into_values().next()) {
        (1, None) => {
            let cell = |row: &ByteRecord| String::from_utf8_lossy(&row[0]).into_owned();
            let mut labels = of_numbers(file, read.rows.iter().map(cell).collect());
            labels.name = read.names.into_iter().next();
            Ok(labels)
        }
        (1, Some(found)) => {
            let name = read.names.into_iter().next().unwrap_or_default();
            let found = found.kind;
            Err(FormatError::UnsupportedColumn { file, name, found }.into())
        }
        _ => Err(DataError::Width {
            file,
            found,
            expected: 1,
        }),
    }
}

fn text(file: &str, bytes: &[u8], rows: Option<usize>) -> Result<LabelCells, DataError> {
    let mut records = Records::of_one_column(file, bytes);
    let (mut cells, mut lines) = (Vec::new(), Vec::new());
    while records.advance()? {
        let found = records.record().len();
        if found != 1 {
            return Err(DataError::Width {
                file: file.into(),
                found,
                expected: 1,
            });
        }
        let cell = bare(&records.record()[0]);
        cells.push(String::from_utf8_lossy(cell).into_owned());
        lines.push(u32::try_from(records.line()).unwrap_or(u32::MAX));
    }
    let mut labels = of_numbers(file, cells);
    if labels.has_header(rows) {
        labels.cells.remove(0);
        lines.remove(0);
    }
    labels.origin = Origin::lines(lines);
    match labels.cells.is_empty() {
        true => Err(DataError::Empty { file: file.into() }),
        false => Ok(labels),
    }
}

impl LabelCells {
    /// Whether the first line is a header: a name above numbers, or one line more than rows.
    fn has_header(&self, rows: Option<usize>) -> bool {
        let is_word = |row: usize| {
            !self.is_missing(row) && number::<f64>(self.cells[row].as_bytes()).is_none()
        };
        let count = self.cells.len();
        if count < 2 || !is_word(0) {
            return false;
        }
        let above_numbers = !(1..count).any(is_word) && (1..count).any(|r| !self.is_missing(r));
        above_numbers || rows.is_some_and(|rows| count == rows + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(file: &str, bytes: &[u8]) -> Result<Vec<usize>, DataError> {
        let labels = super::parse(file, bytes, None)?;
        let code = |row| match labels.code(row)? {
            Some(code) => Ok(code),
            None => Err(labels.refused(row, labels.is_missing(row))),
        };
        (0..labels.cells.len()).map(code).collect()
    }

    fn npy(shape: &str, values: &[f32]) -> Vec<u8> {
        let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}");
        let values = values.iter().flat_map(|value| value.to_le_bytes());
        let length = (text.len() as u16).to_le_bytes();
        let start = [b"\x93NUMPY\x01\x00", &length[..], text.as_bytes()].concat();
        start.into_iter().chain(values).collect()
    }

    #[test]
    fn the_same_labels_from_every_kind_of_file() {
        let idx = [0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 255];
        for (name, bytes) in [
            ("train-labels-idx1-ubyte", idx.to_vec()),
            ("a.npy", npy("(3,)", &[7.0, 0.0, 255.0])),
            ("a.npy", npy("(3, 1)", &[7.0, 0.0, 255.0])),
            ("a.csv", b"7\n0\n255\n".to_vec()),
            ("a.csv", b"digit\n7\n0.0\n255".to_vec()),
        ] {
            assert_eq!(parse(name, &bytes).unwrap(), [7, 0, 255], "{name}");
        }
    }

    #[test]
    fn refuses_what_is_no_label() {
        for bad in ["2.5", "-1", "16777218"] {
            let error = parse("a.csv", format!("7\n{bad}\n").as_bytes()).unwrap_err();
            let start = format!("a.csv: line 2, column 1 holds {bad}, but a label is");
            assert!(error.to_string().starts_with(&start), "{error}");
        }
        let error = parse("a.csv", b"7\nNA\n").unwrap_err();
        assert!(matches!(error, DataError::MissingValue { .. }));
        let error = parse("a.csv", b"7\ncat\n").unwrap_err().to_string();
        assert!(
            error.starts_with("a.csv: line 2, column 1 holds \"cat\""),
            "{error}"
        );
        let none = parse("a", &[0, 0, 8, 1, 0, 0, 0, 0]);
        assert!(matches!(none, Err(DataError::Empty { .. })));
    }

    #[test]
    fn names_of_classes_may_have_a_header_and_spaces() {
        let cells = |text: &str, rows| super::parse("a.csv", text.as_bytes(), rows).unwrap().cells;
        assert_eq!(cells("animal\ncat\nbig dog\n", Some(2)), ["cat", "big dog"]);
        assert_eq!(cells("cat\nbig dog\n", Some(2)), ["cat", "big dog"]);
        assert_eq!(cells("animal\n1\n2\n", Some(2)), ["1", "2"]);
        assert_eq!(cells("cat\n", Some(1)), ["cat"]);
        assert_eq!(cells("# animal\n1\n2\n", None), ["1", "2"]);
    }

    #[test]
    fn refuses_rows_of_more_than_one_value() {
        let images = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 9, 9, 9, 9];
        for (name, bytes, width) in [
            ("a-images-idx3-ubyte", images.to_vec(), 4),
            ("a.csv", b"1,2\n".to_vec(), 2),
            ("a.npy", npy("(1, 2)", &[1.0, 2.0]), 2),
        ] {
            let error = parse(name, &bytes).unwrap_err();
            let fits =
                matches!(error, DataError::Width { found, expected: 1, .. } if found == width);
            assert!(fits, "{error}");
        }
    }
}
