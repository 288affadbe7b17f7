//! Outputs that are written part by part.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::format::OutputFile;
use super::{OutputFormat, Text, fasta, npy};
use crate::carried::{Carried, CarriedRows};
use crate::error::DataError;

/// An output that is being written part by part, with the cells that are carried through. It has its name
/// once it is whole.
pub(super) struct Parts<'a> {
    path: PathBuf,
    out: Out,
    carried: CarriedCells<'a>,
    /// Number of rows of all parts, and of those so far.
    rows: usize,
    written: usize,
}

enum Out {
    Lines(Box<csv::Writer<OutputFile>>),
    Array(OutputFile),
    Sequences(OutputFile),
}

/// What an output begins with.
pub(super) enum Head {
    /// The names of columns without those that are carried through, where there is a header.
    Names(Option<Vec<String>>),
    /// The shape of an array: columns, and bytes of a number.
    Array { columns: usize, bytes: usize },
}

impl Head {
    /// That of an array of numbers of 4 bytes.
    pub(super) fn single(columns: usize) -> Self {
        let bytes = size_of::<f32>();
        Self::Array { columns, bytes }
    }
}

impl<'a> Parts<'a> {
    /// Begins an output of so many rows.
    pub(super) fn new(
        path: &Path,
        format: OutputFormat,
        head: Head,
        carried: CarriedCells<'a>,
        rows: usize,
    ) -> Result<Self, DataError> {
        let begin = || {
            let mut file = format.create(path)?;
            Ok(match (format.text, head) {
                (Some(Text::Fasta), _) => Out::Sequences(file),
                (_, Head::Array { columns, bytes }) => {
                    file.write_all(&npy::header(bytes, rows, columns))?;
                    Out::Array(file)
                }
                (text, Head::Names(names)) => {
                    let delimiter = match text {
                        Some(Text::Tabs) => b'\t',
                        _ => b',',
                    };
                    let mut lines = csv::WriterBuilder::new();
                    let mut lines = lines.delimiter(delimiter).from_writer(file);
                    if let Some(names) = names {
                        lines.write_record(carried.header(names))?;
                    }
                    Out::Lines(Box::new(lines))
                }
            })
        };
        let out = begin().map_err(|source| unwritable(path, source))?;
        Ok(Self {
            path: path.into(),
            out,
            carried,
            rows,
            written: 0,
        })
    }

    /// Number of rows so far.
    pub(super) fn written(&self) -> usize {
        self.written
    }

    /// The name of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is an array.
    pub(super) fn is_array(&self) -> bool {
        matches!(self.out, Out::Array(_))
    }

    /// The cells of the next row together with those that are carried through.
    pub(super) fn with_carried(&mut self, cells: Vec<String>) -> Result<Vec<String>, DataError> {
        self.carried.beside(cells)
    }

    /// Adds a row of cells, with those that are carried through.
    pub(super) fn push_line(&mut self, cells: Vec<String>) -> Result<(), DataError> {
        let cells = self.with_carried(cells)?;
        if let Out::Lines(lines) = &mut self.out {
            let written = lines.write_record(cells);
            written.map_err(|error| unwritable(&self.path, error.into()))?;
        }
        self.written += 1;
        Ok(())
    }

    /// Adds so many rows of an array.
    pub(super) fn push_numbers<T: Copy, const BYTES: usize>(
        &mut self,
        rows: usize,
        values: &[T],
        bytes: impl Fn(T) -> [u8; BYTES],
    ) -> Result<(), DataError> {
        if let Out::Array(file) = &mut self.out {
            let written = npy::numbers(file, values, bytes);
            written.map_err(|source| unwritable(&self.path, source))?;
        }
        self.written += rows;
        Ok(())
    }

    /// Adds a sequence, under the first cell that is carried through, or its number.
    pub(super) fn push_sequence(&mut self, sequence: &str) -> Result<(), DataError> {
        let name = self.carried.next()?.into_iter().next();
        self.written += 1;
        let name = name.unwrap_or_else(|| format!("sample{}", self.written));
        if let Out::Sequences(file) = &mut self.out {
            let written = fasta::write(file, &name, sequence);
            written.map_err(|source| unwritable(&self.path, source))?;
        }
        Ok(())
    }

    /// Gives the whole file its name.
    pub(super) fn finish(self) -> Result<(), DataError> {
        let Self { rows, written, .. } = self;
        assert!(
            written == rows,
            "the parts have {written} rows and not {rows}"
        );
        let finish = || match self.out {
            Out::Array(file) | Out::Sequences(file) => file.finish(),
            Out::Lines(mut lines) => {
                lines.flush()?;
                let file = lines.into_inner();
                file.map_err(|error| io::Error::other(error.to_string()))?
                    .finish()
            }
        };
        finish().map_err(|source| unwritable(&self.path, source))
    }
}

fn unwritable(path: &Path, source: io::Error) -> DataError {
    let file = path.display().to_string();
    DataError::Unwritable { file, source }
}

/// Cells that are carried through to the rows of an output. Rows that are a multiple of theirs repeat them.
pub(super) struct CarriedCells<'a> {
    source: &'a dyn Carried,
    /// The names of the columns and their places among the others.
    columns: Vec<(String, usize)>,
    rows: Option<CarriedRows<'a>>,
}

impl<'a> CarriedCells<'a> {
    /// Cells at the places that they have in their file.
    pub(super) fn in_place(source: &'a dyn Carried) -> Self {
        let columns = source.columns().into_iter();
        Self {
            columns: columns
                .map(|(name, place)| (name.to_owned(), place))
                .collect(),
            source,
            rows: None,
        }
    }

    /// Cells before all others.
    pub(super) fn in_front(source: &'a dyn Carried) -> Self {
        let mut cells = Self::in_place(source);
        for (place, column) in cells.columns.iter_mut().enumerate() {
            column.1 = place;
        }
        cells
    }

    /// Checks that so many rows repeat all cells.
    pub(super) fn check(&self, rows: usize) {
        let count = self.source.count();
        assert!(
            self.columns.is_empty() || (count > 0 && rows.is_multiple_of(count)),
            "{rows} rows are no multiple of the {count} rows that are carried through",
        );
    }

    /// Number of columns.
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn header(&self, names: Vec<String>) -> Vec<String> {
        let own = self.columns.iter().map(|(name, _)| name.clone());
        self.inserted(own, names)
    }

    /// The cells of the next row; none where there are no columns.
    fn next(&mut self) -> Result<Vec<String>, DataError> {
        if self.columns.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(cells) = self.rows.as_mut().and_then(Iterator::next) {
            return cells;
        }
        let rows = self.rows.insert(self.source.rows());
        rows.next().unwrap_or_else(|| Ok(Vec::new()))
    }

    fn beside(&mut self, cells: Vec<String>) -> Result<Vec<String>, DataError> {
        let own = self.next()?;
        Ok(self.inserted(own, cells))
    }

    fn inserted(
        &self,
        own: impl IntoIterator<Item = String>,
        mut cells: Vec<String>,
    ) -> Vec<String> {
        for (&(_, place), cell) in self.columns.iter().zip(own) {
            cells.insert(place.min(cells.len()), cell);
        }
        cells
    }
}
