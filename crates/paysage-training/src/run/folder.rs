//! The folder of a run.

use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use paysage_data::replace_file;

use super::{RunError, Settings};

/// The files of a run: `model.safetensors`, `metrics.jsonl`, `config.toml`, `report.html`,
/// `figures/*.png` and `checkpoint/state.safetensors`.
#[derive(Clone, Debug)]
pub struct RunFolder(PathBuf);

/// The lock of a run's folder. Another process cannot train in the folder until this is dropped, or
/// its process has ended in whatever way.
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

    /// The model, as of the last epoch that was kept.
    #[must_use]
    pub fn model(&self) -> PathBuf {
        self.0.join("model.safetensors")
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

    /// The schema of the columns: a copy of the one in the model, to be changed and used for another run.
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

    fn checkpoints(&self) -> PathBuf {
        self.0.join("checkpoint")
    }

    /// The settings of the run in this folder.
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
        Settings::read(&self.config())
    }

    /// Creates the folder where there is none, and locks it.
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

    /// Locks the folder where a run is in it already.
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

    /// Checks that a new run with these settings may use the folder, without writing. A folder with a
    /// run is refused, unless that run has the same settings and no checkpoint, and so is one with
    /// results of unknown origin.
    ///
    /// # Errors
    ///
    /// When the folder holds something else, or its settings cannot be read.
    pub fn check_free(&self, settings: &Settings) -> Result<(), RunError> {
        let folder = || self.0.clone();
        let results = [self.checkpoint(), self.model(), self.metrics()];
        if self.config().exists() {
            let mut differences = Settings::read(&self.config())?.differences(settings);
            if !differences.is_empty() && results.iter().any(|file| file.exists()) {
                return Err(RunError::OtherSettings {
                    folder: folder(),
                    difference: differences.swap_remove(0),
                });
            }
            // Also with the same settings: the result of a long run is not thrown away by mistake.
            if self.checkpoint().exists() {
                return Err(RunError::Occupied { folder: folder() });
            }
            return Ok(());
        }
        let mut found = results.into_iter().chain([self.report()]);
        match found.find(|file| file.exists()) {
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
        make(&self.figures())?;
        make(&self.checkpoints())?;
        for old in [
            self.checkpoint(),
            self.model(),
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

    /// Removes the metrics of epochs after a checkpoint, so that they are written again.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written.
    pub fn keep_metrics(&self, epochs: usize) -> Result<(), RunError> {
        let path = self.metrics();
        let text = match fs::read_to_string(&path) {
            Err(source) if source.kind() == ErrorKind::NotFound => return Ok(()),
            text => text.map_err(|source| unreadable(&path, source))?,
        };
        // A line may be cut short where the process was killed.
        let lines = text.split_inclusive('\n').take(epochs);
        let kept: String = lines.filter(|line| line.ends_with('\n')).collect();
        write(&path, &kept)
    }
}

impl Settings {
    /// The settings of a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or holds no settings.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let text = fs::read_to_string(path).map_err(|source| unreadable(path, source))?;
        Self::from_toml(&text).map_err(|fault| {
            let before = &text[..fault.span().map_or(0, |span| span.start)];
            RunError::BadSettings {
                path: path.to_owned(),
                line: before.matches('\n').count() + 1,
                column: before.chars().rev().take_while(|&c| c != '\n').count() + 1,
                message: plain(fault.message()),
            }
        })
    }
}

/// The message of the TOML reader, without the names of Rust's types.
fn plain(message: &str) -> String {
    let message = message.replace("expected usize", "expected a whole number from 0");
    let message = message.replace("expected u64", "expected a whole number from 0");
    let message = message.replace("expected f64", "expected a number");
    message.replace("expected f32", "expected a number")
}

fn make(folder: &Path) -> Result<(), RunError> {
    fs::create_dir_all(folder).map_err(|source| unwritable(folder, source))
}

fn write(path: &Path, text: &str) -> Result<(), RunError> {
    let written = replace_file(path, |out| out.write_all(text.as_bytes()));
    written.map_err(|source| unwritable(path, source))
}

fn unwritable(path: &Path, source: io::Error) -> RunError {
    RunError::Unwritable {
        path: path.to_owned(),
        source,
    }
}

fn unreadable(path: &Path, source: io::Error) -> RunError {
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

    #[test]
    fn metrics_after_a_checkpoint_are_removed() {
        let (_parent, folder) = folder();
        folder.keep_metrics(3).expect("no metrics yet");
        folder.start(&Settings::default()).expect("a new folder");
        fs::write(folder.metrics(), "1\n2\n3\n4").expect("written");
        folder.keep_metrics(9).expect("kept");
        assert_eq!(
            fs::read_to_string(folder.metrics()).expect("text"),
            "1\n2\n3\n"
        );
        folder.keep_metrics(2).expect("kept");
        assert_eq!(
            fs::read_to_string(folder.metrics()).expect("text"),
            "1\n2\n"
        );
    }

    #[test]
    fn faults_of_settings_name_their_place() {
        let (_parent, folder) = folder();
        folder.start(&Settings::default()).expect("a new folder");
        fs::write(folder.config(), "epochs = 3\nchains = \"many\"\n").expect("written");
        let fault = folder.settings().expect_err("no number").to_string();
        assert!(
            fault.contains("config.toml: line 2, column 10: "),
            "{fault}"
        );
        assert!(fault.contains("expected a whole number"), "{fault}");
    }
}
