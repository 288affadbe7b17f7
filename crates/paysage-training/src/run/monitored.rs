//! Metrics that select the best epoch of a run.

use std::{fmt, str::FromStr};

use paysage_metrics::{Direction, MetricName};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::nearest::suggestion;

/// The ending of the name of a metric of validation rows.
const VALIDATION: &str = "_validation";

/// The annealed log-likelihood, which [`LikelihoodCurve`](crate::LikelihoodCurve) estimates.
const ANNEALED: &str = "log_likelihood_ais";

/// A metric of training or validation rows with better and worse values, by its name in
/// `metrics.jsonl`.
///
/// ```
/// use paysage_metrics::Direction;
/// use paysage_training::MonitoredMetric;
///
/// let metric: MonitoredMetric = "pseudo_log_likelihood_validation".parse()?;
/// assert_eq!(metric.direction(), Direction::Higher);
/// assert!("free_energy".parse::<MonitoredMetric>().is_err());
/// # Ok::<(), paysage_training::MonitoredMetricError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MonitoredMetric {
    name: String,
    direction: Direction,
}

/// A name that selects no best epoch.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MonitoredMetricError {
    /// The name is unknown.
    #[error(
        "expected one of {known}, each optionally followed by _validation, got {found:?}{}",
        suggestion(found, known)
    )]
    Unknown {
        /// The name.
        found: String,
        /// The known names, separated by commas.
        known: String,
    },
    /// Neither low nor high values of the metric are better.
    #[error("neither low nor high values of {found} are better: expected one of {known}")]
    NoDirection {
        /// The name.
        found: String,
        /// The known names, separated by commas.
        known: String,
    },
}

impl MonitoredMetric {
    /// The name in [`Epoch::values`](crate::Epoch::values) and `metrics.jsonl`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which values are better.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Whether it is a metric of validation rows.
    pub(super) fn is_of_validation(&self) -> bool {
        self.name.ends_with(VALIDATION)
    }

    /// The metric for early stopping, from the names that are measured: the exact log-likelihood of
    /// validation rows, otherwise their pseudo-log-likelihood, reconstruction error, or another metric
    /// of validation rows with a direction.
    pub(super) fn of_validation(measured: &[&str]) -> Option<Self> {
        let first = [
            MetricName::LogLikelihoodExact,
            MetricName::PseudoLogLikelihood,
            MetricName::ReconstructionError,
        ];
        let mut metrics = first
            .into_iter()
            .chain(MetricName::ALL)
            .filter_map(|metric| {
                let name = format!("{metric}{VALIDATION}");
                let direction = metric.direction()?;
                Some(Self { name, direction })
            });
        metrics.find(|metric| measured.contains(&metric.name.as_str()))
    }

    /// The annealed or exact log-likelihood, which is only estimated with `likelihood-every`.
    pub(super) fn is_likelihood(&self) -> bool {
        let base = self.name.strip_suffix(VALIDATION).unwrap_or(&self.name);
        base == ANNEALED || base == MetricName::LogLikelihoodExact.as_str()
    }

    /// The names of all metrics with a direction.
    fn known() -> String {
        let metrics = MetricName::ALL.into_iter();
        let directed = metrics.filter(|metric| metric.direction().is_some());
        let names = directed.map(MetricName::as_str).chain([ANNEALED]);
        names.collect::<Vec<_>>().join(", ")
    }
}

impl FromStr for MonitoredMetric {
    type Err = MonitoredMetricError;

    fn from_str(text: &str) -> Result<Self, MonitoredMetricError> {
        let base = text.strip_suffix(VALIDATION).unwrap_or(text);
        let direction = match base.parse::<MetricName>() {
            Ok(metric) => metric
                .direction()
                .ok_or_else(|| MonitoredMetricError::NoDirection {
                    found: text.to_owned(),
                    known: Self::known(),
                })?,
            Err(_) if base == ANNEALED => Direction::Higher,
            Err(_) => {
                return Err(MonitoredMetricError::Unknown {
                    found: text.to_owned(),
                    known: Self::known(),
                });
            }
        };
        Ok(Self {
            name: text.to_owned(),
            direction,
        })
    }
}

impl TryFrom<String> for MonitoredMetric {
    type Error = MonitoredMetricError;

    fn try_from(text: String) -> Result<Self, MonitoredMetricError> {
        text.parse()
    }
}

impl From<MonitoredMetric> for String {
    fn from(metric: MonitoredMetric) -> Self {
        metric.name
    }
}

impl fmt::Display for MonitoredMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let error = text.parse::<MonitoredMetric>().expect_err(text);
        error.to_string()
    }

    #[test]
    fn names_with_a_direction_are_taken() {
        for (text, direction) in [
            ("energy_distance", Direction::Lower),
            ("log_likelihood_ais", Direction::Higher),
            ("log_likelihood_ais_validation", Direction::Higher),
            ("reconstruction_error_validation", Direction::Lower),
        ] {
            let metric: MonitoredMetric = text.parse().expect(text);
            assert_eq!((metric.name(), metric.direction()), (text, direction));
        }
    }

    #[test]
    fn other_names_are_refused_with_what_is_right() {
        let unknown = error("energy-distance");
        assert!(
            unknown.contains("did you mean \"energy_distance\"?"),
            "{unknown}"
        );
        let free = error("free_energy_validation");
        assert!(
            free.starts_with("neither low nor high values of free_energy_validation are better: ")
                && free.contains("pseudo_log_likelihood"),
            "{free}"
        );
    }

    #[test]
    fn the_best_metric_of_validation_rows_is_found() {
        let of = |measured: &[&str]| {
            let metric = MonitoredMetric::of_validation(measured);
            metric.map(|metric| metric.name)
        };
        let usual = [
            "free_energy_gap",
            "reconstruction_error",
            "reconstruction_error_validation",
            "pseudo_log_likelihood_validation",
        ];
        assert_eq!(
            of(&usual).as_deref(),
            Some("pseudo_log_likelihood_validation")
        );
        assert_eq!(
            of(&["frechet_distance_validation"]).as_deref(),
            Some("frechet_distance_validation")
        );
        assert_eq!(of(&usual[..2]), None);
    }
}
