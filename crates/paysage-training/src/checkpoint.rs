//! All that is needed to go on.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use burn::tensor::{Device, Tensor, TensorData};
use paysage_layers::Stored;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Memory, ModelFileError, TensorFile, TensorFileError};
use paysage_optimizers::{OptimizerScalar, OptimizerState};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Epoch;

/// The state of a training after an epoch: machine, optimizer, what the estimator carries on, and how
/// many epochs are done. Going on from it gives bit for bit what training without a stop would have given.
#[derive(Clone, Debug)]
pub struct Checkpoint<L: Trainable> {
    /// The epochs that are done.
    pub epochs: usize,
    /// The machine.
    pub machine: BoltzmannMachine<L>,
    /// What the optimizer remembers.
    pub optimizer: OptimizerState,
    /// What the estimator carries on.
    pub memory: Memory,
}

/// Why a checkpoint could not be written or read.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file is at fault.
    #[error(transparent)]
    File(#[from] TensorFileError),
    /// The machine in it is at fault.
    #[error(transparent)]
    Machine(#[from] ModelFileError),
    /// The note cannot be read.
    #[error("{}: not a checkpoint: {source}", path.display())]
    BadNote {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        source: serde_json::Error,
    },
    /// What the optimizer remembers of a parameter does not have its shape.
    #[error("{}: the optimizer's {name} does not have the shape of its parameter", path.display())]
    Memory {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A tensor of the estimator is not there, or not as wide as its layer.
    #[error("{}: the estimator's {name} is missing or misshapen", path.display())]
    Estimator {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
}

/// What the file says beside its tensors.
#[derive(Serialize, Deserialize)]
struct Note {
    epochs: usize,
    /// The note of the model file.
    machine: String,
    scalars: BTreeMap<String, OptimizerScalar>,
    /// The names and layers of what the estimator carries on.
    estimator: Vec<(String, usize)>,
}

const MACHINE: &str = "machine.";
const OPTIMIZER: &str = "optimizer.";
const ESTIMATOR: &str = "estimator.";

impl<L: Stored> Checkpoint<L> {
    /// The state after an epoch.
    #[must_use]
    pub fn of(epoch: &Epoch<'_, L>) -> Self {
        Self {
            epochs: epoch.number,
            machine: epoch.machine.clone(),
            optimizer: (epoch.optimizer)(),
            memory: (epoch.memory)(),
        }
    }

    /// Writes the checkpoint as one file, atomically.
    ///
    /// # Errors
    ///
    /// When a number is not finite or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), CheckpointError> {
        let machine = self.machine.to_file();
        let note = Note {
            epochs: self.epochs,
            machine: machine.note,
            scalars: self.optimizer.scalars.clone(),
            estimator: self.memory.tensors.keys().cloned().collect(),
        };
        let prefixed = |prefix: &'static str| move |(name, data)| (format!("{prefix}{name}"), data);
        let carried = self.memory.tensors.iter();
        let carried =
            carried.map(|((name, layer), x)| (format!("{ESTIMATOR}{name}.{layer}"), x.to_data()));
        let machine = machine.tensors.into_iter().map(prefixed(MACHINE));
        let optimizer = self.optimizer.tensors.clone().into_iter();
        let tensors = machine
            .chain(optimizer.map(prefixed(OPTIMIZER)))
            .chain(carried);
        let file = TensorFile {
            tensors: tensors.collect(),
            note: serde_json::to_string(&note).expect("a note is plain data"),
        };
        Ok(file.write(path)?)
    }

    /// Reads a checkpoint onto a device.
    ///
    /// # Errors
    ///
    /// When the file is not a whole checkpoint whose parts fit together.
    pub fn load(path: &Path, device: &Device) -> Result<Self, CheckpointError> {
        let TensorFile { tensors, note } = TensorFile::read(path)?;
        let note: Note =
            serde_json::from_str(&note).map_err(|source| CheckpointError::BadNote {
                path: path.to_owned(),
                source,
            })?;
        let under = |prefix: &str| -> BTreeMap<String, TensorData> {
            let within = |(name, data): (&String, &TensorData)| {
                Some((name.strip_prefix(prefix)?.to_owned(), data.clone()))
            };
            tensors.iter().filter_map(within).collect()
        };
        let model = TensorFile {
            tensors: under(MACHINE),
            note: note.machine,
        };
        let machine = BoltzmannMachine::<L>::from_file(model, path, device)?;
        let optimizer = under(OPTIMIZER);
        check_memory(path, &machine, &optimizer)?;
        let mut carried = under(ESTIMATOR);
        let carried = note.estimator.into_iter().map(|(of, layer)| {
            let name = format!("{of}.{layer}");
            let data = carried.remove(&name).filter(|data| {
                let units = machine.layers.get(layer).map(|layer| layer.units());
                matches!(*data.shape().as_slice(), [rows, width] if rows > 0 && Some(width) == units)
            });
            let data = data.ok_or_else(|| CheckpointError::Estimator {
                path: path.to_owned(),
                name,
            })?;
            let tensor = Tensor::from_data(data, (device, machine.dtype()));
            Ok(((of, layer), tensor))
        });
        let tensors = carried.collect::<Result<_, CheckpointError>>()?;
        Ok(Self {
            epochs: note.epochs,
            optimizer: OptimizerState {
                tensors: optimizer,
                scalars: note.scalars,
            },
            memory: Memory { tensors },
            machine,
        })
    }
}

/// Checks that every tensor of an optimizer belongs to a parameter and has its shape.
fn check_memory<L: Stored>(
    path: &Path,
    machine: &BoltzmannMachine<L>,
    memory: &BTreeMap<String, TensorData>,
) -> Result<(), CheckpointError> {
    let parameters = machine.to_file().tensors;
    for (name, data) in memory {
        let belongs = |(parameter, value): (&String, &TensorData)| {
            let rest = name.strip_prefix(parameter.as_str());
            rest.is_some_and(|rest| rest.starts_with('.')) && value.shape() == data.shape()
        };
        if !parameters.iter().any(belongs) {
            return Err(CheckpointError::Memory {
                path: path.to_owned(),
                name: name.clone(),
            });
        }
    }
    Ok(())
}
