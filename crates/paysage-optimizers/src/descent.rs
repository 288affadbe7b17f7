//! Plain gradient descent.

use burn::tensor::{Device, Tensor};
use paysage_kernels::add_scaled;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Gradient, Mapper};

use crate::{Optimizer, OptimizerState};

/// θ − η g: nothing to remember, and one pass over each parameter, which burn's rule, with momentum
/// and decay to think of, does not do.
///
/// ```
/// use paysage_optimizers::{GradientDescent, Optimizer};
/// # use paysage_layers::AnyLayer;
///
/// let optimizer: Box<dyn Optimizer<AnyLayer>> = Box::new(GradientDescent);
/// assert!(optimizer.state().tensors.is_empty());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct GradientDescent;

impl<L: Trainable> Optimizer<L> for GradientDescent {
    fn step(&mut self, machine: &mut BoltzmannMachine<L>, gradient: Gradient, learning_rate: f64) {
        machine.map(&mut Step {
            gradient,
            learning_rate,
        });
    }

    fn state(&self) -> OptimizerState {
        OptimizerState::default()
    }

    fn restore(&mut self, _: OptimizerState, _: &Device) {}
}

/// One step over all parameters.
struct Step {
    gradient: Gradient,
    learning_rate: f64,
}

impl Step {
    fn moved<const D: usize>(&self, tensor: Tensor<D>, gradient: Option<Tensor<D>>) -> Tensor<D> {
        match gradient {
            Some(gradient) => add_scaled(tensor, gradient, -self.learning_rate),
            None => tensor,
        }
    }
}

impl Mapper for Step {
    fn vector(&mut self, name: &str, tensor: Tensor<1>) -> Tensor<1> {
        let gradient = self.gradient.vectors.remove(name);
        self.moved(tensor, gradient)
    }

    fn matrix(&mut self, name: &str, tensor: Tensor<2>) -> Tensor<2> {
        let gradient = self.gradient.matrices.remove(name);
        self.moved(tensor, gradient)
    }
}
