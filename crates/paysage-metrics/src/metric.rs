//! The trait of all metrics.

use paysage_data::{DataError, Rows};
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, ExactError, MachineError, Progress};
use thiserror::Error;

use crate::{Measurement, Pending, RowsError};

/// A number that describes a machine, given a data set.
///
/// ```
/// use paysage_data::Rows;
/// use paysage_kernels::RandomKey;
/// use paysage_layers::Trainable;
/// use paysage_metrics::{Measurement, Metric, MetricError, Pending};
/// use paysage_models::{BoltzmannMachine, Progress};
///
/// /// The mean of the weights of the first connection.
/// struct MeanWeight;
///
/// impl<L: Trainable> Metric<L> for MeanWeight {
///     fn name(&self) -> &str {
///         "mean_weight"
///     }
///
///     fn start(
///         &self,
///         machine: &BoltzmannMachine<L>,
///         _rows: &dyn Rows,
///         _key: RandomKey,
///         _progress: &mut dyn Progress,
///     ) -> Result<Pending, MetricError> {
///         let mean = machine.connections[0].weight.clone().mean();
///         Ok(Pending::new(vec![mean], |values| Measurement::exactly(values[0])))
///     }
/// }
/// ```
pub trait Metric<L: Trainable>: Send + Sync {
    /// Key of the metric in files: lower case, words joined by underscores.
    fn name(&self) -> &str;

    /// Computes the metric on the device, without waiting for it where possible.
    ///
    /// # Errors
    ///
    /// When the metric is not defined for the machine or the rows, or when rows cannot be read.
    fn start(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &dyn Rows,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Result<Pending, MetricError>;

    /// The metric.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    fn run(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &dyn Rows,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Result<Measurement, MetricError> {
        Ok(self.start(machine, rows, key, progress)?.read())
    }
}

/// Error of a metric: it is not defined, or rows cannot be read.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum MetricError {
    /// The graph of the machine does not allow it.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// The machine has no exact sum, or cannot be normalized.
    #[error(transparent)]
    Exact(#[from] ExactError),
    /// Rows cannot be read.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// The metric is defined for complete rows only.
    #[error("{file} has missing values: {metric} is defined for complete rows only")]
    MissingValues {
        /// The source of the rows.
        file: String,
        /// The name of the metric.
        metric: &'static str,
    },
    /// A visible layer is continuous, with a conditional density of unknown form.
    #[error(
        "layer {layer} is real-valued but not Gaussian: its pseudo-log-likelihood is not implemented"
    )]
    UnknownDensity {
        /// The layer.
        layer: usize,
    },
    /// No site of a row is evaluated.
    #[error("the number of random sites per row is 0: choose at least 1")]
    NoSites,
}

impl From<DataError> for MetricError {
    fn from(error: DataError) -> Self {
        Self::Rows(error.into())
    }
}

/// Checks that no value is missing.
pub(crate) fn check_complete(rows: &dyn Rows, metric: &'static str) -> Result<(), MetricError> {
    if rows.is_complete() {
        return Ok(());
    }
    Err(MetricError::MissingValues {
        file: rows.source().to_owned(),
        metric,
    })
}
