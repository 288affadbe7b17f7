//! Block updates of layers, and sweeps over all of them.

use burn::tensor::Tensor;
use paysage_kernels::{Child, Product, RandomKey, on_workers, repeat};
use paysage_layers::{InverseTemperature, Trainable};
use paysage_models::{BoltzmannMachine, State};

use crate::{Clamp, Hold, clamp::repeated};

/// The conditions of a chain: the inverse temperature and the clamped units. By default β = 1 and
/// all units are free.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// The clamped units.
    pub clamp: Clamp,
    /// The inverse temperature, one for all chains or one for each.
    pub beta: InverseTemperature,
}

impl Conditions {
    /// The conditions of chains of which each is repeated so many times in neighbouring rows.
    pub(crate) fn repeated(&self, times: usize) -> Self {
        let beta = match &self.beta {
            InverseTemperature::PerChain(beta) => {
                let rows = beta.clone().unsqueeze_dim::<2>(1);
                InverseTemperature::PerChain(repeated(rows, times).squeeze_dim(1))
            }
            shared => shared.clone(),
        };
        Self {
            clamp: self.clamp.repeated(times),
            beta,
        }
    }

    /// β = 1, with these units clamped.
    #[must_use]
    pub fn clamped(clamp: Clamp) -> Self {
        Self {
            clamp,
            ..Self::default()
        }
    }
}

/// A rule that replaces the units of one layer given the field on it, and sweeps of this rule over
/// all layers.
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
pub trait Sampler<L: Trainable>: Send + Sync {
    /// New units for a layer under a field: `[batch, units] → [batch, units]`.
    ///
    /// Of a layer that [is on its device](paysage_layers::Layer::is_on_device) it reads nothing, and it uses the key for draws
    /// alone, so that [`run`](Self::run) may be captured.
    fn draw(
        &self,
        layer: &L,
        field: Tensor<2>,
        beta: &InverseTemperature,
        key: RandomKey,
    ) -> Tensor<2>;

    /// [`draw`](Self::draw) under a field that has not been computed.
    fn draw_under(
        &self,
        layer: &L,
        field: Product,
        beta: &InverseTemperature,
        key: RandomKey,
    ) -> Tensor<2> {
        self.draw(layer, field.compute(), beta, key)
    }

    /// The mean of a layer and [`draw`](Self::draw) under a field that has not been computed.
    fn mean_and_draw_under(
        &self,
        layer: &L,
        field: Product,
        beta: &InverseTemperature,
        key: RandomKey,
    ) -> (Tensor<2>, Tensor<2>) {
        let field = field.compute();
        let mean = layer.mean(field.clone(), beta);
        (mean, self.draw(layer, field, beta, key))
    }

    /// Updates some layers, no two of which are connected; layer i with child i of the key.
    fn update(
        &self,
        machine: &BoltzmannMachine<L>,
        state: State,
        layers: &[usize],
        conditions: &Conditions,
        key: RandomKey,
    ) -> State {
        layers.iter().fold(state, |mut state, &index| {
            let mask = match conditions.clamp.hold(index) {
                Some(Hold::Whole) => return state,
                Some(Hold::Units(mask)) => Some(mask),
                None => None,
            };
            let layer = &machine.layers[index];
            // Units of a site are drawn given those of it that are clamped.
            let are_alone = mask.is_none() || layer.domain().width() == 1;
            let product = machine.field_product(index, &state);
            let Some(field) = product.filter(|_| are_alone) else {
                let field = machine.field(index, &state);
                return self.update_under(machine, state, index, field, conditions, key);
            };
            let key = key.child(Child::Layer(index));
            let drawn = self.draw_under(layer, field, &conditions.beta, key);
            state.layers[index] = match mask {
                Some(mask) => {
                    let mask = mask.clone().expand(drawn.dims());
                    drawn.mask_where(mask, state.layers[index].clone())
                }
                None => drawn,
            };
            state
        })
    }

    /// Updates one layer given the field on it, `[batch, units]`, with the child of the layer of the
    /// key.
    fn update_under(
        &self,
        machine: &BoltzmannMachine<L>,
        mut state: State,
        index: usize,
        field: Tensor<2>,
        conditions: &Conditions,
        key: RandomKey,
    ) -> State {
        let layer = &machine.layers[index];
        let key = key.child(Child::Layer(index));
        let units = match conditions.clamp.hold(index) {
            Some(Hold::Whole) => return state,
            Some(Hold::Units(mask)) => {
                let clamped = state.layers[index].clone();
                let mask = mask.clone().expand(clamped.dims());
                let field = layer.domain().condition(field, &clamped, &mask);
                let drawn = self.draw(layer, field, &conditions.beta, key);
                drawn.mask_where(mask, clamped)
            }
            None => self.draw(layer, field, &conditions.beta, key),
        };
        state.layers[index] = units;
        state
    }

    /// Updates every layer once, layers that are not connected at the same time.
    ///
    /// The order is that of [`BoltzmannMachine::blocks`]: the first visible layer comes last, so
    /// that a sweep may start from given visible units and any hidden ones.
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

    /// Sweeps several times, sweep i with child i of the key. Of many sweeps a GPU captures some and replays them:
    /// [`repeat`](paysage_kernels::repeat).
    fn run(
        &self,
        machine: &BoltzmannMachine<L>,
        state: State,
        conditions: &Conditions,
        sweeps: usize,
        key: RandomKey,
    ) -> State {
        on_workers(|| {
            let keys = (0..sweeps).map(|sweep| key.child(Child::Sweep(sweep)));
            let sweep = |layers, key| {
                let state = State { layers };
                self.sweep(machine, state, conditions, key).layers
            };
            let layers = match machine.is_on_device() {
                true => repeat(state.layers, keys, sweep),
                false => keys.into_iter().fold(state.layers, sweep),
            };
            State { layers }
        })
    }
}
