//! The two phases of a gradient.

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::{InverseTemperature, RowAverage, Trainable};
use paysage_models::{BoltzmannMachine, Phase, State};

use crate::{Clamp, Conditions, Gibbs, MeanField, Sampler};

/// How often the hidden layers of a deep machine are brought closer to their mean-field fixed
/// point in the data phase. Salakhutdinov & Hinton (2009) report 10 for MNIST.
const DATA_SWEEPS: usize = 10;

/// The means of the hidden units given visible rows `[batch, visible units]`, with the rows as the
/// visible units of the state.
///
/// Where hidden layers meet visible ones alone these are the exact conditional means, found in one
/// sweep; in a deep machine they are those of variational mean field.
///
/// Salakhutdinov & Hinton, "Deep Boltzmann machines", 2009.
#[must_use]
pub fn hidden_means<L: Trainable>(machine: &BoltzmannMachine<L>, rows: Tensor<2>) -> State {
    let sweeps = if is_deep(machine) { DATA_SWEEPS } else { 1 };
    let held = Conditions::clamped(Clamp::none().layers(&machine.visible));
    let state = machine.state_from_visible(rows);
    // Mean field draws nothing: any key will do.
    MeanField.run(machine, state, &held, sweeps, RandomKey::new(0))
}

/// [`hidden_means`], and the same rows with hidden units drawn, from fields that serve both.
pub(crate) fn hidden_means_and_draws<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    rows: Tensor<2>,
    key: RandomKey,
) -> (State, State) {
    let deep = is_deep(machine);
    let mut means = if deep {
        hidden_means(machine, rows)
    } else {
        machine.state_from_visible(rows)
    };
    let mut draws = means.clone();
    for layer in machine.hidden() {
        let field = machine.field(layer, &means);
        let key = key.split(layer as u64);
        draws.layers[layer] =
            machine.layers[layer].sample(field.clone(), &InverseTemperature::ONE, key);
        if !deep {
            means.layers[layer] = machine.layers[layer].mean(field, &InverseTemperature::ONE);
        }
    }
    (means, draws)
}

/// The data phase: rows with the means of the hidden units.
pub(crate) fn data_phase<'a>(means: &'a State, hidden: &'a [usize]) -> Phase<'a> {
    Phase {
        state: means,
        averaged: hidden,
        rows: &RowAverage::Uniform,
    }
}

/// Chains at the end of their sweeps, for a model phase.
///
/// The last block of layers (the hidden layer of a restricted machine) takes part by its
/// conditional means given the states of the others, which leaves the expectation as it is and
/// takes away the variance of its own draw.
pub(crate) struct ModelPhase {
    means: State,
    averaged: Vec<usize>,
    /// The fields on the averaged layers, from which they can be drawn as well.
    fields: Vec<Tensor<2>>,
    key: RandomKey,
}

impl ModelPhase {
    /// Gibbs sweeps from states in which all but the visible units count: the first visible layer
    /// comes first in each sweep, and the hidden units that it would be followed by come last, so
    /// that their field serves the means here and the draw of the chains.
    pub(crate) fn after<L: Trainable>(
        machine: &BoltzmannMachine<L>,
        chains: State,
        sweeps: usize,
        key: RandomKey,
    ) -> Self {
        let mut blocks = machine.blocks();
        blocks.reverse();
        let averaged = blocks.pop().expect("a machine has at least one layer");
        let free = Conditions::default();
        let (mut state, mut last) = (chains, key);
        for sweep in 0..sweeps as u64 {
            if sweep > 0 {
                state = Gibbs.update(machine, state, &averaged, &free, last);
            }
            last = key.split(sweep);
            for block in &blocks {
                state = Gibbs.update(machine, state, block, &free, last);
            }
        }
        let fields: Vec<_> = averaged
            .iter()
            .map(|&layer| machine.field(layer, &state))
            .collect();
        for (&layer, field) in averaged.iter().zip(&fields) {
            state.layers[layer] =
                machine.layers[layer].mean(field.clone(), &InverseTemperature::ONE);
        }
        Self {
            means: state,
            averaged,
            fields,
            key: last,
        }
    }

    pub(crate) fn phase(&self) -> Phase<'_> {
        Phase {
            state: &self.means,
            averaged: &self.averaged,
            rows: &RowAverage::Uniform,
        }
    }

    /// The chains, their last block drawn.
    pub(crate) fn into_chains<L: Trainable>(self, machine: &BoltzmannMachine<L>) -> State {
        let mut state = self.means;
        for (layer, field) in self.averaged.into_iter().zip(self.fields) {
            let key = self.key.split(layer as u64);
            state.layers[layer] =
                machine.layers[layer].sample(field, &InverseTemperature::ONE, key);
        }
        state
    }
}

/// Whether hidden layers are connected with each other.
fn is_deep<L: Trainable>(machine: &BoltzmannMachine<L>) -> bool {
    let hidden = machine.hidden();
    hidden
        .iter()
        .any(|&a| hidden.iter().any(|&b| machine.connected(a, b)))
}
