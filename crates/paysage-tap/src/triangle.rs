//! Third-order terms of three mutually connected layers: tr(C₁W₁₂C₂W₂₃C₃W₃₁), with the covariances C
//! of their units.

use burn::tensor::Tensor;

use paysage_layers::RowAverage;

use crate::side::{Side, by_rows, part};

/// A triangle, and the weights from each layer to the next: `[its units, the next's]`.
pub(crate) struct Triangle {
    pub layers: [usize; 3],
    pub weights: [Tensor<2>; 3],
}

impl Triangle {
    /// The term itself: `[batch]`.
    pub fn value(&self, sides: [&Side; 3]) -> Tensor<1> {
        Tensor::cat(
            by_rows(sides, self.values(), |sides, _| self.value_of(sides)),
            0,
        )
    }

    /// The derivative in the `second` of one layer: `[batch, units]`.
    pub fn slope(&self, sides: [&Side; 3], layer: usize) -> Tensor<2> {
        let pieces = by_rows(sides, self.values(), |sides, _| self.slope_of(sides, layer));
        Tensor::cat(pieces, 0)
    }

    /// The derivative in the weights from one layer to the next, averaged over the rows.
    pub fn gradient(&self, sides: [&Side; 3], layer: usize, average: &RowAverage) -> Tensor<2> {
        let batch = sides[0].seen.dims()[0];
        let parts = by_rows(sides, self.values(), |sides, rows| {
            part(self.gradient_of(sides, layer), rows, batch, average)
        });
        let sum = parts.into_iter().reduce(|sum, part| sum + part);
        sum.expect("a row at least")
    }

    /// Number of values of the largest tensor per row.
    fn values(&self) -> usize {
        let sizes = self
            .weights
            .iter()
            .map(|weight| weight.shape().num_elements());
        sizes.max().unwrap_or(1)
    }

    fn value_of(&self, sides: [&Side; 3]) -> Tensor<1> {
        let around = self.around(sides, 0);
        let product = sides[0].covariance_times(around) * self.last(sides, 0);
        product.sum_dim(2).sum_dim(1).squeeze_dims::<1>(&[1, 2])
    }

    fn slope_of(&self, sides: [&Side; 3], layer: usize) -> Tensor<2> {
        let (around, last) = (self.around(sides, layer), self.last(sides, layer));
        let own = sides[layer];
        let diagonal = around.clone() * last.clone();
        let both = if own.states == 1 {
            diagonal
        } else {
            // ∂/∂p of tr((diag p − p pᵀ) M): M_aa − (Mp)_a − (Mᵀp)_a, each within a site.
            let mean = |x: &Tensor<3>| x.clone() - own.centered(x.clone());
            diagonal - around.clone() * mean(&last) - mean(&around) * last
        };
        both.sum_dim(2).squeeze_dim(2)
    }

    /// The gradient of each row: `[batch, units of the layer, units of the next]`.
    fn gradient_of(&self, sides: [&Side; 3], layer: usize) -> Tensor<3> {
        let [_, next, last] = turn(layer);
        let batch = sides[0].seen.dims()[0];
        // C₁ W₁₃ C₃ W₃₂ C₂ with 1 the layer and 2 the next.
        let back = each_row(self.weights[next].clone().transpose(), batch);
        let from_last = sides[last].covariance_times(back);
        let to_last = each_row(self.weights[last].clone().transpose(), batch);
        let product = to_last.matmul(from_last);
        let product = sides[layer].covariance_times(product);
        sides[next]
            .covariance_times(product.swap_dims(1, 2))
            .swap_dims(1, 2)
    }

    /// W₁₂C₂W₂₃C₃ with 1 the layer: `[batch, its units, units of the last]`.
    fn around(&self, sides: [&Side; 3], layer: usize) -> Tensor<3> {
        let [_, next, last] = turn(layer);
        let batch = sides[0].seen.dims()[0];
        let second = sides[next].covariance_times(each_row(self.weights[next].clone(), batch));
        let product = each_row(self.weights[layer].clone(), batch).matmul(second);
        sides[last]
            .covariance_times(product.swap_dims(1, 2))
            .swap_dims(1, 2)
    }

    /// W₃₁ᵀ: `[batch, units, units of the last]`.
    fn last(&self, sides: [&Side; 3], layer: usize) -> Tensor<3> {
        let [_, _, last] = turn(layer);
        let weight = self.weights[last].clone().transpose();
        each_row(weight, sides[0].seen.dims()[0])
    }
}

/// The three layers in cyclic order, from one on.
fn turn(layer: usize) -> [usize; 3] {
    [layer, (layer + 1) % 3, (layer + 2) % 3]
}

fn each_row(weight: Tensor<2>, batch: usize) -> Tensor<3> {
    let [units, width] = weight.dims();
    weight.unsqueeze_dim::<3>(0).expand([batch, units, width])
}
