//! Discrete target columns given all other units.

use burn::tensor::{Tensor, activation::softmax};
use paysage_kernels::times_transposed;
use paysage_layers::{Layer, Trainable};
use paysage_models::{BoltzmannMachine, State};

/// The distribution of discrete target columns given all other units, hidden ones too.
pub(super) struct GivenAll<L: Layer> {
    /// The machine without the connections between target layers: their fields come from all others.
    outside: BoltzmannMachine<L>,
    /// The target layers, and r of each outcome: `[outcomes, units]`.
    interactions: Vec<(usize, Tensor<2>)>,
    /// −E of each outcome without a field, up to a constant: `[1, outcomes]`.
    own: Tensor<2>,
}

impl<L: Trainable> GivenAll<L> {
    /// For target layers of a machine, with outcomes of their units side by side.
    pub fn new(machine: &BoltzmannMachine<L>, targets: &[usize], outcomes: &Tensor<2>) -> Self {
        let (mut inside, mut outside) = (machine.clone(), machine.clone());
        let among =
            |target: usize, domain: usize| targets.contains(&target) && targets.contains(&domain);
        inside.connections.retain(|c| among(c.target, c.domain));
        outside.connections.retain(|c| !among(c.target, c.domain));
        let mut state = inside.zeros(outcomes.dims()[0]);
        let (mut interactions, mut start) = (Vec::new(), 0);
        for &layer in targets {
            let units = inside.layers[layer].units();
            let outcomes = outcomes.clone().narrow(1, start, units);
            interactions.push((layer, inside.layers[layer].interaction(outcomes.clone())));
            state.layers[layer] = outcomes;
            start += units;
        }
        let energy = inside.energy(&state);
        let own = match inside.log_base_measure(&state, targets) {
            Some(log_base_measure) => log_base_measure - energy,
            None => -energy,
        };
        Self {
            own: own.unsqueeze_dim::<2>(0),
            outside,
            interactions,
        }
    }

    /// The probability of each outcome given a state, of which the target units are ignored:
    /// `[batch, outcomes]`.
    pub fn probabilities(&self, state: &State) -> Tensor<2> {
        let fields = self.interactions.iter().map(|(layer, interaction)| {
            times_transposed(self.outside.field(*layer, state), interaction.clone())
        });
        let logits = fields.fold(self.own.clone(), |sum, field| sum + field);
        softmax(logits, 1)
    }
}
