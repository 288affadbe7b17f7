//! The folder of a run.

use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use paysage_data::replace_file;

use super::{RunError, Settings};
use crate::{Checkpoints, previous_checkpoint};

/// The files of a run: `model.safetensors`, `metrics.jsonl`, `config.toml`, `report.html`,
/// `figures/*.png`, `checkpoint/state.safetensors`, during layerwise training `checkpoint/layer-*.safetensors`, and where they are
/// asked for, `best.safetensors` and `models/epoch-*.safetensors`.
#[derive(Clone, Debug)]
pub struct RunFolder(PathBuf);

/// The lock of a run's folder: another process cannot train in it until the lock is dropped or this
/// process ends.
#[derive(Debug)]
pub struct RunLock(#[expect(dead_code, reason = "the lock is held by the open file")] File);

impl RunFolder {
    /// The folder at a path, which need not exist yet.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The folder of temporary files: this one, or the nearest one above it that exists.
    #[must_use]
    pub fn temporary(&self) -> PathBuf {
        let mut folders = self.0.ancestors();
        match folders.find(|folder| folder.is_dir()) {
            Some(folder) => folder.to_owned(),
            None => PathBuf::from("."),
        }
    }

    /// The metrics, one line of JSON for each epoch.
    #[must_use]
    pub fn metrics(&self) -> PathBuf {
        self.0.join("metrics.jsonl")
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    /// The schema of the columns: a copy of that in the model file, which can be edited for another run.
    #[must_use]
    pub fn schema(&self) -> PathBuf {
        self.0.join("schema.toml")
    }

    /// The report.
    #[must_use]
    pub fn report(&self) -> PathBuf {
        self.0.join("report.html")
    }

    /// The folder of the figures.
    #[must_use]
    pub fn figures(&self) -> PathBuf {
        self.0.join("figures")
    }

    /// The training state, as of the last checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> PathBuf {
        self.checkpoints().join("state.safetensors")
    }

    /// Whether there is a checkpoint. A run that was killed early has none yet.
    #[must_use]
    pub fn has_checkpoint(&self) -> bool {
        Checkpoints::new(self.checkpoint()).exist()
    }

    pub(super) fn checkpoints(&self) -> PathBuf {
        self.0.join("checkpoint")
    }

    /// The settings of the run in this folder, [settled](Settings::settled): a key that did not exist
    /// when the run was made has its default.
    ///
    /// # Errors
    ///
    /// When there is no run, or its settings cannot be read.
    pub fn settings(&self) -> Result<Settings, RunError> {
        if !self.config().exists() {
            return Err(RunError::NoRun {
                folder: self.0.clone(),
            });
        }
        Ok(Settings::read(&self.config())?.settled())
    }

    /// Creates the folder if it does not exist, and locks it.
    ///
    /// # Errors
    ///
    /// [`RunError::Locked`] while another process trains in the folder, or when the folder cannot be
    /// created or written.
    pub fn lock(&self) -> Result<RunLock, RunError> {
        make(&self.checkpoints())?;
        let path = self.checkpoints().join("lock");
        let file = File::create(&path).map_err(|source| unwritable(&path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(RunLock(file)),
            Err(TryLockError::WouldBlock) => Err(RunError::Locked {
                folder: self.0.clone(),
            }),
            Err(TryLockError::Error(source)) => Err(unwritable(&path, source)),
        }
    }

    /// Locks the folder if it has a run.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock).
    pub fn lock_existing(&self) -> Result<Option<RunLock>, RunError> {
        match self.checkpoints().is_dir() {
            true => self.lock().map(Some),
            false => Ok(None),
        }
    }

    /// Checks that a new run with these settings may use the folder, without writing. The folder is
    /// refused if it has a run with other settings or with a checkpoint, also one of layerwise training, or results without settings.
    ///
    /// # Errors
    ///
    /// When the folder holds something else, or its settings cannot be read.
    pub fn check_free(&self, settings: &Settings) -> Result<(), RunError> {
        let folder = || self.0.clone();
        let results = [self.checkpoint(), self.model(), self.metrics()];
        let has_state = self.has_checkpoint() || self.has_stage_checkpoint();
        if self.config().exists() {
            let mut differences = self.settings()?.differences(settings);
            let has_results = has_state || results.iter().any(|file| file.exists());
            if !differences.is_empty() && has_results {
                return Err(RunError::OtherSettings {
                    folder: folder(),
                    difference: differences.swap_remove(0),
                });
            }
            // Also with the same settings, so that the result of a long run is not lost by mistake.
            if has_state {
                return Err(RunError::Occupied { folder: folder() });
            }
            return Ok(());
        }
        let stages = self.has_stage_checkpoint().then(|| self.stage(1));
        let mut found = results.into_iter().chain([self.report()]);
        match stages.or_else(|| found.find(|file| file.exists())) {
            Some(file) => Err(RunError::UnknownFile { file }),
            None => Ok(()),
        }
    }

    /// Prepares the folder for a new run and writes its settings.
    ///
    /// # Errors
    ///
    /// As [`check_free`](Self::check_free), and when the folder cannot be written.
    pub fn start(&self, settings: &Settings) -> Result<(), RunError> {
        self.check_free(settings)?;
        self.start_again(settings)
    }

    /// Prepares the folder for a run from the beginning, whatever results it has, and writes its settings. The
    /// training states of layerwise training stay
    /// ([`remove_stage_checkpoints`](Self::remove_stage_checkpoints)).
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub fn start_again(&self, settings: &Settings) -> Result<(), RunError> {
        make(&self.figures())?;
        make(&self.checkpoints())?;
        for old in [
            self.checkpoint(),
            previous_checkpoint(&self.checkpoint()),
            self.model(),
            self.best_model(),
            self.metrics(),
            self.report(),
            self.schema(),
        ] {
            match fs::remove_file(&old) {
                Err(source) if source.kind() != ErrorKind::NotFound => {
                    return Err(unwritable(&old, source));
                }
                _ => {}
            }
        }
        self.keep_models(0)?;
        self.write_settings(settings)
    }

    /// Creates the folder of the figures.
    ///
    /// # Errors
    ///
    /// When it cannot be created.
    pub fn make_figures(&self) -> Result<(), RunError> {
        make(&self.figures())
    }

    /// Writes the settings.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write_settings(&self, settings: &Settings) -> Result<(), RunError> {
        write(&self.config(), &settings.to_toml())
    }
}

pub(super) fn make(folder: &Path) -> Result<(), RunError> {
    fs::create_dir_all(folder).map_err(|source| unwritable(folder, source))
}

pub(super) fn write(path: &Path, text: &str) -> Result<(), RunError> {
    let written = replace_file(path, |out| out.write_all(text.as_bytes()));
    written.map_err(|source| unwritable(path, source))
}

pub(super) fn unwritable(path: &Path, source: io::Error) -> RunError {
    RunError::Unwritable {
        path: path.to_owned(),
        source,
    }
}

pub(super) fn unreadable(path: &Path, source: io::Error) -> RunError {
    RunError::Unreadable {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, RunFolder) {
        let parent = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::new(&parent.path().join("run"));
        (parent, folder)
    }

    #[test]
    fn a_folder_is_locked_while_a_run_is_in_it() {
        let (_parent, folder) = folder();
        let lock = folder.lock().expect("free");
        let fault = folder.lock().expect_err("locked");
        assert!(matches!(fault, RunError::Locked { .. }), "{fault}");
        drop(lock);
        folder.lock().expect("free again");
    }

    #[test]
    fn results_are_not_overwritten() {
        let (_parent, folder) = folder();
        let settings = Settings::default().settled();
        folder.start(&settings).expect("a new folder");
        folder.start(&settings).expect("nothing was kept yet");
        assert_eq!(folder.settings().expect("settings"), settings);

        fs::write(folder.checkpoint(), "state").expect("written");
        let fault = folder.start(&settings).expect_err("a run");
        assert!(matches!(fault, RunError::Occupied { .. }), "{fault}");
        let other = Settings {
            seed: 3,
            ..settings.clone()
        };
        let fault = folder.start(&other).expect_err("another run");
        assert!(
            fault.to_string().contains("seed is 0 there and 3 here"),
            "{fault}"
        );

        fs::remove_file(folder.config()).expect("removed");
        let fault = folder
            .start(&settings)
            .expect_err("files of unknown origin");
        assert!(matches!(fault, RunError::UnknownFile { .. }), "{fault}");
    }
}
