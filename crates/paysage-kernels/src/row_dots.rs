//! Products of the rows of a matrix with a row of weights.

use burn::{backend::Dispatch, tensor::Tensor};

use crate::{
    backend::{Sums, is_f32_on_gpu},
    times,
};

/// factor · Σ x·weight of each row, `[rows, columns] × [columns] → [rows]`; on a GPU in one kernel.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{default_device, row_dots};
///
/// let device = default_device()?;
/// let rows = Tensor::from_floats([[1.0, 2.0], [3.0, 6.0]], &device);
/// let dots = row_dots(rows, Tensor::from_floats([0.5, 1.0], &device), -1.0);
/// assert_eq!(dots.try_into_vec_as::<f32>().expect("readable"), [-2.5, -7.5]);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
///
/// # Panics
///
/// When the widths differ.
#[must_use]
pub fn row_dots(rows: Tensor<2>, weight: Tensor<1>, factor: f64) -> Tensor<1> {
    assert_eq!(rows.dims()[1], weight.dims()[0], "row_dots: the widths");
    if is_f32_on_gpu(&rows) {
        return Tensor::from_dispatch(<Dispatch as Sums>::row_dots(
            rows.into_dispatch(),
            weight.into_dispatch(),
            factor as f32,
        ));
    }
    let dots = times(rows, weight.unsqueeze_dim(1)).squeeze_dim(1);
    match factor {
        1.0 => dots,
        -1.0 => -dots,
        factor => dots * factor,
    }
}
