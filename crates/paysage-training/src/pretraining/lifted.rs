//! Rows of a hidden layer, made of a table batch by batch.

use paysage_data::{DataError, Table};
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{Batch, BoltzmannMachine};

use super::stage::{Pair, repeated};
use crate::Rows;

/// The rows of a table, carried up through trained pairs and shown to each copy of the layer that
/// they are of: a new draw whenever they are asked for.
pub(super) struct Lifted<'a, L: Trainable> {
    pub(super) table: &'a Table,
    pub(super) below: &'a [Pair<L>],
    pub(super) copies: usize,
}

impl<L: Trainable> Rows<L> for Lifted<'_, L> {
    fn count(&self) -> usize {
        self.table.rows()
    }

    /// The table was checked, and what layers draw they can take.
    fn check(&self, _machine: &BoltzmannMachine<L>, _missing: bool) -> Result<(), DataError> {
        Ok(())
    }

    fn batch(&self, machine: &BoltzmannMachine<L>, indices: &[usize], key: RandomKey) -> Batch {
        let rows = machine.batch(self.table, indices);
        let below = self.below.iter().enumerate();
        let rows = below.fold(rows, |rows, (level, pair)| {
            pair.lifted(rows, key.split(level as u64))
        });
        repeated(rows, self.copies)
    }
}
