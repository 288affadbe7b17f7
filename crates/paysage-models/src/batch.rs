//! Batches of rows.

use burn::tensor::{Bool, DType, Device, Tensor, TensorData};
use paysage_data::{Chunk, rows_by_weight, total_weight};
use paysage_layers::RowAverage;

use crate::State;

/// Rows of a data set on the device, and their positions in it.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_models::Batch;
///
/// let rows = Tensor::<2>::from_floats([[0.0, 1.0], [1.0, 1.0]], &default_device()?);
/// let batch = Batch::from(rows);
/// assert_eq!((&batch.indices[..], batch.of), (&[0, 1][..], 2));
/// assert_eq!(batch.with_weights(&[1.0, 2.5]).total_weight(), 3.5);
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
    /// The weights of these rows; `None` where all count once.
    pub weights: Option<BatchWeights>,
}

/// The weights of the rows of a batch.
#[derive(Clone, Debug)]
pub struct BatchWeights {
    /// The weight of each row.
    pub each: Vec<f32>,
    /// The weights over their sum: `[batch]`.
    pub fractions: Tensor<1>,
    /// The sum of the weights.
    pub total: f64,
}

impl Batch {
    /// A chunk of a data set of `of` rows on a device. Missing values (NaN) become zero and are marked as
    /// missing. The rows have no weights.
    #[must_use]
    pub fn of_chunk(chunk: Chunk, of: usize, (device, dtype): (&Device, DType)) -> Self {
        let Chunk {
            mut values,
            positions,
        } = chunk;
        let shape = [positions.len(), values.len() / positions.len().max(1)];
        // Without an early exit, so that several values are compared at once.
        let is_missing = values.iter().fold(false, |any, value| any | value.is_nan());
        let known = is_missing.then(|| {
            let known: Vec<bool> = values.iter().map(|value| !value.is_nan()).collect();
            values
                .iter_mut()
                .filter(|x| x.is_nan())
                .for_each(|x| *x = 0.0);
            Tensor::<2, Bool>::from_data(TensorData::new(known, shape), device)
        });
        let data = TensorData::new(values, shape);
        Self {
            rows: Tensor::from_data(data, (device, dtype)),
            known,
            indices: positions,
            of,
            weights: None,
        }
    }

    /// The batch with the weights of its rows, given those of all rows of the data set.
    ///
    /// # Panics
    ///
    /// When a row has no weight.
    #[must_use]
    pub fn with_weights(self, weights: &[f32]) -> Self {
        let each: Vec<f32> = self.indices.iter().map(|&row| weights[row]).collect();
        let total = total_weight(&each);
        let fractions = each.iter().map(|&weight| f64::from(weight) / total);
        let fractions: Vec<f64> = fractions.collect();
        let data = TensorData::new(fractions, [self.indices.len()]);
        let options = (&self.rows.device(), self.rows.dtype());
        let fractions = Tensor::from_data(data, options);
        Self {
            weights: Some(BatchWeights {
                each,
                fractions,
                total,
            }),
            ..self
        }
    }

    /// The average over the rows.
    #[must_use]
    pub fn average(&self) -> RowAverage {
        match &self.weights {
            None => RowAverage::Uniform,
            Some(weights) => RowAverage::Weighted(weights.fractions.clone()),
        }
    }

    /// States for chains to start from, given a state of each row of the batch: one row after another and
    /// over again, or rows of different weights in proportion to their weights.
    #[must_use]
    pub fn starts(&self, rows: &State, chains: usize) -> State {
        match self.weights.as_ref().map(|weights| &weights.each) {
            Some(weights) if weights.iter().any(|weight| *weight != weights[0]) => {
                rows.selected(&rows_by_weight(weights, chains))
            }
            _ => rows.cycled(chains),
        }
    }

    /// The sum of the weights of the rows; their number, where they are unweighted.
    #[must_use]
    pub fn total_weight(&self) -> f64 {
        match &self.weights {
            None => self.indices.len() as f64,
            Some(weights) => weights.total,
        }
    }
}

/// A data set of these rows alone, without missing values and weights.
impl From<Tensor<2>> for Batch {
    fn from(rows: Tensor<2>) -> Self {
        let of = rows.dims()[0];
        Self {
            rows,
            known: None,
            indices: (0..of).collect(),
            of,
            weights: None,
        }
    }
}
