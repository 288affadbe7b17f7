//! What all metrics have in common.

use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, ExactError, MachineError};
use thiserror::Error;

/// A number about a machine and some rows.
///
/// ```
/// use paysage_data::Table;
/// use paysage_kernels::RandomKey;
/// use paysage_layers::Trainable;
/// use paysage_metrics::{Metric, MetricError};
/// use paysage_models::BoltzmannMachine;
///
/// /// The mean of all weights.
/// struct MeanWeight;
///
/// impl<L: Trainable> Metric<L> for MeanWeight {
///     fn name(&self) -> &str {
///         "mean_weight"
///     }
///
///     fn evaluate(
///         &self,
///         machine: &BoltzmannMachine<L>,
///         _table: &Table,
///         _key: RandomKey,
///     ) -> Result<f64, MetricError> {
///         Ok(machine.connections[0].weight.clone().mean().into_scalar())
///     }
/// }
/// ```
pub trait Metric<L: Trainable>: Send + Sync {
    /// The name, as a key in files: lower case, words joined by underscores.
    fn name(&self) -> &str;

    /// The number.
    ///
    /// # Errors
    ///
    /// When the machine is of a kind that the metric is not defined for.
    fn evaluate(
        &self,
        machine: &BoltzmannMachine<L>,
        table: &Table,
        key: RandomKey,
    ) -> Result<f64, MetricError>;
}

/// Why a metric has no value.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum MetricError {
    /// The graph of the machine does not allow it.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// The machine cannot be summed exactly.
    #[error(transparent)]
    Exact(#[from] ExactError),
    /// A layer takes real values, and the density of its units has no known form.
    #[error(
        "no pseudo-log-likelihood is known where layer {layer} is real-valued but not Gaussian"
    )]
    UnknownDensity {
        /// The layer.
        layer: usize,
    },
}
