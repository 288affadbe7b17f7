//! What training needs to know of an optimizer.

use std::collections::BTreeMap;

use burn::tensor::{Device, TensorData};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Gradient};
use serde::{Deserialize, Serialize};

/// A rule that moves the parameters of a machine against a gradient.
pub trait Optimizer<L: Trainable>: Send {
    /// Takes one step. Parameters without an entry in the gradient stay as they are.
    fn step(&mut self, machine: &mut BoltzmannMachine<L>, gradient: Gradient, learning_rate: f64);

    /// What the optimizer remembers between steps, for a checkpoint.
    fn state(&self) -> OptimizerState;

    /// Goes on from a state. Its tensors come back in the default float type of the device, so only
    /// machines of that type can go on.
    fn restore(&mut self, state: OptimizerState, device: &Device);
}

/// The memory of an optimizer: moments and counters by the name of the parameter.
#[derive(Clone, Debug, Default)]
pub struct OptimizerState {
    /// Tensors, on the host.
    pub tensors: BTreeMap<String, TensorData>,
    /// Counters and flags.
    pub scalars: BTreeMap<String, OptimizerScalar>,
}

/// A counter or flag of an optimizer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerScalar {
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    UInt(u64),
    /// A real number.
    Float(f64),
    /// A flag.
    Bool(bool),
}

impl<L: Trainable> Optimizer<L> for Box<dyn Optimizer<L>> {
    fn step(&mut self, machine: &mut BoltzmannMachine<L>, gradient: Gradient, learning_rate: f64) {
        self.as_mut().step(machine, gradient, learning_rate);
    }

    fn state(&self) -> OptimizerState {
        self.as_ref().state()
    }

    fn restore(&mut self, state: OptimizerState, device: &Device) {
        self.as_mut().restore(state, device);
    }
}
