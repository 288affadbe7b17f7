//! Rows in memory, in bits or on disk.

use std::borrow::Cow;

use crate::bit_rows::BitRows;
use crate::disk::DiskRows;
use crate::error::DataError;
use crate::position::Position;
use crate::rows::{Chunks, Order, Rows};
use crate::table::Table;

/// Rows whose place is chosen at run time: a table or bits in memory, or rows that stay on disk.
///
/// Chunks, splits and samples of the same data are bitwise the same for all of them.
///
/// ```
/// use paysage_data::{AnyRows, Rows, Table};
///
/// let rows = AnyRows::from(Table::new("t", 1, vec![1.0, 2.0, 3.0])?);
/// let (training, validation) = rows.split(0.3, 0)?;
/// assert_eq!((training.count(), validation.count()), (2, 1));
/// # Ok::<(), paysage_data::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub enum AnyRows {
    /// A table in memory.
    Table(Table),
    /// Bits in memory.
    Bits(BitRows),
    /// Rows on disk.
    Disk(DiskRows),
}

impl AnyRows {
    /// A table in memory, one bit per value where all values are 0 or 1.
    ///
    /// ```
    /// use paysage_data::{AnyRows, Table};
    ///
    /// let table = Table::new("t", 2, vec![1.0, 0.0, 0.0, 1.0])?;
    /// assert!(matches!(AnyRows::packed(table), AnyRows::Bits(_)));
    /// # Ok::<(), paysage_data::DataError>(())
    /// ```
    #[must_use]
    pub fn packed(table: Table) -> Self {
        match BitRows::of(&table) {
            Ok(Some(bits)) => Self::Bits(bits),
            _ => Self::Table(table),
        }
    }

    /// Splits the rows at random into training and validation rows, as [`Table::split`] does.
    ///
    /// # Errors
    ///
    /// Those of [`Table::split`].
    pub fn split(&self, fraction: f64, seed: u64) -> Result<(Self, Self), DataError> {
        Ok(match self {
            Self::Table(table) => {
                let (training, validation) = table.split(fraction, seed)?;
                (training.into(), validation.into())
            }
            Self::Bits(rows) => {
                let (training, validation) = rows.split(fraction, seed)?;
                (training.into(), validation.into())
            }
            Self::Disk(rows) => {
                let (training, validation) = rows.split(fraction, seed)?;
                (training.into(), validation.into())
            }
        })
    }

    /// Equally weighted rows that represent the weighted ones, as [`Table::resampled`] gives them; the same
    /// rows where they have no weights.
    #[must_use]
    pub fn resampled(&self) -> Cow<'_, Self> {
        match self {
            _ if self.weights().is_none() => Cow::Borrowed(self),
            Self::Table(table) => Cow::Owned(table.resampled().into_owned().into()),
            Self::Bits(rows) => Cow::Owned(rows.resampled().into()),
            Self::Disk(rows) => Cow::Owned(rows.resampled().into()),
        }
    }

    fn rows(&self) -> &dyn Rows {
        match self {
            Self::Table(table) => table,
            Self::Bits(rows) => rows,
            Self::Disk(rows) => rows,
        }
    }
}

impl From<Table> for AnyRows {
    fn from(table: Table) -> Self {
        Self::Table(table)
    }
}

impl From<BitRows> for AnyRows {
    fn from(rows: BitRows) -> Self {
        Self::Bits(rows)
    }
}

impl From<DiskRows> for AnyRows {
    fn from(rows: DiskRows) -> Self {
        Self::Disk(rows)
    }
}

impl Rows for AnyRows {
    fn source(&self) -> &str {
        self.rows().source()
    }

    fn columns(&self) -> usize {
        self.rows().columns()
    }

    fn count(&self) -> usize {
        self.rows().count()
    }

    fn is_complete(&self) -> bool {
        self.rows().is_complete()
    }

    fn chunks(&self, order: Order, size: usize) -> Chunks<'_> {
        self.rows().chunks(order, size)
    }

    fn weights(&self) -> Option<&[f32]> {
        self.rows().weights()
    }

    fn in_memory(&self) -> bool {
        self.rows().in_memory()
    }

    fn position(&self, row: usize, column: usize) -> Position {
        self.rows().position(row, column)
    }
}
