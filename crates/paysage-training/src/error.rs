//! Errors of training.

use paysage_data::{DataError, Fingerprint};
use paysage_metrics::MetricError;
use paysage_models::{ExactError, ParameterId, SettingError};
use thiserror::Error;

use crate::{CallbackError, PretrainingStage};

/// A fault in the settings, the data or the course of training.
#[derive(Debug, Error)]
pub enum TrainingError {
    /// The data cannot be read or do not fit the machine.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A setting of the estimator, a transform or a constraint is out of range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The number of epochs is 0.
    #[error("the number of epochs is 0, expected at least 1")]
    NoEpochs,
    /// The batch size is 0.
    #[error("the batch size is 0, expected at least 1")]
    NoRows,
    /// The training state belongs to other data.
    #[error(
        "{source_name}: {found}, but the training state belongs to {expected} with other values: \
         continue with the data of the first run"
    )]
    OtherData {
        /// The name of the data set.
        source_name: String,
        /// The data.
        found: Fingerprint,
        /// The data that the state was trained on.
        expected: Fingerprint,
    },
    /// The training state of a stage of layerwise training belongs to another machine.
    #[error(
        "the training state of {stage} belongs to a machine of other layers: remove its file, or continue with that machine"
    )]
    OtherStage {
        /// The stage.
        stage: PretrainingStage,
    },
    /// The machine is not a chain of layers.
    #[error(
        "layerwise training needs a chain of layers: the first one visible, and each one connected \
         with the next"
    )]
    NotAChain,
    /// A parameter is infinite or not a number.
    #[error(
        "epoch {epoch}, step {step}: {parameter} is no longer finite: try a smaller learning rate than \
         {learning_rate}"
    )]
    Diverged {
        /// The epoch in which it was found, counted from 1.
        epoch: usize,
        /// The number of steps until then, over all epochs.
        step: usize,
        /// The parameter.
        parameter: ParameterId,
        /// The learning rate of the epoch.
        learning_rate: f64,
    },
    /// Parameters are so large that log-likelihoods have no use.
    #[error(
        "epoch {epoch}, step {step}: {parameter} has diverged: energies of data and model differ by {nats:.1e} \
         nats per visible unit: try a smaller learning rate than {learning_rate}"
    )]
    TooLarge {
        /// The epoch in which it was found, counted from 1.
        epoch: usize,
        /// The number of steps until then, over all epochs.
        step: usize,
        /// The parameter of the largest mean absolute value.
        parameter: ParameterId,
        /// The difference of the mean energies, in nats per visible unit.
        nats: f64,
        /// The learning rate of the epoch.
        learning_rate: f64,
    },
    /// Gaussian layers are coupled so strongly that the machine has no normalized distribution.
    #[error(
        "epoch {epoch}, step {step}: {source}: try a smaller learning rate than {learning_rate}"
    )]
    NotNormalizable {
        /// The epoch in which it was found, counted from 1.
        epoch: usize,
        /// The number of steps until then, over all epochs.
        step: usize,
        /// The layers.
        source: ExactError,
        /// The learning rate of the epoch.
        learning_rate: f64,
    },
    /// A monitor failed.
    #[error("epoch {epoch}: {monitor}: {source}")]
    Monitor {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The name of the monitor.
        monitor: String,
        /// The error of its metric.
        source: MetricError,
    },
    /// A callback failed.
    #[error("epoch {epoch}: {source}")]
    Callback {
        /// The epoch, counted from 1.
        epoch: usize,
        /// Its error.
        source: CallbackError,
    },
}
