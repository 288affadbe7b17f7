//! Rows of units, written in the original columns and units of measurement.

use std::path::{Path, PathBuf};

use super::{OutputError, OutputFormat, Text, fasta, npy, write_cells};
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
        match (self.format.text, self.layout.alignment()) {
            (Some(Text::Fasta), Some(alignment)) => {
                let rows = units.chunks_exact(self.layout.unit_count());
                let rows = rows.map(|row| alignment.sequence(&row[..alignment.units()]));
                let names = self.carried.first().map(|names| &names.cells[..]);
                self.format
                    .write(&self.path, |out| fasta::write(out, names, rows))
            }
            (Some(_), _) => self.write_text(self.layout.names(), self.layout.restore(units)),
            (None, _) => self.write_numbers(&self.layout.restore_values(units)),
        }
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

    fn write_text(
        &self,
        mut header: Vec<String>,
        mut rows: Vec<Vec<String>>,
    ) -> Result<(), DataError> {
        for column in self.carried {
            let place = column.place.min(header.len());
            header.insert(place, column.name.clone());
            let count = column.cells.len();
            assert!(
                count > 0 && rows.len().is_multiple_of(count),
                "{} rows are no multiple of the {count} rows that are carried through",
                rows.len()
            );
            for (index, row) in rows.iter_mut().enumerate() {
                row.insert(place, column.cells[index % count].clone());
            }
        }
        let header = self.layout.has_names().then_some(&header[..]);
        write_cells(&self.path, header, &rows)
    }
}

#[cfg(test)]
mod tests;
