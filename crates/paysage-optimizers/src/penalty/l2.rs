//! The L2 penalty.

use burn::tensor::Tensor;
use paysage_kernels::add_scaled;
use paysage_models::SettingError;

use super::{Penalty, check_strength};

/// L2 penalty, or weight decay: ½ s Σ w², with gradient s w.
///
/// ```
/// use paysage_layers::AnyLayer;
/// use paysage_optimizers::{GradientTransform, L2};
///
/// let decay: Box<dyn GradientTransform<AnyLayer>> = Box::new(L2 { strength: 1e-4 });
/// assert!(decay.check().is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L2 {
    /// s: finite and at least 0.
    pub strength: f64,
}

impl Penalty for L2 {
    fn check_settings(&self) -> Result<(), SettingError> {
        check_strength(self.strength)
    }

    fn is_on_device(&self) -> bool {
        true
    }

    fn value(&self, parameter: &Tensor<2>) -> Tensor<1> {
        parameter.clone().square().sum() * (0.5 * self.strength)
    }

    fn gradient(&self, parameter: &Tensor<2>) -> Tensor<2> {
        parameter.clone() * self.strength
    }

    /// In one pass over memory.
    fn add_gradient(&self, parameter: &Tensor<2>, derivative: Tensor<2>) -> Tensor<2> {
        add_scaled(derivative, parameter.clone(), self.strength)
    }
}
