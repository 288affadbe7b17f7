//! Positive-phase chains, one for each row of a data set.

use std::collections::{BTreeMap, BTreeSet};

use burn::tensor::{Bool, IndexingUpdateOp, Int, Tensor, TensorData};
use paysage_kernels::{Child, RandomKey, Replayable, TensorMut};
use paysage_layers::Trainable;
use paysage_models::{Batch, BoltzmannMachine, Record, RecordError, Recorded, State};

use crate::{
    Conditions, Gibbs, Hold,
    data_phase::{MEAN_FIELD_SWEEPS, mean_field, observed},
    phase::PhaseRows,
};

/// The state of the positive phase: Gibbs chains with the observed units of their row clamped, which
/// continue whenever the row is in a batch.
///
/// A chain starts from a mean-field draw. Of each the units are kept that its next sweep does not
/// begin by drawing: all but those of the block of the first visible layer. They stay on the
/// device, `[rows of the data set, units]` for each layer, where that is at most 2²⁸ numbers
/// together (1 GiB). For a larger data set, or a batch that has a row twice, chains are not kept
/// but start anew from each batch. Chains of a data set of another length are dropped; a trainer
/// refuses other data of the same length.
///
/// Empty where nothing needs a chain: with [`DataPhase::MeanField`](crate::DataPhase::MeanField), or in a restricted machine
/// without missing values.
#[derive(Clone, Debug, Default)]
pub struct RowChains {
    /// The units by layer, [`NONE`] of a row without a chain: `[rows of the data set, units]`.
    kept: BTreeMap<usize, Tensor<2>>,
    /// Which rows have a chain.
    begun: Vec<bool>,
}

/// The most numbers that all chains may have together.
const MOST_KEPT: usize = 1 << 28;

/// A value that no unit takes: finite, so that a checkpoint can store it.
const NONE: f64 = f32::MAX as f64;

impl RowChains {
    /// Whether there are no chains.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The rows of a batch after so many sweeps of their chains.
    pub(crate) fn rows<L: Trainable>(
        &mut self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        sweeps: usize,
        key: RandomKey,
    ) -> PhaseRows {
        let clamped = observed(machine, batch);
        let layers = kept_layers(machine, &clamped);
        let keeps = can_keep(machine, &layers, batch);
        if self.begun.len() != batch.of {
            self.kept.clear();
            self.begun = vec![false; batch.of];
        }
        let indices: Vec<i32> = batch.indices.iter().map(|&row| row as i32).collect();
        let indices = Tensor::from_data(indices.as_slice(), &machine.device());
        let is_kept = keeps && layers.iter().all(|layer| self.kept.contains_key(layer));
        let continues = |row: &usize| is_kept && self.begun[*row];
        let fresh = || {
            let key = key.child(Child::NewChains(sweeps));
            mean_field(machine, batch, MEAN_FIELD_SWEEPS, key).draws(&Gibbs, machine)
        };
        let gathered = || self.gathered(machine, batch, &layers, &clamped, &indices);
        let start = match batch.indices.iter().filter(|row| continues(row)).count() {
            0 => fresh(),
            all if all == batch.indices.len() => gathered(),
            // Some rows were in batches without missing values before, and needed no chain.
            _ => {
                let anew: Vec<bool> = batch.indices.iter().map(|row| !continues(row)).collect();
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
        let rows = PhaseRows::after(&Gibbs, machine, start, &clamped, sweeps, key, keeps);
        if keeps {
            self.keep(&rows.draws(&Gibbs, machine), &layers, batch, &indices);
        }
        rows
    }

    /// The chains of the rows of a batch.
    fn gathered<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        layers: &[usize],
        clamped: &Conditions,
        indices: &Tensor<1, Int>,
    ) -> State {
        let mut state = machine.state_from_visible(batch.rows.clone());
        for layer in layers {
            let units = self.kept[layer].clone().select(0, indices.clone());
            let known = state.layers[*layer].clone();
            state.layers[*layer] = match clamped.clamp.hold(*layer) {
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
}

/// Steps without chains change none. With them they depend on the positions of their rows.
impl Replayable for RowChains {
    fn tensors(&mut self, _visit: &mut dyn FnMut(TensorMut<'_>)) -> bool {
        self.is_empty()
    }
}

impl<L: Trainable> Recorded<L> for RowChains {
    fn record(&self) -> Record {
        let mut record = Record::default();
        for (layer, units) in &self.kept {
            record.put(format!("layers.{layer}"), units);
        }
        record
    }

    fn restore(mut record: Record, machine: &BoltzmannMachine<L>) -> Result<Self, RecordError> {
        let mut chains = Self::default();
        for (layer, of_machine) in machine.layers.iter().enumerate() {
            let name = format!("layers.{layer}");
            if !record.tensors.contains_key(&name) {
                continue;
            }
            let units = record.take::<2>(&name, (&machine.device(), machine.dtype()))?;
            let found = units.dims();
            if chains.kept.is_empty() {
                chains.begun = vec![false; found[0]];
            }
            let expected = [chains.begun.len(), of_machine.units()];
            if found != expected {
                return Err(RecordError::Shape {
                    name,
                    found: found.to_vec(),
                    expected: expected.to_vec(),
                });
            }
            let column = units.clone().narrow(1, 0, 1).into_data();
            for (begun, value) in chains.begun.iter_mut().zip(column.iter::<f64>()) {
                *begun |= value < NONE;
            }
            chains.kept.insert(layer, units);
        }
        record.finish()?;
        Ok(chains)
    }
}

/// The layers that the next sweep starts from.
fn kept_layers<L: Trainable>(machine: &BoltzmannMachine<L>, clamped: &Conditions) -> Vec<usize> {
    let blocks = machine.blocks();
    let begins = |layer: &usize| blocks.last().is_some_and(|first| first.contains(layer));
    let whole = |layer: &usize| matches!(clamped.clamp.hold(*layer), Some(Hold::Whole));
    let layers = 0..machine.layers.len();
    layers.filter(|l| !begins(l) && !whole(l)).collect()
}

/// Whether chains may be kept of the rows of a batch, and each has one of its own.
fn can_keep<L: Trainable>(machine: &BoltzmannMachine<L>, layers: &[usize], batch: &Batch) -> bool {
    let units: usize = layers.iter().map(|&l| machine.layers[l].units()).sum();
    let distinct: BTreeSet<usize> = batch.indices.iter().copied().collect();
    batch.of <= MOST_KEPT / units.max(1) && distinct.len() == batch.indices.len()
}
