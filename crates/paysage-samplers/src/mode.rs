//! Modes of the conditional distributions.

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::{InverseTemperature, Trainable};

use crate::Sampler;

/// Replaces every layer by its most probable state given the others: the energy never increases and
/// ends in a local minimum. Neither temperature nor key is used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mode;

impl<L: Trainable> Sampler<L> for Mode {
    fn draw(
        &self,
        layer: &L,
        field: Tensor<2>,
        _beta: &InverseTemperature,
        _key: RandomKey,
    ) -> Tensor<2> {
        layer.mode(field)
    }
}
