//! The zero-sum gauge as a constraint.

use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, ParameterId};

use crate::Constraint;

/// Keeps the machine in the zero-sum gauge of its one-hot sites, as
/// [`zero_sum`](BoltzmannMachine::zero_sum) does, without changing the distribution: over the states of a
/// site, the weights to each unit of a neighbour and the biases sum to 0.
///
/// States of chains stay valid. Frozen weights and biases keep their values, and so do weights whose shift
/// would go into a frozen bias.
///
/// ```
/// use paysage_kernels::default_device;
/// use paysage_layers::{AnyLayer, Bernoulli, OneHot};
/// use paysage_models::BoltzmannMachine;
/// use paysage_optimizers::{Constraint, ZeroSumGauge};
///
/// let device = default_device()?;
/// let visible = OneHot::new(2, 3, &device);
/// let layers: Vec<AnyLayer> = vec![visible.into(), Bernoulli::new(2, &device).into()];
/// let mut machine = BoltzmannMachine::chain(layers)?;
/// ZeroSumGauge.project(&mut machine);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ZeroSumGauge;

impl<L: Trainable> Constraint<L> for ZeroSumGauge {
    fn is_capturable(&self, _machine: &BoltzmannMachine<L>) -> bool {
        true
    }

    fn project(&self, machine: &mut BoltzmannMachine<L>) {
        for connection in 0..machine.connections.len() {
            if machine.is_frozen(ParameterId::weight(connection)) {
                continue;
            }
            let joined = &machine.connections[connection];
            let (target, domain) = (joined.target, joined.domain);
            for (layer, neighbour) in [(target, domain), (domain, target)] {
                if !has_frozen_bias(machine, neighbour) {
                    machine.zero_sum_weights(connection, layer);
                }
            }
        }
        for layer in 0..machine.layers.len() {
            if !has_frozen_bias(machine, layer) {
                machine.zero_sum_biases(layer);
            }
        }
    }
}

/// Whether a parameter of a layer, other than its center, is frozen.
fn has_frozen_bias<L: Trainable>(machine: &BoltzmannMachine<L>, layer: usize) -> bool {
    machine.frozen().any(|id| match id {
        ParameterId::Layer { layer: other, name } => other == layer && name != "center",
        ParameterId::Weight { .. } => false,
    })
}
