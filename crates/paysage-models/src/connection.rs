//! A matrix of weights between two layers.

use burn::tensor::{Tensor, TensorCreationOptions};

/// The interaction −r_t(x_t)ᵀ W r_d(x_d) between two layers.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The layer whose units are the rows of the weights.
    pub target: usize,
    /// The layer whose units are the columns of the weights.
    pub domain: usize,
    /// W: `[units of target, units of domain]`.
    pub weight: Tensor<2>,
}

impl Connection {
    /// A connection with all weights zero, between layers of these sizes.
    pub fn zeros(
        target: (usize, usize),
        domain: (usize, usize),
        options: impl Into<TensorCreationOptions>,
    ) -> Self {
        Self {
            target: target.0,
            domain: domain.0,
            weight: Tensor::zeros([target.1, domain.1], options),
        }
    }

    /// Whether the connection ends at this layer.
    #[must_use]
    pub fn touches(&self, layer: usize) -> bool {
        self.target == layer || self.domain == layer
    }
}
