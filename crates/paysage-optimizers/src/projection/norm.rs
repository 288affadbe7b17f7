//! Norms of columns.

use burn::tensor::Tensor;
use paysage_models::SettingError;

use super::Projection;
use crate::columns::{column_norms, unit_columns};

/// The Euclidean norm of each column (the weights of one hidden unit) is at most `norm`.
///
/// Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxColumnNorm {
    /// The largest norm: finite and greater than 0.
    pub norm: f64,
}

impl Projection for MaxColumnNorm {
    fn check_settings(&self) -> Result<(), SettingError> {
        SettingError::check_positive("the largest norm of a column", self.norm)
    }

    fn is_on_device(&self) -> bool {
        true
    }

    fn nearest(&self, parameter: Tensor<2>) -> Tensor<2> {
        let norms = column_norms(&parameter);
        // Of a column of zeros the quotient is infinite, and the factor 1.
        parameter * (norms.recip() * self.norm).clamp_max(1.0)
    }
}

/// The Euclidean norm of each column is `norm`.
///
/// All entries of a column of zeros, to which all matrices of the set are equally near, become equal
/// and positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FixedColumnNorm {
    /// The norm: finite and greater than 0.
    pub norm: f64,
}

impl Projection for FixedColumnNorm {
    fn check_settings(&self) -> Result<(), SettingError> {
        SettingError::check_positive("the norm of a column", self.norm)
    }

    fn is_on_device(&self) -> bool {
        true
    }

    fn nearest(&self, parameter: Tensor<2>) -> Tensor<2> {
        let norms = column_norms(&parameter);
        directions(parameter, &norms) * self.norm
    }
}

/// All columns have the same Euclidean norm: the mean of their norms, which is nearest.
///
/// All entries of a column of zeros become equal, as for [`FixedColumnNorm`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EqualColumnNorms;

impl Projection for EqualColumnNorms {
    fn is_on_device(&self) -> bool {
        true
    }

    fn nearest(&self, parameter: Tensor<2>) -> Tensor<2> {
        let norms = column_norms(&parameter);
        directions(parameter, &norms) * norms.mean_dim(1)
    }
}

/// Columns of norm 1, that of a column of zeros with equal entries.
fn directions(parameter: Tensor<2>, norms: &Tensor<2>) -> Tensor<2> {
    let [rows, columns] = parameter.dims();
    let zero = norms.clone().equal_elem(0.0).expand([rows, columns]);
    unit_columns(parameter, norms).mask_fill(zero, (rows as f64).sqrt().recip())
}
