//! The rows that a step of training looks at.

use burn::tensor::{Bool, Tensor};

/// Rows of a table on the device, and which rows of it they are.
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
    /// The rows, zero where they are not known: `[batch, visible units]`.
    pub rows: Tensor<2>,
    /// Where they are known: `[batch, visible units]`; nothing where all of them are.
    pub known: Option<Tensor<2, Bool>>,
    /// The places of these rows in the table.
    pub indices: Vec<usize>,
    /// How many rows the table has.
    pub of: usize,
}

/// A table of these rows alone, all of them known.
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
