//! The log-norm penalty.

use burn::tensor::Tensor;
use paysage_models::SettingError;

use super::{Penalty, check_strength};

/// Log-norm penalty: −½ s Σ_j ln(‖w_j‖² + ε) over the columns, with gradient −s w_ij / (‖w_j‖² + ε) and
/// ε = 10⁻⁶.
///
/// It keeps the weights of every hidden unit away from zero: it is −s Σ_j ln ‖w_j‖ where ε is
/// negligible, and finite for columns of zeros.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNorm {
    /// s: finite and at least 0.
    pub strength: f64,
}

/// ε.
const RIDGE: f64 = 1e-6;

impl Penalty for LogNorm {
    fn check_settings(&self) -> Result<(), SettingError> {
        check_strength(self.strength)
    }

    fn is_on_device(&self) -> bool {
        true
    }

    fn value(&self, parameter: &Tensor<2>) -> Tensor<1> {
        squares(parameter).log().sum() * (-0.5 * self.strength)
    }

    fn gradient(&self, parameter: &Tensor<2>) -> Tensor<2> {
        parameter.clone() * (squares(parameter).recip() * -self.strength)
    }
}

/// ‖w_j‖² + ε: `[1, columns]`.
fn squares(parameter: &Tensor<2>) -> Tensor<2> {
    parameter.clone().square().sum_dim(0) + RIDGE
}
