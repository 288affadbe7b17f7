//! Draws from the conditional distributions.

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::{InverseTemperature, Trainable};

use crate::Sampler;

/// Gibbs sampling: every layer is drawn from its distribution given the others, which leaves the
/// distribution of the machine as it is.
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
