//! Averages over the rows of a batch.

use burn::tensor::Tensor;
use paysage_kernels::{add_transposed_times, times, transposed_times};

/// How the rows of a batch count in an average: alike, or each with its own weight.
///
/// Weighted rows are what an exact sum over states needs (the weights are probabilities), or a
/// data set with repeated or reweighted rows.
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
        match self {
            Self::Uniform => x.mean_dim(0).squeeze_dim(0),
            Self::Weighted(weights) => {
                times(weights.clone().unsqueeze_dim::<2>(0), x).squeeze_dim(0)
            }
        }
    }

    /// The average outer product times a factor, scale · ⟨left ⊗ right⟩:
    /// `[batch, rows] × [batch, columns] → [rows, columns]`. It is fastest where `left` is binary.
    #[must_use]
    pub fn outer(&self, left: Tensor<2>, right: Tensor<2>, scale: f64) -> Tensor<2> {
        let (right, scale) = self.weighed(right, scale);
        transposed_times(left, right, scale)
    }

    /// `sum` + scale · ⟨left ⊗ right⟩, in the memory of `sum` where nobody else holds it.
    #[must_use]
    pub fn add_outer(
        &self,
        sum: Tensor<2>,
        left: Tensor<2>,
        right: Tensor<2>,
        scale: f64,
    ) -> Tensor<2> {
        let (right, scale) = self.weighed(right, scale);
        add_transposed_times(sum, left, right, scale)
    }

    /// What turns a sum over the rows into an average.
    fn weighed(&self, x: Tensor<2>, scale: f64) -> (Tensor<2>, f64) {
        match self {
            Self::Uniform => {
                let batch = x.dims()[0];
                (x, scale / batch as f64)
            }
            Self::Weighted(weights) => (x * weights.clone().unsqueeze_dim(1), scale),
        }
    }
}
