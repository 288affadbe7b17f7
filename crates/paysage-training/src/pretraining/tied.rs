//! Gradients of parameters that are one and the same.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{
    Batch, BoltzmannMachine, Gradient, GradientEstimator, Memory, State, layer_parameter,
    weight_name,
};

/// Gives layers that are copies of one another the mean of their gradients, and all connections as
/// well: what starts alike stays alike to the bit.
pub(super) struct Tied<L: Trainable> {
    /// Whose gradients.
    pub(super) estimator: Box<dyn GradientEstimator<L>>,
    /// The layers that are copies of one another.
    pub(super) layers: [Vec<usize>; 2],
}

impl<L: Trainable> GradientEstimator<L> for Tied<L> {
    fn estimate(
        &mut self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        key: RandomKey,
    ) -> Gradient {
        let mut gradient = self.estimator.estimate(machine, batch, key);
        for copies in &self.layers {
            for (parameter, _) in machine.layers[copies[0]].parameters() {
                let names = copies
                    .iter()
                    .map(|&layer| layer_parameter(layer, parameter));
                tie(&mut gradient.vectors, &names.collect::<Vec<_>>());
            }
        }
        let weights: Vec<String> = (0..machine.connections.len()).map(weight_name).collect();
        tie(&mut gradient.matrices, &weights);
        gradient
    }

    fn takes_missing(&self) -> bool {
        self.estimator.takes_missing()
    }

    fn chains(&self) -> Option<&State> {
        self.estimator.chains()
    }

    fn measures(&self) -> Vec<(&'static str, f64)> {
        self.estimator.measures()
    }

    fn memory(&self) -> Memory {
        self.estimator.memory()
    }

    fn resume(&mut self, memory: Memory) {
        self.estimator.resume(memory);
    }
}

/// Replaces derivatives by their mean, where there are such.
fn tie<const D: usize>(derivatives: &mut BTreeMap<String, Tensor<D>>, names: &[String]) {
    let found = names
        .iter()
        .filter_map(|name| derivatives.get(name).cloned());
    if let Some(sum) = found.reduce(|sum, derivative| sum + derivative) {
        let mean = sum / names.len() as f64;
        derivatives.extend(names.iter().map(|name| (name.clone(), mean.clone())));
    }
}
