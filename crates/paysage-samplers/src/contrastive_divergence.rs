//! Contrastive divergence: chains that start at the data.

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Gradient, GradientEstimator};

use crate::{
    Conditions, Gibbs, Sampler,
    phase::{data_phase, model_phase},
};

/// CD-k: the model phase is taken after a few Gibbs sweeps from the rows of the batch.
///
/// Cheap and of low variance, but biased: it sees the model only near the data.
///
/// Hinton, "Training products of experts by minimizing contrastive divergence", 2002.
#[derive(Clone, Debug)]
pub struct ContrastiveDivergence {
    /// k, the number of sweeps.
    pub steps: usize,
}

impl Default for ContrastiveDivergence {
    fn default() -> Self {
        Self { steps: 1 }
    }
}

impl<L: Trainable> GradientEstimator<L> for ContrastiveDivergence {
    fn estimate(
        &mut self,
        machine: &BoltzmannMachine<L>,
        rows: Tensor<2>,
        key: RandomKey,
    ) -> Gradient {
        let (data, state) = data_phase(machine, rows);
        let chains = Gibbs.run(machine, state, &Conditions::default(), self.steps, key);
        data - model_phase(machine, &chains)
    }
}
