//! Text: words and numbers under a header.

use std::collections::HashSet;
use std::path::Path;

use ::csv::ByteRecord;

use super::cell::{bare, is_missing, number, refused};
use super::records::{Records, line};
use super::{Kind, content, kind, load};
use crate::error::DataError;

/// The cells of a text file, under a header of names that are all different.
pub(crate) struct Cells {
    pub(crate) file: String,
    pub(crate) names: Vec<String>,
    bytes: Vec<u8>,
    rows: Vec<ByteRecord>,
}

impl Cells {
    pub(crate) fn read(source: &str) -> Result<Self, DataError> {
        if source.starts_with("builtin:") {
            let file = source.into();
            return Err(DataError::NotMixed { file });
        }
        let stored = load(Path::new(source))?;
        Self::parse(source, content(source, &stored)?.into_owned())
    }

    pub(crate) fn parse(source: &str, bytes: Vec<u8>) -> Result<Self, DataError> {
        let file = source.to_owned();
        if !matches!(kind(source, &bytes)?, Kind::Text) {
            return Err(DataError::NotMixed { file });
        }
        let mut records = Records::of(source, &bytes);
        let mut rows = Vec::new();
        while records.advance()? {
            let foreign = |cell| std::str::from_utf8(cell).is_err();
            if let Some(index) = records.cells().position(foreign) {
                let (row, column) = (records.line(), index + 1);
                return Err(DataError::NotUtf8 { file, row, column });
            }
            rows.push(records.record().clone());
        }
        if rows.len() < 2 {
            return Err(DataError::Empty { file });
        }
        let header = rows.remove(0);
        let name = |cell| String::from_utf8_lossy(bare(cell)).into_owned();
        let names: Vec<String> = header.iter().map(name).collect();
        let mut seen = HashSet::new();
        for name in &names {
            if number::<f64>(name.as_bytes()).is_some() {
                let value = name.clone();
                return Err(DataError::NoHeader { file, value });
            }
            if !seen.insert(name) {
                let name = name.clone();
                return Err(DataError::RepeatedColumn { file, name });
            }
        }
        Ok(Self {
            file,
            names,
            bytes,
            rows,
        })
    }

    /// How many rows there are, the header not among them; at least one.
    pub(crate) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Which column has this name.
    pub(crate) fn column(&self, name: &str) -> Result<usize, DataError> {
        let found = self.names.iter().position(|other| other == name);
        found.ok_or_else(|| DataError::NoSuchColumn {
            file: self.file.clone(),
            name: name.into(),
            known: self.names.clone(),
        })
    }

    /// A cell, or nothing where its value is missing.
    pub(crate) fn get(&self, row: usize, column: usize) -> Option<&str> {
        let cell = self.rows[row].get(column)?;
        if is_missing(cell) {
            return None;
        }
        // A cell that is no UTF-8 was refused when the file was read.
        std::str::from_utf8(bare(cell)).ok()
    }

    /// The values of a column that are not missing.
    pub(crate) fn present(&self, column: usize) -> impl Iterator<Item = &str> {
        (0..self.rows()).filter_map(move |row| self.get(row, column))
    }

    /// The number of the line in which a row begins. Counted anew each time, for a message.
    pub(crate) fn line(&self, row: usize) -> usize {
        let start = self.rows[row].position();
        line(&self.bytes, start.map_or(0, |position| position.byte()))
    }

    /// What is wrong with a cell that should hold a number.
    pub(crate) fn no_number(&self, row: usize, column: usize) -> DataError {
        let name = Some(self.names[column].clone());
        let cell = self.get(row, column).unwrap_or_default();
        refused(
            &self.file,
            self.line(row),
            column + 1,
            name,
            cell.as_bytes(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, bytes: &[u8]) -> Result<Cells, DataError> {
        Cells::parse(name, bytes.to_vec())
    }

    #[test]
    fn words_numbers_and_gaps_in_the_lines_of_the_file() {
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
            assert_eq!(cells.present(0).collect::<Vec<_>>(), ["1"]);
            assert_eq!([cells.line(0), cells.line(1)], [3, 4]);
        }
    }

    #[test]
    fn refuses_what_has_no_names_to_go_by() {
        for (name, text, message) in [
            (
                "a.csv",
                &b"a,a\n1,2\n"[..],
                "a.csv: has more than one column \"a\"",
            ),
            (
                "a.csv",
                b"31,north\n28,south\n",
                "a.csv: its first line holds \"31\",",
            ),
            ("a.csv", b"a,b\n", "a.csv: holds no rows"),
            ("a.csv", b"a,b\n1\n", "a.csv: row 2 has 1 values, but 2"),
            (
                "a.csv",
                b"a,b\n1,2\n1,k\xf6ln\n",
                "a.csv: row 3, column 2 is no UTF-8",
            ),
            ("a.npy", b"\x93NUMPY", "a.npy: is no text"),
        ] {
            let error = parse(name, text).err().unwrap().to_string();
            assert!(error.starts_with(message), "{error}");
        }
        assert!(matches!(
            Cells::read("builtin:digits"),
            Err(DataError::NotMixed { .. })
        ));
    }
}
