//! Why a file is not a model.

use std::path::PathBuf;

use paysage_data::{DataError, LayoutError, one_line};
use thiserror::Error;

use crate::{LayoutWidth, MachineError, TensorFileError};

/// Why a model file could not be written or read.
#[derive(Debug, Error)]
pub enum ModelFileError {
    /// The file itself is at fault.
    #[error(transparent)]
    File(#[from] TensorFileError),
    /// The outline cannot be read.
    #[error(
        "{}: its description of the machine cannot be read: {}",
        path.display(),
        one_line(&source.to_string())
    )]
    BadOutline {
        /// The file.
        path: PathBuf,
        /// The error of the reader.
        source: serde_json::Error,
    },
    /// A version of the format that this program does not know.
    #[error("{}: the format version is {version}, but this program reads versions 1 to {newest}: use a newer \
        program", path.display())]
    UnknownVersion {
        /// The file.
        path: PathBuf,
        /// The version of the file.
        version: u64,
        /// The newest version that is read.
        newest: u64,
    },
    /// A layer is visible by its role and not by the list of visible layers, or the reverse.
    #[error("{}: the role of layer {layer} contradicts the list of visible layers", path.display())]
    Role {
        /// The file.
        path: PathBuf,
        /// The layer.
        layer: usize,
    },
    /// A layer is an input.
    #[error("{}: layer {layer} is an input layer: conditional machines are not supported", path.display())]
    InputLayer {
        /// The file.
        path: PathBuf,
        /// The layer.
        layer: usize,
    },
    /// The layout does not fit the machine.
    #[error("{}: {source}: the file belongs to another model or is damaged", path.display())]
    Layout {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: LayoutWidth,
    },
    /// The parts of the layout contradict one another.
    #[error("{}: the layout of the columns is damaged: {source}", path.display())]
    BadLayout {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: LayoutError,
    },
    /// The schema beside a file of version 1 is at fault.
    #[error(transparent)]
    Schema {
        /// What is wrong, with the name of the file.
        source: DataError,
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
    #[error("{}: tensor {} belongs to no layer or connection", path.display(), one_line(name))]
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
