//! Chains that belong to the rows of a table.

use std::collections::{BTreeMap, BTreeSet};

use burn::tensor::{Bool, IndexingUpdateOp, Int, Tensor, TensorData};
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{Batch, BoltzmannMachine, Memory, State};

use crate::{
    Conditions, Hold,
    data_phase::{MEAN_FIELD_SWEEPS, mean_field, what_is_known},
    phase::PhaseRows,
};

/// Chains that hold what is known of their row and go on whenever it is in a batch.
///
/// A chain starts from a mean-field draw. Of each the units are kept that its next sweep does not
/// begin by drawing: the hidden layers but those of the block of the first visible layer. They stay
/// on the device, `[rows of the table, units]` for each layer, where that is at most 2²⁸ numbers
/// together (1 GiB). Of a larger table, or of a batch that has a row twice, chains are not kept but
/// start anew from each batch.
#[derive(Clone, Debug)]
pub struct RowChains {
    /// The Gibbs sweeps of a chain whenever its row is in a batch, at least 1.
    pub sweeps: usize,
    /// The units by layer, [`NONE`] of a row without a chain: `[rows of the table, units]`.
    kept: BTreeMap<usize, Tensor<2>>,
    /// Which rows have a chain.
    begun: Vec<bool>,
}

/// The most numbers that all chains may have together.
const MOST_KEPT: usize = 1 << 28;

/// What no unit takes: finite, so that a checkpoint can hold it.
const NONE: f64 = f32::MAX as f64;

impl RowChains {
    /// No chains yet.
    #[must_use]
    pub fn new(sweeps: usize) -> Self {
        Self {
            sweeps,
            kept: BTreeMap::new(),
            begun: Vec::new(),
        }
    }

    /// The rows of a batch after the sweeps of their chains.
    pub(crate) fn show<L: Trainable>(
        &mut self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        key: RandomKey,
    ) -> PhaseRows {
        let held = what_is_known(machine, batch);
        let layers = kept_layers(machine, &held);
        let keeps = can_keep(machine, &layers, batch);
        if self.begun.len() != batch.of {
            self.kept.clear();
            self.begun = vec![false; batch.of];
        }
        let indices: Vec<i32> = batch.indices.iter().map(|&row| row as i32).collect();
        let indices = Tensor::from_data(indices.as_slice(), &machine.device());
        let is_kept = keeps && layers.iter().all(|layer| self.kept.contains_key(layer));
        let goes_on = |row: &usize| is_kept && self.begun[*row];
        let fresh = || {
            let key = key.split(self.sweeps as u64);
            mean_field(machine, batch, MEAN_FIELD_SWEEPS, key).draws(machine)
        };
        let gathered = || self.gathered(machine, batch, &layers, &held, &indices);
        let start = match batch.indices.iter().filter(|row| goes_on(row)).count() {
            0 => fresh(),
            all if all == batch.indices.len() => gathered(),
            // Some rows had been among rows that miss nothing, and needed no chain.
            _ => {
                let anew: Vec<bool> = batch.indices.iter().map(|row| !goes_on(row)).collect();
                let anew = TensorData::new(anew, [batch.indices.len(), 1]);
                let anew = Tensor::<2, Bool>::from_data(anew, &machine.device());
                let (mut start, fresh) = (gathered(), fresh());
                for (kept, fresh) in start.layers.iter_mut().zip(fresh.layers) {
                    let anew = anew.clone().expand(fresh.dims());
                    kept.inplace(|kept| kept.mask_where(anew, fresh));
                }
                start
            }
        };
        let rows = PhaseRows::after(machine, start, &held, self.sweeps, key);
        if keeps {
            self.keep(&rows.draws(machine), &layers, batch, &indices);
        }
        rows
    }

    /// The chains of the rows of a batch.
    fn gathered<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        layers: &[usize],
        held: &Conditions,
        indices: &Tensor<1, Int>,
    ) -> State {
        let mut state = machine.state_from_visible(batch.rows.clone());
        for layer in layers {
            let units = self.kept[layer].clone().select(0, indices.clone());
            let known = state.layers[*layer].clone();
            state.layers[*layer] = match held.clamp.hold(*layer) {
                Some(Hold::Units(mask)) => units.mask_where(mask.clone(), known),
                _ => units,
            };
        }
        state
    }

    fn keep(&mut self, chains: &State, layers: &[usize], batch: &Batch, indices: &Tensor<1, Int>) {
        for &layer in layers {
            let units = chains.layers[layer].clone();
            let options = (&units.device(), units.dtype());
            let empty = || Tensor::full([batch.of, units.dims()[1]], NONE, options);
            // Taken out, so that it is changed in place.
            let kept = self.kept.remove(&layer).unwrap_or_else(empty);
            let assign = IndexingUpdateOp::Assign;
            let kept = kept.select_assign(0, indices.clone(), units, assign);
            self.kept.insert(layer, kept);
        }
        for &row in &batch.indices {
            self.begun[row] = true;
        }
    }

    pub(crate) fn remember(&self, memory: &mut Memory) {
        let kept = self.kept.iter();
        let named = kept.map(|(&layer, x)| ((Memory::ROWS.to_owned(), layer), x.clone()));
        memory.tensors.extend(named);
    }

    pub(crate) fn resume(&mut self, memory: Memory) {
        let tensors = memory.tensors.into_iter();
        let rows = tensors.filter(|((name, _), _)| name == Memory::ROWS);
        self.kept = rows.map(|((_, layer), x)| (layer, x)).collect();
        let rows = self.kept.values().next().map_or(0, |x| x.dims()[0]);
        self.begun = vec![false; rows];
        for x in self.kept.values() {
            let column = x.clone().narrow(1, 0, 1).into_data();
            for (begun, value) in self.begun.iter_mut().zip(column.iter::<f64>()) {
                *begun |= value < NONE;
            }
        }
    }
}

/// The layers that the next sweep starts from.
fn kept_layers<L: Trainable>(machine: &BoltzmannMachine<L>, held: &Conditions) -> Vec<usize> {
    let blocks = machine.blocks();
    let begins = |layer: &usize| blocks.last().is_some_and(|first| first.contains(layer));
    let whole = |layer: &usize| matches!(held.clamp.hold(*layer), Some(Hold::Whole));
    let layers = 0..machine.layers.len();
    layers.filter(|l| !begins(l) && !whole(l)).collect()
}

/// Whether chains may be kept of the rows of a batch, and each has one of its own.
fn can_keep<L: Trainable>(machine: &BoltzmannMachine<L>, layers: &[usize], batch: &Batch) -> bool {
    let units: usize = layers.iter().map(|&l| machine.layers[l].units()).sum();
    let distinct: BTreeSet<usize> = batch.indices.iter().copied().collect();
    batch.of <= MOST_KEPT / units.max(1) && distinct.len() == batch.indices.len()
}
