//! Rows of units, written in the original columns and units of measurement.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{OutputError, OutputFormat, Text, cells, fasta, npy, write_cells};
use crate::error::DataError;
use crate::layout::Layout;
use crate::read::CarriedColumn;

/// Writer of rows of units to a file, in the original columns and units of measurement.
///
/// Text has the header of the training file, where it had one, with categories and class names in
/// the cells; FASTA has the sequences of an alignment, under the names that were carried through or
/// `sample1`, `sample2`, …. Columns that were carried through are where they were. A NumPy file has one number
/// for each unit: categories, classes and the columns of a schema stay units, other numbers are in
/// their original units of measurement.
///
/// ```
/// use paysage_data::{ReadOptions, RowsWriter};
///
/// let folder = tempfile::tempdir()?;
/// let path = |name: &str| folder.path().join(name);
/// std::fs::write(path("a.csv"), "id,x,y\n7,0,1\n9,1,0\n")?;
/// let data = ReadOptions {
///     drop: vec!["id".into()],
///     ..ReadOptions::new(path("a.csv").to_str().unwrap())
/// }
/// .read()?;
/// let writer = RowsWriter::new(path("b.csv"), &data.layout)?.with_carried(&data.carried);
/// writer.write(data.table.values())?;
/// assert_eq!(std::fs::read(path("b.csv"))?, std::fs::read(path("a.csv"))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RowsWriter<'a> {
    path: PathBuf,
    format: OutputFormat,
    layout: &'a Layout,
    carried: &'a [CarriedColumn],
}

impl<'a> RowsWriter<'a> {
    /// A writer to this file.
    ///
    /// # Errors
    ///
    /// [`OutputError::UnknownEnding`], and [`OutputError::NoSequences`] for a FASTA file of a layout
    /// that is not of an alignment.
    pub fn new(path: impl AsRef<Path>, layout: &'a Layout) -> Result<Self, DataError> {
        let path = path.as_ref();
        let format = OutputFormat::of(path)?;
        if format.text == Some(Text::Fasta) && layout.alignment().is_none() {
            let path = path.display().to_string();
            return Err(OutputError::NoSequences { path }.into());
        }
        Ok(Self {
            path: path.into(),
            format,
            layout,
            carried: &[],
        })
    }

    /// The writer with columns that are carried through to text. Rows that are a multiple of
    /// theirs repeat them.
    #[must_use]
    pub fn with_carried(self, carried: &'a [CarriedColumn]) -> Self {
        Self { carried, ..self }
    }

    /// The format of the file.
    #[must_use]
    pub fn format(&self) -> OutputFormat {
        self.format
    }

    /// Whether cells are text, in which a categorical column has its value: such columns have no
    /// means.
    #[must_use]
    pub fn has_categories(&self) -> bool {
        let layout = self.layout;
        let of_columns = layout.schema().is_some() || layout.alignment().is_some();
        self.format.text.is_some() && (of_columns || layout.labels.is_some())
    }

    /// Writes rows of units, `[rows, units]`.
    ///
    /// # Errors
    ///
    /// [`Unwritable`](DataError::Unwritable) when the folder or the file refuses.
    ///
    /// # Panics
    ///
    /// When `units` is not whole rows of the layout, or its rows are no multiple of those that are
    /// carried through.
    pub fn write(&self, units: &[f32]) -> Result<(), DataError> {
        let rows = units.len() / self.layout.unit_count();
        self.write_parts(rows, [Ok(units)])
    }

    /// Writes so many rows of units in parts of any number of rows, such as samples while they are drawn: only
    /// one part is in memory. The file is the one that [`write`](Self::write) makes of all parts together.
    ///
    /// # Errors
    ///
    /// The error of a part, and [`Unwritable`](DataError::Unwritable) when the folder or the file refuses. A
    /// file that was there is then untouched.
    ///
    /// # Panics
    ///
    /// As [`write`](Self::write), and when the parts do not have so many rows.
    ///
    /// ```
    /// use paysage_data::{DataError, Layout, RowsWriter};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let (path, layout) = (folder.path().join("a.csv"), Layout::units(2));
    /// let parts = [vec![1.0, 2.0], vec![3.0, 4.0, 5.0, 6.0]].map(Ok::<_, DataError>);
    /// RowsWriter::new(&path, &layout)?.write_parts(3, parts)?;
    /// assert_eq!(std::fs::read_to_string(&path)?, "1,2\n3,4\n5,6\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_parts<P: AsRef<[f32]>, E: From<DataError>>(
        &self,
        rows: usize,
        parts: impl IntoIterator<Item = Result<P, E>>,
    ) -> Result<(), E> {
        let mut failure = None;
        let parts = parts.into_iter().map(|part| {
            part.map_err(|error| {
                failure = Some(error);
                io::Error::other("the rows end here")
            })
        });
        let written = self
            .format
            .write(&self.path, |out| self.fill(out, rows, parts));
        match failure {
            Some(error) => Err(error),
            None => Ok(written?),
        }
    }

    fn fill<P: AsRef<[f32]>>(
        &self,
        out: &mut dyn Write,
        rows: usize,
        parts: impl Iterator<Item = io::Result<P>>,
    ) -> io::Result<()> {
        let width = self.layout.unit_count();
        let mut written = 0;
        match (self.format.text, self.layout.alignment()) {
            (Some(Text::Fasta), Some(alignment)) => {
                let names = self.carried.first().map(|names| &names.cells[..]);
                for part in parts {
                    let part = part?;
                    let part = part.as_ref();
                    let sequences = part.chunks_exact(width);
                    let sequences =
                        sequences.map(|row| alignment.sequence(&row[..alignment.units()]));
                    fasta::write(out, names, written, sequences)?;
                    written += part.len() / width;
                }
            }
            (Some(text), _) => {
                let header = self.header(self.layout.names());
                self.check_carried(rows);
                let mut lines = cells::writer(out, text, header.as_deref())?;
                for part in parts {
                    for cells in self.layout.restore(part?.as_ref()) {
                        lines.write_record(self.with_cells(written, cells))?;
                        written += 1;
                    }
                }
                lines.flush()?;
            }
            (None, _) => {
                let size = size_of::<f32>();
                out.write_all(&npy::header(size, rows, width))?;
                for part in parts {
                    let values = self.layout.restore_values(part?.as_ref());
                    npy::numbers(out, &values, f32::to_le_bytes)?;
                    written += values.len() / width;
                }
            }
        }
        assert!(
            written == rows,
            "the parts have {written} rows and not {rows}"
        );
        Ok(())
    }

    /// Writes standard deviations of units, `[rows, units]`, each in the units of measurement of
    /// its column, under the names of the units.
    ///
    /// # Errors
    ///
    /// As for [`write`](Self::write), and [`OutputError::NoTable`] for a FASTA file.
    ///
    /// # Panics
    ///
    /// As for [`write`](Self::write).
    pub fn write_deviations(&self, deviations: &[f32]) -> Result<(), DataError> {
        self.format.check_table(&self.path)?;
        let width = self.layout.unit_count();
        let scales: Vec<f64> = (0..width)
            .map(|unit| self.layout.scale(unit).abs())
            .collect();
        let scaled = |(index, &x): (usize, &f32)| (f64::from(x) * scales[index % width]) as f32;
        let scaled: Vec<f32> = deviations.iter().enumerate().map(scaled).collect();
        match self.format.text {
            Some(_) => {
                let cell = |x: &f32| {
                    if x.is_nan() {
                        String::new()
                    } else {
                        x.to_string()
                    }
                };
                let rows = scaled.chunks_exact(width);
                let rows = rows.map(|row| row.iter().map(cell).collect()).collect();
                self.write_text(self.layout.unit_names(), rows)
            }
            None => self.write_numbers(&scaled),
        }
    }

    fn write_numbers(&self, values: &[f32]) -> Result<(), DataError> {
        let width = self.layout.unit_count();
        let shape = [values.len() / width, width];
        self.format.write(&self.path, |out| {
            npy::array(out, shape, values, f32::to_le_bytes)
        })
    }

    fn write_text(&self, names: Vec<String>, rows: Vec<Vec<String>>) -> Result<(), DataError> {
        self.check_carried(rows.len());
        let header = self.header(names);
        let rows = rows.into_iter().enumerate();
        let rows: Vec<_> = rows
            .map(|(row, cells)| self.with_cells(row, cells))
            .collect();
        write_cells(&self.path, header.as_deref(), &rows)
    }

    /// The header of columns of these names, where the columns have names.
    fn header(&self, mut names: Vec<String>) -> Option<Vec<String>> {
        for column in self.carried {
            names.insert(column.place.min(names.len()), column.name.clone());
        }
        self.layout.has_names().then_some(names)
    }

    /// The cells of a row with those that are carried through.
    fn with_cells(&self, row: usize, mut cells: Vec<String>) -> Vec<String> {
        for column in self.carried {
            let cell = column.cells[row % column.cells.len()].clone();
            cells.insert(column.place.min(cells.len()), cell);
        }
        cells
    }

    fn check_carried(&self, rows: usize) {
        for column in self.carried {
            let count = column.cells.len();
            assert!(
                count > 0 && rows.is_multiple_of(count),
                "{rows} rows are no multiple of the {count} rows that are carried through",
            );
        }
    }
}

#[cfg(test)]
mod tests;
