//! Rows of data, read by chunks.

use crate::error::DataError;
use crate::position::Position;
use crate::shuffle::shuffled;
use crate::table::Table;

/// Rows that are read at a time where all of them are read once.
pub(crate) const CHUNK: usize = 1000;

/// A data set that is read row by row in chunks: a [`Table`] in memory, or rows that are read or
/// computed when they are needed.
///
/// Training, initialisation, metrics and inference take any `Rows`, so none of them needs the whole
/// data set in memory.
///
/// ```
/// use paysage_data::{Order, Rows, Table};
///
/// let table = Table::new("t", 1, vec![1.0, 2.0, 3.0])?;
/// let chunks: Result<Vec<_>, _> = table.chunks(Order::Stored, 2).collect();
/// let values: Vec<Vec<f32>> = chunks?.into_iter().map(|chunk| chunk.values).collect();
/// assert_eq!(values, [vec![1.0, 2.0], vec![3.0]]);
/// # Ok::<(), paysage_data::DataError>(())
/// ```
pub trait Rows: Send + Sync {
    /// Name of the file or built-in data set, for messages.
    fn source(&self) -> &str;

    /// Number of values of a row.
    fn columns(&self) -> usize;

    /// Number of rows; at least one.
    fn count(&self) -> usize;

    /// Whether no value is missing.
    fn is_complete(&self) -> bool;

    /// All rows in the given order, in chunks of `size` rows; the last chunk holds the rest.
    ///
    /// # Panics
    ///
    /// When `size` is zero.
    fn chunks(&self, order: Order, size: usize) -> Chunks<'_>;

    /// The weight of each row, finite and above 0: a row of weight 2 counts as two equal rows. Without
    /// weights, all rows count once.
    fn weights(&self) -> Option<&[f32]> {
        None
    }

    /// Whether all rows are values in memory, the same in every pass. They may then be copied to the memory of a
    /// device once. Not so by default.
    fn in_memory(&self) -> bool {
        false
    }

    /// The position of a value in the user's file, row and column counted from 0: for messages.
    fn position(&self, row: usize, column: usize) -> Position {
        Position::row(row + 1, column + 1)
    }
}

/// Chunks of rows, in order. An item is an error where rows cannot be read.
pub type Chunks<'a> = Box<dyn Iterator<Item = Result<Chunk, DataError>> + Send + 'a>;

/// Some rows of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// The values, row after row; NaN where missing: `[rows, columns]`.
    pub values: Vec<f32>,
    /// The positions of these rows in the data set, counted from 0.
    pub positions: Vec<usize>,
}

/// The order in which rows are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As they are stored.
    Stored,
    /// The permutation of an epoch: the one of [`shuffled`].
    Shuffled {
        /// Random seed.
        seed: u64,
        /// The epoch, counted from 0.
        epoch: u64,
    },
}

impl Order {
    /// The positions of all rows in this order, in groups of `size`; the last group has the rest.
    ///
    /// # Panics
    ///
    /// When `size` is zero.
    ///
    /// ```
    /// use paysage_data::Order;
    ///
    /// let groups: Vec<Vec<usize>> = Order::Stored.groups(3, 2).collect();
    /// assert_eq!(groups, [vec![0, 1], vec![2]]);
    /// ```
    pub fn groups(self, rows: usize, size: usize) -> impl Iterator<Item = Vec<usize>> + Send {
        assert!(size > 0, "a chunk needs at least one row");
        let order = match self {
            Order::Stored => (0..rows).collect(),
            Order::Shuffled { seed, epoch } => shuffled(rows, seed, epoch),
        };
        let starts = (0..rows).step_by(size);
        starts.map(move |start| order[start..rows.min(start.saturating_add(size))].to_vec())
    }
}

impl Rows for Table {
    fn source(&self) -> &str {
        self.source()
    }

    fn columns(&self) -> usize {
        self.columns()
    }

    fn count(&self) -> usize {
        self.rows()
    }

    fn is_complete(&self) -> bool {
        self.is_complete()
    }

    fn weights(&self) -> Option<&[f32]> {
        self.row_weights()
    }

    fn in_memory(&self) -> bool {
        true
    }

    fn position(&self, row: usize, column: usize) -> Position {
        self.position(row, column)
    }

    fn chunks(&self, order: Order, size: usize) -> Chunks<'_> {
        let groups = order.groups(self.rows(), size);
        Box::new(groups.map(|positions| {
            Ok(Chunk {
                values: self.gather(&positions),
                positions,
            })
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_every_row_once_in_the_given_order() {
        let table = Table::new("t", 2, (0..14).map(|x| x as f32).collect()).unwrap();
        for order in [Order::Stored, Order::Shuffled { seed: 3, epoch: 1 }] {
            let chunks: Vec<Chunk> = table.chunks(order, 3).collect::<Result<_, _>>().unwrap();
            let sizes: Vec<usize> = chunks.iter().map(|chunk| chunk.positions.len()).collect();
            assert_eq!(sizes, [3, 3, 1]);
            let positions: Vec<usize> = chunks.iter().flat_map(|c| c.positions.clone()).collect();
            let expected = match order {
                Order::Stored => (0..7).collect(),
                Order::Shuffled { seed, epoch } => shuffled(7, seed, epoch),
            };
            assert_eq!(positions, expected);
            for chunk in &chunks {
                assert_eq!(chunk.values, table.gather(&chunk.positions));
            }
        }
    }
}
