//! Why the folder of a run cannot be used.

use std::{io, path::PathBuf};

use paysage_data::DataError;
use thiserror::Error;

use super::{Difference, SettingsError};

/// A fault of the folder of a run, of a settings file, or of another file that the settings name.
#[derive(Debug, Error)]
pub enum RunError {
    /// A setting that does not fit the machine.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A mask that cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The folder holds no run.
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
    /// The folder holds a run with other settings.
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
    /// The folder holds a run.
    #[error("{}: holds a run already: resume it with --resume, or choose another folder", folder.display())]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder holds results without the settings of their run.
    #[error("{}: would be overwritten, and its folder has no config.toml: choose another folder", file.display())]
    UnknownFile {
        /// The file.
        file: PathBuf,
    },
    /// There is no checkpoint to resume from.
    #[error("{}: no such file, so there is no epoch to resume from: train without --resume", checkpoint.display())]
    NoCheckpoint {
        /// The checkpoint.
        checkpoint: PathBuf,
    },
    /// A setting that a resumed run cannot change.
    #[error(
        "{}: {} is {} in this run, not {}: only epochs, learning-rate, metrics-every, \
         likelihood-every, no-figures and device may change",
        folder.display(), difference.setting, difference.first, difference.second
    )]
    Changed {
        /// The folder.
        folder: PathBuf,
        /// The setting.
        difference: Difference,
    },
    /// A settings file with a fault.
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
    /// A file that cannot be read.
    #[error("{}: {source}: expected a file that can be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A file or folder that cannot be written.
    #[error("{}: {source}: choose a folder that can be written", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}
