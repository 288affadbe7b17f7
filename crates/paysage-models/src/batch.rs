//! Batches of rows.

use burn::tensor::{Bool, Tensor};

/// Rows of a data set on the device, and their positions in it.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_models::Batch;
///
/// let rows = Tensor::<2>::from_floats([[0.0, 1.0], [1.0, 1.0]], &default_device()?);
/// let batch = Batch::from(rows);
/// assert_eq!((batch.indices, batch.of), (vec![0, 1], 2));
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Batch {
    /// The rows, zero where a value is missing: `[batch, visible units]`.
    pub rows: Tensor<2>,
    /// Where values are observed: `[batch, visible units]`; `None` where no value is missing.
    pub known: Option<Tensor<2, Bool>>,
    /// The positions of these rows in the data set, counted from 0.
    pub indices: Vec<usize>,
    /// The number of rows of the data set.
    pub of: usize,
}

/// A data set of these rows alone, without missing values.
impl From<Tensor<2>> for Batch {
    fn from(rows: Tensor<2>) -> Self {
        let of = rows.dims()[0];
        Self {
            rows,
            known: None,
            indices: (0..of).collect(),
            of,
        }
    }
}
