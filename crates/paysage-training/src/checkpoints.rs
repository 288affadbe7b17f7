//! Checkpoints during training.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use paysage_layers::Stored;
use paysage_models::BoltzmannMachine;

use crate::{Callback, CallbackError, CheckpointEvery, Control, Epoch, FinishedBatch, Snapshot};

/// Within an epoch the state is written after this time, if [`Checkpoints::every`] is not given.
const WITHIN_EPOCH: Duration = Duration::from_secs(600);

/// Writes the training state to a file after epochs, within long ones, at the end, and at a stop.
///
/// Where `every` is not given, the state is written after an epoch, and within one that takes longer than
/// ten minutes, if that keeps the time spent on writing below `share` of the time of training: a state of
/// gigabytes is not written every epoch. At the end of training and at a stop, within an epoch too, the state
/// is always written. After a crash at most 1/`share` times the duration of one write is lost, and the
/// epoch that was running.
///
/// The file is replaced atomically, and the one before it is kept beside it
/// ([`previous_checkpoint`]): [`TrainingState::load_last`](crate::TrainingState::load_last) reads the newest
/// one that is whole. A file that was there before this value was made is not kept: it may be damaged, and
/// the one before it the only whole one.
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
    /// When the state is written; by `share` where nothing is given.
    pub every: Option<CheckpointEvery>,
    /// The largest fraction of the time that may be spent on writing, where `every` is not given; 0.05 by
    /// default.
    pub share: f64,
    /// When this value was made.
    pub started: Instant,
    /// When the last write ended, and how long it took.
    pub last: Option<(Instant, Duration)>,
    /// Whether the state in the file is the current one.
    pub is_current: bool,
}

/// The checkpoint before the one in a file: `state.previous.safetensors` beside `state.safetensors`.
#[must_use]
pub fn previous_checkpoint(path: &Path) -> PathBuf {
    path.with_extension("previous.safetensors")
}

impl Checkpoints {
    /// Checkpoints in this file, in at most 5 % of the time.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            every: None,
            share: 0.05,
            started: Instant::now(),
            last: None,
            is_current: false,
        }
    }

    /// Whether there is a state in the file, or one before it.
    #[must_use]
    pub fn exist(&self) -> bool {
        self.path.exists() || previous_checkpoint(&self.path).exists()
    }

    /// Whether the state is to be written after an epoch of this number, or within one.
    pub(crate) fn is_due(&self, epoch: Option<usize>) -> bool {
        let (end, duration) = self.last.unwrap_or((self.started, Duration::ZERO));
        let passed = end.elapsed();
        match (self.every, epoch) {
            (Some(CheckpointEvery::Epochs(every)), Some(epoch)) => {
                epoch.is_multiple_of(every.get())
            }
            (Some(CheckpointEvery::Epochs(_)), None) => false,
            (Some(CheckpointEvery::Time(every)), _) => passed >= every,
            (None, epoch) => {
                let cheap = passed.as_secs_f64() * self.share >= duration.as_secs_f64();
                cheap && (epoch.is_some() || passed >= WITHIN_EPOCH)
            }
        }
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
        if self.last.is_some() {
            let previous = previous_checkpoint(&self.path);
            let kept = keep(&self.path, &previous);
            kept.map_err(|error| format!("{}: {error}", previous.display()))?;
        }
        state.save(&self.path)?;
        self.last = Some((Instant::now(), start.elapsed()));
        self.is_current = true;
        Ok(())
    }
}

/// Keeps a file, if there is one, under another name as well, before it is replaced.
fn keep(path: &Path, previous: &Path) -> io::Result<()> {
    let removed = fs::remove_file(previous);
    removed.or_else(|error| match error.kind() {
        ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    match fs::hard_link(path, previous) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        // A file system without links.
        Err(_) => fs::copy(path, previous).map(drop),
        Ok(()) => Ok(()),
    }
}

impl<L: Stored> Callback<L> for Checkpoints {
    fn after_batch(&mut self, _batch: &FinishedBatch) -> Control {
        self.is_current = false;
        Control::Continue
    }

    fn within_epoch(&mut self, state: &Snapshot<'_, L>) -> Result<(), CallbackError> {
        match self.is_due(None) {
            true => self.write(state),
            false => Ok(()),
        }
    }

    fn after_epoch(&mut self, epoch: &mut Epoch<'_, L>) -> Result<Control, CallbackError> {
        self.is_current = false;
        if self.is_due(Some(epoch.number)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_written_as_often_as_asked_for() {
        let of = |every: &str| Checkpoints {
            every: Some(every.parse().expect("valid")),
            ..Checkpoints::new("state.safetensors")
        };
        let epochs = of("3");
        let due = |checkpoints: &Checkpoints, epoch| checkpoints.is_due(Some(epoch));
        assert!(due(&epochs, 3) && due(&epochs, 6) && !due(&epochs, 4) && !epochs.is_due(None));
        let hour = of("3600s");
        assert!(!due(&hour, 3) && !hour.is_due(None));
        let ago = Instant::now().checked_sub(Duration::from_millis(10));
        let past = Checkpoints {
            last: Some((ago.expect("a clock"), Duration::ZERO)),
            ..of("0.01s")
        };
        assert!(due(&past, 1) && past.is_due(None));
        // Without a pace after every epoch, as long as writing is cheap, and not within short ones.
        let usual = Checkpoints::new("state.safetensors");
        assert!(due(&usual, 1) && !usual.is_due(None));
        let slow = Checkpoints {
            last: Some((Instant::now(), Duration::from_secs(60))),
            ..usual
        };
        assert!(!due(&slow, 1));
    }

    #[test]
    fn the_file_before_is_kept() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("state.safetensors");
        let previous = previous_checkpoint(&path);
        keep(&path, &previous).expect("nothing to keep");
        assert!(!previous.exists());
        for content in ["first", "second"] {
            paysage_data::replace_file(&path, |out| out.write_all(content.as_bytes()))
                .expect("written");
            keep(&path, &previous).expect("kept");
            assert_eq!(fs::read_to_string(&previous).expect("kept"), content);
        }
    }
}
