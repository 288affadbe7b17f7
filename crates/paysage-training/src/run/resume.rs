//! Continuing a run.

use super::{Difference, Earlier, RunError, RunFolder, Settings};

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
