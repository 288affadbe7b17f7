//! Fixed random samples of rows, for metrics.

use std::sync::Arc;

use paysage_data::{DataError, Order, Rows, Table};

/// Largest and smallest number of rows of a sample, and its fraction of the data in between: one
/// part in so many.
const MOST: usize = 1000;
const LEAST: usize = 200;
const FRACTION: usize = 20;

/// Number of rows that are read at a time.
const CHUNK: usize = 1000;

/// The order in which rows are drawn. The permutations of training count their epochs from 0.
const DRAW: Order = Order::Shuffled {
    seed: 0,
    epoch: u64::MAX,
};

/// Rows drawn at random, the same in every run, or all rows; with their weights.
#[derive(Clone)]
pub(crate) struct Sample {
    /// The rows.
    pub rows: Arc<Table>,
    /// The number of rows that they are drawn from.
    pub of: usize,
}

impl Sample {
    /// A sample of one twentieth of the rows, at least 200 and at most 1,000; all rows where there
    /// are fewer.
    pub fn of(rows: &dyn Rows) -> Result<Self, DataError> {
        let count = size(rows.count());
        let (values, positions) = match count == rows.count() {
            true => read(rows, Order::Stored, count)?,
            false => read(rows, DRAW, count)?,
        };
        let table = Table::with_missing(rows.source(), rows.columns(), values)?;
        Ok(Self {
            rows: Arc::new(weighted(table, rows, &positions)?),
            of: rows.count(),
        })
    }

    /// The same of the rows without missing values; `None` where there are none.
    pub fn of_complete(rows: &dyn Rows) -> Result<Option<Self>, DataError> {
        if rows.is_complete() {
            return Self::of(rows).map(Some);
        }
        let most = size(rows.count());
        let (mut values, mut positions, mut of) = (Vec::new(), Vec::new(), 0);
        for chunk in rows.chunks(DRAW, CHUNK) {
            let chunk = chunk?;
            let each = chunk.values.chunks(rows.columns()).zip(&chunk.positions);
            let complete = each.filter(|(row, _)| !row.iter().any(|x| x.is_nan()));
            for (row, &position) in complete {
                of += 1;
                if of <= most {
                    values.extend_from_slice(row);
                    positions.push(position);
                }
            }
        }
        if of == 0 {
            return Ok(None);
        }
        values.truncate(size(of) * rows.columns());
        positions.truncate(size(of));
        let table = Table::new(rows.source(), rows.columns(), values)?;
        Ok(Some(Self {
            rows: Arc::new(weighted(table, rows, &positions)?),
            of,
        }))
    }
}

fn size(rows: usize) -> usize {
    (rows / FRACTION).clamp(LEAST, MOST).min(rows)
}

/// A table of rows at these positions, with their weights.
fn weighted(table: Table, rows: &dyn Rows, positions: &[usize]) -> Result<Table, DataError> {
    match rows.weights() {
        Some(weights) => table.with_weights(positions.iter().map(|&row| weights[row]).collect()),
        None => Ok(table),
    }
}

/// The values of the first rows in an order, and their positions.
fn read(rows: &dyn Rows, order: Order, count: usize) -> Result<(Vec<f32>, Vec<usize>), DataError> {
    let mut values = Vec::with_capacity(count * rows.columns());
    let mut positions = Vec::with_capacity(count);
    for chunk in rows.chunks(order, CHUNK.min(count).max(1)) {
        let missing = count * rows.columns() - values.len();
        let chunk = chunk?;
        values.extend_from_slice(&chunk.values[..chunk.values.len().min(missing)]);
        positions.extend(&chunk.positions);
        if values.len() == count * rows.columns() {
            break;
        }
    }
    positions.truncate(count);
    Ok((values, positions))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: impl Iterator<Item = f32>) -> Table {
        Table::with_missing("rows", 1, values.collect()).expect("numbers")
    }

    #[test]
    fn a_sample_of_sorted_rows_has_their_mean() {
        let rows = column((0..10_000).map(|x| x as f32));
        let sample = Sample::of(&rows).expect("in memory");
        assert_eq!((sample.rows.rows(), sample.of), (500, 10_000));
        let mean = sample.rows.values().iter().sum::<f32>() / 500.0;
        // The standard error is 10,000/√12/√500.
        assert!((mean - 5000.0).abs() < 4.0 * 129.0, "a mean of {mean}");
        let again = Sample::of(&rows).expect("in memory");
        assert_eq!(again.rows.values(), sample.rows.values());
    }

    #[test]
    fn few_rows_are_taken_as_they_are() {
        let rows = column((0..200).map(|x| x as f32));
        let sample = Sample::of(&rows).expect("in memory");
        assert_eq!((sample.rows.values(), sample.of), (rows.values(), 200));
    }

    #[test]
    fn complete_rows_are_drawn_alone() {
        let rows = column((0..1000).map(|x| if x % 2 == 0 { f32::NAN } else { x as f32 }));
        let all = Sample::of(&rows).expect("in memory");
        assert!(!all.rows.is_complete());
        let complete = Sample::of_complete(&rows).expect("in memory");
        let complete = complete.expect("odd rows");
        assert!(complete.rows.is_complete());
        assert_eq!((complete.rows.rows(), complete.of), (200, 500));
        let none = column([f32::NAN; 3].into_iter());
        assert!(Sample::of_complete(&none).expect("in memory").is_none());
    }
}
