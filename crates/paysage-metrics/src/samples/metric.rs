//! Comparisons of two samples as metrics of a machine.

use paysage_layers::Trainable;
use paysage_models::Progress;

use super::{points::Points, source::Source};
use crate::{Evaluation, Measurement, Metric, MetricError, Pending};

/// A number that compares the distributions of two samples.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::default_device;
/// use paysage_metrics::{EnergyDistance, Points, TwoSample};
/// use paysage_models::Silent;
///
/// let device = default_device()?;
/// let data = Points::of_rows(&BarsAndStripes { size: 3 }.generate(), &device)?;
/// let samples = Points::new("zeros", 9, vec![0.0; 90], &device)?;
/// let found = EnergyDistance.compare(&data, &samples, &mut Silent)?;
/// assert!((0.0..1.0).contains(&found.value));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait TwoSample: Send + Sync {
    /// Key of the metric in files: lower case, words joined by underscores.
    fn name(&self) -> &str;

    /// Compares rows of data with samples.
    ///
    /// # Errors
    ///
    /// When the number is not defined for these samples.
    fn compare(
        &self,
        data: &Points,
        samples: &Points,
        progress: &mut dyn Progress,
    ) -> Result<Measurement, MetricError>;
}

/// Comparison of the rows of a data set with samples of a machine: [`EnergyDistance`],
/// [`MaximumMeanDiscrepancy`], [`NeighbourDivergence`], [`FrechetDistance`], [`AdversarialAccuracy`] or a
/// [`TwoSample`] of your own.
///
/// Distances are those of rows as the visible units have them: of standardized columns where the data
/// were standardized, of 0 and 1 for the states of one-hot sites. It is defined for complete rows.
///
/// [`EnergyDistance`]: crate::EnergyDistance
/// [`MaximumMeanDiscrepancy`]: crate::MaximumMeanDiscrepancy
/// [`NeighbourDivergence`]: crate::NeighbourDivergence
/// [`FrechetDistance`]: crate::FrechetDistance
/// [`AdversarialAccuracy`]: crate::AdversarialAccuracy
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::Bernoulli;
/// use paysage_metrics::{EnergyDistance, GibbsChains, Metric, SampleMetric, Source};
/// use paysage_models::{BoltzmannMachine, Silent};
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(9, &device), Bernoulli::new(4, &device)];
/// let mut machine = BoltzmannMachine::chain(layers)?;
/// // Nearly all units are 1.
/// machine.layers[0].loc = machine.layers[0].loc.clone() + 5.0;
/// let data = BarsAndStripes { size: 3 }.generate();
/// let metric = SampleMetric {
///     statistic: EnergyDistance,
///     samples: Source::Chains(GibbsChains { count: 200, sweeps: 10 }),
/// };
/// let found = metric.run(&machine, &data, RandomKey::new(1), &mut Silent)?;
/// assert!(found.value > 0.1 && found.value < 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct SampleMetric<S> {
    /// The comparison.
    pub statistic: S,
    /// Where the samples come from.
    pub samples: Source,
}

impl<L: Trainable, S: TwoSample> Metric<L> for SampleMetric<S> {
    fn name(&self) -> &str {
        self.statistic.name()
    }

    fn uses_chains(&self) -> bool {
        matches!(self.samples, Source::Chains(_))
    }

    fn start(&self, mut on: Evaluation<'_, L>) -> Result<Pending, MetricError> {
        on.check_complete("a comparison with samples")?;
        let data = Points::of_rows(on.rows, &on.machine.device())?;
        let samples = self.samples.samples(&mut on)?;
        let found = self.statistic.compare(&data, &samples, on.progress)?;
        Ok(Pending::ready(found))
    }
}
