//! What stands beside the training.

use std::{collections::BTreeMap, error::Error};

use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Memory, State};
use paysage_optimizers::OptimizerState;

/// What a callback may fail with.
pub type CallbackError = Box<dyn Error + Send + Sync>;

/// Whether training goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// It does.
    Continue,
    /// It ends here.
    Stop,
}

/// How far training is, after a batch. Epochs and batches are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The epoch.
    pub epoch: usize,
    /// The last epoch there will be.
    pub epochs: usize,
    /// The batch of the epoch.
    pub batch: usize,
    /// The batches of an epoch.
    pub batches: usize,
    /// The rows of the batch.
    pub rows: usize,
}

/// A finished epoch.
pub struct Epoch<'a, L: Trainable> {
    /// Which one, counted from 1.
    pub number: usize,
    /// The last epoch there will be.
    pub epochs: usize,
    /// The wall time of the epoch, without its monitors.
    pub seconds: f64,
    /// What the monitors measured and the estimator says, by name, and what callbacks add to it for those behind them.
    pub values: BTreeMap<String, f64>,
    /// The machine as it is now.
    pub machine: &'a BoltzmannMachine<L>,
    /// What the optimizer remembers.
    pub optimizer: &'a dyn Fn() -> OptimizerState,
    /// Samples of the machine, where the estimator has them.
    pub chains: Option<&'a State>,
    /// All that the estimator carries on.
    pub memory: &'a dyn Fn() -> Memory,
}

/// Told of every batch and every epoch.
///
/// ```
/// use paysage_layers::Trainable;
/// use paysage_training::{Callback, CallbackError, Control, Epoch};
///
/// /// Stops when a metric no longer falls.
/// struct EarlyStopping {
///     name: String,
///     best: f64,
/// }
///
/// impl<L: Trainable> Callback<L> for EarlyStopping {
///     fn after_epoch(&mut self, epoch: &mut Epoch<'_, L>) -> Result<Control, CallbackError> {
///         let value = epoch.values[&self.name];
///         if value >= self.best {
///             return Ok(Control::Stop);
///         }
///         self.best = value;
///         Ok(Control::Continue)
///     }
/// }
/// ```
pub trait Callback<L: Trainable>: Send {
    /// After a batch. Stopping here ends training within the epoch, which is then not reported.
    fn after_batch(&mut self, progress: &Progress) -> Control {
        let _ = progress;
        Control::Continue
    }

    /// After an epoch and its monitors.
    ///
    /// # Errors
    ///
    /// An error ends training, and is returned by it.
    fn after_epoch(&mut self, epoch: &mut Epoch<'_, L>) -> Result<Control, CallbackError> {
        let _ = epoch;
        Ok(Control::Continue)
    }
}
