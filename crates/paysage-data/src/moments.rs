//! Means and standard deviations of columns.

use crate::error::DataError;
use crate::rows::{CHUNK, Order, Rows};

/// The number of observed values, the mean and the standard deviation of each column.
///
/// Missing values have no part in them. Rows count by their [weights](Rows::weights), those of weight 0
/// not at all. Sums are in `f64`, in two passes over the rows.
///
/// ```
/// use paysage_data::{Moments, Table};
///
/// let table = Table::with_missing("t", 2, vec![1.0, f32::NAN, 3.0, 5.0])?;
/// let moments = Moments::of(&table)?;
/// assert_eq!(moments.count, [2, 1]);
/// assert_eq!(moments.mean, [2.0, 5.0]);
/// assert_eq!(moments.deviation, [1.0, 0.0]);
/// # Ok::<(), paysage_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Number of observed values of each column.
    pub count: Vec<usize>,
    /// Mean of each column; 0 where there is no value.
    pub mean: Vec<f64>,
    /// Standard deviation of each column, `√(Σ w (x − mean)² / Σ w)`; exactly 0 where all values
    /// are equal.
    pub deviation: Vec<f64>,
}

impl Moments {
    /// The moments of the columns of a data set.
    ///
    /// # Errors
    ///
    /// Where rows cannot be read.
    pub fn of(rows: &dyn Rows) -> Result<Self, DataError> {
        let columns = rows.columns();
        let mut mean = vec![0.0; columns];
        let mut count = vec![0; columns];
        let mut total = vec![0.0; columns];
        let mut first = vec![f32::NAN; columns];
        let mut constant = vec![true; columns];
        each_row(rows, |row, weight| {
            for (column, x) in observed(row) {
                mean[column] += weight * f64::from(x);
                count[column] += 1;
                total[column] += weight;
                if first[column].is_nan() {
                    first[column] = x;
                }
                constant[column] &= x == first[column];
            }
        })?;
        for column in 0..columns {
            if count[column] > 0 {
                mean[column] /= total[column];
            }
            if constant[column] && count[column] > 0 {
                // Exactly: the rounding of a mean must not look like a deviation.
                mean[column] = f64::from(first[column]);
            }
        }

        // A second pass over the deviations: Σx² − n·mean² loses all digits when mean ≫ deviation.
        let mut deviation = vec![0.0; columns];
        each_row(rows, |row, weight| {
            for (column, x) in observed(row) {
                deviation[column] += weight * (f64::from(x) - mean[column]).powi(2);
            }
        })?;
        for column in 0..columns {
            deviation[column] = match constant[column] {
                true => 0.0,
                false => f64::sqrt(deviation[column] / total[column]),
            };
        }
        Ok(Self {
            count,
            mean,
            deviation,
        })
    }
}

/// Visits each row of a weight above 0 with its weight.
fn each_row(rows: &dyn Rows, mut visit: impl FnMut(&[f32], f64)) -> Result<(), DataError> {
    let weights = rows.weights();
    for chunk in rows.chunks(Order::Stored, CHUNK) {
        let chunk = chunk?;
        let values = chunk.values.chunks_exact(rows.columns());
        for (row, &position) in values.zip(&chunk.positions) {
            let weight = weights.map_or(1.0, |weights| f64::from(weights[position]));
            if weight > 0.0 {
                visit(row, weight);
            }
        }
    }
    Ok(())
}

/// The values of a row that are not missing, with their columns.
fn observed(row: &[f32]) -> impl Iterator<Item = (usize, f32)> {
    let values = row.iter().copied().enumerate();
    values.filter(|(_, x)| !x.is_nan())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Table;

    #[test]
    fn a_weight_of_two_is_a_repeated_row() {
        let gap = f32::NAN;
        let table = |values: &[f32]| Table::with_missing("t", 2, values.to_vec()).unwrap();
        let weighted = table(&[1.0, gap, 4.0, 5.0, 2.0, 8.0]);
        let weighted = weighted.with_weights(vec![2.0, 1.0, 3.0]).unwrap();
        let repeated = [1.0, gap, 1.0, gap, 4.0, 5.0, 2.0, 8.0, 2.0, 8.0, 2.0, 8.0];
        let (found, expected) = (Moments::of(&weighted), Moments::of(&table(&repeated)));
        let (found, expected) = (found.unwrap(), expected.unwrap());
        assert_eq!(
            (found.mean, found.deviation),
            (expected.mean, expected.deviation)
        );
        assert_eq!(found.count, [3, 2]);
    }

    #[test]
    fn moments_are_those_of_the_observed_values_in_chunks_of_any_number() {
        let values = (0..3 * 5000).map(|index| match (index % 3, index / 3) {
            (0, row) => (row % 7) as f32,
            (1, row) if row % 2 == 0 => f32::NAN,
            (1, row) => 1e6 + (row % 4) as f32,
            _ => 0.1,
        });
        let table = Table::with_missing("t", 3, values.collect()).unwrap();
        let moments = Moments::of(&table).unwrap();
        assert_eq!(moments.count, [5000, 2500, 5000]);
        let direct = |column: usize| {
            let values = (0..5000).map(|row| f64::from(table.row(row)[column]));
            let values: Vec<f64> = values.filter(|x| !x.is_nan()).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let square = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
            (mean, (square / values.len() as f64).sqrt())
        };
        for column in 0..2 {
            let (mean, deviation) = direct(column);
            assert!((moments.mean[column] - mean).abs() < 1e-9 * mean.abs());
            assert!((moments.deviation[column] - deviation).abs() < 1e-9);
        }
        assert_eq!(moments.mean[2], f64::from(0.1f32));
        assert_eq!(moments.deviation[2], 0.0);
    }
}
