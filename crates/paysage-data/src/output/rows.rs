//! Rows of units, written in the original columns and units of measurement.

use std::path::{Path, PathBuf};

use super::parts::{CarriedCells, Head, Parts};
use super::{MatrixWriter, OutputError, OutputFormat, Text};
use crate::alignment::Alignment;
use crate::carried::{Carried, NOTHING};
use crate::error::DataError;
use crate::layout::Layout;

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
    carried: &'a dyn Carried,
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
            carried: &NOTHING,
        })
    }

    /// The writer with columns that are carried through to text. Rows that are a multiple of
    /// theirs repeat them.
    #[must_use]
    pub fn with_carried(self, carried: &'a dyn Carried) -> Self {
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
        let mut parts = self.start(units.len() / self.layout.unit_count())?;
        parts.push(units)?;
        parts.finish()
    }

    /// Begins so many rows, which are written in parts of any number of rows, such as samples while they are drawn:
    /// only one part is in memory. The file is the one that [`write`](Self::write) makes of all parts together.
    ///
    /// # Errors
    ///
    /// [`Unwritable`](DataError::Unwritable) when the folder or the file refuses.
    ///
    /// # Panics
    ///
    /// When so many rows are no multiple of those that are carried through.
    ///
    /// ```
    /// use paysage_data::{Layout, RowsWriter};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let (path, layout) = (folder.path().join("a.csv"), Layout::units(2));
    /// let writer = RowsWriter::new(&path, &layout)?;
    /// let mut parts = writer.start(3)?;
    /// parts.push(&[1.0, 2.0])?;
    /// parts.push(&[3.0, 4.0, 5.0, 6.0])?;
    /// parts.finish()?;
    /// assert_eq!(std::fs::read_to_string(&path)?, "1,2\n3,4\n5,6\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start(&self, rows: usize) -> Result<RowsInParts<'a>, DataError> {
        let (layout, carried) = (self.layout, CarriedCells::in_place(self.carried));
        let head = match self.format.text {
            None => Head::single(layout.unit_count()),
            Some(text) => {
                if text != Text::Fasta {
                    carried.check(rows);
                }
                Head::Names(layout.has_names().then(|| layout.names()))
            }
        };
        Ok(RowsInParts {
            layout,
            alignment: layout
                .alignment()
                .filter(|_| self.format.text == Some(Text::Fasta)),
            parts: Parts::new(&self.path, self.format, head, carried, rows)?,
        })
    }

    /// Begins so many rows of standard deviations of units, `[rows, units]`, each in the units of measurement of its
    /// column, under the names of the units. They are written in parts of any number of rows.
    ///
    /// # Errors
    ///
    /// As for [`start`](Self::start), and [`OutputError::NoTable`] for a FASTA file.
    ///
    /// # Panics
    ///
    /// As for [`start`](Self::start).
    pub fn start_deviations(&self, rows: usize) -> Result<DeviationsInParts<'a>, DataError> {
        let (layout, carried) = (self.layout, CarriedCells::in_place(self.carried));
        let width = layout.unit_count();
        let names = layout.has_names().then(|| layout.unit_names());
        let scales = (0..width).map(|unit| layout.scale(unit).abs());
        Ok(DeviationsInParts {
            scales: scales.collect(),
            parts: MatrixWriter::begin(&self.path, self.format, (width, names), carried, rows)?,
        })
    }
}

/// Rows of units that are being written: see [`RowsWriter::start`]. Where it is dropped before
/// [`finish`](Self::finish), a file that was there is untouched.
pub struct RowsInParts<'a> {
    layout: &'a Layout,
    /// The alignment whose sequences are written.
    alignment: Option<&'a Alignment>,
    parts: Parts<'a>,
}

impl RowsInParts<'_> {
    /// Adds rows of units.
    ///
    /// # Errors
    ///
    /// [`Unwritable`](DataError::Unwritable), and errors of cells that are carried through from disk.
    ///
    /// # Panics
    ///
    /// When `units` is not whole rows of the layout.
    pub fn push(&mut self, units: &[f32]) -> Result<(), DataError> {
        let Self {
            layout,
            alignment,
            parts,
        } = self;
        let width = layout.unit_count();
        if parts.is_array() {
            let values = layout.restore_values(units);
            return parts.push_numbers(values.len() / width, &values, f32::to_le_bytes);
        }
        if let Some(alignment) = alignment {
            let mut rows = units.chunks_exact(width);
            return rows.try_for_each(|row| {
                parts.push_sequence(&alignment.sequence(&row[..alignment.units()]))
            });
        }
        let mut lines = layout.restore(units).into_iter();
        lines.try_for_each(|cells| parts.push_line(cells))
    }

    /// Gives the whole file its name.
    ///
    /// # Errors
    ///
    /// [`Unwritable`](DataError::Unwritable).
    ///
    /// # Panics
    ///
    /// When there are not as many rows as were announced.
    pub fn finish(self) -> Result<(), DataError> {
        self.parts.finish()
    }
}

/// Standard deviations that are being written: see [`RowsWriter::start_deviations`]. Where it is dropped
/// before [`finish`](Self::finish), a file that was there is untouched.
pub struct DeviationsInParts<'a> {
    scales: Vec<f64>,
    parts: MatrixWriter<'a>,
}

impl DeviationsInParts<'_> {
    /// Adds rows of standard deviations of units.
    ///
    /// # Errors
    ///
    /// [`Unwritable`](DataError::Unwritable), and errors of cells that are carried through from disk.
    ///
    /// # Panics
    ///
    /// When `deviations` is not whole rows of the layout.
    pub fn push(&mut self, deviations: &[f32]) -> Result<(), DataError> {
        let scales = self.scales.iter().cycle();
        let scaled = deviations.iter().zip(scales);
        let scaled: Vec<f32> = scaled
            .map(|(&x, scale)| (f64::from(x) * scale) as f32)
            .collect();
        self.parts.push(&scaled)
    }

    /// Gives the whole file its name.
    ///
    /// # Errors
    ///
    /// [`Unwritable`](DataError::Unwritable).
    ///
    /// # Panics
    ///
    /// When there are not as many rows as were announced.
    pub fn finish(self) -> Result<(), DataError> {
        self.parts.finish()
    }
}

#[cfg(test)]
mod tests;
