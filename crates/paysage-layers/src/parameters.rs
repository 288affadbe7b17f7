//! Operations on parameters that several kinds share.

use burn::tensor::{Tensor, TensorCreationOptions, TensorData};
use paysage_kernels::{minus_row, row_dots};

/// A tensor with these values, on the device and of the type of another.
pub(crate) fn like(tensor: &Tensor<1>, values: impl Iterator<Item = f64>) -> Tensor<1> {
    let values: Vec<f64> = values.collect();
    let length = values.len();
    let options: TensorCreationOptions = (&tensor.device(), tensor.dtype()).into();
    Tensor::from_data(TensorData::new(values, [length]), options)
}

/// The values of a parameter, on the host.
pub(crate) fn read(tensor: &Tensor<1>) -> Vec<f64> {
    tensor.to_data().iter().collect()
}

/// Σ x over the units: `[batch, units] → [batch]`.
pub(crate) fn total(x: Tensor<2>) -> Tensor<1> {
    x.sum_dim(1).squeeze_dim(1)
}

/// Σ x·weight over the units: `[batch, units] → [batch]`.
pub(crate) fn dot(x: Tensor<2>, weight: Tensor<1>) -> Tensor<1> {
    row_dots(x, weight, 1.0)
}

/// x − center.
pub(crate) fn centered(states: Tensor<2>, center: Option<&Tensor<1>>) -> Tensor<2> {
    match center {
        Some(center) => minus_row(states, center.clone()),
        None => states,
    }
}
