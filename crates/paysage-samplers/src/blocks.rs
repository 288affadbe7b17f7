//! The layers that swaps exchange, and those that free energies sum out.

use burn::tensor::Tensor;
use paysage_kernels::{RandomKey, times_transposed};
use paysage_layers::{InverseTemperature, Trainable};
use paysage_models::{BoltzmannMachine, State};

use crate::{Conditions, Gibbs, Sampler};

/// The layers of machines of one graph in two groups: those that are summed in closed form, no two of
/// which are connected, and all others, which a swap exchanges.
///
/// In a restricted machine the hidden layers are summed. In a deep machine, they are every second layer.
pub(crate) struct Blocks {
    /// The other layers, in the order of their updates.
    kept: Vec<Vec<usize>>,
    summed: Vec<usize>,
}

impl Blocks {
    /// The blocks of a machine. Layers with clamped units are not summed.
    pub(crate) fn of<L: Trainable>(machine: &BoltzmannMachine<L>, conditions: &Conditions) -> Self {
        let mut kept = machine.blocks();
        kept.reverse();
        let last = kept.pop().unwrap_or_default();
        let is_free = |layer: &usize| conditions.clamp.hold(*layer).is_none();
        let (summed, clamped) = last.into_iter().partition(is_free);
        kept.push(clamped);
        Self { kept, summed }
    }

    /// The blocks in which the layers that a sweep of Gibbs chains draws first are summed: the others are
    /// all that the next state of the chains depends on.
    pub(crate) fn of_start<L: Trainable>(machine: &BoltzmannMachine<L>) -> Self {
        let mut kept = machine.blocks();
        let summed = kept.pop().unwrap_or_default();
        Self { kept, summed }
    }

    /// The layers that a swap exchanges.
    pub(crate) fn kept(&self) -> impl Iterator<Item = usize> + '_ {
        self.kept.iter().flatten().copied()
    }

    /// Draws the kept layers one after the other, each given all others.
    pub(crate) fn sweep<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        state: State,
        conditions: &Conditions,
        key: RandomKey,
    ) -> State {
        self.kept.iter().fold(state, |state, block| {
            Gibbs.update(machine, state, block, conditions, key)
        })
    }

    /// The fields of a machine on the summed layers.
    pub(crate) fn fields<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        state: &State,
    ) -> Vec<Tensor<2>> {
        let fields = self.summed.iter().map(|&layer| machine.field(layer, state));
        fields.collect()
    }

    /// Draws the summed layers from their fields.
    pub(crate) fn draw<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        state: State,
        fields: Vec<Tensor<2>>,
        conditions: &Conditions,
        key: RandomKey,
    ) -> State {
        let fields = self.summed.iter().zip(fields);
        fields.fold(state, |state, (&layer, field)| {
            Gibbs.update_under(machine, state, layer, field, conditions, key)
        })
    }

    /// The free energy at β = 1; see [`free_energy`](Self::free_energy).
    pub(crate) fn free_energy_of<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        state: &State,
    ) -> Tensor<1> {
        let fields = self.fields(machine, state);
        self.free_energy(machine, state, &fields, &InverseTemperature::ONE)
    }

    /// βE of the kept layers minus the log-partitions of the summed ones, `[batch]`, without the base
    /// measure of the kept layers, which all machines of a ladder share.
    pub(crate) fn free_energy<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        state: &State,
        fields: &[Tensor<2>],
        beta: &InverseTemperature,
    ) -> Tensor<1> {
        let is_kept = |layer: usize| !self.summed.contains(&layer);
        let seen = |layer: usize| machine.layers[layer].interaction(state.layers[layer].clone());
        let layers = self
            .kept()
            .map(|l| machine.layers[l].energy(state.layers[l].clone()));
        let between = machine.connections.iter();
        let between = between.filter(|c| is_kept(c.target) && is_kept(c.domain));
        let couplings = between.map(|c| {
            let field = times_transposed(seen(c.domain), c.weight.clone());
            -(seen(c.target) * field).sum_dim(1).squeeze_dim::<1>(1)
        });
        let energies = layers.chain(couplings).map(|term| beta.scale_rows(term));
        let summed = self.summed.iter().zip(fields);
        let sums = summed.map(|(&l, field)| -machine.layers[l].log_partition(field.clone(), beta));
        energies
            .chain(sums)
            .reduce(|sum, term| sum + term)
            .expect("a machine has at least one layer")
    }
}
