//! Gradients of tied parameters.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{Batch, BoltzmannMachine, Estimator, ParameterId, SettingError, State, Step};
use paysage_optimizers::Optimizer;

use crate::TrainingState;

/// Replaces the gradients of layers that are copies of one another by their mean, and those of all
/// connections as well: parameters that start equal stay equal to the bit.
pub(super) struct Tied<E> {
    /// The estimator of the gradients.
    pub(super) estimator: E,
    /// The layers that are copies of one another.
    pub(super) layers: [Vec<usize>; 2],
}

impl<L: Trainable, E: Estimator<L>> Estimator<L> for Tied<E> {
    type State = E::State;

    fn init(&self, machine: &BoltzmannMachine<L>) -> Result<E::State, SettingError> {
        self.estimator.init(machine)
    }

    fn step(
        &self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        state: E::State,
        key: RandomKey,
    ) -> (Step, E::State) {
        let (mut step, state) = self.estimator.step(machine, batch, state, key);
        for copies in &self.layers {
            for (name, _) in machine.layers[copies[0]].parameters() {
                let ids = copies.iter().map(|&layer| ParameterId::layer(layer, name));
                tie(&mut step.gradient.vectors, &ids.collect::<Vec<_>>());
            }
        }
        let weights = (0..machine.connections.len()).map(ParameterId::weight);
        tie(&mut step.gradient.matrices, &weights.collect::<Vec<_>>());
        (step, state)
    }

    fn takes_missing(&self) -> bool {
        self.estimator.takes_missing()
    }

    fn chains(state: &E::State) -> Option<&State> {
        E::chains(state)
    }
}

/// The state of a training with an estimator, which is that with tied gradients as well.
pub(super) fn state<L: Trainable, E: Estimator<L>, O: Optimizer<L>>(
    state: TrainingState<L, E, O>,
) -> TrainingState<L, Tied<E>, O> {
    TrainingState {
        machine: state.machine,
        optimizer: state.optimizer,
        estimator: state.estimator,
        epochs: state.epochs,
        batches: state.batches,
        steps: state.steps,
        seed: state.seed,
        data: state.data,
    }
}

/// Replaces derivatives by their mean, where there are any.
fn tie<const D: usize>(
    derivatives: &mut BTreeMap<ParameterId, Tensor<D>>,
    parameters: &[ParameterId],
) {
    let found = parameters.iter().filter_map(|id| derivatives.get(id));
    if let Some(sum) = found.cloned().reduce(|sum, derivative| sum + derivative) {
        let mean = sum / parameters.len() as f64;
        derivatives.extend(parameters.iter().map(|&id| (id, mean.clone())));
    }
}
