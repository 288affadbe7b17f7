//! Errors of the folder and the files of a run.

use std::{io, path::PathBuf};

use paysage_data::{Advice, DataError};
use paysage_models::ModelFileError;
use thiserror::Error;

use super::{Difference, SettingsError, resume::CHANGEABLE};
use crate::{MonitorsError, TrainingError, TrainingStateError};

/// Error of the folder of a run, of a settings file, or of a file that the settings name.
#[derive(Debug, Error)]
pub enum RunError {
    /// A setting that does not fit the machine.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A mask that cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Values that binary units do not take.
    #[error("{source}: {advice}")]
    Unprepared {
        /// The first value.
        source: DataError,
        /// What can be done.
        advice: Advice,
    },
    /// A metric that is not defined for the data or the machine.
    #[error(transparent)]
    Monitors(#[from] MonitorsError),
    /// The training failed, or would go on with other data.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// A checkpoint that cannot be read.
    #[error(transparent)]
    State(#[from] TrainingStateError),
    /// A model file that cannot be read.
    #[error(transparent)]
    Model(#[from] ModelFileError),
    /// The run is finished.
    #[error("{}: all {epochs} epochs are done: ask for more with --epochs", folder.display())]
    Done {
        /// The folder.
        folder: PathBuf,
        /// The number of epochs.
        epochs: usize,
    },
    /// The run has stopped early.
    #[error(
        "{}: training stopped early after epoch {epoch}: continue with a larger --patience",
        folder.display()
    )]
    StoppedEarly {
        /// The folder.
        folder: PathBuf,
        /// The last epoch.
        epoch: usize,
    },
    /// The folder has no run.
    #[error("{}: no run: there is no config.toml as `paysage train` writes it", folder.display())]
    NoRun {
        /// The folder.
        folder: PathBuf,
    },
    /// Another process trains in the folder.
    #[error("{}: another process trains in this folder: wait for it, or choose another", folder.display())]
    Locked {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder has a run with other settings.
    #[error(
        "{}: holds a run with other settings ({} is {} there and {} here): choose another folder, or \
         resume that run with --resume",
        folder.display(), difference.setting, difference.first, difference.second
    )]
    OtherSettings {
        /// The folder.
        folder: PathBuf,
        /// The first setting that differs.
        difference: Difference,
    },
    /// The folder has a run.
    #[error("{}: holds a run already: resume it with --resume, or choose another folder", folder.display())]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder has results without the settings of their run.
    #[error("{}: would be overwritten, and its folder has no config.toml: choose another folder", file.display())]
    UnknownFile {
        /// The file.
        file: PathBuf,
    },
    /// A finished run has no checkpoint to resume from.
    #[error("{}: no such file, so there is no epoch to resume from: train without --resume", checkpoint.display())]
    NoCheckpoint {
        /// The checkpoint.
        checkpoint: PathBuf,
    },
    /// A setting that a resumed run cannot change.
    #[error(
        "{}: {} is {} in this run, not {}: only {} may change",
        folder.display(), difference.setting, difference.first, difference.second, changeable()
    )]
    Changed {
        /// The folder.
        folder: PathBuf,
        /// The setting.
        difference: Difference,
    },
    /// An unknown key of a settings file, or an unknown value of a key that has a list of values.
    #[error(
        "{}: line {line}, column {column}: unknown {what} `{found}`: {}",
        path.display(),
        match nearest {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("expected one of `{}`", known.join("`, `")),
        }
    )]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// "key" or "value".
        what: &'static str,
        /// The key or the value.
        found: String,
        /// The most similar known name, where one is similar.
        nearest: Option<String>,
        /// The known names.
        known: Vec<String>,
    },
    /// A settings file with another fault.
    #[error("{}: line {line}, column {column}: {message}", path.display())]
    BadSettings {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The message of the reader.
        message: String,
    },
    /// A line of the metrics that is not the metrics of an epoch.
    #[error("{}: line {line}: {source}", path.display())]
    BadMetrics {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The error of the JSON reader.
        source: serde_json::Error,
    },
    /// A file that cannot be read.
    #[error("{}: {source}: expected a file that can be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A file or folder that cannot be written.
    #[error("{}: {source}: choose a folder that exists, can be written and has room", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}

/// The settings that a resumed run may change: "epochs, metrics and device".
fn changeable() -> String {
    match CHANGEABLE {
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
        [] => String::new(),
    }
}
