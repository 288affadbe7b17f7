//! The rows of a phase, and what they are averaged over.

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::{InverseTemperature, RowAverage, Trainable};
use paysage_models::{BoltzmannMachine, Phase, State};

use crate::{Conditions, Gibbs, Hold, Sampler};

/// Rows for a phase of a gradient, some layers of which take part by their conditional means, and
/// all that is needed to draw these layers as well.
pub(crate) struct PhaseRows {
    means: State,
    averaged: Vec<usize>,
    /// The fields on the averaged layers, where they are known already.
    fields: Option<Vec<Tensor<2>>>,
    key: RandomKey,
}

impl PhaseRows {
    /// Rows in which these layers hold their means already.
    pub(crate) fn of_means(means: State, averaged: Vec<usize>, key: RandomKey) -> Self {
        Self {
            means,
            averaged,
            fields: None,
            key,
        }
    }

    /// States, of which these layers, no two of which are connected, are to be averaged given the
    /// others.
    pub(crate) fn averaging<L: Trainable>(
        machine: &BoltzmannMachine<L>,
        mut state: State,
        averaged: Vec<usize>,
        key: RandomKey,
    ) -> Self {
        let field = |&layer: &usize| machine.field(layer, &state);
        let fields: Vec<_> = averaged.iter().map(field).collect();
        for (&layer, field) in averaged.iter().zip(&fields) {
            state.layers[layer] =
                machine.layers[layer].mean(field.clone(), &InverseTemperature::ONE);
        }
        Self {
            means: state,
            averaged,
            fields: Some(fields),
            key,
        }
    }

    /// Chains after Gibbs sweeps from states in which all but the first block counts: that of the
    /// first visible layer comes first in each sweep, and the hidden units that it would be
    /// followed by come last, so that their field serves the means here and the draw of the chains.
    ///
    /// The last block of layers (the hidden layer of a restricted machine) takes part by its
    /// conditional means given the states of the others, which leaves the expectation as it is and
    /// takes away the variance of its own draw; layers of it with single units held are drawn.
    pub(crate) fn after<L: Trainable>(
        machine: &BoltzmannMachine<L>,
        chains: State,
        conditions: &Conditions,
        sweeps: usize,
        key: RandomKey,
    ) -> Self {
        let hold = |layer: &usize| conditions.clamp.hold(*layer);
        let mut blocks = machine.blocks();
        blocks.reverse();
        for block in &mut blocks {
            block.retain(|layer| !matches!(hold(layer), Some(Hold::Whole)));
        }
        blocks.retain(|block| !block.is_empty());
        let last = blocks.pop().unwrap_or_default();
        let (mut state, mut key_of_sweep) = (chains, key);
        for sweep in 0..sweeps as u64 {
            if sweep > 0 {
                state = Gibbs.update(machine, state, &last, conditions, key_of_sweep);
            }
            key_of_sweep = key.split(sweep);
            for block in &blocks {
                state = Gibbs.update(machine, state, block, conditions, key_of_sweep);
            }
        }
        let (averaged, partly_held): (Vec<_>, Vec<_>) =
            last.into_iter().partition(|layer| hold(layer).is_none());
        let state = Gibbs.update(machine, state, &partly_held, conditions, key_of_sweep);
        Self::averaging(machine, state, averaged, key_of_sweep)
    }

    pub(crate) fn phase(&self) -> Phase<'_> {
        Phase {
            state: &self.means,
            averaged: &self.averaged,
            rows: &RowAverage::Uniform,
        }
    }

    /// The same rows with the averaged layers drawn.
    pub(crate) fn draws<L: Trainable>(&self, machine: &BoltzmannMachine<L>) -> State {
        let mut state = self.means.clone();
        for (place, &layer) in self.averaged.iter().enumerate() {
            let field = match &self.fields {
                Some(fields) => fields[place].clone(),
                None => machine.field(layer, &self.means),
            };
            let key = self.key.split(layer as u64);
            state.layers[layer] =
                machine.layers[layer].sample(field, &InverseTemperature::ONE, key);
        }
        state
    }
}
