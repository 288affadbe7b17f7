//! Gibbs sampling.

use burn::tensor::Tensor;
use paysage_kernels::{Product, RandomKey};
use paysage_layers::{InverseTemperature, Trainable};

use crate::Sampler;

/// Gibbs sampling: draws every layer from its conditional distribution given the others, which leaves
/// the distribution of the machine invariant.
///
/// Geman & Geman, "Stochastic relaxation, Gibbs distributions, and the Bayesian restoration of
/// images", 1984.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gibbs;

impl<L: Trainable> Sampler<L> for Gibbs {
    fn draw(
        &self,
        layer: &L,
        field: Tensor<2>,
        beta: &InverseTemperature,
        key: RandomKey,
    ) -> Tensor<2> {
        layer.sample(field, beta, key)
    }

    fn draw_under(
        &self,
        layer: &L,
        field: Product,
        beta: &InverseTemperature,
        key: RandomKey,
    ) -> Tensor<2> {
        layer.sample_under(field, beta, key)
    }

    fn mean_and_draw_under(
        &self,
        layer: &L,
        field: Product,
        beta: &InverseTemperature,
        key: RandomKey,
    ) -> (Tensor<2>, Tensor<2>) {
        layer.mean_and_sample_under(field, beta, key)
    }
}
