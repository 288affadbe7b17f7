//! Where batches come from.

use paysage_data::{DataError, Table};
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{Batch, BoltzmannMachine};

/// Rows to train on: those of a [`Table`], or what is made of them batch by batch.
pub trait Rows<L: Trainable>: Sync {
    /// How many there are.
    fn count(&self) -> usize;

    /// Checks that the visible units of a machine can take their values, of which some may be missing
    /// where so said.
    ///
    /// # Errors
    ///
    /// When they cannot.
    fn check(&self, machine: &BoltzmannMachine<L>, missing: bool) -> Result<(), DataError>;

    /// Some of them, by their places, on the device of a machine. A batch is a function of these,
    /// and of the key where the rows are draws.
    fn batch(&self, machine: &BoltzmannMachine<L>, indices: &[usize], key: RandomKey) -> Batch;
}

impl<L: Trainable> Rows<L> for Table {
    fn count(&self) -> usize {
        self.rows()
    }

    fn check(&self, machine: &BoltzmannMachine<L>, missing: bool) -> Result<(), DataError> {
        if missing {
            machine.check_known(self)
        } else {
            machine.check(self)
        }
    }

    fn batch(&self, machine: &BoltzmannMachine<L>, indices: &[usize], _key: RandomKey) -> Batch {
        machine.batch(self, indices)
    }
}
