//! Contrastive divergence: chains that start at the data.

use paysage_kernels::{RandomKey, on_workers};
use paysage_layers::Trainable;
use paysage_models::{Batch, BoltzmannMachine, Gradient, GradientEstimator};

use crate::phase::{ModelPhase, data_phase, hidden_means_and_draws};

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
        batch: &Batch,
        key: RandomKey,
    ) -> Gradient {
        on_workers(|| {
            let (draws, sweeps) = (key.split(0), key.split(1));
            let (means, draws) = hidden_means_and_draws(machine, batch.rows.clone(), draws);
            let model = ModelPhase::after(machine, draws, self.steps, sweeps);
            machine.gradient(data_phase(&means, &machine.hidden()), model.phase())
        })
    }
}
