//! Rows that are copied to disk.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::DataFile;
use super::format::{Encoding, RowFormat};
use crate::bits::{pack, row_bytes, unpack};
use crate::error::DataError;
use crate::read::Decoder;

/// A temporary file of rows, for data whose rows cannot be read in any order.
///
/// It has bits while all values are 0 or 1, and becomes one of `f32` with the first other value. No other
/// process sees the file: it has no name where the system allows that, and it is gone when this process
/// ends, however it ends. So no half-written copy can be taken for a whole one.
pub(crate) struct StoreWriter {
    source: String,
    folder: PathBuf,
    columns: usize,
    rows: usize,
    file: BufWriter<File>,
    is_bits: bool,
    /// The bytes of one row.
    bytes: Vec<u8>,
}

impl StoreWriter {
    /// A file without rows in a folder; `source` names the rows in messages.
    pub(crate) fn new(source: &str, columns: usize, folder: &Path) -> Result<Self, DataError> {
        let file = temporary(folder).map_err(|source| unwritable(folder, source))?;
        Ok(Self {
            source: source.into(),
            folder: folder.to_path_buf(),
            columns,
            rows: 0,
            file,
            is_bits: true,
            bytes: Vec::new(),
        })
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: &[f32]) -> Result<(), DataError> {
        self.write(row)
            .map_err(|source| unwritable(&self.folder, source))
    }

    fn write(&mut self, row: &[f32]) -> io::Result<()> {
        debug_assert_eq!(row.len(), self.columns);
        self.bytes.clear();
        if self.is_bits && !pack(row, &mut self.bytes) {
            self.widen()?;
        }
        if !self.is_bits {
            self.bytes.clear();
            self.bytes.extend(row.iter().flat_map(|x| x.to_le_bytes()));
        }
        self.rows += 1;
        self.file.write_all(&self.bytes)
    }

    /// Replaces the file of bits by one of `f32`.
    fn widen(&mut self) -> io::Result<()> {
        self.file.flush()?;
        let wide = temporary(&self.folder)?;
        let bits = std::mem::replace(&mut self.file, wide).into_inner()?;
        let mut bits = io::BufReader::new(bits);
        io::Seek::rewind(&mut bits)?;
        let mut packed = vec![0; row_bytes(self.columns)];
        let mut row = vec![0.0; self.columns];
        for _ in 0..self.rows {
            io::Read::read_exact(&mut bits, &mut packed)?;
            unpack(&packed, &mut row);
            for x in &row {
                self.file.write_all(&x.to_le_bytes())?;
            }
        }
        self.is_bits = false;
        Ok(())
    }

    /// The file and the format of its rows.
    pub(crate) fn finish(self) -> Result<(DataFile, RowFormat), DataError> {
        let file = self.file.into_inner();
        let file = file.map_err(|error| unwritable(&self.folder, error.into_error()))?;
        let format = RowFormat {
            encoding: match self.is_bits {
                true => Encoding::Bits,
                false => Encoding::Numbers(Decoder::SINGLE),
            },
            start: 0,
            rows: self.rows,
            columns: self.columns,
        };
        Ok((DataFile::of(&self.source, file)?, format))
    }
}

/// A temporary file without a name in a folder.
pub(crate) fn temporary(folder: &Path) -> io::Result<BufWriter<File>> {
    Ok(BufWriter::new(tempfile::tempfile_in(folder)?))
}

/// The error that nothing can be written in a folder.
pub(crate) fn unwritable(folder: &Path, source: io::Error) -> DataError {
    let file = folder.display().to_string();
    DataError::Unwritable { file, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{DiskRows, Stored, Units};
    use crate::table::Table;
    use crate::testing::check_same_rows;

    /// The rows of a table, copied to disk.
    fn copied(table: &Table) -> (DiskRows, RowFormat) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = StoreWriter::new(table.source(), table.columns(), folder.path()).unwrap();
        for row in 0..table.rows() {
            store.push(table.row(row)).unwrap();
        }
        let (file, format) = store.finish().unwrap();
        let stored = Stored {
            file,
            format,
            gaps: Default::default(),
            origin: Default::default(),
            names: None,
        };
        (DiskRows::of(stored, Units::default(), 1 << 20), format)
    }

    #[test]
    fn binary_rows_take_a_bit_per_value() {
        let values = (0..50 * 784).map(|index| f32::from(index * index % 7 > 2));
        let table = Table::new("t", 784, values.collect()).unwrap();
        let (rows, format) = copied(&table);
        assert_eq!(format.row_bytes(), 98);
        assert_eq!(rows.stored.file.length(), 50 * 98);
        check_same_rows(&rows, &table);
    }

    #[test]
    fn the_first_other_value_makes_it_a_file_of_floats() {
        for place in [0, 5 * 13 + 2, 29 * 13 + 12] {
            let mut values: Vec<f32> = (0..30 * 13).map(|index| (index % 2) as f32).collect();
            values[place] = -0.0;
            let table = Table::new("t", 13, values).unwrap();
            let (rows, format) = copied(&table);
            assert_eq!(format.row_bytes(), 52);
            check_same_rows(&rows, &table);
        }
    }
}
