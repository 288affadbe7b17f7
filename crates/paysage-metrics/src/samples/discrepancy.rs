//! Maximum mean discrepancy.

use paysage_models::{Progress, SettingError, Silent};

use super::{metric::TwoSample, pair_means::PairSums, pairs::Pairs, points::Points};
use crate::{Measurement, MetricError, SamplesError};

/// Largest number of rows of each sample for the median of distances.
const MEDIAN_ROWS: usize = 500;

/// Squared maximum mean discrepancy of two samples with a Gaussian kernel, without unit:
///
/// ```text
/// MMD² = E k(x, x') + E k(y, y') − 2 E k(x, y),     k(x, y) = exp(−‖x − y‖² / 2σ²)
/// ```
///
/// with rows x, x' of the data and samples y, y'. The expectations are means over pairs of different
/// rows, so that the estimate has no bias; it may be slightly below 0 for equal distributions, for which
/// MMD² is 0.
///
/// Its standard error is that of the samples, given the rows of the data and the bandwidth.
///
/// Gretton, Borgwardt, Rasch, Schölkopf & Smola, "A kernel two-sample test", 2012.
#[derive(Clone, Copy, Debug, Default)]
pub struct MaximumMeanDiscrepancy {
    /// Bandwidth σ of the kernel, in the units of the rows. `None`: the median distance of different
    /// rows among at most 500 evenly spaced rows of each sample (the median heuristic).
    pub bandwidth: Option<f64>,
}

impl TwoSample for MaximumMeanDiscrepancy {
    fn name(&self) -> &str {
        "maximum_mean_discrepancy"
    }

    /// # Errors
    ///
    /// When a sample has fewer than two rows, or when the bandwidth is not a finite number above 0 or
    /// the median distance is 0.
    fn compare(
        &self,
        data: &Points,
        samples: &Points,
        progress: &mut dyn Progress,
    ) -> Result<Measurement, MetricError> {
        Points::check(data, samples, 2)?;
        let bandwidth = match self.bandwidth {
            Some(bandwidth) => {
                SettingError::check_positive("the bandwidth of the kernel", bandwidth)?;
                bandwidth
            }
            None => median_distance(data, samples)?,
        };
        let scale = -0.5 / bandwidth.powi(2);
        let kernel = |squared: f64| (scale * squared).exp();
        let sums = PairSums::of(data, samples, progress, kernel);
        Ok(sums.measure(|means| means.data + means.samples - 2.0 * means.between))
    }
}

/// The median distance of different rows of both samples together.
fn median_distance(data: &Points, samples: &Points) -> Result<f64, SamplesError> {
    let [few_data, few_samples] = [data, samples].map(|points| points.evenly(MEDIAN_ROWS));
    let pairs = Pairs::new(&few_data, &few_samples);
    let mut squares = Vec::new();
    pairs.between(&mut Silent, |_, _, squared| squares.push(squared));
    pairs.within_data(&mut Silent, |_, _, squared| squares.push(squared));
    pairs.within_samples(&mut Silent, |_, _, squared| squares.push(squared));
    let middle = squares.len() / 2;
    let (_, median, _) = squares.select_nth_unstable_by(middle, f64::total_cmp);
    match *median > 0.0 {
        true => Ok(median.sqrt()),
        false => Err(SamplesError::NoMedian {
            first: data.name().to_owned(),
            second: samples.name().to_owned(),
        }),
    }
}
