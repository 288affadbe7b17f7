//! Standardisation: columns of mean 0 and standard deviation 1.

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::moments::Moments;
use crate::rows::Rows;
use crate::table::Table;

/// Standardisation of the columns of a table, and its inverse.
///
/// `apply` computes `z = (x − mean) / std`, `invert` computes `x = mean + std · z`. The moments are
/// those of the observed values of the table it was fitted on ([`Moments`]); missing values stay
/// missing. A constant column has `std` 1, so that it becomes 0; one without values has mean 0.
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standardizer {
    /// The mean of each column.
    pub mean: Vec<f64>,
    /// The standard deviation of each column, or 1 where it is constant.
    pub std: Vec<f64>,
}

impl Standardizer {
    /// The moments of each column of `table`, over the values that are not missing.
    pub fn fit(table: &Table) -> Self {
        Self::fit_rows(table).expect("reading a table in memory cannot fail")
    }

    /// The moments of each column of a data set, over the values that are not missing: [`fit`](Self::fit)
    /// in two passes over chunks of rows.
    ///
    /// # Errors
    ///
    /// Where rows cannot be read.
    pub fn fit_rows(rows: &dyn Rows) -> Result<Self, DataError> {
        let moments = Moments::of(rows)?;
        let std = |deviation: f64| if deviation == 0.0 { 1.0 } else { deviation };
        Ok(Self {
            mean: moments.mean,
            std: moments.deviation.into_iter().map(std).collect(),
        })
    }

    /// The standardised value of a column.
    pub(crate) fn standard(&self, column: usize, x: f32) -> f32 {
        ((f64::from(x) - self.mean[column]) / self.std[column]) as f32
    }

    /// The standardised table.
    ///
    /// # Errors
    ///
    /// [`Width`](DataError::Width) when the table has other columns than the one fitted, and
    /// [`NotFinite`](DataError::NotFinite) when a value becomes too large for `f32`.
    pub fn apply(&self, table: &Table) -> Result<Table, DataError> {
        self.each(table, |column, x| self.standard(column, x))
    }

    /// The table whose standardised table this is.
    ///
    /// # Errors
    ///
    /// As for [`apply`](Self::apply).
    pub fn invert(&self, table: &Table) -> Result<Table, DataError> {
        self.each(table, |column, z| {
            (self.mean[column] + self.std[column] * f64::from(z)) as f32
        })
    }

    fn each(&self, table: &Table, change: impl Fn(usize, f32) -> f32) -> Result<Table, DataError> {
        let (found, expected) = (table.columns(), self.mean.len());
        if found != expected {
            return Err(DataError::Width {
                file: table.source().into(),
                found,
                expected,
            });
        }
        table.changed(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::position::Position;

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
    fn missing_values_have_no_part_in_the_moments_and_stay_missing() {
        let gap = f32::NAN;
        let values = vec![gap, gap, 7.0, 1.0, gap, gap, 3.0, gap, 7.0];
        let table = Table::with_missing("t", 3, values).unwrap();
        let standardizer = Standardizer::fit(&table);
        let expected = Standardizer {
            mean: vec![2.0, 0.0, 7.0],
            std: vec![1.0, 1.0, 1.0],
        };
        assert_eq!(standardizer, expected);
        let standard = standardizer.apply(&table).unwrap();
        assert_eq!([standard.row(0)[2], standard.row(1)[0]], [0.0, -1.0]);
        for table in [&standard, &standardizer.invert(&standard).unwrap()] {
            let missing = |row| table.row(row).iter().filter(|x| x.is_nan()).count();
            assert_eq!([missing(0), missing(1), missing(2)], [2, 2, 1]);
        }
    }

    #[test]
    fn a_deviation_of_zero_makes_nothing_missing() {
        let standardizer = Standardizer {
            mean: vec![1.0],
            std: vec![0.0],
        };
        let error = standardizer
            .apply(&Table::new("t", 1, vec![1.0]).unwrap())
            .unwrap_err();
        assert!(matches!(error, DataError::NotFinite { .. }));
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
            DataError::NotFinite { position, .. } if position == Position::row(1, 2)
        ));
    }
}
