//! Why a model cannot be written for another library.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::ExportFormat;

/// Why a model cannot be written in a format.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// No machine of rbms expresses the model.
    #[error(
        "rbms has restricted Boltzmann machines of bernoulli or onehot visible and bernoulli hidden units \
         (spins are translated), but this model is {machine}: use the format npz"
    )]
    NotOfRbms {
        /// The kinds of the layers of the model.
        machine: String,
    },
    /// The file could not be written.
    #[error("{}: {source}: choose a folder that exists, can be written and has room", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Not the name of a format.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected one of {}, got {found:?}", ExportFormat::ALL.map(ExportFormat::name).join(", "))]
pub struct UnknownExportFormat {
    /// The name given.
    pub(crate) found: String,
}
