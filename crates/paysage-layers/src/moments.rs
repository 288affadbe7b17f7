//! Means and variances of the columns of a table.

/// What a layer starts from: the mean and variance of each visible unit over the rows in which it is
/// known.
///
/// ```
/// use paysage_layers::Moments;
///
/// let rows: [&[f32]; 2] = [&[0.0, 1.0], &[2.0, 1.0]];
/// let moments = Moments::of_rows(2, rows);
/// assert_eq!(moments.mean, [1.0, 1.0]);
/// assert_eq!(moments.variance, [1.0, 0.0]);
///
/// let rows: [&[f32]; 2] = [&[0.0, f32::NAN], &[2.0, 1.0]];
/// assert_eq!(Moments::of_rows(2, rows), moments);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// How many rows were seen.
    pub rows: usize,
    /// The mean of each unit.
    pub mean: Vec<f64>,
    /// The variance of each unit, the mean of (x − mean)².
    pub variance: Vec<f64>,
}

impl Moments {
    /// The moments of rows of `units` values each, in one pass. NaN is missing; a unit that is missing
    /// everywhere has the mean and variance 0.
    ///
    /// Welford, "Note on a method for calculating corrected sums of squares and products", 1962.
    #[must_use]
    pub fn of_rows(units: usize, rows: impl IntoIterator<Item = impl AsRef<[f32]>>) -> Self {
        let mut seen = 0;
        let mut count = vec![0.0; units];
        let mut mean = vec![0.0; units];
        let mut squares = vec![0.0; units];
        for row in rows {
            seen += 1;
            let known = row.as_ref().iter().enumerate().filter(|(_, x)| !x.is_nan());
            for (unit, &x) in known {
                let before = f64::from(x) - mean[unit];
                count[unit] += 1.0;
                mean[unit] += before / count[unit];
                squares[unit] += before * (f64::from(x) - mean[unit]);
            }
        }
        let of_known = |(s, n): (&f64, &f64)| s / n.max(1.0);
        let variance = squares.iter().zip(&count).map(of_known).collect();
        Self {
            rows: seen,
            mean,
            variance,
        }
    }
}
