//! The trait of all metrics.

use burn::tensor::Tensor;
use paysage_data::{DataError, Rows};
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{
    BoltzmannMachine, ExactError, MachineError, Progress, SettingError, Stage, State,
};
use thiserror::Error;

use crate::{Measurement, Pending, RowsError, SamplesError};

/// A number that describes a machine, given a data set.
///
/// ```
/// use paysage_layers::Trainable;
/// use paysage_metrics::{Evaluation, Measurement, Metric, MetricError, Pending};
///
/// /// The mean of the weights of the first connection.
/// struct MeanWeight;
///
/// impl<L: Trainable> Metric<L> for MeanWeight {
///     fn name(&self) -> &str {
///         "mean_weight"
///     }
///
///     fn start(&self, on: Evaluation<'_, L>) -> Result<Pending, MetricError> {
///         let mean = on.machine.connections[0].weight.clone().mean();
///         Ok(Pending::new(vec![mean], |values| Measurement::exactly(values[0])))
///     }
/// }
/// ```
pub trait Metric<L: Trainable>: Send + Sync {
    /// Key of the metric in files: lower case, words joined by underscores.
    fn name(&self) -> &str;

    /// Whether the metric depends on samples of the machine, which a caller may pass to several metrics
    /// ([`Evaluation::chains`]).
    fn uses_chains(&self) -> bool {
        false
    }

    /// Whether the metric depends on the rows.
    fn uses_rows(&self) -> bool {
        true
    }

    /// Computes the metric on the device, without waiting for it where possible.
    ///
    /// # Errors
    ///
    /// When the metric is not defined for the machine or the rows, or when rows cannot be read.
    fn start(&self, on: Evaluation<'_, L>) -> Result<Pending, MetricError>;

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
        let on = Evaluation::of_rows(machine, rows, key, progress);
        Ok(self.start(on)?.read())
    }
}

/// What a metric is computed from.
pub struct Evaluation<'a, L: Trainable> {
    /// The machine.
    pub machine: &'a BoltzmannMachine<L>,
    /// The data set.
    pub rows: &'a dyn Rows,
    /// Samples of the machine, one in each row, where the caller has some: persistent chains of training,
    /// or [`GibbsChains`](crate::GibbsChains) for several metrics. A metric that needs samples draws its
    /// own otherwise.
    pub chains: Option<&'a State>,
    /// The key of all random numbers.
    pub key: RandomKey,
    /// The number of rows that are done is reported to it.
    pub progress: &'a mut dyn Progress,
}

impl<'a, L: Trainable> Evaluation<'a, L> {
    /// A machine and a data set, without samples of the machine.
    #[must_use]
    pub const fn of_rows(
        machine: &'a BoltzmannMachine<L>,
        rows: &'a dyn Rows,
        key: RandomKey,
        progress: &'a mut dyn Progress,
    ) -> Self {
        Self {
            machine,
            rows,
            chains: None,
            key,
            progress,
        }
    }

    /// Checks that no value is missing; `metric` names the metric in the error.
    ///
    /// # Errors
    ///
    /// [`MetricError::MissingValues`].
    pub fn check_complete(&self, metric: &'static str) -> Result<(), MetricError> {
        if self.rows.is_complete() {
            return Ok(());
        }
        Err(MetricError::MissingValues {
            file: self.rows.source().to_owned(),
            metric,
        })
    }

    /// The mean over all rows, by their weights, of an exact value of each, which `of` computes for a chunk of them:
    /// `[rows, visible units] → [rows]`.
    ///
    /// # Errors
    ///
    /// When rows cannot be read, and those of `of`.
    pub fn mean_of_rows(
        self,
        mut of: impl FnMut(&BoltzmannMachine<L>, Tensor<2>) -> Result<Tensor<1>, MetricError>,
    ) -> Result<Pending, MetricError> {
        let weights = self.rows.weights().map(<[f32]>::to_vec);
        let (mut done, mut chunks) = (0, Vec::new());
        for chunk in self.machine.chunks(self.rows) {
            let values = of(self.machine, chunk?)?;
            done += values.dims()[0];
            chunks.push(values);
            self.progress.report(Stage::Rows, done, self.rows.count());
        }
        Ok(Pending::new(chunks, move |values| {
            Measurement::weighted_mean_of(values, weights.as_deref())
        }))
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
    /// A setting is out of range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// Rows and samples cannot be compared.
    #[error(transparent)]
    Samples(#[from] SamplesError),
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
    /// The units of a visible layer have infinitely many values, and its kind does not state their energies.
    #[error(
        "the kind of layer {layer} does not state the energies of its units (unit_energies), which the \
         pseudo-log-likelihood needs"
    )]
    UnknownDensity {
        /// The layer.
        layer: usize,
    },
    /// The units of a hidden layer have no smallest and largest value.
    #[error(
        "the units of layer {layer} have no smallest and largest value: dead and saturated units are \
         not defined"
    )]
    Unbounded {
        /// The layer.
        layer: usize,
    },
    /// The machine has no hidden layer.
    #[error("the machine has no hidden units")]
    NoHidden,
    /// The machine has no connection, or all weights are zero.
    #[error("the machine has no weights other than zero")]
    NoWeights,
    /// No site of a row is evaluated.
    #[error("the number of random sites per row is 0: choose at least 1")]
    NoSites,
}

impl From<DataError> for MetricError {
    fn from(error: DataError) -> Self {
        Self::Rows(error.into())
    }
}
