//! What centers add to the energy of a machine.

use burn::tensor::Tensor;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, State};

/// ln Z of a machine minus that of the same machine without centers, in nats: `[1]`.
///
/// Their energies differ by this constant, with the opposite sign; it is computed from the first row of some
/// states.
pub(crate) fn center_constant<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    plain: &BoltzmannMachine<L>,
    states: &State,
) -> Tensor<1> {
    let first = states.layers.iter().map(|x| x.clone().narrow(0, 0, 1));
    let first = State {
        layers: first.collect(),
    };
    plain.energy(&first) - machine.energy(&first)
}
