//! Why a file is not a model.

use std::path::PathBuf;

use thiserror::Error;

use crate::{MachineError, TensorFileError};

/// Why a model file could not be written or read.
#[derive(Debug, Error)]
pub enum ModelFileError {
    /// The file itself is at fault.
    #[error(transparent)]
    File(#[from] TensorFileError),
    /// The outline is not what it should be.
    #[error("{}: its description of the machine cannot be read: {source}", path.display())]
    BadOutline {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        source: serde_json::Error,
    },
    /// A version of the format that this program does not know.
    #[error("{}: format version {version}, but this program reads version 1", path.display())]
    UnknownVersion {
        /// The file.
        path: PathBuf,
        /// The version it states.
        version: u64,
    },
    /// The layers and connections do not make a machine.
    #[error("{}: {source}", path.display())]
    Machine {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: MachineError,
    },
    /// A layer has more units than the file has numbers for.
    #[error("{}: layer {layer} has {units} units, but there are {held} numbers for it", path.display())]
    Units {
        /// The file.
        path: PathBuf,
        /// The layer.
        layer: usize,
        /// Its units by the outline.
        units: usize,
        /// The numbers in its tensors.
        held: usize,
    },
    /// A tensor is not there.
    #[error("{}: tensor {name} is missing", path.display())]
    MissingTensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A tensor that the machine has no place for.
    #[error("{}: tensor {name} belongs to no layer or connection", path.display())]
    ExtraTensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A tensor of another shape than the machine needs.
    #[error("{}: tensor {name} is {found:?}, but its place is {expected:?}", path.display())]
    WrongShape {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Its shape in the file.
        found: Vec<usize>,
        /// The shape that fits.
        expected: Vec<usize>,
    },
}
