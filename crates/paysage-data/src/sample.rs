//! Random subsets of data sets.

use crate::error::DataError;
use crate::position::Origin;
use crate::random::{Purpose, Stream};
use crate::rows::{Order, Rows};
use crate::shuffle::permutation;
use crate::table::Table;

/// Rows that are read at a time.
const CHUNK: usize = 4096;

/// A fixed random subset of `count` rows, in their stored order; all rows where there are no more.
/// Each row keeps its position in the user's file and its weight.
///
/// It is a pure function of its arguments. Every subset is equally likely.
///
/// # Errors
///
/// Where rows cannot be read.
///
/// # Panics
///
/// When `count` is zero.
///
/// ```
/// use paysage_data::{Table, sample_rows};
///
/// let table = Table::new("t", 1, (0..100).map(|x| x as f32).collect())?;
/// let sample = sample_rows(&table, 10, 0)?;
/// assert_eq!(sample.rows(), 10);
/// assert_eq!(sample, sample_rows(&table, 10, 0)?);
/// # Ok::<(), paysage_data::DataError>(())
/// ```
pub fn sample_rows(rows: &dyn Rows, count: usize, seed: u64) -> Result<Table, DataError> {
    assert!(count > 0, "a sample needs at least one row");
    let total = rows.count();
    let mut chosen = permutation(total, Stream::new(Purpose::Sample, seed, 0));
    chosen.truncate(count);
    chosen.sort_unstable();
    let columns = rows.columns();
    let mut values = Vec::with_capacity(chosen.len() * columns);
    let mut next = chosen.iter().peekable();
    for chunk in rows.chunks(Order::Stored, CHUNK) {
        let chunk = chunk?;
        for (row, position) in chunk.values.chunks_exact(columns).zip(&chunk.positions) {
            if next.next_if_eq(&position).is_some() {
                values.extend(row);
            }
        }
        if next.peek().is_none() {
            break;
        }
    }
    let origin = Origin::of_rows(rows, &chosen);
    let sample = Table::with_missing(rows.source(), columns, values)?.with_origin(origin);
    Ok(match rows.weights() {
        Some(weights) => sample.weighted(chosen.iter().map(|&row| weights[row]).collect()),
        None => sample,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::counting;

    #[test]
    fn samples_are_whole_rows_in_order_without_repetition() {
        let table = counting(10_000);
        let sample = sample_rows(&table, 1000, 3).unwrap();
        let firsts: Vec<f32> = (0..1000).map(|row| sample.row(row)[0]).collect();
        assert!(firsts.windows(2).all(|pair| pair[0] < pair[1]));
        assert!((0..1000).all(|row| sample.row(row)[1] == firsts[row] + 1.0));
        // The mean of a uniform sample: within 4 standard errors of that of all rows.
        let mean = firsts.iter().map(|&x| f64::from(x)).sum::<f64>() / 1000.0;
        let error = 20_000.0 / 12f64.sqrt() / 1000f64.sqrt();
        assert!((mean - 9999.0).abs() < 4.0 * error, "{mean}");
        assert_ne!(sample, sample_rows(&table, 1000, 4).unwrap());
        for count in [10_000, 20_000] {
            assert_eq!(
                sample_rows(&table, count, 0).unwrap().values(),
                table.values()
            );
        }
    }

    #[test]
    fn the_sample_is_pinned() {
        let sample = sample_rows(&counting(20), 5, 0).unwrap();
        let rows: Vec<f32> = (0..5).map(|row| sample.row(row)[0] / 2.0).collect();
        assert_eq!(rows, [0.0, 2.0, 13.0, 15.0, 17.0]);
        assert_eq!(sample.position(2, 1).to_string(), "row 14, column 2");
    }
}
