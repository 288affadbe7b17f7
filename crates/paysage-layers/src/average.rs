//! Averages over the rows of a batch.

use burn::tensor::Tensor;
use paysage_kernels::{ColumnMeans, Outer, times};

use crate::RowMean;

/// The weights of the rows of a batch in an average.
///
/// An exact sum over states weights its rows by their probabilities; a data set may have repeated or
/// reweighted rows.
#[derive(Clone, Debug)]
pub enum RowAverage {
    /// The plain mean.
    Uniform,
    /// Σ weight·row, with the weights `[batch]`; they should sum to one.
    Weighted(Tensor<1>),
}

impl RowAverage {
    /// The average of each column: `[batch, units] → [units]`.
    #[must_use]
    pub fn columns(&self, x: Tensor<2>) -> Tensor<1> {
        self.scaled_columns(x, 1.0).compute()
    }

    /// The average of each column times a factor, to be computed or summed: `[batch, units] → [units]`.
    #[must_use]
    pub fn scaled_columns(&self, x: Tensor<2>, factor: f64) -> RowMean {
        match self {
            Self::Uniform => RowMean::Pending(ColumnMeans { rows: x, factor }),
            Self::Weighted(weights) => {
                let sums = times(weights.clone().unsqueeze_dim::<2>(0), x).squeeze_dim(0);
                RowMean::Computed(if factor == 1.0 { sums } else { sums * factor })
            }
        }
    }

    /// The average outer product times a factor, factor · ⟨left ⊗ right⟩:
    /// `[batch, rows] × [batch, columns] → [rows, columns]`, to be summed. It is fastest where
    /// `left` is binary.
    #[must_use]
    pub fn outer(&self, left: Tensor<2>, right: Tensor<2>, factor: f64) -> Outer {
        match self {
            Self::Uniform => {
                let scale = factor / left.dims()[0] as f64;
                Outer { left, right, scale }
            }
            Self::Weighted(weights) => Outer {
                left,
                right: right * weights.clone().unsqueeze_dim(1),
                scale: factor,
            },
        }
    }
}
