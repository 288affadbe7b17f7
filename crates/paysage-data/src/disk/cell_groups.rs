//! Cells that are copied to disk column by column.

use std::cell::RefCell;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::DataFile;
use super::store::{temporary, unwritable};
use crate::error::DataError;

/// Is given each row and its cells.
pub(crate) type VisitCells<'a> = &'a mut dyn FnMut(usize, &[&str]) -> Result<(), DataError>;

/// The number of bytes of a cell, before it.
const LENGTH: usize = size_of::<u32>();

/// A temporary file of the cells of all columns, in groups of rows: in a group, the cells of a column follow
/// each other.
pub(crate) struct CellGroupsWriter {
    source: String,
    folder: PathBuf,
    /// The bytes of a group after which the next one begins.
    most: usize,
    /// The cells of each column in the last group.
    last: Vec<Vec<u8>>,
    last_rows: usize,
    size: usize,
    file: BufWriter<File>,
    written: u64,
    groups: Vec<Group>,
}

/// Some successive rows.
struct Group {
    rows: usize,
    /// Where the cells of each column begin, and where the last of them end.
    places: Vec<u64>,
}

impl CellGroupsWriter {
    /// A file without rows in a folder, with so many bytes in a group; `source` names the rows in messages.
    pub(crate) fn new(
        source: &str,
        columns: usize,
        folder: &Path,
        most: usize,
    ) -> Result<Self, DataError> {
        Ok(Self {
            source: source.into(),
            folder: folder.to_path_buf(),
            most,
            last: vec![Vec::new(); columns],
            last_rows: 0,
            size: 0,
            file: temporary(folder).map_err(|source| unwritable(folder, source))?,
            written: 0,
            groups: Vec::new(),
        })
    }

    /// Number of rows so far.
    pub(crate) fn rows(&self) -> usize {
        self.groups.iter().map(|group| group.rows).sum::<usize>() + self.last_rows
    }

    /// Adds the cells of a row, each shorter than 4 GiB.
    pub(crate) fn push<'a>(
        &mut self,
        cells: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), DataError> {
        for (column, cell) in self.last.iter_mut().zip(cells) {
            column.extend((cell.len() as u32).to_le_bytes());
            column.extend(cell);
            self.size += LENGTH + cell.len();
        }
        self.last_rows += 1;
        match self.size < self.most {
            true => Ok(()),
            false => self.end_group(),
        }
    }

    fn end_group(&mut self) -> Result<(), DataError> {
        let mut places = vec![self.written];
        for column in &mut self.last {
            let written = self.file.write_all(column);
            written.map_err(|source| unwritable(&self.folder, source))?;
            self.written += column.len() as u64;
            places.push(self.written);
            column.clear();
        }
        let rows = std::mem::take(&mut self.last_rows);
        self.size = 0;
        self.groups.push(Group { rows, places });
        Ok(())
    }

    /// The cells.
    pub(crate) fn finish(mut self) -> Result<CellGroups, DataError> {
        if self.last_rows > 0 {
            self.end_group()?;
        }
        let rows = self.rows();
        let file = self.file.into_inner();
        let file = file.map_err(|error| unwritable(&self.folder, error.into_error()))?;
        Ok(CellGroups {
            file: DataFile::of(&self.source, file)?,
            rows,
            groups: self.groups,
            failure: RefCell::default(),
        })
    }
}

/// The cells of all columns, in a temporary file.
pub(crate) struct CellGroups {
    file: DataFile,
    rows: usize,
    groups: Vec<Group>,
    /// The first error of an iteration.
    failure: RefCell<Option<DataError>>,
}

impl CellGroups {
    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The cells of a column. The iteration ends where they cannot be read: [`check`](Self::check) tells
    /// that.
    pub(crate) fn column(&self, column: usize) -> ColumnOnDisk<'_> {
        ColumnOnDisk {
            cells: self,
            column,
            group: 0,
            block: Arc::default(),
            at: 0,
        }
    }

    /// Checks that no error ended an iteration.
    pub(crate) fn check(&self) -> Result<(), DataError> {
        self.failure.take().map_or(Ok(()), Err)
    }

    /// Visits the cells of each row in these columns.
    pub(crate) fn each(&self, columns: &[usize], visit: VisitCells<'_>) -> Result<(), DataError> {
        let mut row = 0;
        for group in &self.groups {
            let blocks = columns.iter().map(|&column| self.block(group, column));
            let blocks: Vec<Vec<u8>> = blocks.collect::<Result<_, _>>()?;
            let mut rest: Vec<&[u8]> = blocks.iter().map(|block| &block[..]).collect();
            for _ in 0..group.rows {
                let cells = rest.iter_mut().map(|rest| next(rest).unwrap_or_default());
                visit(row, &cells.collect::<Vec<&str>>())?;
                row += 1;
            }
        }
        Ok(())
    }

    fn block(&self, group: &Group, column: usize) -> Result<Vec<u8>, DataError> {
        let (start, end) = (group.places[column], group.places[column + 1]);
        let mut block = vec![0; (end - start) as usize];
        self.file.read(start, &mut block)?;
        Ok(block)
    }
}

/// Takes the next cell from the beginning of a block.
fn next<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let (length, after) = rest.split_first_chunk()?;
    let (cell, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *rest = after;
    std::str::from_utf8(cell).ok()
}

/// The cells of a column, block by block.
#[derive(Clone)]
pub(crate) struct ColumnOnDisk<'a> {
    cells: &'a CellGroups,
    column: usize,
    /// The group after that of the block.
    group: usize,
    block: Arc<[u8]>,
    at: usize,
}

impl Iterator for ColumnOnDisk<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        while self.at >= self.block.len() {
            let group = self.cells.groups.get(self.group)?;
            self.group += 1;
            match self.cells.block(group, self.column) {
                Ok(block) => (self.block, self.at) = (block.into(), 0),
                Err(error) => {
                    self.group = self.cells.groups.len();
                    self.cells.failure.replace(Some(error));
                    return None;
                }
            }
        }
        let mut rest = &self.block[self.at..];
        let cell = next(&mut rest)?;
        self.at = self.block.len() - rest.len();
        Some(cell.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_back_by_column_and_by_row() {
        let folder = tempfile::tempdir().unwrap();
        let cell = |row: usize, column: usize| "é".repeat((row * 7 + column) % 5) + "x";
        for most in [1, 20, 1 << 20] {
            let mut writer = CellGroupsWriter::new("t", 3, folder.path(), most).unwrap();
            for row in 0..50 {
                let cells: Vec<String> = (0..3).map(|column| cell(row, column)).collect();
                writer
                    .push(cells.iter().map(|cell| cell.as_bytes()))
                    .unwrap();
            }
            let cells = writer.finish().unwrap();
            assert_eq!(cells.rows(), 50);
            for column in 0..3 {
                let expected: Vec<String> = (0..50).map(|row| cell(row, column)).collect();
                assert_eq!(cells.column(column).collect::<Vec<_>>(), expected);
                let mut rest = cells.column(column);
                assert_eq!(rest.nth(20), Some(cell(20, column)));
                assert_eq!(rest.clone().next(), rest.next());
            }
            let mut count = 0;
            let mut visit = |row: usize, cells: &[&str]| {
                assert_eq!((row, cells), (count, &[&*cell(row, 2), &*cell(row, 0)][..]));
                count += 1;
                Ok(())
            };
            cells.each(&[2, 0], &mut visit).unwrap();
            assert_eq!(count, 50);
            cells.check().unwrap();
        }
    }
}
