//! Rows of a matrix at given positions.

use burn::tensor::{Int, Tensor, kind::Basic};

/// The rows of a matrix of f32 or bytes at these positions, as f32 without gaps: `[positions, columns]`. `None` on a CPU, for
/// other types, and beyond 2³² numbers.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{default_device, gather_rows_on_gpu};
///
/// let device = default_device()?;
/// let matrix = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0]], &device);
/// let positions = Tensor::<1, burn::tensor::Int>::from_data([1_i32, 1, 0], &device);
/// if let Some(rows) = gather_rows_on_gpu(&matrix, &positions) {
///     let rows = rows.try_into_vec_as::<f32>().expect("readable");
///     assert_eq!(rows, [3.0, 4.0, 3.0, 4.0, 1.0, 2.0]);
/// }
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
///
/// A position that is no row gives the last row.
#[must_use]
pub fn gather_rows_on_gpu<K: Basic>(
    matrix: &Tensor<2, K>,
    positions: &Tensor<1, Int>,
) -> Option<Tensor<2>> {
    #[cfg(all(feature = "cube", not(feature = "fusion")))]
    return crate::gpu::gather_rows(matrix, positions);
    #[cfg(any(not(feature = "cube"), feature = "fusion"))]
    {
        let _ = (matrix, positions);
        None
    }
}
