//! Continuing a run.

use paysage_data::{AnyRows, Layout, Rows};
use paysage_layers::AnyLayer;

use super::{Difference, Earlier, LastCheckpoint, RunError, RunFolder, RunLock, Settings};
use crate::{Method, Trainer, TrainingState};

/// How a run in a folder goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continuation {
    /// After its last checkpoint.
    Checkpoint,
    /// After the last checkpoint of its layerwise pretraining.
    Pretraining,
    /// From the beginning, as there is no checkpoint yet.
    Beginning,
}

/// A run that continues after its last checkpoint.
pub struct ResumedRun {
    /// The settings, with those that depend on the data.
    pub settings: Settings,
    /// The layout of the data.
    pub layout: Layout,
    /// The training state.
    pub state: TrainingState<AnyLayer, Method>,
    /// The trainer with its monitors.
    pub trainer: Trainer<AnyLayer, Method>,
    /// The training rows.
    pub training: AnyRows,
    /// The validation rows, where there are any.
    pub validation: Option<AnyRows>,
}

/// The settings that a resumed run may change. The others determine its training state, its validation
/// rows or its best model.
pub(super) const CHANGEABLE: &[&str] = &[
    "epochs",
    "learning-rate",
    "memory",
    "metrics",
    "metrics-every",
    "likelihood-every",
    "save-every",
    "checkpoint-every",
    "patience",
    "stop-on",
    "no-figures",
    "device",
    "precision",
];

impl RunFolder {
    /// Checks that the run in this folder can continue with these settings.
    ///
    /// # Errors
    ///
    /// [`RunError::Changed`] where another setting differs, and [`RunError::NoCheckpoint`] where a run is
    /// finished but its checkpoint is gone: a run that was killed before its first checkpoint starts again, and
    /// results must not be lost by that.
    pub fn check_resumable(&self, settings: &Settings) -> Result<(), RunError> {
        let differences = self.settings()?.differences(settings);
        let fixed = |difference: &Difference| !CHANGEABLE.contains(&difference.setting.as_str());
        match differences.into_iter().find(fixed) {
            Some(difference) => Err(RunError::Changed {
                folder: self.path().to_owned(),
                difference,
            }),
            None if self.report().exists() && !self.has_checkpoint() => {
                Err(RunError::NoCheckpoint {
                    checkpoint: self.checkpoint(),
                })
            }
            None => Ok(()),
        }
    }

    /// How the run in this folder continues with these settings.
    ///
    /// # Errors
    ///
    /// As [`check_resumable`](Self::check_resumable).
    pub fn continuation(&self, settings: &Settings) -> Result<Continuation, RunError> {
        self.check_resumable(settings)?;
        // Stages at another learning rate are not those of these settings.
        let rate = self.settings()?.initial_rate();
        let is_same = rate == settings.initial_rate();
        Ok(match () {
            () if self.has_checkpoint() => Continuation::Checkpoint,
            () if self.has_stage_checkpoint() && is_same => Continuation::Pretraining,
            () => Continuation::Beginning,
        })
    }

    /// Prepares the folder for a run from the beginning with these settings: a new one, or one that
    /// [continues](Self::continuation) before its first checkpoint. Returns the lock of the folder.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start) and [`lock`](Self::lock).
    pub fn begin(
        &self,
        settings: &Settings,
        continuation: Option<Continuation>,
        lock: Option<RunLock>,
    ) -> Result<RunLock, RunError> {
        if continuation.is_none() {
            self.check_free(settings)?;
        }
        let lock = match lock {
            Some(lock) => lock,
            None => self.lock()?,
        };
        match continuation {
            // Another process may have trained there before the folder was locked.
            None => self.start(settings)?,
            Some(continuation) => {
                if continuation != Continuation::Pretraining {
                    self.remove_stage_checkpoints()?;
                }
                self.start_again(settings)?;
            }
        }
        Ok(lock)
    }

    /// Prepares the folder for a run that continues after its last checkpoint, on the same data, and writes the
    /// settings.
    ///
    /// # Errors
    ///
    /// When the rows are not those of the run, when all epochs are done, and when the folder cannot be read or
    /// written.
    pub fn resume(
        &self,
        settings: Settings,
        checkpoint: LastCheckpoint,
        rows: AnyRows,
    ) -> Result<ResumedRun, RunError> {
        let LastCheckpoint { state, layout, .. } = checkpoint;
        let folder = || self.path().to_owned();
        state.machine.check_known(&rows)?;
        let (training, validation) = settings.split(rows)?;
        state.check_data(&training)?;
        let mut trainer = settings.trainer(&training, &state.machine)?;
        let epochs = state.epochs;
        if epochs >= trainer.epochs && epochs > 0 && self.report().exists() {
            let folder = folder();
            return Err(RunError::Done { folder, epochs });
        }
        let held_out = validation.as_ref().map(|rows| rows as &dyn Rows);
        trainer.monitors = settings.monitors(&state.machine, &training, held_out)?;
        let settings = settings.resolved(&trainer.monitors)?;
        let settings = settings.continuing(&self.settings()?, epochs);
        self.keep_metrics(epochs)?;
        self.keep_models(epochs)?;
        let stopped = self
            .early_stopping(&settings)?
            .and_then(|stopping| stopping.stopped);
        if let Some(epoch) = stopped {
            if self.report().exists() {
                let folder = folder();
                return Err(RunError::StoppedEarly { folder, epoch });
            }
            // Only the report is missing.
            trainer.epochs = epoch;
        }
        self.write_settings(&settings)?;
        Ok(ResumedRun {
            settings,
            layout,
            state,
            trainer,
            training,
            validation,
        })
    }
}

impl Settings {
    /// These settings for a run whose first epochs were trained with other ones, which are recorded.
    #[must_use]
    pub fn continuing(mut self, first: &Self, epochs: usize) -> Self {
        self.earlier.clone_from(&first.earlier);
        let learning_rate = first.initial_rate();
        let changed = learning_rate != self.initial_rate() || first.epochs != self.epochs;
        if let (true, Some(first_epochs)) = (changed && epochs > 0, first.epochs) {
            self.earlier.push(Earlier {
                until_epoch: epochs,
                epochs: first_epochs,
                learning_rate,
            });
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_settings_are_recorded_once() {
        let first = Settings::default().for_counts(1000, 1000.0).settled();
        let same = first.clone().continuing(&first, 3);
        assert_eq!(same, first);
        let other = Settings {
            learning_rate: Some(0.5),
            ..first.clone()
        };
        let second = other.clone().continuing(&first, 3);
        let expected = Earlier {
            until_epoch: 3,
            epochs: 1000,
            learning_rate: 0.1,
        };
        assert_eq!(second.earlier, [expected]);
        let third = other.continuing(&second, 5);
        assert_eq!(third.earlier.len(), 1);
    }
}
