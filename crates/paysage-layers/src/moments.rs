//! Means and variances of the columns of a table.

/// What a layer starts from: the mean and variance of each visible unit over the data.
///
/// ```
/// use paysage_layers::Moments;
///
/// let rows: [&[f32]; 2] = [&[0.0, 1.0], &[2.0, 1.0]];
/// let moments = Moments::of_rows(2, rows);
/// assert_eq!(moments.mean, [1.0, 1.0]);
/// assert_eq!(moments.variance, [1.0, 0.0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// How many rows were seen.
    pub rows: usize,
    /// The mean of each unit.
    pub mean: Vec<f64>,
    /// The variance of each unit, Σ (x − mean)² / rows.
    pub variance: Vec<f64>,
}

impl Moments {
    /// The moments of rows of `units` values each, in one pass.
    ///
    /// Welford, "Note on a method for calculating corrected sums of squares and products", 1962.
    #[must_use]
    pub fn of_rows<'a>(units: usize, rows: impl IntoIterator<Item = &'a [f32]>) -> Self {
        let mut count = 0;
        let mut mean = vec![0.0; units];
        let mut squares = vec![0.0; units];
        for row in rows {
            count += 1;
            for ((mean, squares), &x) in mean.iter_mut().zip(&mut squares).zip(row) {
                let before = f64::from(x) - *mean;
                *mean += before / count as f64;
                *squares += before * (f64::from(x) - *mean);
            }
        }
        let variance = squares.iter().map(|s| s / count.max(1) as f64).collect();
        Self {
            rows: count,
            mean,
            variance,
        }
    }
}
