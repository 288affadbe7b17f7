//! Columns brought to mean 0 and standard deviation 1.

use crate::error::DataError;
use crate::table::Table;

/// The mean and standard deviation of each column, taken out of a table and put back.
///
/// `apply` gives `z = (x − mean) / std`, `invert` gives `x = mean + std · z`. The moments are
/// those of the table it was fitted on (`std² = Σ (x − mean)² / rows`), summed in `f64`; a
/// constant column has nothing to divide by and keeps `std` 1, so that it becomes 0 everywhere.
///
/// ```
/// use paysage_data::{Standardizer, Table};
///
/// let table = Table::new("t", 2, vec![1.0, 5.0, 3.0, 5.0])?;
/// let standardizer = Standardizer::fit(&table);
/// let standard = standardizer.apply(&table)?;
/// assert_eq!(standard.values(), [-1.0, 0.0, 1.0, 0.0]);
/// assert_eq!(standardizer.invert(&standard)?, table);
/// # Ok::<(), paysage_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Standardizer {
    /// The mean of each column.
    pub mean: Vec<f64>,
    /// The standard deviation of each column, or 1 where it is constant.
    pub std: Vec<f64>,
}

impl Standardizer {
    /// The moments of each column of `table`.
    pub fn fit(table: &Table) -> Self {
        let (rows, columns) = (table.rows() as f64, table.columns());
        let mut mean = vec![0.0; columns];
        for row in table.values().chunks_exact(columns) {
            for (mean, &x) in mean.iter_mut().zip(row) {
                *mean += f64::from(x);
            }
        }
        mean.iter_mut().for_each(|mean| *mean /= rows);

        // A second pass over the deviations: Σx² − n·mean² loses everything when mean ≫ std.
        let mut std = vec![0.0; columns];
        let mut constant = vec![true; columns];
        for row in table.values().chunks_exact(columns) {
            for (column, &x) in row.iter().enumerate() {
                std[column] += (f64::from(x) - mean[column]).powi(2);
                constant[column] &= x == table.values()[column];
            }
        }
        for column in 0..columns {
            if constant[column] {
                // Exactly: the rounding of a mean must not look like a spread.
                mean[column] = f64::from(table.values()[column]);
                std[column] = 1.0;
            } else {
                std[column] = (std[column] / rows).sqrt();
            }
        }
        Self { mean, std }
    }

    /// The table with its columns standardized.
    ///
    /// # Errors
    ///
    /// [`Width`](DataError::Width) when the table has other columns than the one fitted, and
    /// [`NotFinite`](DataError::NotFinite) when a value becomes too large for `f32`.
    pub fn apply(&self, table: &Table) -> Result<Table, DataError> {
        self.each(table, |x, mean, std| (x - mean) / std)
    }

    /// The table which [`apply`](Self::apply) turned into this one.
    ///
    /// # Errors
    ///
    /// As for [`apply`](Self::apply).
    pub fn invert(&self, table: &Table) -> Result<Table, DataError> {
        self.each(table, |z, mean, std| mean + std * z)
    }

    fn each(
        &self,
        table: &Table,
        change: impl Fn(f64, f64, f64) -> f64,
    ) -> Result<Table, DataError> {
        let (found, expected) = (table.columns(), self.mean.len());
        if found != expected {
            return Err(DataError::Width {
                file: table.source().into(),
                found,
                expected,
            });
        }
        let mut values = Vec::with_capacity(table.values().len());
        for row in table.values().chunks_exact(found) {
            for ((&x, &mean), &std) in row.iter().zip(&self.mean).zip(&self.std) {
                values.push(change(f64::from(x), mean, std) as f32);
            }
        }
        table.replaced(values).checked()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_on_columns_of_every_size() {
        // Offsets far above the spread, as laboratory values have them; 0.1 is no f32.
        let values: Vec<f32> = (0..300)
            .flat_map(|i| [i as f32, 1e6 + (i % 7) as f32, 1e-20 * i as f32, 0.1])
            .collect();
        let table = Table::new("t", 4, values).unwrap();
        let standardizer = Standardizer::fit(&table);
        let standard = standardizer.apply(&table).unwrap();
        let again = Standardizer::fit(&standard);
        for column in 0..3 {
            assert!(again.mean[column].abs() < 1e-6 && (again.std[column] - 1.0).abs() < 1e-6);
        }
        assert!(standard.values().chunks(4).all(|row| row[3] == 0.0));
        assert_eq!((standardizer.std[3], again.std[3]), (1.0, 1.0));
        let back = standardizer.invert(&standard).unwrap();
        for (index, (a, b)) in back.values().iter().zip(table.values()).enumerate() {
            // Rounding in f32 of the value and of its multiple of the standard deviation.
            let bound = 1e-6 * (f64::from(b.abs()) + standardizer.std[index % 4]);
            assert!(f64::from((a - b).abs()) <= bound, "{a} {b}");
        }
    }

    #[test]
    fn moments_of_a_known_column() {
        let table = Table::new("t", 1, vec![2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        let expected = Standardizer {
            mean: vec![5.0],
            std: vec![2.0],
        };
        assert_eq!(Standardizer::fit(&table), expected);
    }

    #[test]
    fn refuses_other_columns_and_overflow() {
        let standardizer = Standardizer {
            mean: vec![0.0, 0.0],
            std: vec![1.0, 1e-30],
        };
        let narrow = Table::new("t", 1, vec![1.0]).unwrap();
        let error = standardizer.apply(&narrow).unwrap_err();
        assert!(matches!(
            error,
            DataError::Width {
                found: 1,
                expected: 2,
                ..
            }
        ));
        let large = Table::new("t", 2, vec![1.0, 1e20]).unwrap();
        let error = standardizer.apply(&large).unwrap_err();
        assert!(matches!(
            error,
            DataError::NotFinite {
                row: 1,
                column: 2,
                ..
            }
        ));
    }
}
