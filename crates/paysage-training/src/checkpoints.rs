//! Checkpoints during training.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use paysage_layers::Stored;
use paysage_models::BoltzmannMachine;

use crate::{Callback, CallbackError, Control, Epoch, FinishedBatch, Snapshot};

/// Writes the training state to a file after epochs, at the end, and at a stop.
///
/// After an epoch the state is written if that keeps the time spent on writing below `share` of
/// the time of training: a state of gigabytes is not written every epoch. At the end of training
/// and at a stop, within an epoch too, the state is always written. After a crash at most
/// 1/`share` times the duration of one write is lost, and the epoch that was running.
///
/// ```
/// use paysage_training::Checkpoints;
///
/// let checkpoints = Checkpoints { share: 0.01, ..Checkpoints::new("run/state.safetensors") };
/// # let _ = checkpoints;
/// ```
#[derive(Clone, Debug)]
pub struct Checkpoints {
    /// The file.
    pub path: PathBuf,
    /// The largest fraction of the time that may be spent on writing; 0.05 by default.
    pub share: f64,
    /// When the last write ended, and how long it took.
    pub last: Option<(Instant, Duration)>,
    /// Whether the state in the file is the current one.
    pub is_current: bool,
}

impl Checkpoints {
    /// Checkpoints in this file, in at most 5 % of the time.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            share: 0.05,
            last: None,
            is_current: false,
        }
    }

    pub(crate) fn is_due(&self) -> bool {
        self.last.is_none_or(|(end, duration)| {
            end.elapsed().as_secs_f64() * self.share >= duration.as_secs_f64()
        })
    }

    fn write<L: Stored>(&mut self, state: &Snapshot<'_, L>) -> Result<(), CallbackError> {
        self.write_after(state, |_| Ok(()))
    }

    /// Writes the state after something else, whose time counts as well.
    pub(crate) fn write_after<L: Stored>(
        &mut self,
        state: &Snapshot<'_, L>,
        before: impl FnOnce(&BoltzmannMachine<L>) -> Result<(), CallbackError>,
    ) -> Result<(), CallbackError> {
        let start = Instant::now();
        before(state.machine)?;
        state.save(&self.path)?;
        self.last = Some((Instant::now(), start.elapsed()));
        self.is_current = true;
        Ok(())
    }
}

impl<L: Stored> Callback<L> for Checkpoints {
    fn after_batch(&mut self, _batch: &FinishedBatch) -> Control {
        self.is_current = false;
        Control::Continue
    }

    fn after_epoch(&mut self, epoch: &mut Epoch<'_, L>) -> Result<Control, CallbackError> {
        self.is_current = false;
        if self.is_due() {
            self.write(&epoch.snapshot())?;
        }
        Ok(Control::Continue)
    }

    fn at_end(&mut self, end: &Snapshot<'_, L>) -> Result<(), CallbackError> {
        if !self.is_current {
            self.write(end)?;
        }
        Ok(())
    }
}
