//! The two phases of a gradient.

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::{InverseTemperature, RowAverage, Trainable};
use paysage_models::{BoltzmannMachine, Gradient, State};

use crate::{Clamp, Conditions, MeanField, Sampler};

/// How often the hidden layers of a deep machine are brought closer to their mean-field fixed
/// point in the data phase. Salakhutdinov & Hinton (2009) report 10 for MNIST.
const DATA_SWEEPS: usize = 10;

/// ⟨∂E⟩ with the visible units held at these rows, and the state that it was taken at.
///
/// The hidden layers take part by their means.
pub(crate) fn data_phase<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    rows: Tensor<2>,
) -> (Gradient, State) {
    let state = hidden_means(machine, rows);
    let gradient = machine.energy_gradient(&state, &machine.hidden(), &RowAverage::Uniform);
    (gradient, state)
}

/// The means of the hidden units given visible rows `[batch, visible units]`, with the rows as the
/// visible units of the state.
///
/// Where hidden layers meet visible ones alone these are the exact conditional means, found in one
/// sweep; in a deep machine they are those of variational mean field.
///
/// Salakhutdinov & Hinton, "Deep Boltzmann machines", 2009.
#[must_use]
pub fn hidden_means<L: Trainable>(machine: &BoltzmannMachine<L>, rows: Tensor<2>) -> State {
    let hidden = machine.hidden();
    let deep = hidden
        .iter()
        .any(|&a| hidden.iter().any(|&b| machine.connected(a, b)));
    let sweeps = if deep { DATA_SWEEPS } else { 1 };
    let held = Conditions::clamped(Clamp::none().layers(&machine.visible));
    let state = machine.state_from_visible(rows);
    // Mean field draws nothing: any key will do.
    MeanField.run(machine, state, &held, sweeps, RandomKey::new(0))
}

/// ⟨∂E⟩ over chains.
///
/// The first block of layers (the hidden layer of a restricted machine) takes part by its
/// conditional means given the states of the others, which leaves the expectation as it is and
/// takes away the variance of its own draw.
pub(crate) fn model_phase<L: Trainable>(machine: &BoltzmannMachine<L>, chains: &State) -> Gradient {
    let averaged = machine.blocks().swap_remove(0);
    let mut state = chains.clone();
    for &layer in &averaged {
        let field = machine.field(layer, chains);
        state.layers[layer] = machine.layers[layer].mean(field, &InverseTemperature::ONE);
    }
    machine.energy_gradient(&state, &averaged, &RowAverage::Uniform)
}
