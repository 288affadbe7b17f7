//! All that is needed to go on.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use burn::tensor::{Device, Tensor, TensorData};
use paysage_layers::Stored;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, ModelFileError, State, TensorFile, TensorFileError};
use paysage_optimizers::{OptimizerScalar, OptimizerState};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Epoch;

/// The state of a training after an epoch: machine, optimizer, chains, and how many epochs are
/// done. Going on from it gives bit for bit what training without a stop would have given.
#[derive(Clone, Debug)]
pub struct Checkpoint<L: Trainable> {
    /// The epochs that are done.
    pub epochs: usize,
    /// The machine.
    pub machine: BoltzmannMachine<L>,
    /// What the optimizer remembers.
    pub optimizer: OptimizerState,
    /// The chains that the estimator carries on.
    pub chains: Option<State>,
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
    /// A tensor of the chains is not there, or not of the shape of its layer.
    #[error("{}: the chains of layer {layer} are missing or misshapen", path.display())]
    Chains {
        /// The file.
        path: PathBuf,
        /// The layer.
        layer: usize,
    },
}

/// What the file says beside its tensors.
#[derive(Serialize, Deserialize)]
struct Note {
    epochs: usize,
    /// The note of the model file.
    machine: String,
    scalars: BTreeMap<String, OptimizerScalar>,
    /// How many layers have chains.
    chains: usize,
}

const MACHINE: &str = "machine.";
const OPTIMIZER: &str = "optimizer.";
const CHAINS: &str = "chains.";

impl<L: Stored> Checkpoint<L> {
    /// The state after an epoch.
    #[must_use]
    pub fn of(epoch: &Epoch<'_, L>) -> Self {
        Self {
            epochs: epoch.number,
            machine: epoch.machine.clone(),
            optimizer: (epoch.optimizer)(),
            chains: epoch.chains.cloned(),
        }
    }

    /// Writes the checkpoint as one file, atomically.
    ///
    /// # Errors
    ///
    /// When a number is not finite or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), CheckpointError> {
        let machine = self.machine.to_file();
        let chains = self.chains.iter().flat_map(|state| &state.layers);
        let chains: Vec<TensorData> = chains.map(Tensor::to_data).collect();
        let note = Note {
            epochs: self.epochs,
            machine: machine.note,
            scalars: self.optimizer.scalars.clone(),
            chains: chains.len(),
        };
        let prefixed = |prefix: &'static str| move |(name, data)| (format!("{prefix}{name}"), data);
        let numbered = |(i, data)| (format!("{CHAINS}{i}"), data);
        let machine = machine.tensors.into_iter().map(prefixed(MACHINE));
        let optimizer = self.optimizer.tensors.clone().into_iter();
        let tensors = machine
            .chain(optimizer.map(prefixed(OPTIMIZER)))
            .chain(chains.into_iter().enumerate().map(numbered));
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
        let mut chains = under(CHAINS);
        let rows = chains.get("0").map_or(0, |data| data.shape().as_slice()[0]);
        let misplaced = |layer| CheckpointError::Chains {
            path: path.to_owned(),
            layer,
        };
        if note.chains > 0 && (note.chains != machine.layers.len() || rows == 0) {
            return Err(misplaced(note.chains.min(machine.layers.len())));
        }
        let layers = (0..note.chains).map(|layer| {
            let data = chains.remove(&layer.to_string());
            let shape = [rows, machine.layers[layer].units()];
            let data = data.filter(|data| data.shape().as_slice() == shape);
            let data = data.ok_or_else(|| misplaced(layer))?;
            Ok(Tensor::from_data(data, (device, machine.dtype())))
        });
        let layers: Vec<Tensor<2>> = layers.collect::<Result<_, CheckpointError>>()?;
        Ok(Self {
            epochs: note.epochs,
            optimizer: OptimizerState {
                tensors: optimizer,
                scalars: note.scalars,
            },
            chains: (!layers.is_empty()).then_some(State { layers }),
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
