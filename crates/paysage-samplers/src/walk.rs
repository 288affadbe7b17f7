//! Gibbs chains with some visible units held.

use burn::tensor::{Bool, Tensor};
use paysage_kernels::{Child, RandomKey};
use paysage_layers::{InverseTemperature, Trainable};
use paysage_models::{BoltzmannMachine, State};

use crate::{Clamp, Conditions, Gibbs, Hold, Sampler};

/// Chains in which whole sites of the visible layers are held, in every row others.
pub(crate) struct Walk<'a, L: Trainable> {
    machine: &'a BoltzmannMachine<L>,
    blocks: Vec<Vec<usize>>,
    known: Tensor<2, Bool>,
    conditions: Conditions,
}

impl<'a, L: Trainable> Walk<'a, L> {
    /// Holds visible units where a mask is true: `[batch, visible units]`.
    pub fn new(machine: &'a BoltzmannMachine<L>, known: Tensor<2, Bool>) -> Self {
        Self {
            machine,
            blocks: machine.blocks(),
            conditions: Conditions::clamped(Clamp::none().visible(machine, &known)),
            known,
        }
    }

    /// A state with the held units as in these rows, and all others drawn as if they had no
    /// neighbours.
    pub fn start(&self, rows: Tensor<2>, key: RandomKey) -> State {
        let state = self.machine.random_state(rows.dims()[0], key);
        self.with_held(state, rows)
    }

    /// A state with the held units replaced by those of other rows.
    pub fn with_held(&self, state: State, rows: Tensor<2>) -> State {
        let visible = self.machine.visible_of(&state);
        let visible = visible.mask_where(self.known.clone(), rows);
        show(self.machine, state, visible)
    }

    pub fn run(&self, state: State, sweeps: usize, key: RandomKey) -> State {
        Gibbs.run(self.machine, state, &self.conditions, sweeps, key)
    }

    /// The sweep of [`Gibbs`], and the means of the distributions that the visible units were drawn
    /// from, with held units as they are: `[batch, visible units]`.
    pub fn sweep(&self, mut state: State, key: RandomKey) -> (State, Tensor<2>) {
        let mut means = state.clone();
        for &index in self.blocks.iter().flatten() {
            let Some(Hold::Units(mask)) = self.conditions.clamp.hold(index) else {
                state = Gibbs.update(self.machine, state, &[index], &self.conditions, key);
                continue;
            };
            let (layer, one) = (&self.machine.layers[index], &InverseTemperature::ONE);
            // Sites are held as a whole: no held unit binds one that is free.
            let field = self.machine.field(index, &state);
            let held = state.layers[index].clone();
            let mean = layer.mean(field.clone(), one);
            let drawn = layer.sample(field, one, key.child(Child::Layer(index)));
            means.layers[index] = mean.mask_where(mask.clone(), held.clone());
            state.layers[index] = drawn.mask_where(mask.clone(), held);
        }
        (state, self.machine.visible_of(&means))
    }
}

/// A state with its visible units replaced by these rows.
pub(crate) fn show<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    mut state: State,
    rows: Tensor<2>,
) -> State {
    let shown = machine.state_from_visible(rows);
    for &layer in &machine.visible {
        state.layers[layer] = shown.layers[layer].clone();
    }
    state
}
