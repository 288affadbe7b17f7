//! The adaptive L1 penalty.

use burn::tensor::Tensor;
use paysage_models::SettingError;

use super::{Penalty, check_strength};

/// Adaptive L1 decay (L1²): ½ s Σ_j (Σ_i |w_ij|)², with gradient s (Σ_k |w_kj|) sign(w_ij).
///
/// An L1 penalty whose strength for a column grows with the L1 norm of the column, so that hidden
/// units with large weights become sparse and units with small weights keep them.
///
/// Tubiana & Monasson, "Emergence of compositional representations in restricted Boltzmann
/// machines", 2017, supplement I.D.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaptiveL1 {
    /// s: finite and at least 0.
    pub strength: f64,
}

impl Penalty for AdaptiveL1 {
    fn check_settings(&self) -> Result<(), SettingError> {
        check_strength(self.strength)
    }

    fn is_on_device(&self) -> bool {
        true
    }

    fn value(&self, parameter: &Tensor<2>) -> Tensor<1> {
        column_sums(parameter).square().sum() * (0.5 * self.strength)
    }

    fn gradient(&self, parameter: &Tensor<2>) -> Tensor<2> {
        parameter.clone().sign() * (column_sums(parameter) * self.strength)
    }
}

/// Σ_i |w_ij|: `[1, columns]`.
fn column_sums(parameter: &Tensor<2>) -> Tensor<2> {
    parameter.clone().abs().sum_dim(0)
}
