//! The trait of all walks, and the sweep that they share.

use burn::tensor::Tensor;
use paysage_kernels::{RandomKey, on_workers};
use paysage_layers::{InverseTemperature, Trainable};
use paysage_models::{BoltzmannMachine, State};

use crate::{Clamp, Hold};

/// Under what conditions chains run. The default is β = 1 with nothing held.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// The units that are held.
    pub clamp: Clamp,
    /// The inverse temperature, one for all chains or one for each.
    pub beta: InverseTemperature,
}

impl Conditions {
    /// β = 1, with these units held.
    #[must_use]
    pub fn clamped(clamp: Clamp) -> Self {
        Self {
            clamp,
            ..Self::default()
        }
    }
}

/// A rule that gives a layer new units, and the sweeps made of it.
///
/// ```
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::{AnyLayer, Bernoulli};
/// use paysage_models::BoltzmannMachine;
/// use paysage_samplers::{Conditions, Gibbs, Sampler};
///
/// let device = default_device()?;
/// let layers: Vec<AnyLayer> = vec![
///     Bernoulli::new(6, &device).into(),
///     Bernoulli::new(4, &device).into(),
/// ];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let chains = machine.zeros(100);
/// let chains = Gibbs.run(&machine, chains, &Conditions::default(), 10, RandomKey::new(1));
/// assert_eq!(machine.visible_of(&chains).dims(), [100, 6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Sampler<L: Trainable>: Sync {
    /// New units for a layer under a field: `[batch, units] → [batch, units]`.
    fn draw(
        &self,
        layer: &L,
        field: Tensor<2>,
        beta: &InverseTemperature,
        key: RandomKey,
    ) -> Tensor<2>;

    /// Updates some layers, no two of which are connected; layer number i with child i of the key.
    fn update(
        &self,
        machine: &BoltzmannMachine<L>,
        state: State,
        layers: &[usize],
        conditions: &Conditions,
        key: RandomKey,
    ) -> State {
        layers.iter().fold(state, |mut state, &index| {
            let hold = conditions.clamp.hold(index);
            if matches!(hold, Some(Hold::Whole)) {
                return state;
            }
            let layer = &machine.layers[index];
            let field = machine.field(index, &state);
            let key = key.split(index as u64);
            let units = if let Some(Hold::Units(mask)) = hold {
                let held = state.layers[index].clone();
                let mask = mask.clone().expand(held.dims());
                let field = layer.domain().condition(field, &held, &mask);
                let drawn = self.draw(layer, field, &conditions.beta, key);
                drawn.mask_where(mask, held)
            } else {
                self.draw(layer, field, &conditions.beta, key)
            };
            state.layers[index] = units;
            state
        })
    }

    /// Updates every layer once, layers that are not connected at the same time.
    ///
    /// The order is that of [`BoltzmannMachine::blocks`]: the first visible layer comes last, so
    /// that a sweep may start from known visible units and any hidden ones.
    fn sweep(
        &self,
        machine: &BoltzmannMachine<L>,
        state: State,
        conditions: &Conditions,
        key: RandomKey,
    ) -> State {
        machine.blocks().iter().fold(state, |state, block| {
            self.update(machine, state, block, conditions, key)
        })
    }

    /// Sweeps several times, sweep number i with child i of the key.
    fn run(
        &self,
        machine: &BoltzmannMachine<L>,
        state: State,
        conditions: &Conditions,
        sweeps: usize,
        key: RandomKey,
    ) -> State {
        on_workers(|| {
            (0..sweeps as u64).fold(state, |state, sweep| {
                self.sweep(machine, state, conditions, key.split(sweep))
            })
        })
    }
}
