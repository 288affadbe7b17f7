//! Callbacks: code that observes or stops training.

use std::{collections::BTreeMap, error::Error, path::Path};

use paysage_layers::{Stored, Trainable};
use paysage_models::{BoltzmannMachine, Progress, Record, Stage, State};

use crate::{MonitorError, TrainingStateError, state_file};

/// The error of a callback.
pub type CallbackError = Box<dyn Error + Send + Sync>;

/// Whether training continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Training continues.
    Continue,
    /// Training ends.
    Stop,
}

/// A finished batch. Epochs and batches are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinishedBatch {
    /// The epoch.
    pub epoch: usize,
    /// The number of epochs.
    pub epochs: usize,
    /// The batch of the epoch.
    pub batch: usize,
    /// The number of batches in an epoch.
    pub batches: usize,
    /// The number of rows in the batch.
    pub rows: usize,
}

/// A finished epoch.
pub struct Epoch<'a, L: Trainable> {
    /// The epoch, counted from 1.
    pub number: usize,
    /// The number of epochs.
    pub epochs: usize,
    /// The wall time of the epoch without its monitors, in seconds.
    pub seconds: f64,
    /// The values of the monitors and of the estimator by name; callbacks may add values for those
    /// after them.
    pub values: BTreeMap<String, f64>,
    /// The metrics that have no value, as they are not defined for the samples or weights of this epoch.
    pub undefined: Vec<MonitorError>,
    /// The machine.
    pub machine: &'a BoltzmannMachine<L>,
    /// Samples of the model, where the estimator has some.
    pub chains: Option<&'a State>,
    /// The rest of the training state.
    pub record: &'a dyn Fn() -> Record,
}

/// A training state as callbacks see it.
pub struct Snapshot<'a, L: Trainable> {
    /// The machine.
    pub machine: &'a BoltzmannMachine<L>,
    /// Samples of the model, where the estimator has some.
    pub chains: Option<&'a State>,
    /// The rest of the training state.
    pub record: &'a dyn Fn() -> Record,
}

impl<L: Trainable> Epoch<'_, L> {
    /// The training state after the epoch.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot<'_, L> {
        Snapshot {
            machine: self.machine,
            chains: self.chains,
            record: self.record,
        }
    }
}

impl<L: Stored> Snapshot<'_, L> {
    /// Writes the training state to a file, as [`TrainingState::save`](crate::TrainingState::save).
    ///
    /// # Errors
    ///
    /// When a number is not finite or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), TrainingStateError> {
        state_file::write(path, self.machine, (self.record)())
    }
}

/// Observes every batch and every epoch, and may stop training.
///
/// A mutable reference to a callback is a callback, so that its results can be read after training.
///
/// ```
/// use paysage_layers::Trainable;
/// use paysage_training::{Callback, CallbackError, Control, Epoch};
///
/// /// Stops when training has taken a number of seconds.
/// struct TimeLimit {
///     seconds: f64,
///     taken: f64,
/// }
///
/// impl<L: Trainable> Callback<L> for TimeLimit {
///     fn after_epoch(&mut self, epoch: &mut Epoch<'_, L>) -> Result<Control, CallbackError> {
///         self.taken += epoch.seconds;
///         match self.taken < self.seconds {
///             true => Ok(Control::Continue),
///             false => Ok(Control::Stop),
///         }
///     }
/// }
/// ```
pub trait Callback<L: Trainable>: Send {
    /// After a batch. A stop here ends training within the epoch, which is then not reported.
    fn after_batch(&mut self, batch: &FinishedBatch) -> Control {
        let _ = batch;
        Control::Continue
    }

    /// Within an epoch, after the parameters were checked: every few hundred batches, or every few seconds
    /// where batches take long.
    ///
    /// # Errors
    ///
    /// An error ends training, which returns it.
    fn within_epoch(&mut self, state: &Snapshot<'_, L>) -> Result<(), CallbackError> {
        let _ = state;
        Ok(())
    }

    /// After an epoch and its monitors.
    ///
    /// # Errors
    ///
    /// An error ends training, which returns it.
    fn after_epoch(&mut self, epoch: &mut Epoch<'_, L>) -> Result<Control, CallbackError> {
        let _ = epoch;
        Ok(Control::Continue)
    }

    /// After the last epoch or a stop, but not after an error.
    ///
    /// # Errors
    ///
    /// An error ends training, which returns it.
    fn at_end(&mut self, end: &Snapshot<'_, L>) -> Result<(), CallbackError> {
        let _ = end;
        Ok(())
    }
}

impl<L: Trainable, C: Callback<L> + ?Sized> Callback<L> for &mut C {
    fn after_batch(&mut self, batch: &FinishedBatch) -> Control {
        (**self).after_batch(batch)
    }

    fn within_epoch(&mut self, state: &Snapshot<'_, L>) -> Result<(), CallbackError> {
        (**self).within_epoch(state)
    }

    fn after_epoch(&mut self, epoch: &mut Epoch<'_, L>) -> Result<Control, CallbackError> {
        (**self).after_epoch(epoch)
    }

    fn at_end(&mut self, end: &Snapshot<'_, L>) -> Result<(), CallbackError> {
        (**self).at_end(end)
    }
}

/// Reports the batches of all epochs to a [`Progress`].
///
/// ```
/// use paysage_models::Silent;
/// use paysage_training::ReportProgress;
///
/// let callback = ReportProgress(Silent);
/// # let _ = callback;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ReportProgress<P>(
    /// The receiver.
    pub P,
);

impl<L: Trainable, P: Progress> Callback<L> for ReportProgress<P> {
    fn after_batch(&mut self, batch: &FinishedBatch) -> Control {
        let done = (batch.epoch - 1) * batch.batches + batch.batch;
        let total = batch.epochs * batch.batches;
        self.0.report(Stage::Training, done, total);
        Control::Continue
    }
}
