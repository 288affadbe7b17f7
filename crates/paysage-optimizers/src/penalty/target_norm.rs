//! The distance of column norms to a target.

use burn::tensor::Tensor;
use paysage_models::SettingError;

use super::{Penalty, check_strength};
use crate::columns::{column_norms, unit_columns};

/// Distance to a target norm: ½ s Σ_j (‖w_j‖ − t)² over the columns, with gradient
/// s (1 − t/‖w_j‖) w_ij, 0 for a column of zeros.
///
/// Desjardins, Courville & Bengio, "On training deep Boltzmann machines", 2012.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TargetNorm {
    /// s: finite and at least 0.
    pub strength: f64,
    /// t, the target of the Euclidean norm: finite and greater than 0.
    pub norm: f64,
}

impl Penalty for TargetNorm {
    fn check_settings(&self) -> Result<(), SettingError> {
        check_strength(self.strength)?;
        SettingError::check_positive("the target of the norm of a column", self.norm)
    }

    fn is_on_device(&self) -> bool {
        true
    }

    fn value(&self, parameter: &Tensor<2>) -> Tensor<1> {
        let distances = column_norms(parameter) - self.norm;
        distances.square().sum() * (0.5 * self.strength)
    }

    fn gradient(&self, parameter: &Tensor<2>) -> Tensor<2> {
        let norms = column_norms(parameter);
        unit_columns(parameter.clone(), &norms) * ((norms - self.norm) * self.strength)
    }
}
