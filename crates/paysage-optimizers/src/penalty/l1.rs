//! The L1 penalty.

use burn::tensor::Tensor;
use paysage_kernels::add_scaled;
use paysage_models::SettingError;

use super::{Penalty, check_strength};

/// L1 penalty (lasso): s Σ |w|, with gradient s sign(w), 0 where w is 0. It favours sparse weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L1 {
    /// s: finite and at least 0.
    pub strength: f64,
}

impl Penalty for L1 {
    fn check_settings(&self) -> Result<(), SettingError> {
        check_strength(self.strength)
    }

    fn is_on_device(&self) -> bool {
        true
    }

    fn value(&self, parameter: &Tensor<2>) -> Tensor<1> {
        parameter.clone().abs().sum() * self.strength
    }

    fn gradient(&self, parameter: &Tensor<2>) -> Tensor<2> {
        parameter.clone().sign() * self.strength
    }

    fn add_gradient(&self, parameter: &Tensor<2>, derivative: Tensor<2>) -> Tensor<2> {
        add_scaled(derivative, parameter.clone().sign(), self.strength)
    }
}
