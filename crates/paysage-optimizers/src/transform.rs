//! Transforms of the gradient before the optimizer uses it.

use burn::tensor::Tensor;
use paysage_kernels::add_scaled;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, ParameterId, SettingError, Step, Visitor};

/// A change of the gradient between the estimator and the optimizer.
///
/// Transforms are applied in order; none of them waits for the device.
pub trait GradientTransform<L: Trainable>: Send + Sync {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// When a setting is out of range.
    fn check(&self) -> Result<(), SettingError> {
        Ok(())
    }

    /// The step with another gradient. Parameters without an entry in the gradient, such as frozen
    /// ones, get none.
    fn apply(&self, machine: &BoltzmannMachine<L>, step: Step) -> Step;
}

/// Weight decay: the L2 penalty (rate/2) Σ W² on the weights of all connections, whose gradient
/// rate · W is added. Biases are not penalised.
///
/// ```
/// use paysage_layers::AnyLayer;
/// use paysage_optimizers::{GradientTransform, WeightDecay};
///
/// let decay: Box<dyn GradientTransform<AnyLayer>> = Box::new(WeightDecay { rate: 1e-4 });
/// assert!(decay.check().is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightDecay {
    /// The rate: finite and at least 0.
    pub rate: f64,
}

impl<L: Trainable> GradientTransform<L> for WeightDecay {
    fn check(&self) -> Result<(), SettingError> {
        match self.rate >= 0.0 && self.rate.is_finite() {
            true => Ok(()),
            false => Err(SettingError::OutOfRange {
                setting: "the rate of weight decay",
                value: self.rate,
                expected: "a finite number of at least 0",
            }),
        }
    }

    fn apply(&self, machine: &BoltzmannMachine<L>, mut step: Step) -> Step {
        struct Decay<'a>(f64, &'a mut Step);
        impl Visitor for Decay<'_> {
            fn vector(&mut self, _: ParameterId, _: &Tensor<1>) {}
            fn matrix(&mut self, id: ParameterId, weight: &Tensor<2>) {
                if let Some(derivative) = self.1.gradient.matrices.get_mut(&id) {
                    let rate = self.0;
                    derivative.inplace(|derivative| add_scaled(derivative, weight.clone(), rate));
                }
            }
        }
        machine.visit(&mut Decay(self.rate, &mut step));
        step
    }
}

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
