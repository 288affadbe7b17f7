//! burn's optimizers on the parameters of a machine.

use std::collections::{BTreeMap, BTreeSet};

use burn::tensor::{Device, Tensor};
use burn_optim::{RecordState, StateSink, StateSource};
use burn_pack::Scalar;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Gradient, Mapper};

use crate::{Optimizer, OptimizerState, optimizer::OptimizerScalar};

/// One of burn's rules with its memory for every parameter of a machine.
///
/// ```
/// use burn_optim::AdamConfig;
/// use paysage_optimizers::Adapted;
///
/// let adam = Adapted::new(AdamConfig::new().with_epsilon(1e-8).build());
/// # let _ = adam;
/// ```
#[derive(Clone)]
pub struct Adapted<O: burn_optim::Optimizer> {
    rule: O,
    vectors: BTreeMap<String, O::State<1>>,
    matrices: BTreeMap<String, O::State<2>>,
}

impl<O: burn_optim::Optimizer> Adapted<O> {
    /// A rule without memory yet.
    pub fn new(rule: O) -> Self {
        Self {
            rule,
            vectors: BTreeMap::new(),
            matrices: BTreeMap::new(),
        }
    }
}

impl<L: Trainable, O: burn_optim::Optimizer> Optimizer<L> for Adapted<O> {
    fn step(&mut self, machine: &mut BoltzmannMachine<L>, gradient: Gradient, learning_rate: f64) {
        machine.map(&mut Step {
            optimizer: self,
            gradient,
            learning_rate,
        });
    }

    fn state(&self) -> OptimizerState {
        let mut sink = StateSink::default();
        for (name, state) in &self.vectors {
            state.state_flatten(name, &mut sink);
        }
        for (name, state) in &self.matrices {
            state.state_flatten(name, &mut sink);
        }
        OptimizerState {
            tensors: sink.tensors.into_iter().collect(),
            scalars: sink
                .scalars
                .into_iter()
                .map(|(name, scalar)| (name, from_scalar(scalar)))
                .collect(),
        }
    }

    fn restore(&mut self, state: OptimizerState, device: &Device) {
        let keys = state.tensors.keys().chain(state.scalars.keys());
        let names: BTreeSet<String> = keys.filter_map(|key| parameter_of(key)).collect();
        let scalars = state
            .scalars
            .into_iter()
            .map(|(name, scalar)| (name, to_scalar(scalar)));
        let mut source = StateSource::new(scalars.collect());
        for (name, data) in state.tensors {
            source.insert_tensor(name, data);
        }
        for name in names {
            if name.starts_with("connections.") {
                if let Some(state) = RecordState::state_unflatten(&name, &mut source, device) {
                    self.matrices.insert(name, state);
                }
            } else if let Some(state) = RecordState::state_unflatten(&name, &mut source, device) {
                self.vectors.insert(name, state);
            }
        }
    }
}

/// `layers.0.loc` of `layers.0.loc.momentum.moment_1`: the first three parts.
fn parameter_of(key: &str) -> Option<String> {
    let parts: Vec<&str> = key.splitn(4, '.').collect();
    (parts.len() == 4).then(|| parts[..3].join("."))
}

fn from_scalar(scalar: Scalar) -> OptimizerScalar {
    match scalar {
        Scalar::Int(x) => OptimizerScalar::Int(x),
        Scalar::UInt(x) => OptimizerScalar::UInt(x),
        Scalar::Float(x) => OptimizerScalar::Float(x),
        Scalar::Bool(x) => OptimizerScalar::Bool(x),
    }
}

fn to_scalar(scalar: OptimizerScalar) -> Scalar {
    match scalar {
        OptimizerScalar::Int(x) => Scalar::Int(x),
        OptimizerScalar::UInt(x) => Scalar::UInt(x),
        OptimizerScalar::Float(x) => Scalar::Float(x),
        OptimizerScalar::Bool(x) => Scalar::Bool(x),
    }
}

/// One step over all parameters.
struct Step<'a, O: burn_optim::Optimizer> {
    optimizer: &'a mut Adapted<O>,
    gradient: Gradient,
    learning_rate: f64,
}

impl<O: burn_optim::Optimizer> Mapper for Step<'_, O> {
    fn vector(&mut self, name: &str, tensor: Tensor<1>) -> Tensor<1> {
        let gradient = self.gradient.vectors.remove(name);
        let memory = &mut self.optimizer.vectors;
        moved(
            &self.optimizer.rule,
            self.learning_rate,
            name,
            tensor,
            gradient,
            memory,
        )
    }

    fn matrix(&mut self, name: &str, tensor: Tensor<2>) -> Tensor<2> {
        let gradient = self.gradient.matrices.remove(name);
        let memory = &mut self.optimizer.matrices;
        moved(
            &self.optimizer.rule,
            self.learning_rate,
            name,
            tensor,
            gradient,
            memory,
        )
    }
}

fn moved<O: burn_optim::Optimizer, const D: usize>(
    rule: &O,
    learning_rate: f64,
    name: &str,
    tensor: Tensor<D>,
    gradient: Option<Tensor<D>>,
    memory: &mut BTreeMap<String, O::State<D>>,
) -> Tensor<D> {
    let Some(gradient) = gradient else {
        return tensor;
    };
    let (tensor, state) = rule.step(learning_rate, tensor, gradient, memory.remove(name));
    if let Some(state) = state {
        memory.insert(name.to_owned(), state);
    }
    tensor
}
