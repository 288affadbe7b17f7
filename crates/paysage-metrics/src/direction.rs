//! Which values of a metric are better.

use crate::MetricName;

/// Whether lower or higher values of a metric are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Lower values are better, as of a distance or an error.
    Lower,
    /// Higher values are better, as of a log-likelihood.
    Higher,
}

impl Direction {
    /// Whether a value is better than another one; never where one of them is NaN.
    #[must_use]
    pub fn is_better(self, value: f64, other: f64) -> bool {
        match self {
            Self::Lower => value < other,
            Self::Higher => value > other,
        }
    }
}

impl MetricName {
    /// Which values of the metric are better; `None` where neither low nor high values say that a
    /// machine fits its data better.
    ///
    /// The free energy has no direction, as its zero changes with the parameters. The free-energy gap
    /// and the fractions of dead or saturated units are smallest for untrained machines, and the best
    /// adversarial accuracy, ½, is neither the lowest nor the highest.
    ///
    /// ```
    /// use paysage_metrics::{Direction, MetricName};
    ///
    /// let direction = MetricName::EnergyDistance.direction();
    /// assert_eq!(direction, Some(Direction::Lower));
    /// assert_eq!(MetricName::FreeEnergy.direction(), None);
    /// ```
    #[must_use]
    pub const fn direction(self) -> Option<Direction> {
        match self {
            Self::PseudoLogLikelihood | Self::LogLikelihoodExact => Some(Direction::Higher),
            Self::ReconstructionError
            | Self::EnergyDistance
            | Self::MaximumMeanDiscrepancy
            | Self::FrechetDistance
            | Self::KlDivergence
            | Self::ReverseKlDivergence
            | Self::JensenShannonDivergence
            | Self::EnergyDistanceReconstructions
            | Self::MaximumMeanDiscrepancyReconstructions
            | Self::FrechetDistanceReconstructions
            | Self::KlDivergenceReconstructions
            | Self::ReverseKlDivergenceReconstructions
            | Self::JensenShannonDivergenceReconstructions => Some(Direction::Lower),
            Self::FreeEnergy
            | Self::FreeEnergyGap
            | Self::AdversarialAccuracy
            | Self::AdversarialAccuracyTruth
            | Self::AdversarialAccuracySynthetic
            | Self::AdversarialAccuracyReconstructions
            | Self::AdversarialAccuracyTruthReconstructions
            | Self::AdversarialAccuracySyntheticReconstructions
            | Self::HeatCapacity
            | Self::HiddenActivity
            | Self::DeadHiddenUnits
            | Self::SaturatedHiddenUnits
            | Self::MeanSquareWeight
            | Self::WeightSparsity => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_are_better() {
        for (direction, good, bad) in [(Direction::Lower, 1.0, 2.0), (Direction::Higher, 2.0, 1.0)]
        {
            assert!(direction.is_better(good, bad));
            assert!(!direction.is_better(bad, good));
            assert!(!direction.is_better(good, good));
            assert!(!direction.is_better(f64::NAN, bad) && !direction.is_better(good, f64::NAN));
        }
    }
}
