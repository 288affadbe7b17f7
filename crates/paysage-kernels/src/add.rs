//! Scaled addition.

use burn::{backend::Dispatch, tensor::Tensor};

use crate::backend::{Sums, has_sums};

/// tensor + scale · direction in one pass over memory; in place where `tensor` is not shared.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{add_scaled, default_device};
///
/// let device = default_device()?;
/// let tensor = Tensor::<1>::from_floats([1.0, 2.0], &device);
/// let moved = add_scaled(tensor, Tensor::from_floats([10.0, 20.0], &device), -0.5);
/// assert_eq!(moved.try_into_vec_as::<f32>().expect("readable"), [-4.0, -8.0]);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
///
/// # Panics
///
/// When the shapes differ.
#[must_use]
pub fn add_scaled<const D: usize>(
    tensor: Tensor<D>,
    direction: Tensor<D>,
    scale: f64,
) -> Tensor<D> {
    assert_eq!(tensor.dims(), direction.dims(), "add_scaled: the shapes");
    if has_sums(&tensor) {
        Tensor::from_dispatch(<Dispatch as Sums>::add_scaled(
            tensor.into_dispatch(),
            direction.into_dispatch(),
            scale as f32,
        ))
    } else {
        tensor + direction * scale
    }
}
