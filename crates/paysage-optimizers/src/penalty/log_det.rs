//! The log-determinant penalty.

use burn::tensor::{Tensor, TensorData};
use faer::{Mat, Side, linalg::solvers::DenseSolveCore};
use paysage_models::SettingError;

use super::{Penalty, check_strength};

/// Log-determinant penalty: −s ln det(WᵀW + εI), with gradient −2s W (WᵀW + εI)⁻¹ and ε = 10⁻⁶.
///
/// It keeps the columns of a matrix linearly independent. A matrix with more columns than rows has
/// dependent columns; there the rows are used instead, −s ln det(WWᵀ + εI). In both cases it is
/// −s Σ ln(σ² + ε) over the singular values σ of W, up to a constant, and its gradient is −2s times the
/// transposed pseudoinverse of W where ε is negligible. Because of ε, value and gradient are finite for
/// singular matrices too.
///
/// The matrix is factorized on the host in f64, in time proportional to rows · columns · min(rows,
/// columns): unlike other penalties, this one waits for the device in every step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogDet {
    /// s: finite and at least 0.
    pub strength: f64,
}

/// ε.
const RIDGE: f64 = 1e-6;

impl Penalty for LogDet {
    fn check_settings(&self) -> Result<(), SettingError> {
        check_strength(self.strength)
    }

    fn value(&self, parameter: &Tensor<2>) -> Tensor<1> {
        let gram = gram(&tall(parameter));
        let value = gram.llt(Side::Lower).map_or(f64::NAN, |root| {
            let lower = root.L();
            let logs = (0..lower.nrows()).map(|i| lower[(i, i)].ln());
            -2.0 * self.strength * logs.sum::<f64>()
        });
        let options = (&parameter.device(), parameter.dtype());
        Tensor::from_data(TensorData::from([value]), options)
    }

    fn gradient(&self, parameter: &Tensor<2>) -> Tensor<2> {
        let tall = tall(parameter);
        // NaN where an entry is not finite, which the check after the epoch reports.
        let Ok(root) = gram(&tall).llt(Side::Lower) else {
            return parameter.full_like(f64::NAN);
        };
        let gradient = &tall * root.inverse();
        let [rows, columns] = parameter.dims();
        let factor = -2.0 * self.strength;
        let entry = |row, column| match rows < columns {
            true => factor * gradient[(column, row)],
            false => factor * gradient[(row, column)],
        };
        let entries = (0..rows).flat_map(|row| (0..columns).map(move |column| entry(row, column)));
        let data = TensorData::new(entries.collect::<Vec<f64>>(), [rows, columns]);
        Tensor::from_data(data, (&parameter.device(), parameter.dtype()))
    }
}

/// The matrix, transposed where it has more columns than rows.
fn tall(parameter: &Tensor<2>) -> Mat<f64> {
    let [rows, columns] = parameter.dims();
    let entries: Vec<f64> = parameter.to_data().iter().collect();
    match rows < columns {
        true => Mat::from_fn(columns, rows, |i, j| entries[j * columns + i]),
        false => Mat::from_fn(rows, columns, |i, j| entries[i * columns + j]),
    }
}

/// AᵀA + εI.
fn gram(tall: &Mat<f64>) -> Mat<f64> {
    let mut gram = tall.transpose() * tall;
    for i in 0..gram.nrows() {
        gram[(i, i)] += RIDGE;
    }
    gram
}
