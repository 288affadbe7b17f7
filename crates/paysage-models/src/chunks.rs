//! Chunks of rows on the device of a machine.

use burn::tensor::{Tensor, TensorData};
use paysage_data::{Chunk, DataError, Order, Rows};
use paysage_layers::Trainable;

use crate::BoltzmannMachine;

/// Number of rows of a chunk: enough to keep a device busy, few enough to keep intermediate
/// results small.
pub(crate) const CHUNK: usize = 1000;

impl<L: Trainable> BoltzmannMachine<L> {
    /// All rows in stored order, in chunks of 1,000 rows on the device of the machine:
    /// `[rows, visible units]`. Missing values are NaN.
    pub fn chunks<'a>(
        &'a self,
        rows: &'a dyn Rows,
    ) -> impl Iterator<Item = Result<Tensor<2>, DataError>> + 'a {
        let chunks = rows.chunks(Order::Stored, CHUNK);
        chunks.map(|chunk| Ok(self.tensor_of(&chunk?)))
    }

    /// The rows of a chunk on the device of the machine: `[rows, visible units]`. Missing values
    /// are NaN.
    #[must_use]
    pub fn tensor_of(&self, chunk: &Chunk) -> Tensor<2> {
        let rows = chunk.positions.len();
        let columns = chunk.values.len() / rows.max(1);
        let data = TensorData::new(chunk.values.clone(), [rows, columns]);
        Tensor::from_data(data, (&self.device(), self.dtype()))
    }
}
