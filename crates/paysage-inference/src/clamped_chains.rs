//! Gibbs chains with some visible units clamped.

use burn::tensor::{Bool, Tensor};
use paysage_kernels::{Child, RandomKey};
use paysage_layers::{InverseTemperature, Trainable};
use paysage_models::{BoltzmannMachine, State};
use paysage_samplers::{Clamp, Conditions, Gibbs, Hold, Sampler};

use crate::ChainSettings;

/// Chains, one per row, in which whole sites of the visible layers are clamped, other sites in every
/// row.
pub(crate) struct ClampedChains<'a, L: Trainable> {
    machine: &'a BoltzmannMachine<L>,
    blocks: Vec<Vec<usize>>,
    clamped: Tensor<2, Bool>,
    conditions: Conditions,
}

impl<'a, L: Trainable> ClampedChains<'a, L> {
    /// Clamps visible units where a mask is true: `[batch, visible units]`.
    pub fn new(machine: &'a BoltzmannMachine<L>, clamped: Tensor<2, Bool>) -> Self {
        Self {
            machine,
            blocks: machine.blocks(),
            conditions: Conditions::clamped(Clamp::none().visible(machine, &clamped)),
            clamped,
        }
    }

    /// β = 1, with the clamped units.
    pub fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// States with the clamped units of these rows `[batch, visible units]`, and all others drawn
    /// without a field.
    pub fn start(&self, rows: Tensor<2>, key: RandomKey) -> State {
        let state = self.machine.random_state(rows.dims()[0], key);
        self.with_clamped(state, rows)
    }

    /// States with the clamped units replaced by those of other rows.
    pub fn with_clamped(&self, state: State, rows: Tensor<2>) -> State {
        let visible = self.machine.visible_of(&state);
        let visible = visible.mask_where(self.clamped.clone(), rows);
        with_visible(self.machine, state, visible)
    }

    /// Several Gibbs sweeps, sweep number i with child i of the key.
    pub fn run(&self, state: State, sweeps: usize, key: RandomKey) -> State {
        Gibbs.run(self.machine, state, &self.conditions, sweeps, key)
    }

    /// A Gibbs sweep, and the conditional means that the visible units were drawn with, clamped units
    /// at their values: `[batch, visible units]`.
    pub fn sweep(&self, mut state: State, key: RandomKey) -> (State, Tensor<2>) {
        let mut means = state.clone();
        for &index in self.blocks.iter().flatten() {
            let Some(Hold::Units(mask)) = self.conditions.clamp.hold(index) else {
                state = Gibbs.update(self.machine, state, &[index], &self.conditions, key);
                continue;
            };
            let (layer, one) = (&self.machine.layers[index], &InverseTemperature::ONE);
            // Sites are clamped as a whole: a clamped unit never restricts a free one.
            let field = self.machine.field(index, &state);
            let clamped = state.layers[index].clone();
            let mean = layer.mean(field.clone(), one);
            let drawn = layer.sample(field, one, key.child(Child::Layer(index)));
            means.layers[index] = mean.mask_where(mask.clone(), clamped.clone());
            state.layers[index] = drawn.mask_where(mask.clone(), clamped);
        }
        (state, self.machine.visible_of(&means))
    }

    /// Runs one chain per row through its burn-in and the sweeps that count, and calls with the state
    /// and the conditional means of the visible units after each of these. Gives the final states.
    pub fn sample(
        &self,
        rows: &Tensor<2>,
        settings: &ChainSettings,
        key: RandomKey,
        mut each: impl FnMut(&State, Tensor<2>),
    ) -> State {
        let state = self.start(rows.clone(), key.child(Child::Start));
        let mut state = self.run(state, settings.burn_in, key.child(Child::BurnIn));
        for sweep in 0..settings.sweeps as u64 {
            let (next, means) = self.sweep(
                state,
                key.child(Child::Sweeps).child(Child::Sweep(sweep as usize)),
            );
            state = next;
            each(&state, means);
        }
        state
    }
}

/// A state with its visible units replaced by these rows.
pub(crate) fn with_visible<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    mut state: State,
    rows: Tensor<2>,
) -> State {
    let visible = machine.state_from_visible(rows);
    for &layer in &machine.visible {
        state.layers[layer] = visible.layers[layer].clone();
    }
    state
}
