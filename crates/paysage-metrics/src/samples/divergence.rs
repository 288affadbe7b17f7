//! Divergences by nearest neighbours.

use paysage_models::{Progress, SettingError};

use super::{
    metric::TwoSample,
    neighbours::{Nearest, Neighbours},
    points::Points,
};
use crate::{Measurement, MetricError, SamplesError};

/// A divergence of the distribution p of the data and the distribution q of the samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Divergence {
    /// Kullback–Leibler divergence KL(p‖q) = E_p ln(p/q): large where the samples miss data.
    #[default]
    Kl,
    /// Reverse Kullback–Leibler divergence KL(q‖p) = E_q ln(q/p): large where samples are unlike all
    /// data.
    ReverseKl,
    /// Jensen–Shannon divergence ½ KL(p‖m) + ½ KL(q‖m) with m = ½(p + q), at most ln 2.
    JensenShannon,
}

/// Divergence of two samples, in nats, from distances of k-th nearest neighbours:
///
/// ```text
/// KL(p‖q) ≈ d/n Σ_i ln(ν_i / ρ_i) + ln(m / (n − 1))
/// ```
///
/// for n rows of d columns of the data, where ρ_i is the distance of row i from its k-th nearest
/// neighbour among the other rows of the data, and ν_i that from its k-th nearest among the m samples.
/// For the Jensen–Shannon divergence the second distance is that among both together; of the larger
/// sample, as many evenly spaced rows are used as the smaller one has.
///
/// The estimate is consistent for densities in all d columns. In many dimensions, or for values on a grid
/// or a surface, its bias is large, and so it is where few rows of the second sample are near the tails of
/// the first (the estimate is then too small): compare machines with the same number of rows and samples.
/// It is not defined where a row equals k others.
///
/// Wang, Kulkarni & Verdú, "Divergence estimation for multidimensional densities via k-nearest-neighbor
/// distances", 2009.
#[derive(Clone, Copy, Debug)]
pub struct NeighbourDivergence {
    /// The divergence.
    pub divergence: Divergence,
    /// k, the number of nearest neighbours; at least 1.
    pub neighbours: usize,
}

/// KL(p‖q) with five neighbours.
impl Default for NeighbourDivergence {
    fn default() -> Self {
        Self {
            divergence: Divergence::default(),
            neighbours: 5,
        }
    }
}

impl TwoSample for NeighbourDivergence {
    fn name(&self) -> &str {
        match self.divergence {
            Divergence::Kl => "kl_divergence",
            Divergence::ReverseKl => "reverse_kl_divergence",
            Divergence::JensenShannon => "jensen_shannon_divergence",
        }
    }

    /// # Errors
    ///
    /// When a sample has at most k rows, or a row equals k others.
    fn compare(
        &self,
        data: &Points,
        samples: &Points,
        progress: &mut dyn Progress,
    ) -> Result<Measurement, MetricError> {
        let k = self.neighbours;
        SettingError::check_count("the number of nearest neighbours", k)?;
        Points::check(data, samples, k + 1)?;
        let value = match self.divergence {
            Divergence::Kl => divergence([data, samples], k, progress)?,
            Divergence::ReverseKl => divergence([samples, data], k, progress)?,
            Divergence::JensenShannon => {
                let [data, samples] = Points::equally(data, samples);
                let [of_data, of_samples] = Neighbours::of_both(&data, &samples, k, progress);
                let halves = [(&data, of_data), (&samples, of_samples)];
                let halves = halves.map(|(points, found)| from_mixture(points, &found));
                let [first, second] = halves;
                0.5 * (first? + second?)
            }
        };
        Ok(Measurement::estimate(value))
    }
}

/// KL(p‖q) from the neighbours of the rows of the first sample.
fn divergence(
    [first, second]: [&Points; 2],
    k: usize,
    progress: &mut dyn Progress,
) -> Result<f64, SamplesError> {
    let Neighbours { within, across } = Neighbours::of(first, second, k, progress);
    within.check_distinct(first, first.name())?;
    across.check_distinct(first, second.name())?;
    let counts = second.count() as f64 / (first.count() - 1) as f64;
    Ok(mean_log_ratio(first, &across, &within) + counts.ln())
}

/// KL(p‖½(p + q)) from the neighbours of the rows of one sample, of two that are equally large.
fn from_mixture(points: &Points, neighbours: &Neighbours) -> Result<f64, SamplesError> {
    let Neighbours { within, across } = neighbours;
    let both = within.merged(across);
    within.check_distinct(points, points.name())?;
    both.check_distinct(points, "both samples")?;
    let others = (points.count() - 1) as f64;
    let counts = (others + points.count() as f64) / others;
    Ok(mean_log_ratio(points, &both, within) + counts.ln())
}

/// d/n Σ ln of the ratio of the distances from k-th neighbours.
fn mean_log_ratio(points: &Points, numerator: &Nearest, denominator: &Nearest) -> f64 {
    let pairs = numerator.kth().zip(denominator.kth());
    let logs = pairs.map(|(x, y)| 0.5 * (x.ln() - y.ln()));
    points.columns() as f64 / points.count() as f64 * logs.sum::<f64>()
}
