//! Means over the rows of a matrix.

use burn::{backend::Dispatch, tensor::Tensor};

use crate::backend::{Sums, is_f32_on_gpu};

/// The mean of each column times a factor, `[rows, columns] → [columns]`; on a GPU in one kernel.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{column_means, default_device};
///
/// let device = default_device()?;
/// let rows = Tensor::from_floats([[1.0, 2.0], [3.0, 6.0]], &device);
/// let means = column_means(rows, -1.0).try_into_vec_as::<f32>().expect("readable");
/// assert_eq!(means, [-2.0, -4.0]);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
#[must_use]
pub fn column_means(rows: Tensor<2>, factor: f64) -> Tensor<1> {
    if is_f32_on_gpu(&rows) {
        let rows = rows.into_dispatch();
        return Tensor::from_dispatch(<Dispatch as Sums>::column_means(rows, factor as f32));
    }
    let means = rows.mean_dim(0).squeeze_dim(0);
    if factor == 1.0 { means } else { means * factor }
}
