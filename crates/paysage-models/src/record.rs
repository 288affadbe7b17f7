//! States as named tensors and numbers.

use std::collections::BTreeMap;

use burn::tensor::{Tensor, TensorCreationOptions, TensorData};
use paysage_kernels::Replayable;
use paysage_layers::Trainable;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::BoltzmannMachine;

/// Named tensors and scalars on the host: a state in the form that a file stores.
///
/// Names are joined by dots.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// The tensors; f32 or f64, and finite.
    pub tensors: BTreeMap<String, TensorData>,
    /// Counters, flags and texts.
    pub scalars: BTreeMap<String, Scalar>,
}

/// A scalar of a [`Record`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scalar {
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    UInt(u64),
    /// A real number.
    Float(f64),
    /// A flag.
    Bool(bool),
    /// A text.
    Text(String),
}

/// A state that is saved as a [`Record`] and restored from it, for machines of layers `L`.
///
/// ```
/// use paysage_kernels::default_device;
/// use paysage_layers::Bernoulli;
/// use paysage_models::{BoltzmannMachine, Recorded, State};
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(6, &device), Bernoulli::new(4, &device)];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let record = Recorded::<Bernoulli>::record(&machine.zeros(10));
/// assert_eq!(record.tensors.len(), 2);
/// assert_eq!(State::restore(record, &machine)?.batch(), 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Recorded<L: Trainable>: Replayable + Sized + Send {
    /// The state as tensors and scalars. Reads the tensors from the device.
    fn record(&self) -> Record;

    /// The state of a record, on the device of a machine and in its float type.
    ///
    /// # Errors
    ///
    /// When something is missing, superfluous, or does not fit the machine.
    fn restore(record: Record, machine: &BoltzmannMachine<L>) -> Result<Self, RecordError>;
}

/// Why a [`Record`] is not a state.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RecordError {
    /// A tensor or scalar is missing.
    #[error("{name} is missing or of another type")]
    Missing {
        /// The name.
        name: String,
    },
    /// A tensor has another shape.
    #[error("{name} has shape {found:?}, expected {expected:?}")]
    Shape {
        /// The name.
        name: String,
        /// The shape found.
        found: Vec<usize>,
        /// The shape that fits the machine.
        expected: Vec<usize>,
    },
    /// A tensor or scalar belongs to nothing.
    #[error("{name} belongs to no part of the state")]
    Unexpected {
        /// The name.
        name: String,
    },
}

impl Record {
    /// Whether there is neither tensor nor scalar.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty() && self.scalars.is_empty()
    }

    /// Adds a tensor.
    pub fn put<const D: usize>(&mut self, name: impl Into<String>, tensor: &Tensor<D>) {
        self.tensors.insert(name.into(), tensor.to_data());
    }

    /// Adds a whole record under a name.
    pub fn nest(&mut self, name: &str, inner: Self) {
        let tensors = inner.tensors.into_iter();
        self.tensors
            .extend(tensors.map(|(key, x)| (format!("{name}.{key}"), x)));
        let scalars = inner.scalars.into_iter();
        self.scalars
            .extend(scalars.map(|(key, x)| (format!("{name}.{key}"), x)));
    }

    /// Takes out the record under a name; it is empty where there is none.
    #[must_use]
    pub fn take_nested(&mut self, name: &str) -> Self {
        let prefix = format!("{name}.");
        Self {
            tensors: take_prefixed(&mut self.tensors, &prefix),
            scalars: take_prefixed(&mut self.scalars, &prefix),
        }
    }

    /// Takes out a tensor of any shape of `D` dimensions.
    ///
    /// # Errors
    ///
    /// When it is missing or has another number of dimensions.
    pub fn take<const D: usize>(
        &mut self,
        name: &str,
        options: impl Into<TensorCreationOptions>,
    ) -> Result<Tensor<D>, RecordError> {
        let data = self.tensors.remove(name);
        let data = data.filter(|data| data.shape().as_slice().len() == D);
        let missing = || RecordError::Missing { name: name.into() };
        Ok(Tensor::from_data(data.ok_or_else(missing)?, options))
    }

    /// Takes out an unsigned integer.
    ///
    /// # Errors
    ///
    /// When it is missing or another type of scalar.
    pub fn take_uint(&mut self, name: &str) -> Result<u64, RecordError> {
        match self.scalars.remove(name) {
            Some(Scalar::UInt(x)) => Ok(x),
            _ => Err(RecordError::Missing { name: name.into() }),
        }
    }

    /// Checks that nothing is left.
    ///
    /// # Errors
    ///
    /// With the first tensor or scalar that is.
    pub fn finish(self) -> Result<(), RecordError> {
        let mut names = self.tensors.into_keys().chain(self.scalars.into_keys());
        match names.next() {
            Some(name) => Err(RecordError::Unexpected { name }),
            None => Ok(()),
        }
    }
}

fn take_prefixed<T>(map: &mut BTreeMap<String, T>, prefix: &str) -> BTreeMap<String, T> {
    let taken = map.extract_if(.., |key, _| key.starts_with(prefix));
    taken
        .map(|(key, x)| (key[prefix.len()..].to_owned(), x))
        .collect()
}

/// Nothing to save.
impl<L: Trainable> Recorded<L> for () {
    fn record(&self) -> Record {
        Record::default()
    }

    fn restore(record: Record, _machine: &BoltzmannMachine<L>) -> Result<Self, RecordError> {
        record.finish()
    }
}

/// An empty record is `None`.
impl<L: Trainable, T: Recorded<L>> Recorded<L> for Option<T> {
    fn record(&self) -> Record {
        self.as_ref().map(Recorded::record).unwrap_or_default()
    }

    fn restore(record: Record, machine: &BoltzmannMachine<L>) -> Result<Self, RecordError> {
        match record.is_empty() {
            true => Ok(None),
            false => T::restore(record, machine).map(Some),
        }
    }
}
