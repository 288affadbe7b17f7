//! A Gibbs sweep and the energies after it.

use burn::tensor::Tensor;
use paysage_kernels::{RandomKey, times_transposed};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, State};

use crate::{Conditions, Gibbs, Sampler};

/// A Gibbs sweep, and the energies of the new states, `[batch]`, without the base measure. The field that
/// the last block is drawn from also gives the energy of its connections.
pub(crate) fn sweep_with_energies<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    state: State,
    conditions: &Conditions,
    key: RandomKey,
) -> (State, Tensor<1>) {
    let mut blocks = machine.blocks();
    let last = blocks.pop().unwrap_or_default();
    let mut state = blocks.iter().fold(state, |state, block| {
        Gibbs.update(machine, state, block, conditions, key)
    });
    let mut energy: Option<Tensor<1>> = None;
    let mut add = |term: Tensor<1>| {
        energy = Some(match energy.take() {
            Some(sum) => sum + term,
            None => term,
        });
    };
    for &layer in &last {
        let field = machine.field(layer, &state);
        state = Gibbs.update_under(machine, state, layer, field.clone(), conditions, key);
        let units = state.layers[layer].clone();
        add(-dot(machine.layers[layer].interaction(units), field));
    }
    for (layer, units) in machine.layers.iter().zip(&state.layers) {
        add(layer.energy(units.clone()));
    }
    let seen = |layer: usize| machine.layers[layer].interaction(state.layers[layer].clone());
    let outside = |layer: &usize| !last.contains(layer);
    let connections = machine.connections.iter();
    for c in connections.filter(|c| outside(&c.target) && outside(&c.domain)) {
        let field = times_transposed(seen(c.domain), c.weight.clone());
        add(-dot(seen(c.target), field));
    }
    let energy = energy.expect("a machine has at least one layer");
    (state, energy)
}

/// Σ x·y over the units of each row.
fn dot(x: Tensor<2>, y: Tensor<2>) -> Tensor<1> {
    (x * y).sum_dim(1).squeeze_dim(1)
}

#[cfg(test)]
mod tests {
    use burn::tensor::DType;
    use paysage_layers::LayerKind;
    use paysage_testkit::machines;

    use super::*;

    /// Energies of machines in which connections end in the last block and outside of it.
    #[test]
    fn energies_are_those_of_the_states_and_states_those_of_a_sweep() {
        let kinds = [
            LayerKind::gaussian(3),
            LayerKind::bernoulli(4),
            LayerKind::spin(2),
            LayerKind::onehot(2, 3),
        ];
        let graphs: [&[(usize, usize)]; 3] = [
            &[(0, 1), (1, 2), (2, 3)],
            &[(0, 1), (0, 2), (1, 2), (2, 3)],
            &[(0, 1), (0, 3), (1, 2)],
        ];
        for (count, edges) in graphs.into_iter().enumerate() {
            let key = RandomKey::new(170).split(count as u64);
            let machine = machines::graph(&kinds, edges, vec![0], 0.3, true, key.split(0));
            let free = Conditions::default();
            let start = machine.random_state(20, key.split(1));
            let swept = Gibbs.sweep(&machine, start.clone(), &free, key.split(2));
            let (state, energies) = sweep_with_energies(&machine, start, &free, key.split(2));
            for (found, expected) in state.layers.iter().zip(&swept.layers) {
                found.to_data().assert_eq(&expected.to_data(), true);
            }
            let tolerance = match machine.dtype() {
                DType::F64 => 1e-10,
                _ => 1e-3,
            };
            let expected: Vec<f64> = machine.energy(&state).into_data().iter().collect();
            for (found, expected) in energies.into_data().iter::<f64>().zip(expected) {
                assert!((found - expected).abs() < tolerance, "{found}, {expected}");
            }
        }
    }
}
