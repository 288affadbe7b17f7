//! Gradient clipping by norm.

use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, SettingError, Step};

use crate::GradientTransform;

/// Gradient clipping: scales the whole gradient down where its Euclidean norm is larger than
/// `norm`.
///
/// Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural networks", 2013.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClipNorm {
    /// The largest norm: finite and greater than 0.
    pub norm: f64,
}

impl<L: Trainable> GradientTransform<L> for ClipNorm {
    fn check(&self) -> Result<(), SettingError> {
        SettingError::check_positive("the largest norm of the gradient", self.norm)
    }

    fn is_capturable(&self) -> bool {
        true
    }

    fn apply(&self, _machine: &BoltzmannMachine<L>, mut step: Step) -> Step {
        let gradient = &mut step.gradient;
        let vectors = gradient.vectors.values().map(|x| x.clone().square().sum());
        let matrices = gradient.matrices.values().map(|x| x.clone().square().sum());
        let Some(square) = vectors.chain(matrices).reduce(|sum, x| sum + x) else {
            return step;
        };
        // Of a gradient of zero the quotient is infinite, and the factor 1.
        let factor = (square.sqrt().recip() * self.norm).clamp_max(1.0);
        for derivative in gradient.vectors.values_mut() {
            derivative.inplace(|x| x * factor.clone());
        }
        for derivative in gradient.matrices.values_mut() {
            derivative.inplace(|x| x * factor.clone().unsqueeze());
        }
        step
    }
}
