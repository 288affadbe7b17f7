//! Means and variances of the columns of a table.

use std::ops::Range;

/// The mean and variance of each visible unit over its observed values, from which a layer starts.
///
/// ```
/// use paysage_layers::Moments;
///
/// let rows: [&[f32]; 2] = [&[0.0, 1.0], &[2.0, 1.0]];
/// let moments = Moments::of_rows(2, rows);
/// assert_eq!(moments.mean, [1.0, 1.0]);
/// assert_eq!(moments.variance, [1.0, 0.0]);
///
/// let rows: [&[f32]; 3] = [&[0.0, f32::NAN], &[f32::NAN, f32::NAN], &[2.0, 1.0]];
/// let moments = Moments::of_rows(2, rows);
/// assert_eq!((moments.count, moments.mean), (vec![2.0, 1.0], vec![1.0, 1.0]));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Number of observed values of each unit.
    pub count: Vec<f64>,
    /// The mean of each unit, 0 without an observed value.
    pub mean: Vec<f64>,
    /// The variance of each unit, the mean of (x − mean)².
    pub variance: Vec<f64>,
}

impl Moments {
    /// The moments of so many units of which no value is observed.
    #[must_use]
    pub fn unobserved(units: usize) -> Self {
        Self {
            count: vec![0.0; units],
            mean: vec![0.0; units],
            variance: vec![0.0; units],
        }
    }

    /// The moments of rows of `units` values each, in one pass. NaN is missing.
    ///
    /// Welford, "Note on a method for calculating corrected sums of squares and products", 1962.
    #[must_use]
    pub fn of_rows(units: usize, rows: impl IntoIterator<Item = impl AsRef<[f32]>>) -> Self {
        let mut moments = Self::unobserved(units);
        for row in rows {
            let observed = row.as_ref().iter().enumerate();
            for (unit, &x) in observed.filter(|(_, x)| !x.is_nan()) {
                let before = f64::from(x) - moments.mean[unit];
                moments.count[unit] += 1.0;
                moments.mean[unit] += before / moments.count[unit];
                moments.variance[unit] += before * (f64::from(x) - moments.mean[unit]);
            }
        }
        for (squares, count) in moments.variance.iter_mut().zip(&moments.count) {
            *squares /= count.max(1.0);
        }
        moments
    }

    /// The moments of some of the units, side by side.
    ///
    /// # Panics
    ///
    /// When there are not so many units.
    #[must_use]
    pub fn of_units(&self, units: Range<usize>) -> Self {
        Self {
            count: self.count[units.clone()].to_vec(),
            mean: self.mean[units.clone()].to_vec(),
            variance: self.variance[units].to_vec(),
        }
    }
}
