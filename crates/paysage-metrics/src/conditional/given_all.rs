//! Columns given everything else.

use burn::tensor::{Tensor, activation::softmax};
use paysage_kernels::times_transposed;
use paysage_layers::{Layer, Trainable};
use paysage_models::{BoltzmannMachine, State};

use super::part::Parted;

/// The distribution of the columns given all other units, hidden ones too.
pub(super) struct GivenAll<L: Layer> {
    /// The machine without the connections among the columns, whose fields come from all others.
    outside: BoltzmannMachine<L>,
    /// The layers of the columns, and r of each outcome: `[outcomes, units]`.
    interactions: Vec<(usize, Tensor<2>)>,
    /// −E of each outcome by itself, but for a constant: `[1, outcomes]`.
    own: Tensor<2>,
}

impl<L: Trainable> GivenAll<L> {
    /// Of the layers of a parted machine that are not held, with these outcomes side by side.
    pub fn new(parted: &Parted<L>, outcomes: &Tensor<2>) -> Self {
        let Parted { machine, free, .. } = parted;
        let (mut inside, mut outside) = (machine.clone(), machine.clone());
        let among = |target: usize, domain: usize| free.contains(&target) && free.contains(&domain);
        inside.connections.retain(|c| among(c.target, c.domain));
        outside.connections.retain(|c| !among(c.target, c.domain));
        let mut state = inside.zeros(outcomes.dims()[0]);
        let (mut interactions, mut start) = (Vec::new(), 0);
        for &layer in free {
            let units = inside.layers[layer].units();
            let outcomes = outcomes.clone().narrow(1, start, units);
            interactions.push((layer, inside.layers[layer].interaction(outcomes.clone())));
            state.layers[layer] = outcomes;
            start += units;
        }
        let energy = inside.energy(&state);
        let own = match inside.log_base_measure(&state, free) {
            Some(log_base_measure) => log_base_measure - energy,
            None => -energy,
        };
        Self {
            own: own.unsqueeze_dim::<2>(0),
            outside,
            interactions,
        }
    }

    /// Given a state, in which the units of the columns do not count: `[batch, outcomes]`.
    pub fn probabilities(&self, state: &State) -> Tensor<2> {
        let fields = self.interactions.iter().map(|(layer, interaction)| {
            times_transposed(self.outside.field(*layer, state), interaction.clone())
        });
        let logits = fields.fold(self.own.clone(), |sum, field| sum + field);
        softmax(logits, 1)
    }
}
