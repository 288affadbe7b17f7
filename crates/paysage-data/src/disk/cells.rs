//! Cells that are copied to disk.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::store::{temporary, unwritable};
use super::{DataFile, DiskRows};
use crate::carried::{Carried, CarriedRows};
use crate::error::DataError;

/// A temporary file of the cells of some columns, row after row: the number of bytes of each cell, and the cell.
pub(crate) struct CellsWriter {
    source: String,
    folder: PathBuf,
    columns: Vec<(String, usize)>,
    rows: usize,
    file: BufWriter<File>,
}

impl CellsWriter {
    /// A file without rows in a folder; `source` names the rows in messages.
    pub(crate) fn new(
        source: &str,
        columns: Vec<(String, usize)>,
        folder: &Path,
    ) -> Result<Self, DataError> {
        Ok(Self {
            source: source.into(),
            folder: folder.to_path_buf(),
            columns,
            rows: 0,
            file: temporary(folder).map_err(|source| unwritable(folder, source))?,
        })
    }

    /// The numbers of the columns in the file, from 0.
    pub(crate) fn places(&self) -> impl Iterator<Item = usize> {
        self.columns.iter().map(|(_, place)| *place)
    }

    /// Adds the cells of a row.
    pub(crate) fn push<S: AsRef<str>>(&mut self, cells: &[S]) -> Result<(), DataError> {
        debug_assert_eq!(cells.len(), self.columns.len());
        let mut written = cells.iter().map(AsRef::as_ref).map(|cell: &str| {
            self.file.write_all(&(cell.len() as u64).to_le_bytes())?;
            self.file.write_all(cell.as_bytes())
        });
        let written: io::Result<()> = written.try_for_each(|written| written);
        self.rows += 1;
        written.map_err(|source| unwritable(&self.folder, source))
    }

    /// The cells.
    pub(crate) fn finish(self) -> Result<DiskCells, DataError> {
        let file = self.file.into_inner();
        let file = file.map_err(|error| unwritable(&self.folder, error.into_error()))?;
        Ok(DiskCells {
            kept: vec![true; self.columns.len()],
            columns: self.columns,
            stored: Some(Arc::new(DataFile::of(&self.source, file)?)),
            count: self.rows,
            rows: None,
        })
    }
}

/// The cells of columns that are not modelled, in a temporary file: of data that stay on disk.
#[derive(Clone, Default)]
pub struct DiskCells {
    /// The name and the number in the file of each column, from 0.
    columns: Vec<(String, usize)>,
    /// Whether a column is one of the data set.
    kept: Vec<bool>,
    /// Nothing where there are no columns.
    stored: Option<Arc<DataFile>>,
    /// Number of rows in the file.
    count: usize,
    /// The rows of the file that are rows of the data set, in order; all where there are none.
    rows: Option<Arc<[u32]>>,
}

impl DiskCells {
    /// The cells of the rows of a data set.
    pub(crate) fn of(self, rows: &DiskRows) -> Self {
        let rows = rows.rows.clone();
        Self { rows, ..self }
    }

    /// Reads the next row of the file, without the cells of columns that are left out.
    fn read(&self, reader: &mut impl Read) -> io::Result<Vec<String>> {
        let mut cells = Vec::new();
        for kept in &self.kept {
            let mut length = [0; 8];
            reader.read_exact(&mut length)?;
            let mut cell = vec![0; u64::from_le_bytes(length) as usize];
            reader.read_exact(&mut cell)?;
            if *kept {
                cells.push(String::from_utf8_lossy(&cell).into_owned());
            }
        }
        Ok(cells)
    }
}

impl Carried for DiskCells {
    fn columns(&self) -> Vec<(&str, usize)> {
        let columns = self.columns.iter().zip(&self.kept);
        let columns = columns.filter(|(_, kept)| **kept);
        columns
            .map(|((name, place), _)| (&**name, *place))
            .collect()
    }

    fn count(&self) -> usize {
        match self.kept.contains(&true) {
            true => self.rows.as_ref().map_or(self.count, |rows| rows.len()),
            false => 0,
        }
    }

    fn rows(&self) -> CarriedRows<'_> {
        let Some(stored) = &self.stored else {
            return Box::new(std::iter::empty());
        };
        let mut reader = BufReader::new(FromStart {
            file: stored,
            offset: 0,
        });
        let mut next = 0;
        let number = |row: usize| self.rows.as_ref().map_or(row, |rows| rows[row] as usize);
        Box::new((0..self.count()).map(move |row| {
            let unreadable = |source| DataError::Unreadable {
                file: stored.name().into(),
                source,
            };
            let skipped = number(row) - next;
            next = number(row) + 1;
            for _ in 0..skipped {
                self.read(&mut reader).map_err(unreadable)?;
            }
            self.read(&mut reader).map_err(unreadable)
        }))
    }

    fn retain(&mut self, keep: &dyn Fn(&str) -> bool) {
        for ((name, _), kept) in self.columns.iter().zip(&mut self.kept) {
            *kept &= keep(name);
        }
    }
}

/// The bytes of a file.
struct FromStart<'a> {
    file: &'a DataFile,
    offset: u64,
}

impl Read for FromStart<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let left = self.file.length().saturating_sub(self.offset);
        let count = left.min(bytes.len() as u64) as usize;
        let read = self.file.read(self.offset, &mut bytes[..count]);
        read.map_err(io::Error::other)?;
        self.offset += count as u64;
        Ok(count)
    }
}

/// The columns and the number of rows.
impl std::fmt::Debug for DiskCells {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("DiskCells")
            .field("columns", &self.columns())
            .field("rows", &self.count())
            .finish_non_exhaustive()
    }
}
