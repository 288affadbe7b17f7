//! Means over the rows of a matrix.

use burn::{backend::Dispatch, tensor::Tensor};

use crate::backend::{Sums, is_f32_on_gpu};

/// The mean of each column of a matrix times a factor, `[rows, columns] → [columns]`, before it is computed.
///
/// On a GPU it is one kernel, with what is made of it.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{ColumnMeans, default_device};
///
/// let device = default_device()?;
/// let of = |rows, factor| ColumnMeans {
///     rows: Tensor::from_floats(rows, &device),
///     factor,
/// };
/// let data = of([[1.0, 2.0], [3.0, 6.0]], 1.0);
/// let model = of([[0.0, 1.0], [1.0, 1.0]], -2.0);
/// let contrast = data.sum_with(model).try_into_vec_as::<f32>().expect("readable");
/// assert_eq!(contrast, [1.0, 2.0]);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ColumnMeans {
    /// The matrix: `[rows, columns]`.
    pub rows: Tensor<2>,
    /// The factor of the means.
    pub factor: f64,
}

impl ColumnMeans {
    /// factor · means: `[columns]`.
    #[must_use]
    pub fn compute(self) -> Tensor<1> {
        if is_f32_on_gpu(&self.rows) {
            let rows = self.rows.into_dispatch();
            let factor = self.factor as f32;
            return Tensor::from_dispatch(<Dispatch as Sums>::column_means(rows, factor));
        }
        let means = self.rows.mean_dim(0).squeeze_dim(0);
        match self.factor {
            1.0 => means,
            factor => means * factor,
        }
    }

    /// The sum of these and others, whose rows may differ in number: `[columns]`. With factors of ±1, equal means cancel.
    ///
    /// # Panics
    ///
    /// When the widths differ.
    #[must_use]
    pub fn sum_with(self, other: Self) -> Tensor<1> {
        let [width, other_width] = [&self, &other].map(|means| means.rows.dims()[1]);
        assert_eq!(width, other_width, "a sum of means: the widths");
        if is_f32_on_gpu(&self.rows) {
            Tensor::from_dispatch(<Dispatch as Sums>::column_means_sum(
                self.rows.into_dispatch(),
                self.factor as f32,
                other.rows.into_dispatch(),
                other.factor as f32,
            ))
        } else {
            self.compute() + other.compute()
        }
    }

    /// A row that is moved towards these by a rate: row + rate · (factor · means − row), which stays where both are
    /// equal.
    ///
    /// # Panics
    ///
    /// When the widths differ.
    #[must_use]
    pub fn attract(self, row: Tensor<1>, rate: f64) -> Tensor<1> {
        let widths = (self.rows.dims()[1], row.dims()[0]);
        assert_eq!(widths.0, widths.1, "a row and means: the widths");
        if is_f32_on_gpu(&self.rows) {
            Tensor::from_dispatch(<Dispatch as Sums>::attract_to_column_means(
                row.into_dispatch(),
                self.rows.into_dispatch(),
                self.factor as f32,
                rate as f32,
            ))
        } else {
            let step = (self.compute() - row.clone()) * rate;
            row + step
        }
    }
}
