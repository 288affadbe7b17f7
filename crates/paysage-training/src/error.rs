//! Why training ended before its time.

use paysage_data::DataError;
use paysage_metrics::MetricError;
use paysage_models::ExactError;
use thiserror::Error;

use crate::CallbackError;

/// A fault in the settings, the data or the course of training.
#[derive(Debug, Error)]
pub enum TrainingError {
    /// The data do not fit the machine.
    #[error(transparent)]
    Data(#[from] DataError),
    /// No epoch to train.
    #[error("the number of epochs is 0: train for at least 1")]
    NoEpochs,
    /// No rows in a batch.
    #[error("the batch size is 0: a batch has at least 1 row")]
    NoRows,
    /// Layers are not stacked on one another.
    #[error(
        "layers are trained one by one only in a chain: the first one visible, and each connected \
         with the next"
    )]
    NotAChain,
    /// A parameter is no longer a number.
    #[error(
        "epoch {epoch}: {parameter} is no longer finite: try a smaller learning rate than {learning_rate}"
    )]
    Diverged {
        /// The epoch after which it was found, counted from 1.
        epoch: usize,
        /// The parameter.
        parameter: String,
        /// The learning rate at that point.
        learning_rate: f64,
    },
    /// Gaussian layers pull each other away without end.
    #[error("epoch {epoch}: {source}: try a smaller learning rate than {learning_rate}")]
    NotNormalizable {
        /// The epoch after which it was found, counted from 1.
        epoch: usize,
        /// Which layers.
        source: ExactError,
        /// The learning rate at that point.
        learning_rate: f64,
    },
    /// A monitor could not measure.
    #[error("epoch {epoch}: {monitor}: {source}")]
    Monitor {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The name of the monitor.
        monitor: String,
        /// What its metric said.
        source: MetricError,
    },
    /// A callback failed.
    #[error("epoch {epoch}: {source}")]
    Callback {
        /// The epoch, counted from 1.
        epoch: usize,
        /// What it said.
        source: CallbackError,
    },
}
