//! Plain gradient descent.

use burn::tensor::Tensor;
use paysage_kernels::descend;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Gradient, Mapper, ParameterId};

use crate::Optimizer;

/// Gradient descent, θ − η g, without state and in one pass over each parameter.
///
/// ```
/// use paysage_layers::AnyLayer;
/// use paysage_optimizers::{GradientDescent, Optimizer};
///
/// let () = Optimizer::<AnyLayer>::init(&GradientDescent);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct GradientDescent;

impl<L: Trainable> Optimizer<L> for GradientDescent {
    type State = ();

    fn is_capturable(&self) -> bool {
        true
    }

    fn init(&self) {}

    fn step(
        &self,
        machine: &mut BoltzmannMachine<L>,
        gradient: Gradient,
        (): (),
        learning_rate: f64,
    ) {
        machine.map(&mut Move {
            gradient,
            learning_rate,
        });
    }
}

/// One step over all parameters.
struct Move {
    gradient: Gradient,
    learning_rate: f64,
}

impl Move {
    fn moved<const D: usize>(&self, tensor: Tensor<D>, gradient: Option<Tensor<D>>) -> Tensor<D> {
        match gradient {
            Some(gradient) => descend(tensor, gradient, self.learning_rate),
            None => tensor,
        }
    }
}

impl Mapper for Move {
    fn vector(&mut self, id: ParameterId, tensor: Tensor<1>) -> Tensor<1> {
        let gradient = self.gradient.vectors.remove(&id);
        self.moved(tensor, gradient)
    }

    fn matrix(&mut self, id: ParameterId, tensor: Tensor<2>) -> Tensor<2> {
        let gradient = self.gradient.matrices.remove(&id);
        self.moved(tensor, gradient)
    }
}
