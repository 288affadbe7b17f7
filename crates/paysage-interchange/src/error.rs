//! Why a model of another library cannot be read.

use paysage_data::{DataError, one_line};
use paysage_models::ModelFileError;
use thiserror::Error;

use crate::Format;

/// Why a file, or arrays, are no model that can be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The layers and connections do not make a machine.
    #[error(transparent)]
    Model(#[from] ModelFileError),
    /// The file is of no format that is read.
    #[error(
        "{file}: no model of a library that is read: expected a file of Paysage 0.2, rbms or \
         RestrictedBoltzmannMachines.jl (HDF5), or the arrays of scikit-learn's BernoulliRBM (.npz)"
    )]
    UnknownFormat {
        /// The file.
        file: String,
    },
    /// The file does not have what every file of the format has.
    #[error("{file}: has no {}, which a file of {format} has: choose another format", one_line(.missing))]
    NotOfFormat {
        /// The file.
        file: String,
        /// The format that was expected.
        format: Format,
        /// What is missing.
        missing: String,
    },
    /// A setting that the format does not have.
    #[error("{file}: a file of {format} has {reason}: leave the option out")]
    NoSuchSetting {
        /// The file.
        file: String,
        /// The format.
        format: Format,
        /// Why the setting has no meaning.
        reason: &'static str,
    },
    /// No machine of this library expresses the model.
    #[error("{file}: {} cannot be expressed: {known}", one_line(.what))]
    Unsupported {
        /// The file.
        file: String,
        /// What cannot be expressed.
        what: String,
        /// What can.
        known: &'static str,
    },
    /// An array of another shape than the model needs.
    #[error("{array}: has the shape {found:?}, expected {expected}")]
    Shape {
        /// The array, with its file.
        array: String,
        /// Its extents.
        found: Vec<usize>,
        /// What is expected.
        expected: String,
    },
    /// A value that is not finite, or not possible.
    #[error("{array}: holds {value} at position {position} (counted from 0), expected {expected}")]
    Value {
        /// The array, with its file.
        array: String,
        /// The place of the value in the array, row by row.
        position: usize,
        /// The value.
        value: f32,
        /// What is expected.
        expected: &'static str,
    },
    /// There is no such epoch.
    #[error("{file}: has no {}: the epochs of the file are {}", named(.asked), listed(.found))]
    NoSuchEpoch {
        /// The file.
        file: String,
        /// The epoch that was asked for.
        asked: Option<u64>,
        /// The epochs of the file, in increasing order.
        found: Vec<u64>,
    },
    /// The description of the machine cannot be read.
    #[error("{file}: the description of the machine cannot be read: {}", one_line(.reason))]
    Description {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// The alphabet does not have the number of states of the sites.
    #[error(
        "{file}: the visible units have {states} states, but the alphabet has {letters} letters with the gap: \
         choose another alphabet"
    )]
    Alphabet {
        /// The file.
        file: String,
        /// States of a site; 0 where the visible units are no sites.
        states: usize,
        /// Letters of the alphabet, with the gap.
        letters: usize,
    },
}

fn named(epoch: &Option<u64>) -> String {
    match epoch {
        Some(epoch) => format!("epoch {epoch}"),
        None => "epoch".into(),
    }
}

/// At most ten epochs, and the last.
fn listed(epochs: &[u64]) -> String {
    let text = |epochs: &[u64]| epochs.iter().map(u64::to_string).collect::<Vec<_>>();
    match epochs {
        [] => "none".into(),
        [first @ .., last] if first.len() > 10 => {
            format!("{}, …, {last}", text(&first[..10]).join(", "))
        }
        _ => text(epochs).join(", "),
    }
}
