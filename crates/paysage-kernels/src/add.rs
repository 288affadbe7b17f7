//! Scaled addition, and addition of an outer product.

use burn::{backend::Dispatch, tensor::Tensor};

use crate::backend::{Sums, has_kernels, is_f32_on_gpu};

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
    if has_kernels(&tensor) {
        Tensor::from_dispatch(<Dispatch as Sums>::add_scaled(
            tensor.into_dispatch(),
            direction.into_dispatch(),
            scale as f32,
        ))
    } else {
        tensor + direction * scale
    }
}

/// factor · tensor. A [`Capture`](crate::Capture) writes a factor that is a number of the [`Time`](crate::Time) anew each
/// time.
#[must_use]
pub fn scale<const D: usize>(tensor: Tensor<D>, factor: f64) -> Tensor<D> {
    if is_f32_on_gpu(&tensor) {
        let scaled = <Dispatch as Sums>::scale(tensor.into_dispatch(), factor as f32);
        Tensor::from_dispatch(scaled)
    } else {
        tensor * factor
    }
}

/// tensor − rate · gradient, a step of gradient descent: [`add_scaled`] with −rate as the scale. A [`Capture`] writes the
/// rate anew each time.
///
/// [`Capture`]: crate::Capture
///
/// # Panics
///
/// When the shapes differ.
#[must_use]
pub fn descend<const D: usize>(tensor: Tensor<D>, gradient: Tensor<D>, rate: f64) -> Tensor<D> {
    assert_eq!(tensor.dims(), gradient.dims(), "descend: the shapes");
    if has_kernels(&tensor) {
        Tensor::from_dispatch(<Dispatch as Sums>::descend(
            tensor.into_dispatch(),
            gradient.into_dispatch(),
            rate,
        ))
    } else {
        tensor + gradient * -rate
    }
}

/// matrix − row, the same row from each: `[rows, columns] − [columns]`.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{default_device, minus_row};
///
/// let device = default_device()?;
/// let matrix = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0]], &device);
/// let rest = minus_row(matrix, Tensor::from_floats([1.0, -1.0], &device));
/// assert_eq!(rest.try_into_vec_as::<f32>().expect("readable"), [0.0, 3.0, 2.0, 5.0]);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
///
/// # Panics
///
/// When the widths differ.
#[must_use]
pub fn minus_row(matrix: Tensor<2>, row: Tensor<1>) -> Tensor<2> {
    assert_eq!(matrix.dims()[1], row.dims()[0], "minus_row: the widths");
    if is_f32_on_gpu(&matrix) {
        Tensor::from_dispatch(<Dispatch as Sums>::minus_row(
            matrix.into_dispatch(),
            row.into_dispatch(),
        ))
    } else {
        matrix - row.unsqueeze()
    }
}

/// matrix + column · rowᵀ in one pass over memory, `[rows, columns] + [rows] ⊗ [columns]`; in place where
/// `matrix` is not shared.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{add_outer, default_device};
///
/// let device = default_device()?;
/// let matrix = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0]], &device);
/// let column = Tensor::from_floats([1.0, -1.0], &device);
/// let row = Tensor::from_floats([10.0, 20.0], &device);
/// let sum = add_outer(matrix, column, row).try_into_vec_as::<f32>().expect("readable");
/// assert_eq!(sum, [11.0, 22.0, -7.0, -16.0]);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
///
/// # Panics
///
/// When the shapes do not fit.
#[must_use]
pub fn add_outer(matrix: Tensor<2>, column: Tensor<1>, row: Tensor<1>) -> Tensor<2> {
    let fits = [column.dims()[0], row.dims()[0]];
    assert_eq!(matrix.dims(), fits, "add_outer: the shapes");
    if has_kernels(&matrix) {
        Tensor::from_dispatch(<Dispatch as Sums>::add_outer(
            matrix.into_dispatch(),
            column.into_dispatch(),
            row.into_dispatch(),
        ))
    } else {
        matrix + column.unsqueeze_dim::<2>(1) * row.unsqueeze_dim::<2>(0)
    }
}
