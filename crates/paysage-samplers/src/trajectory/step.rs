//! A step of all populations of a ladder.

use burn::tensor::{Bool, Tensor};
use paysage_kernels::{Child, RandomKey, bernoulli_mask};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, State};

use super::{Trajectory, Works};
use crate::{Conditions, blocks::Blocks};

impl<L: Trainable> Trajectory<L> {
    /// A Gibbs sweep of every population, and swaps of the even or of the odd pairs of neighbours.
    ///
    /// `least_weight` is the smallest weight of a step in the swap rates: 0 for their mean over all
    /// steps.
    pub(super) fn advanced(
        self,
        machine: &BoltzmannMachine<L>,
        conditions: &Conditions,
        least_weight: f64,
        key: RandomKey,
    ) -> Self {
        let Self {
            ladder,
            populations,
            mut pairs,
            steps,
            check,
            ..
        } = self;
        let blocks = Blocks::of(machine, conditions);
        let machines: Vec<_> = ladder.iter().chain([machine]).collect();
        let key_of = |rung: usize| key.child(Child::Rung(rung));
        let swept = machines.iter().zip(populations).enumerate();
        let swept = swept.map(|(rung, (machine, states))| {
            blocks.sweep(machine, states, conditions, key_of(rung))
        });
        let mut states: Vec<State> = swept.collect();
        let fields = machines.iter().zip(&states);
        let mut fields: Vec<_> = fields.map(|(m, states)| blocks.fields(m, states)).collect();
        let mut works = Vec::new();
        let lower = (steps % 2..machines.len() - 1).step_by(2);
        for (low, high) in lower.map(|rung| (rung, rung + 1)) {
            let energy = |rung: usize, states: &State, fields: &[Tensor<2>]| {
                blocks.free_energy(machines[rung], states, fields, &conditions.beta)
            };
            let of_high_in_low = blocks.fields(machines[low], &states[high]);
            let of_low_in_high = blocks.fields(machines[high], &states[low]);
            let work = Works {
                pair: low,
                forward: energy(low, &states[low], &fields[low])
                    - energy(high, &states[low], &of_low_in_high),
                reverse: energy(high, &states[high], &fields[high])
                    - energy(low, &states[high], &of_high_in_low),
            };
            let probabilities = work.swap_probabilities();
            pairs[low].observe(&probabilities, least_weight);
            let key = key.child(Child::Swaps).child(Child::Rung(low));
            let swap = bernoulli_mask(&probabilities.unsqueeze_dim::<2>(1), key);
            for layer in blocks.kept() {
                let [a, b] = [low, high].map(|rung| states[rung].layers[layer].clone());
                states[low].layers[layer] = chosen(&swap, b.clone(), a.clone());
                states[high].layers[layer] = chosen(&swap, a, b);
            }
            let both = fields[low].iter_mut().zip(of_high_in_low);
            both.for_each(|(own, other)| *own = chosen(&swap, other, own.clone()));
            let both = fields[high].iter_mut().zip(of_low_in_high);
            both.for_each(|(own, other)| *own = chosen(&swap, other, own.clone()));
            works.push(work);
        }
        let drawn = machines.iter().zip(states).zip(fields).enumerate();
        let drawn = drawn.map(|(rung, ((machine, states), fields))| {
            blocks.draw(machine, states, fields, conditions, key_of(rung))
        });
        let populations = drawn.collect();
        Self {
            ladder,
            populations,
            pairs,
            steps: steps.saturating_add(1),
            check,
            works,
        }
    }
}

/// The rows of one tensor where the mask, `[batch, 1]`, is true, and those of another one elsewhere.
fn chosen(mask: &Tensor<2, Bool>, of_true: Tensor<2>, of_false: Tensor<2>) -> Tensor<2> {
    let mask = mask.clone().expand(of_false.dims());
    of_false.mask_where(mask, of_true)
}
