//! Some rows of a file of columns.

use arrow_array::RecordBatch;

use super::broken;
use super::value::{self, Get, Value, values};
use crate::error::DataError;

/// Some successive rows.
pub(in crate::read) struct Batch<'a> {
    /// Number of rows.
    pub(super) rows: usize,
    /// The values of each column that was asked for, in the order in which it was asked for.
    pub(super) columns: Vec<Get<'a>>,
    /// Whether the values of each of them are text.
    texts: Vec<bool>,
}

impl<'a> Batch<'a> {
    /// The columns at these places of a batch; an error where one of them is not there or not readable.
    pub(super) fn of(
        file: &str,
        format: &'static str,
        batch: &'a RecordBatch,
        places: &[usize],
    ) -> Result<Self, DataError> {
        let column = |&place: &usize| values(batch.columns().get(place)?);
        let columns: Option<_> = places.iter().map(column).collect();
        let columns = columns
            .ok_or_else(|| broken(file, format, "its columns are not those of its schema"))?;
        Ok(Self {
            rows: batch.num_rows(),
            columns,
            texts: places
                .iter()
                .map(|&place| value::is_text(batch.column(place).data_type()))
                .collect(),
        })
    }

    /// Bytes of all values that are text.
    pub(super) fn letters(&self) -> u64 {
        let texts = self.columns.iter().zip(&self.texts);
        let texts = texts.filter(|(_, is_text)| **is_text);
        let values = texts.flat_map(|(get, _)| (0..self.rows).map(get));
        values.fold(0, |sum, value| match value {
            Value::Text(text) => sum.saturating_add(text.len() as u64),
            _ => sum,
        })
    }
}

/// These columns in the order of the file, each once, and the place of each of them among those.
pub(super) fn ordered(columns: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let mut sorted = columns.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let place = |column: &usize| sorted.binary_search(column).unwrap_or_default();
    let places = columns.iter().map(place).collect();
    (sorted, places)
}
