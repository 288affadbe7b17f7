//! Means of the conditional distributions.

use burn::tensor::Tensor;
use paysage_kernels::{Product, RandomKey};
use paysage_layers::{InverseTemperature, Trainable};

use crate::Sampler;

/// Replaces every layer by its mean given the means of the others; repeated sweeps converge to a
/// fixed point of naive mean-field theory. The key is not used.
#[derive(Clone, Copy, Debug, Default)]
pub struct MeanField;

impl<L: Trainable> Sampler<L> for MeanField {
    fn draw(
        &self,
        layer: &L,
        field: Tensor<2>,
        beta: &InverseTemperature,
        _key: RandomKey,
    ) -> Tensor<2> {
        layer.mean(field, beta)
    }

    fn draw_under(
        &self,
        layer: &L,
        field: Product,
        beta: &InverseTemperature,
        _key: RandomKey,
    ) -> Tensor<2> {
        layer.mean_under(field, beta)
    }
}
