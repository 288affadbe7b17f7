//! Some rows of a file of columns.

use arrow_array::RecordBatch;

use super::value::{Get, values};

/// Some successive rows.
pub(in crate::read) struct Batch<'a> {
    /// Number of rows.
    pub(super) rows: usize,
    /// The values of each column that was asked for, in the order in which it was asked for.
    pub(super) columns: Vec<Get<'a>>,
}

impl<'a> Batch<'a> {
    /// The columns at these places of a batch; none where one of them is not there or not readable.
    pub(super) fn of(batch: &'a RecordBatch, places: &[usize]) -> Option<Self> {
        let column = |&place: &usize| values(batch.columns().get(place)?);
        Some(Self {
            rows: batch.num_rows(),
            columns: places.iter().map(column).collect::<Option<_>>()?,
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
