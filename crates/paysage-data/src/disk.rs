//! Rows that stay on disk.

mod budget;
mod cell_groups;
mod cells;
mod file;
mod format;
mod labels;
mod pass;
mod store;
mod survey;
mod units;
mod window;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use budget::Budget;
pub(crate) use cell_groups::{CellGroups, CellGroupsWriter, ColumnOnDisk, VisitCells};
pub(crate) use cells::CellsWriter;
pub use cells::DiskCells;
pub(crate) use file::DataFile;
pub(crate) use format::{Encoding, RowFormat};
pub(crate) use labels::RowLabels;
use pass::Pass;
pub(crate) use store::{StoreWriter, temporary, unwritable};
pub(crate) use survey::{ColumnWeights, Gaps, Survey};
pub(crate) use units::Units;

use crate::error::{DataError, DiskError};
use crate::position::{Origin, Position};
use crate::random::{Purpose, Stream};
use crate::rows::{Chunks, Order, Rows};
use crate::selection::held_out;
use crate::shuffle::permute;
use crate::standardize::Standardizer;
use crate::weights::resampled_rows;

/// Memory and space on disk for data that stay on disk.
///
/// ```
/// let options = paysage_data::DiskOptions::default();
/// assert_eq!(options.memory, 1 << 30);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskOptions {
    /// The most bytes of the buffers of one pass over the rows.
    pub memory: u64,
    /// The folder of a temporary copy, for files whose rows cannot be read in any order: text and
    /// compressed files.
    pub folder: PathBuf,
    /// Whether the cells of columns that are not modelled are copied to a second temporary file, for outputs.
    pub carried: bool,
}

/// 1 GiB, the folder of temporary files of the system, and no cells.
impl Default for DiskOptions {
    fn default() -> Self {
        Self {
            memory: 1 << 30,
            folder: std::env::temp_dir(),
            carried: false,
        }
    }
}

/// A data set that stays on disk and is read by chunks within a memory limit:
/// [`ReadOptions::open`](crate::ReadOptions::open) makes it.
///
/// In every order, its chunks are bitwise those of the [`Table`](crate::Table) that
/// [`ReadOptions::read`](crate::ReadOptions::read) makes of the same file.
///
/// **Reading.** A pass takes as many positions of its order as fit the memory limit, reads their rows in the
/// order of the file, neighbours together, and gives them out in the order of the pass. A smaller limit
/// means more and shorter sweeps over the file.
///
/// **Memory.** The limit bounds the buffers of one pass: rows as they are stored, 4 bytes per row of the data
/// set and 8 per row in memory for their order, and a buffer of one row or at most 1 MiB. Chunks that are
/// given out are not part of it. Besides a pass, the data set holds 4 bytes per row for each of: a
/// [split](Self::split), weights, labels, and the lines of a text file where they are not consecutive; and one bit
/// per row where values are missing.
///
/// **Changes.** A file that changes or is truncated while it is in use is an error
/// ([`DiskError::Changed`]): its length and its time of modification are compared after each read. It is not
/// mapped into memory, because a truncated map ends the process.
///
/// ```
/// use paysage_data::{DiskOptions, Order, ReadOptions, Rows, write_npy};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("a.npy");
/// write_npy(&path, 4, 1, &[0.0, 1.0, 2.0, 3.0])?;
/// let options = ReadOptions::new(path.to_str().unwrap());
/// let disk = DiskOptions { memory: 100, ..DiskOptions::default() };
/// let rows = options.open(&disk)?.rows;
///
/// let table = options.read()?.table;
/// let order = Order::Shuffled { seed: 0, epoch: 0 };
/// for (found, expected) in rows.chunks(order, 3).zip(table.chunks(order, 3)) {
///     assert_eq!(found?, expected?);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct DiskRows {
    stored: Arc<Stored>,
    units: Arc<Units>,
    names: Option<Arc<[String]>>,
    /// The rows of the file that are rows of the data set; all where there are none.
    rows: Option<Arc<[u32]>>,
    weights: Option<Arc<[f32]>>,
    labels: Option<RowLabels>,
    complete: bool,
    memory: u64,
}

/// A file of rows, and what is known about it.
pub(crate) struct Stored {
    pub(crate) file: DataFile,
    pub(crate) format: RowFormat,
    pub(crate) gaps: Gaps,
    pub(crate) origin: Origin,
    /// The names of the columns, which the rows take.
    pub(crate) names: Option<Vec<String>>,
}

impl DiskRows {
    /// All rows of a file, within a limit that was checked.
    pub(crate) fn of(mut stored: Stored, units: Units, memory: u64) -> Self {
        Self {
            complete: stored.gaps.is_empty(),
            names: stored.names.take().map(Arc::from),
            stored: Arc::new(stored),
            units: Arc::new(units),
            rows: None,
            weights: None,
            labels: None,
            memory,
        }
    }

    /// Checks that a file of this format can be read within a limit.
    pub(crate) fn check(file: &str, format: &RowFormat, memory: u64) -> Result<(), DataError> {
        let rows = format.rows as u64;
        if rows > u64::from(u32::MAX) {
            let file = file.into();
            return Err(DiskError::TooManyRows { file, rows }.into());
        }
        Ok(Budget::check(file, format, memory)?)
    }

    /// Splits the rows at random into training and validation rows: the same rows in the same order as
    /// [`Table::split`](crate::Table::split), 4 bytes each.
    ///
    /// # Errors
    ///
    /// [`FractionOutOfRange`](DataError::FractionOutOfRange) unless 0 < `fraction` < 1, and
    /// [`TooFewRows`](DataError::TooFewRows) for one row.
    pub fn split(&self, fraction: f64, seed: u64) -> Result<(Self, Self), DataError> {
        let held_out = held_out(self.source(), self.length(), fraction)?;
        let mut order: Vec<u32> = (0..self.length() as u32).collect();
        permute(&mut order, Stream::new(Purpose::Split, seed, 0));
        let (validation, training) = order.split_at(held_out);
        Ok((self.select(training), self.select(validation)))
    }

    /// Equally weighted rows that represent the weighted ones, as
    /// [`Table::resampled`](crate::Table::resampled) gives them: 4 bytes each.
    #[must_use]
    pub fn resampled(&self) -> Self {
        let Some(weights) = &self.weights else {
            return self.clone();
        };
        let rows = resampled_rows(weights).into_iter();
        let rows: Vec<u32> = rows.map(|row| row as u32).collect();
        Self {
            weights: None,
            ..self.select(&rows)
        }
    }

    /// Whether the columns have names.
    pub(crate) fn has_names(&self) -> bool {
        self.names.is_some()
    }

    /// The same rows with these names of units.
    pub(crate) fn named(self, names: Vec<String>) -> Self {
        let names = Some(names.into());
        Self { names, ..self }
    }

    /// The same rows, standardised after their preparation so far.
    pub(crate) fn standardized(&self, moments: Standardizer) -> Self {
        let mut units = (*self.units).clone();
        units.preparation.standardize = Some(moments);
        Self {
            units: Arc::new(units),
            ..self.clone()
        }
    }

    /// The rows with weights, which are checked.
    pub(crate) fn weighted(self, weights: Vec<f32>) -> Self {
        Self {
            weights: Some(weights.into()),
            ..self
        }
    }

    /// All rows of the file with their labels.
    pub(crate) fn labelled(self, labels: RowLabels) -> Self {
        Self {
            complete: self.complete && !labels.has_missing(),
            labels: Some(labels),
            ..self
        }
    }

    /// The rows without those of weight 0.
    pub(crate) fn without_zeros(self) -> Self {
        match &self.weights {
            Some(weights) if weights.contains(&0.0) => {
                let rows = (0..self.length() as u32).filter(|&row| weights[row as usize] > 0.0);
                self.select(&rows.collect::<Vec<_>>())
            }
            _ => self,
        }
    }

    /// The rows at these positions.
    fn select(&self, positions: &[u32]) -> Self {
        let number = |&position: &u32| self.number(position as usize);
        let rows: Arc<[u32]> = positions.iter().map(|row| number(row) as u32).collect();
        let weights = self.weights.as_ref().map(|weights| {
            let weights = positions.iter().map(|&position| weights[position as usize]);
            weights.collect()
        });
        let complete = self.complete || !rows.iter().any(|&row| self.has_gap(row as usize));
        Self {
            stored: Arc::clone(&self.stored),
            units: Arc::clone(&self.units),
            names: self.names.clone(),
            rows: Some(rows),
            weights,
            labels: self.labels.clone(),
            complete,
            memory: self.memory,
        }
    }

    /// Whether a value of a row of the file is missing.
    fn has_gap(&self, row: usize) -> bool {
        let labels = self.labels.as_ref();
        self.stored.gaps.contains(row) || labels.is_some_and(|labels| labels.is_missing(row))
    }

    /// Number of units of the columns.
    fn column_units(&self) -> usize {
        self.units.count(self.stored.format.columns)
    }

    /// Number of units of a row.
    fn width(&self) -> usize {
        let labels = self.labels.as_ref();
        self.column_units() + labels.map_or(0, |labels| labels.classes)
    }

    fn length(&self) -> usize {
        let rows = self.rows.as_ref();
        rows.map_or(self.stored.format.rows, |rows| rows.len())
    }

    /// The row of the file at a position.
    fn number(&self, position: usize) -> usize {
        let rows = self.rows.as_ref();
        rows.map_or(position, |rows| rows[position] as usize)
    }

    fn pass(&self, order: Order, size: usize) -> Pass<'_> {
        Pass::new(self, order, size)
    }
}

impl Rows for DiskRows {
    fn source(&self) -> &str {
        self.stored.file.name()
    }

    fn columns(&self) -> usize {
        self.width()
    }

    fn count(&self) -> usize {
        self.length()
    }

    fn is_complete(&self) -> bool {
        self.complete
    }

    fn weights(&self) -> Option<&[f32]> {
        self.weights.as_deref()
    }

    fn position(&self, row: usize, column: usize) -> Position {
        let origin = &self.stored.origin;
        let row = self.number(row);
        match &self.labels {
            Some(labels) if column >= self.column_units() => Position {
                column: 1,
                name: Some(labels.name.clone()),
                ..origin.position(row, 0, None)
            },
            _ => origin.position(row, column, self.names.as_deref()),
        }
    }

    fn chunks(&self, order: Order, size: usize) -> Chunks<'_> {
        Box::new(self.pass(order, size))
    }
}

/// The shape and the source.
impl fmt::Debug for DiskRows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DiskRows")
            .field("source", &self.source())
            .field("rows", &self.length())
            .field("columns", &self.columns())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
