//! Metrics by name.

use std::{fmt, str::FromStr};

use paysage_layers::Trainable;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    AdversarialAccuracy, DeadUnits, Divergence, EnergyDistance, ExactLogLikelihood,
    FrechetDistance, FreeEnergy, GibbsChains, HeatCapacity, HiddenActivity, MaximumMeanDiscrepancy,
    MeanSquareWeight, Metric, NeighbourDivergence, PseudoLogLikelihood, ReconstructionError,
    SampleMetric, SaturatedUnits, Side, Source, TwoSample, WeightSparsity,
};

/// The name of a metric, as settings files, command lines and results spell it.
///
/// ```
/// use paysage_metrics::MetricName;
///
/// let name: MetricName = "energy_distance".parse()?;
/// assert_eq!(name, MetricName::EnergyDistance);
/// let error = "energy".parse::<MetricName>().expect_err("unknown");
/// assert!(error.to_string().starts_with("expected one of reconstruction_error, "));
/// # Ok::<(), paysage_metrics::UnknownMetric>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricName {
    /// [`ReconstructionError`].
    ReconstructionError,
    /// [`PseudoLogLikelihood`].
    PseudoLogLikelihood,
    /// [`FreeEnergy`].
    FreeEnergy,
    /// [`FreeEnergyGap`](crate::FreeEnergyGap), of validation rows.
    FreeEnergyGap,
    /// [`ExactLogLikelihood`].
    LogLikelihoodExact,
    /// [`EnergyDistance`].
    EnergyDistance,
    /// [`MaximumMeanDiscrepancy`].
    MaximumMeanDiscrepancy,
    /// [`FrechetDistance`].
    FrechetDistance,
    /// [`Divergence::Kl`].
    KlDivergence,
    /// [`Divergence::ReverseKl`].
    ReverseKlDivergence,
    /// [`Divergence::JensenShannon`].
    JensenShannonDivergence,
    /// [`AdversarialAccuracy`] of both sides.
    AdversarialAccuracy,
    /// [`Side::Truth`].
    AdversarialAccuracyTruth,
    /// [`Side::Synthetic`].
    AdversarialAccuracySynthetic,
    /// [`HeatCapacity`].
    HeatCapacity,
    /// [`HiddenActivity`].
    HiddenActivity,
    /// [`DeadUnits`].
    DeadHiddenUnits,
    /// [`SaturatedUnits`].
    SaturatedHiddenUnits,
    /// [`MeanSquareWeight`].
    MeanSquareWeight,
    /// [`WeightSparsity`].
    WeightSparsity,
    /// [`EnergyDistance`](Self::EnergyDistance) of reconstructions.
    EnergyDistanceReconstructions,
    /// [`MaximumMeanDiscrepancy`](Self::MaximumMeanDiscrepancy) of reconstructions.
    MaximumMeanDiscrepancyReconstructions,
    /// [`FrechetDistance`](Self::FrechetDistance) of reconstructions.
    FrechetDistanceReconstructions,
    /// [`KlDivergence`](Self::KlDivergence) of reconstructions.
    KlDivergenceReconstructions,
    /// [`ReverseKlDivergence`](Self::ReverseKlDivergence) of reconstructions.
    ReverseKlDivergenceReconstructions,
    /// [`JensenShannonDivergence`](Self::JensenShannonDivergence) of reconstructions.
    JensenShannonDivergenceReconstructions,
    /// [`AdversarialAccuracy`](Self::AdversarialAccuracy) of reconstructions.
    AdversarialAccuracyReconstructions,
    /// [`AdversarialAccuracyTruth`](Self::AdversarialAccuracyTruth) of reconstructions.
    AdversarialAccuracyTruthReconstructions,
    /// [`AdversarialAccuracySynthetic`](Self::AdversarialAccuracySynthetic) of reconstructions.
    AdversarialAccuracySyntheticReconstructions,
}

/// A name that no metric has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected one of {}, got {found:?}", names(known))]
pub struct UnknownMetric {
    /// The name.
    pub found: String,
    /// The names that are possible.
    pub known: Vec<MetricName>,
}

impl MetricName {
    /// All names.
    pub const ALL: [Self; 29] = [
        Self::ReconstructionError,
        Self::PseudoLogLikelihood,
        Self::FreeEnergy,
        Self::FreeEnergyGap,
        Self::LogLikelihoodExact,
        Self::EnergyDistance,
        Self::MaximumMeanDiscrepancy,
        Self::FrechetDistance,
        Self::KlDivergence,
        Self::ReverseKlDivergence,
        Self::JensenShannonDivergence,
        Self::AdversarialAccuracy,
        Self::AdversarialAccuracyTruth,
        Self::AdversarialAccuracySynthetic,
        Self::HeatCapacity,
        Self::HiddenActivity,
        Self::DeadHiddenUnits,
        Self::SaturatedHiddenUnits,
        Self::MeanSquareWeight,
        Self::WeightSparsity,
        Self::EnergyDistanceReconstructions,
        Self::MaximumMeanDiscrepancyReconstructions,
        Self::FrechetDistanceReconstructions,
        Self::KlDivergenceReconstructions,
        Self::ReverseKlDivergenceReconstructions,
        Self::JensenShannonDivergenceReconstructions,
        Self::AdversarialAccuracyReconstructions,
        Self::AdversarialAccuracyTruthReconstructions,
        Self::AdversarialAccuracySyntheticReconstructions,
    ];

    /// The name as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReconstructionError => "reconstruction_error",
            Self::PseudoLogLikelihood => "pseudo_log_likelihood",
            Self::FreeEnergy => "free_energy",
            Self::FreeEnergyGap => "free_energy_gap",
            Self::LogLikelihoodExact => "log_likelihood_exact",
            Self::EnergyDistance => "energy_distance",
            Self::MaximumMeanDiscrepancy => "maximum_mean_discrepancy",
            Self::FrechetDistance => "frechet_distance",
            Self::KlDivergence => "kl_divergence",
            Self::ReverseKlDivergence => "reverse_kl_divergence",
            Self::JensenShannonDivergence => "jensen_shannon_divergence",
            Self::AdversarialAccuracy => "adversarial_accuracy",
            Self::AdversarialAccuracyTruth => "adversarial_accuracy_truth",
            Self::AdversarialAccuracySynthetic => "adversarial_accuracy_synthetic",
            Self::HeatCapacity => "heat_capacity",
            Self::HiddenActivity => "hidden_activity",
            Self::DeadHiddenUnits => "dead_hidden_units",
            Self::SaturatedHiddenUnits => "saturated_hidden_units",
            Self::MeanSquareWeight => "mean_square_weight",
            Self::WeightSparsity => "weight_sparsity",
            Self::EnergyDistanceReconstructions => "energy_distance_reconstructions",
            Self::MaximumMeanDiscrepancyReconstructions => {
                "maximum_mean_discrepancy_reconstructions"
            }
            Self::FrechetDistanceReconstructions => "frechet_distance_reconstructions",
            Self::KlDivergenceReconstructions => "kl_divergence_reconstructions",
            Self::ReverseKlDivergenceReconstructions => "reverse_kl_divergence_reconstructions",
            Self::JensenShannonDivergenceReconstructions => {
                "jensen_shannon_divergence_reconstructions"
            }
            Self::AdversarialAccuracyReconstructions => "adversarial_accuracy_reconstructions",
            Self::AdversarialAccuracyTruthReconstructions => {
                "adversarial_accuracy_truth_reconstructions"
            }
            Self::AdversarialAccuracySyntheticReconstructions => {
                "adversarial_accuracy_synthetic_reconstructions"
            }
        }
    }

    /// Whether the metric compares reconstructions of rows with rows.
    #[must_use]
    pub const fn is_of_reconstructions(self) -> bool {
        matches!(
            self,
            Self::EnergyDistanceReconstructions
                | Self::MaximumMeanDiscrepancyReconstructions
                | Self::FrechetDistanceReconstructions
                | Self::KlDivergenceReconstructions
                | Self::ReverseKlDivergenceReconstructions
                | Self::JensenShannonDivergenceReconstructions
                | Self::AdversarialAccuracyReconstructions
                | Self::AdversarialAccuracyTruthReconstructions
                | Self::AdversarialAccuracySyntheticReconstructions
        )
    }

    /// The metric with default settings, and with these settings of chains where it needs samples;
    /// `None` for the free-energy gap, which needs reference rows.
    ///
    /// [`Metric::name`] of a comparison is that of its statistic:
    /// `energy_distance_reconstructions` is the metric `energy_distance` with
    /// [`Source::Reconstructions`].
    #[must_use]
    pub fn metric<L: Trainable>(self, chains: GibbsChains) -> Option<Box<dyn Metric<L>>> {
        fn compared<L: Trainable>(
            statistic: impl TwoSample + 'static,
            samples: Source,
        ) -> Box<dyn Metric<L>> {
            Box::new(SampleMetric { statistic, samples })
        }
        let samples = match self.is_of_reconstructions() {
            true => Source::Reconstructions,
            false => Source::Chains(chains),
        };
        let divergence = |divergence, samples| {
            let statistic = NeighbourDivergence {
                divergence,
                ..NeighbourDivergence::default()
            };
            compared(statistic, samples)
        };
        let accuracy = |side, samples| compared(AdversarialAccuracy { side }, samples);
        Some(match self {
            Self::ReconstructionError => Box::new(ReconstructionError),
            Self::PseudoLogLikelihood => Box::new(PseudoLogLikelihood::default()),
            Self::FreeEnergy => Box::new(FreeEnergy),
            Self::FreeEnergyGap => return None,
            Self::LogLikelihoodExact => Box::new(ExactLogLikelihood),
            Self::EnergyDistance | Self::EnergyDistanceReconstructions => {
                compared(EnergyDistance, samples)
            }
            Self::MaximumMeanDiscrepancy | Self::MaximumMeanDiscrepancyReconstructions => {
                compared(MaximumMeanDiscrepancy::default(), samples)
            }
            Self::FrechetDistance | Self::FrechetDistanceReconstructions => {
                compared(FrechetDistance, samples)
            }
            Self::KlDivergence | Self::KlDivergenceReconstructions => {
                divergence(Divergence::Kl, samples)
            }
            Self::ReverseKlDivergence | Self::ReverseKlDivergenceReconstructions => {
                divergence(Divergence::ReverseKl, samples)
            }
            Self::JensenShannonDivergence | Self::JensenShannonDivergenceReconstructions => {
                divergence(Divergence::JensenShannon, samples)
            }
            Self::AdversarialAccuracy | Self::AdversarialAccuracyReconstructions => {
                accuracy(Side::Both, samples)
            }
            Self::AdversarialAccuracyTruth | Self::AdversarialAccuracyTruthReconstructions => {
                accuracy(Side::Truth, samples)
            }
            Self::AdversarialAccuracySynthetic
            | Self::AdversarialAccuracySyntheticReconstructions => {
                accuracy(Side::Synthetic, samples)
            }
            Self::HeatCapacity => Box::new(HeatCapacity { chains }),
            Self::HiddenActivity => Box::new(HiddenActivity),
            Self::DeadHiddenUnits => Box::new(DeadUnits::default()),
            Self::SaturatedHiddenUnits => Box::new(SaturatedUnits::default()),
            Self::MeanSquareWeight => Box::new(MeanSquareWeight),
            Self::WeightSparsity => Box::new(WeightSparsity),
        })
    }

    /// The name among some names.
    ///
    /// # Errors
    ///
    /// When it is not one of them.
    pub fn among(text: &str, known: &[Self]) -> Result<Self, UnknownMetric> {
        let found = known.iter().find(|name| name.as_str() == text);
        found.copied().ok_or_else(|| UnknownMetric {
            found: text.to_owned(),
            known: known.to_vec(),
        })
    }
}

impl fmt::Display for MetricName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for MetricName {
    type Err = UnknownMetric;

    fn from_str(text: &str) -> Result<Self, UnknownMetric> {
        Self::among(text, &Self::ALL)
    }
}

fn names(known: &[MetricName]) -> String {
    let names: Vec<&str> = known.iter().map(|name| name.as_str()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use paysage_layers::AnyLayer;

    use super::*;

    #[test]
    fn a_metric_has_one_name_everywhere() {
        for name in MetricName::ALL {
            assert_eq!(name.as_str().parse(), Ok(name));
            let json = serde_json::to_string(&name).expect("a name");
            assert_eq!(json, format!("\"{name}\""));
            match name.metric::<AnyLayer>(GibbsChains::default()) {
                Some(metric) => {
                    let suffix = match name.is_of_reconstructions() {
                        true => "_reconstructions",
                        false => "",
                    };
                    assert_eq!(format!("{}{suffix}", metric.name()), name.as_str());
                }
                None => assert_eq!(name, MetricName::FreeEnergyGap),
            }
        }
    }
}
