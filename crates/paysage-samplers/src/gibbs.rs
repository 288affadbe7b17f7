//! Gibbs sampling.

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
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
}
