//! Norms of the columns of a matrix.

use burn::tensor::Tensor;

/// The smallest divisor: a column of zeros divided by it is zero.
const TINY: f64 = f32::MIN_POSITIVE as f64;

/// The Euclidean norm of each column: `[1, columns]`.
pub(crate) fn column_norms(matrix: &Tensor<2>) -> Tensor<2> {
    matrix.clone().square().sum_dim(0).sqrt()
}

/// The columns divided by their norms; columns of zeros stay.
pub(crate) fn unit_columns(matrix: Tensor<2>, norms: &Tensor<2>) -> Tensor<2> {
    matrix / norms.clone().clamp_min(TINY)
}
