//! The L2 penalty of exponentials.

use burn::tensor::Tensor;
use paysage_models::SettingError;

use super::{Penalty, check_strength};

/// L2 penalty of exponentials: ½ s Σ exp(2w), with gradient s exp(2w).
///
/// For parameters that are logarithms: on the `log_var` of a Gaussian layer it is ½ s Σ σ⁴, which
/// favours small variances.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExpL2 {
    /// s: finite and at least 0.
    pub strength: f64,
}

impl Penalty for ExpL2 {
    fn check_settings(&self) -> Result<(), SettingError> {
        check_strength(self.strength)
    }

    fn is_on_device(&self) -> bool {
        true
    }

    fn value(&self, parameter: &Tensor<2>) -> Tensor<1> {
        (parameter.clone() * 2.0).exp().sum() * (0.5 * self.strength)
    }

    fn gradient(&self, parameter: &Tensor<2>) -> Tensor<2> {
        (parameter.clone() * 2.0).exp() * self.strength
    }
}
