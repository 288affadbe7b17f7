//! Binary data in memory, one bit per value.

use std::fmt;
use std::sync::Arc;

use rayon::prelude::*;

use crate::bits::{pack, row_bytes, unpack};
use crate::error::DataError;
use crate::position::{Origin, Position};
use crate::rows::{CHUNK, Chunk, Chunks, Order, Rows};
use crate::selection::{ROWS_A_SHARE, division};
use crate::weights::resampled_rows;

/// Binary rows in memory, one bit per value: 1/32 of the memory of a [`Table`](crate::Table). 60,000
/// rows of 784 values take 6 MB.
///
/// Chunks, positions and weights are those of the rows that it was made of.
///
/// ```
/// use paysage_data::{BitRows, Order, Rows, Table};
///
/// let table = Table::new("t", 3, vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0])?;
/// let bits = BitRows::of(&table)?.expect("values of 0 and 1");
/// assert_eq!(bits.bytes(), 2);
/// let chunk = bits.chunks(Order::Stored, 2).next().expect("two rows")?;
/// assert_eq!(chunk.values, table.values());
///
/// let gray = Table::new("t", 1, vec![0.5])?;
/// assert!(BitRows::of(&gray)?.is_none());
/// # Ok::<(), paysage_data::DataError>(())
/// ```
#[derive(Clone)]
pub struct BitRows {
    source: String,
    rows: usize,
    columns: usize,
    bits: Vec<u8>,
    origin: Origin,
    weights: Option<Arc<[f32]>>,
}

impl BitRows {
    /// The bits of a data set, read in one pass; none where a value is neither 0 nor 1 or is missing.
    ///
    /// # Errors
    ///
    /// Where rows cannot be read.
    pub fn of(rows: &dyn Rows) -> Result<Option<Self>, DataError> {
        let columns = rows.columns();
        let mut bits = Vec::with_capacity(rows.count() * row_bytes(columns));
        for chunk in rows.chunks(Order::Stored, CHUNK) {
            for row in chunk?.values.chunks_exact(columns) {
                if !pack(row, &mut bits) {
                    return Ok(None);
                }
            }
        }
        let all: Vec<usize> = (0..rows.count()).collect();
        Ok(Some(Self {
            source: rows.source().to_owned(),
            rows: rows.count(),
            columns,
            bits,
            origin: Origin::of_rows(rows, &all),
            weights: rows.weights().map(Arc::from),
        }))
    }

    /// Number of bytes of the values.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bits.len()
    }

    /// Splits the rows at random into training and validation rows: those of
    /// [`Table::split`](crate::Table::split).
    ///
    /// # Errors
    ///
    /// Those of [`Table::split`](crate::Table::split).
    pub fn split(&self, fraction: f64, seed: u64) -> Result<(Self, Self), DataError> {
        let [training, validation] = division(&self.source, self.rows, fraction, seed)?;
        Ok((self.select(&training), self.select(&validation)))
    }

    /// Equally weighted rows that represent the weighted ones: those of
    /// [`Table::resampled`](crate::Table::resampled).
    #[must_use]
    pub fn resampled(&self) -> Self {
        match &self.weights {
            None => self.clone(),
            Some(weights) => Self {
                weights: None,
                ..self.select(&resampled_rows(weights))
            },
        }
    }

    /// The rows at these positions.
    fn select(&self, indices: &[usize]) -> Self {
        let size = row_bytes(self.columns);
        let bytes = |&index: &usize| &self.bits[index * size..][..size];
        let weights = self.weights.as_ref();
        Self {
            source: self.source.clone(),
            rows: indices.len(),
            columns: self.columns,
            bits: indices.iter().flat_map(bytes).copied().collect(),
            origin: self.origin.select(indices),
            weights: weights.map(|weights| indices.iter().map(|&row| weights[row]).collect()),
        }
    }

    fn gather(&self, indices: &[usize]) -> Vec<f32> {
        let bytes = row_bytes(self.columns);
        let mut gathered = vec![0.0; indices.len() * self.columns];
        gathered
            .par_chunks_mut(self.columns)
            .zip(indices)
            .with_min_len(ROWS_A_SHARE)
            .for_each(|(row, &index)| unpack(&self.bits[index * bytes..][..bytes], row));
        gathered
    }
}

impl Rows for BitRows {
    fn source(&self) -> &str {
        &self.source
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn count(&self) -> usize {
        self.rows
    }

    fn is_complete(&self) -> bool {
        true
    }

    fn weights(&self) -> Option<&[f32]> {
        self.weights.as_deref()
    }

    fn in_memory(&self) -> bool {
        true
    }

    fn position(&self, row: usize, column: usize) -> Position {
        self.origin.position(row, column, None)
    }

    fn chunks(&self, order: Order, size: usize) -> Chunks<'_> {
        let groups = order.groups(self.rows, size);
        Box::new(groups.map(|positions| {
            Ok(Chunk {
                values: self.gather(&positions),
                positions,
            })
        }))
    }
}

/// The shape and the source, without the values.
impl fmt::Debug for BitRows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BitRows")
            .field("source", &self.source)
            .field("rows", &self.rows)
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digits;
    use crate::table::Table;
    use crate::testing::check_same_rows;
    use crate::threshold::threshold;

    /// Rows of random bits.
    fn binary(rows: usize, columns: usize) -> Table {
        let values = (0..rows * columns).map(|index| f32::from(index * index % 11 > 4));
        Table::new("binary", columns, values.collect()).unwrap()
    }

    #[test]
    fn chunks_are_those_of_the_table() {
        for (rows, columns) in [(1, 1), (5, 8), (23, 13), (70, 17)] {
            let table = binary(rows, columns);
            let bits = BitRows::of(&table).unwrap().unwrap();
            check_same_rows(&bits, &table);
            let weights = (1..=rows).map(|weight| weight as f32).collect();
            let names = (0..columns).map(|column| format!("c{column}")).collect();
            let table = table.with_names(names).unwrap();
            let table = table.with_weights(weights).unwrap();
            let order: Vec<usize> = (0..rows).rev().collect();
            let table = table.select(&order);
            let bits = BitRows::of(&table).unwrap().unwrap();
            check_same_rows(&bits, &table);
        }
    }

    #[test]
    fn other_and_missing_values_have_no_bits() {
        for other in [0.5, -0.0, 2.0, f32::NAN] {
            let table = Table::with_missing("t", 2, vec![0.0, 1.0, 1.0, other]).unwrap();
            assert!(BitRows::of(&table).unwrap().is_none());
        }
    }

    #[test]
    fn a_row_of_784_values_takes_98_bytes() {
        let digits = Digits {
            rows: 600,
            ..Digits::default()
        };
        let table = threshold(&digits.generate(), 0.5);
        let bits = BitRows::of(&table).unwrap().unwrap();
        // 1/100 of 60,000 rows in 5.88 MB.
        assert_eq!(bits.bytes(), 58_800);
        assert_eq!(bits.bits.capacity(), 58_800);
        check_same_rows(&bits, &table);
    }
}
