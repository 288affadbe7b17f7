//! The rows of a phase, with draws of their averaged layers.

use burn::tensor::Tensor;
use paysage_kernels::{Child, RandomKey};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Info, Phase, State};

use crate::{Chain, Conditions, Gibbs, Hold, Sampler};

/// A phase of a gradient, and what is needed to draw its averaged layers as well.
pub(crate) struct PhaseRows {
    pub(crate) phase: Phase,
    /// Draws of the averaged layers, where they were made together with the means.
    drawn: Option<Vec<Tensor<2>>>,
    key: RandomKey,
}

impl PhaseRows {
    /// Rows in which the averaged layers hold their means.
    pub(crate) fn of_means(phase: Phase, key: RandomKey) -> Self {
        Self {
            phase,
            drawn: None,
            key,
        }
    }

    /// A phase whose averaged layers, no two of which are connected, hold states that are to be
    /// replaced by their means given the others. Where [`draws`](Self::draws) follow, they are made of the
    /// same fields.
    pub(crate) fn averaging<L: Trainable, S: Sampler<L> + ?Sized>(
        sampler: &S,
        machine: &BoltzmannMachine<L>,
        mut phase: Phase,
        key: RandomKey,
        draws_follow: bool,
    ) -> Self {
        let means_and_draws = |&index: &usize| {
            let (layer, beta) = (&machine.layers[index], &phase.beta);
            let key = key.child(Child::Layer(index));
            match (machine.field_product(index, &phase.state), draws_follow) {
                (Some(field), true) => {
                    let (mean, drawn) = sampler.mean_and_draw_under(layer, field, beta, key);
                    (mean, Some(drawn))
                }
                (Some(field), false) => (layer.mean_under(field, beta), None),
                (None, true) => {
                    let field = machine.field(index, &phase.state);
                    let mean = layer.mean(field.clone(), beta);
                    (mean, Some(sampler.draw(layer, field, beta, key)))
                }
                (None, false) => (layer.mean(machine.field(index, &phase.state), beta), None),
            }
        };
        let (means, drawn): (Vec<_>, Vec<_>) = phase.averaged.iter().map(means_and_draws).unzip();
        for (&layer, mean) in phase.averaged.iter().zip(means) {
            phase.state.layers[layer] = mean;
        }
        Self {
            phase,
            drawn: drawn.into_iter().collect(),
            key,
        }
    }

    /// Chains after sweeps from states whose first block is drawn first and need not be given. That
    /// of the first visible layer comes first in each sweep and the hidden layers that follow it
    /// last, so that their field serves the means here and the draw of the chains.
    ///
    /// The last block of layers (the hidden layer of a restricted machine) enters by its
    /// conditional means given the states of the others, which has the same expectation and less
    /// variance; layers of it with single clamped units are drawn.
    #[allow(
        clippy::too_many_arguments,
        reason = "those of a sweep, and whether draws follow"
    )]
    pub(crate) fn after<L: Trainable, S: Sampler<L> + ?Sized>(
        sampler: &S,
        machine: &BoltzmannMachine<L>,
        chains: State,
        conditions: &Conditions,
        sweeps: usize,
        key: RandomKey,
        draws_follow: bool,
    ) -> Self {
        let hold = |layer: &usize| conditions.clamp.hold(*layer);
        let mut blocks = machine.blocks();
        blocks.reverse();
        for block in &mut blocks {
            block.retain(|layer| !matches!(hold(layer), Some(Hold::Whole)));
        }
        blocks.retain(|block| !block.is_empty());
        let last = blocks.pop().unwrap_or_default();
        let (mut state, mut key_of_sweep) = (chains, key);
        for sweep in 0..sweeps {
            if sweep > 0 {
                state = sampler.update(machine, state, &last, conditions, key_of_sweep);
            }
            key_of_sweep = key.child(Child::Sweep(sweep));
            for block in &blocks {
                state = sampler.update(machine, state, block, conditions, key_of_sweep);
            }
        }
        let (averaged, partly_clamped): (Vec<_>, Vec<_>) =
            last.into_iter().partition(|layer| hold(layer).is_none());
        let state = sampler.update(machine, state, &partly_clamped, conditions, key_of_sweep);
        let phase = Phase {
            averaged,
            beta: conditions.beta.clone(),
            ..Phase::of(state)
        };
        Self::averaging(sampler, machine, phase, key_of_sweep, draws_follow)
    }

    /// The negative phase of samples: the last block of layers (the hidden layer of a restricted machine)
    /// enters by its conditional means.
    fn of_samples<L: Trainable>(
        machine: &BoltzmannMachine<L>,
        samples: &State,
        conditions: &Conditions,
        key: RandomKey,
    ) -> Phase {
        let key = key.child(Child::PhaseUnits);
        Self::after(&Gibbs, machine, samples.clone(), conditions, 0, key, false).phase
    }

    /// Several steps of a chain, and the phase of its samples: a [`Chain::negative_phase`] with averaged
    /// layers.
    pub(crate) fn after_steps<L: Trainable, C: Chain<L>>(
        chain: &C,
        machine: &BoltzmannMachine<L>,
        state: C::State,
        conditions: &Conditions,
        steps: usize,
        key: RandomKey,
    ) -> (Phase, C::State, Info) {
        let (state, info) = chain.steps(machine, state, conditions, steps, key);
        let phase = Self::of_samples(machine, C::samples(&state), conditions, key);
        (phase, state, info)
    }

    /// The same rows with the averaged layers drawn, by the sampler that made the rows.
    pub(crate) fn draws<L: Trainable, S: Sampler<L> + ?Sized>(
        &self,
        sampler: &S,
        machine: &BoltzmannMachine<L>,
    ) -> State {
        let phase = &self.phase;
        let mut state = phase.state.clone();
        for (place, &layer) in phase.averaged.iter().enumerate() {
            state.layers[layer] = match &self.drawn {
                Some(drawn) => drawn[place].clone(),
                None => {
                    let field = machine.field(layer, &phase.state);
                    let key = self.key.child(Child::Layer(layer));
                    sampler.draw(&machine.layers[layer], field, &phase.beta, key)
                }
            };
        }
        state
    }
}
