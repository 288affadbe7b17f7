//! Errors of metrics during training.

use paysage_data::DataError;
use paysage_metrics::MetricError;
use thiserror::Error;

/// A metric that could not be measured.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{monitor}: {source}")]
pub struct MonitorError {
    /// The name of the monitor.
    pub monitor: String,
    /// The error of its metric.
    pub source: MetricError,
}

impl MonitorError {
    /// Whether the metric is not defined for some samples or weights and may be for those of another
    /// epoch.
    pub(super) fn is_of_epoch(&self) -> bool {
        matches!(
            self.source,
            MetricError::Samples(_) | MetricError::NoWeights
        )
    }
}

/// Error of [`Monitors::named`](super::Monitors::named).
#[derive(Debug, Error)]
pub enum MonitorsError {
    /// Rows cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A metric is not defined for the machine or the rows.
    #[error(transparent)]
    Metric(#[from] MonitorError),
}
