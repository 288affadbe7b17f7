//! The file of a training state.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use burn::tensor::Device;
use paysage_data::{ContentHash, one_line};
use paysage_layers::Stored;
use paysage_models::{
    BoltzmannMachine, ModelFileError, Record, RecordError, Scalar, TensorFile, TensorFileError,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a training state could not be written or read.
#[derive(Debug, Error)]
pub enum TrainingStateError {
    /// The file cannot be written or read.
    #[error(transparent)]
    File(#[from] TensorFileError),
    /// The machine in the file is invalid.
    #[error(transparent)]
    Machine(#[from] ModelFileError),
    /// The metadata cannot be read.
    #[error("{}: not a training state: {}", path.display(), one_line(&source.to_string()))]
    BadNote {
        /// The file.
        path: PathBuf,
        /// The error of the JSON reader.
        source: serde_json::Error,
    },
    /// A version of the format that this program does not read.
    #[error(
        "{}: the format version of this training state is {version}, but this program reads version {VERSION}: \
         resume it with the program that wrote it, or train again",
        path.display()
    )]
    UnknownVersion {
        /// The file.
        path: PathBuf,
        /// The version of the file; 0 for files from before there were versions.
        version: u64,
    },
    /// The content does not have its checksum.
    #[error(
        "{}: the content does not match its checksum: the file is damaged, use another copy",
        path.display()
    )]
    Checksum {
        /// The file.
        path: PathBuf,
    },
    /// The state of the optimizer or estimator is invalid, or of another type.
    #[error(
        "{}: {}: was the state saved with the same method and optimizer?",
        path.display(),
        one_line(&source.to_string())
    )]
    Record {
        /// The file.
        path: PathBuf,
        /// The first fault.
        source: RecordError,
    },
}

/// The version of the format.
const VERSION: u64 = 1;

/// The version in the metadata, which is read first: what is beside it may have changed with it.
#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    version: u64,
}

/// The metadata of the file.
#[derive(Serialize, Deserialize)]
struct Note {
    version: u64,
    /// The metadata of the model file.
    machine: String,
    scalars: BTreeMap<String, Scalar>,
    /// Over all the rest; left out while it is computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checksum: Option<ContentHash>,
}

const MACHINE: &str = "machine";
const STATE: &str = "state";

/// Writes a machine and the rest of its training state as one file, atomically.
pub(crate) fn write<L: Stored>(
    path: &Path,
    machine: &BoltzmannMachine<L>,
    record: Record,
) -> Result<(), TrainingStateError> {
    let TensorFile { tensors, note } = machine.to_file();
    let mut all = Record::default();
    let scalars = BTreeMap::new();
    all.nest(MACHINE, Record { tensors, scalars });
    all.nest(STATE, record);
    let mut file = TensorFile {
        tensors: all.tensors,
        note: String::new(),
    };
    let mut note = Note {
        version: VERSION,
        machine: note,
        scalars: all.scalars,
        checksum: None,
    };
    note.checksum = Some(checksum(&file, &note));
    file.note = to_json(&note);
    Ok(file.write(path)?)
}

/// Reads a machine and the rest of its training state.
pub(crate) fn read<L: Stored>(
    path: &Path,
    device: &Device,
) -> Result<(BoltzmannMachine<L>, Record), TrainingStateError> {
    let file = TensorFile::read(path)?;
    let bad = |source| TrainingStateError::BadNote {
        path: path.to_owned(),
        source,
    };
    let Version { version } = serde_json::from_str(&file.note).map_err(bad)?;
    if version != VERSION {
        return Err(TrainingStateError::UnknownVersion {
            path: path.to_owned(),
            version,
        });
    }
    let mut note: Note = serde_json::from_str(&file.note).map_err(bad)?;
    let found = note.checksum.take();
    if found != Some(checksum(&file, &note)) {
        return Err(TrainingStateError::Checksum {
            path: path.to_owned(),
        });
    }
    let mut all = Record {
        tensors: file.tensors,
        scalars: note.scalars,
    };
    let model = TensorFile {
        tensors: all.take_nested(MACHINE).tensors,
        note: note.machine,
    };
    let machine = BoltzmannMachine::from_file(model, path, device)?;
    let record = all.take_nested(STATE);
    let checked = all.finish();
    checked.map_err(|source| TrainingStateError::Record {
        path: path.to_owned(),
        source,
    })?;
    Ok((machine, record))
}

/// The hash of a note without checksum and of all tensors with their names.
fn checksum(file: &TensorFile, note: &Note) -> ContentHash {
    let note = to_json(note);
    let tensors = file.tensors.iter();
    let tensors = tensors.flat_map(|(name, data)| [name.as_bytes(), data.as_bytes()]);
    ContentHash::of_bytes([note.as_bytes()].into_iter().chain(tensors))
}

fn to_json(note: &Note) -> String {
    serde_json::to_string(note).expect("a note is plain data")
}

#[cfg(test)]
mod tests;
