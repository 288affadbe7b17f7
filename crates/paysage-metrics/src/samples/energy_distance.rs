//! Energy distance.

use paysage_models::Progress;

use super::{metric::TwoSample, pair_means::PairSums, points::Points};
use crate::{Measurement, MetricError, SamplesError};

/// Energy distance coefficient of two samples, without unit:
///
/// ```text
/// H = (2 E‖x − y‖ − E‖x − x'‖ − E‖y − y'‖) / (2 E‖x − y‖)
/// ```
///
/// with rows x, x' of the data and samples y, y'. H of two distributions is between 0 and 1, and 0 only
/// where they are equal. The expectations are means over pairs of different rows, so that the estimate
/// of the numerator has no bias; it may be slightly below 0 for equal distributions.
///
/// Its standard error is that of the samples, given the rows of the data.
///
/// Székely & Rizzo, "Energy statistics: a class of statistics based on distances", 2013.
#[derive(Clone, Copy, Debug, Default)]
pub struct EnergyDistance;

impl TwoSample for EnergyDistance {
    fn name(&self) -> &str {
        "energy_distance"
    }

    /// # Errors
    ///
    /// When a sample has fewer than two rows, or all rows are equal.
    fn compare(
        &self,
        data: &Points,
        samples: &Points,
        progress: &mut dyn Progress,
    ) -> Result<Measurement, MetricError> {
        Points::check(data, samples, 2)?;
        let sums = PairSums::of(data, samples, progress, f64::sqrt);
        if sums.means().between == 0.0 {
            return Err(MetricError::Samples(SamplesError::AllEqual {
                first: data.name().to_owned(),
                second: samples.name().to_owned(),
            }));
        }
        Ok(sums.measure(|means| 1.0 - (means.data + means.samples) / (2.0 * means.between)))
    }
}
