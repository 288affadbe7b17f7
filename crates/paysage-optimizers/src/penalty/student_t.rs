//! The Student-t penalty.

use burn::tensor::Tensor;
use paysage_models::SettingError;

use super::{Penalty, check_strength};

/// Student-t penalty: ½ s a² n Σ_j ln(1 + ‖w_j‖²/(n a²)) over the columns of n entries, with gradient
/// s w_ij / (1 + ‖w_j‖²/(n a²)).
///
/// It is [`L2`](super::L2) of strength s for columns whose root mean square weight is far below a, and
/// shrinks columns of large weights less: minus the logarithm of a multivariate Student-t distribution of
/// the weights of each hidden unit, up to its strength.
///
/// A group-wise form of the log-sum penalty of Candès, Wakin & Boyd, "Enhancing sparsity by reweighted ℓ1
/// minimization", 2008.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StudentT {
    /// s: finite and at least 0.
    pub strength: f64,
    /// a, the scale of a weight: finite and greater than 0.
    pub scale: f64,
}

impl StudentT {
    /// 1 + ‖w_j‖²/(n a²): `[1, columns]`.
    fn spread(&self, parameter: &Tensor<2>) -> Tensor<2> {
        (parameter.clone() / self.scale).square().mean_dim(0) + 1.0
    }
}

impl Penalty for StudentT {
    fn check_settings(&self) -> Result<(), SettingError> {
        check_strength(self.strength)?;
        SettingError::check_positive("the scale of a weight", self.scale)
    }

    fn is_on_device(&self) -> bool {
        true
    }

    fn value(&self, parameter: &Tensor<2>) -> Tensor<1> {
        let [rows, _] = parameter.dims();
        let factor = 0.5 * self.strength * self.scale.powi(2) * rows as f64;
        self.spread(parameter).log().sum() * factor
    }

    fn gradient(&self, parameter: &Tensor<2>) -> Tensor<2> {
        parameter.clone() / self.spread(parameter) * self.strength
    }
}
