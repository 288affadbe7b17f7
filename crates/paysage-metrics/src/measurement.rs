//! Values of metrics.

use paysage_data::{effective_rows, weighted_mean};

/// Value of a metric on some rows, with its error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measurement {
    /// The value.
    pub value: f64,
    /// Monte Carlo standard error of the value for these rows; `None` where there is none or it is
    /// not known.
    pub standard_error: Option<f64>,
    /// Whether the value is exact for these rows, up to rounding; otherwise it is an estimate.
    pub exact: bool,
    /// Standard deviation of the values of single rows, for a metric that is a mean over rows.
    pub row_deviation: Option<f64>,
}

impl Measurement {
    /// A value without error.
    #[must_use]
    pub fn exactly(value: f64) -> Self {
        Self {
            value,
            standard_error: None,
            exact: true,
            row_deviation: None,
        }
    }

    /// An estimate whose error is not known.
    #[must_use]
    pub fn estimate(value: f64) -> Self {
        Self {
            exact: false,
            ..Self::exactly(value)
        }
    }

    /// The mean of exact values of single rows.
    #[must_use]
    pub fn mean_of(values: &[f64]) -> Self {
        let value = values.iter().sum::<f64>() / values.len() as f64;
        Self {
            row_deviation: deviation(values, value),
            ..Self::exactly(value)
        }
    }

    /// The weighted mean of exact values of single rows, Σ w x / Σ w.
    ///
    /// `row_deviation` is such that its square over the number of rows is the variance of the mean: the
    /// weighted standard deviation times √(rows / effective rows), with the effective number of rows
    /// (Σ w)² / Σ w².
    ///
    /// # Panics
    ///
    /// When there is not one weight for each value.
    #[must_use]
    pub fn weighted_mean_of(values: &[f64], weights: Option<&[f32]>) -> Self {
        let value = weighted_mean(values, weights);
        Self {
            row_deviation: weighted_deviation(values, value, weights),
            ..Self::exactly(value)
        }
    }

    /// Standard error of the value as an estimate for a data set, of which the measured rows are a
    /// random sample without replacement. It contains the Monte Carlo error. `None` where nothing
    /// is estimated or the error is not known.
    ///
    /// With n of N rows, standard deviation s of the rows and Monte Carlo error e it is
    /// √((1 − n/N) s²/n + (n/N) e²) (two-stage sampling: Cochran, "Sampling techniques", 1977,
    /// section 10.3).
    #[must_use]
    pub fn sampling_error(&self, rows: usize, of: usize) -> Option<f64> {
        let fraction = rows as f64 / of.max(rows).max(1) as f64;
        if fraction == 1.0 {
            return self.standard_error;
        }
        let of_rows = (1.0 - fraction) * self.row_deviation?.powi(2) / rows as f64;
        let within = self.standard_error.unwrap_or(0.0).powi(2) * fraction;
        Some((of_rows + within).sqrt())
    }
}

/// Sample standard deviation around a mean; `None` for fewer than two values.
pub(crate) fn deviation(values: &[f64], mean: f64) -> Option<f64> {
    let squares = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

/// The same of weighted values, times √(values / effective number of values).
pub(crate) fn weighted_deviation(
    values: &[f64],
    mean: f64,
    weights: Option<&[f32]>,
) -> Option<f64> {
    let Some(weights) = weights else {
        return deviation(values, mean);
    };
    let effective = effective_rows(weights);
    let squares: Vec<f64> = values.iter().map(|x| (x - mean).powi(2)).collect();
    let variance = weighted_mean(&squares, Some(weights)) / (effective - 1.0);
    (effective > 1.0).then(|| (variance * values.len() as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_count_rows_and_equal_ones_change_nothing() {
        let values = [1.0, 3.0, 7.0];
        let plain = Measurement::weighted_mean_of(&values, None);
        assert_eq!(plain, Measurement::mean_of(&values));
        let equal = Measurement::weighted_mean_of(&values, Some(&[0.5; 3]));
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        let deviation = |found: Measurement| found.row_deviation.expect("several rows");
        close(equal.value, plain.value);
        close(deviation(equal), deviation(plain));
        let found = Measurement::weighted_mean_of(&values, Some(&[2.0, 1.0, 1.0]));
        close(found.value, 3.0);
        // Weighted variance 24/4, effective rows 16/6: the variance of the mean is 6 / (16/6 − 1).
        close(deviation(found).powi(2) / 3.0, 6.0 / (16.0 / 6.0 - 1.0));
        let one = Measurement::weighted_mean_of(&[1.0], Some(&[2.0]));
        assert_eq!(one.row_deviation, None);
    }

    #[test]
    fn a_sample_of_all_rows_has_the_monte_carlo_error_alone() {
        let exact = Measurement::mean_of(&[1.0, 3.0]);
        assert_eq!(
            (exact.value, exact.row_deviation),
            (2.0, Some(2.0_f64.sqrt()))
        );
        assert_eq!(exact.sampling_error(2, 2), None);
        let estimate = Measurement {
            standard_error: Some(0.3),
            exact: false,
            ..exact
        };
        assert_eq!(estimate.sampling_error(2, 2), Some(0.3));
        let error = estimate.sampling_error(2, 4).expect("a sample");
        assert!((error - (0.5_f64 + 0.5 * 0.09).sqrt()).abs() < 1e-12);
        assert_eq!(Measurement::mean_of(&[1.0]).sampling_error(1, 4), None);
    }
}
