//! Contrastive divergence: chains that start at the data.

use paysage_kernels::{RandomKey, on_workers};
use paysage_layers::Trainable;
use paysage_models::{Batch, BoltzmannMachine, Gradient, GradientEstimator, Memory};

use crate::{Conditions, DataPhase, phase::PhaseRows};

/// CD-k: the model phase is taken after a few Gibbs sweeps from the rows of the batch.
///
/// Cheap and of low variance, but biased: it sees the model only near the data.
///
/// Hinton, "Training products of experts by minimizing contrastive divergence", 2002.
#[derive(Clone, Debug)]
pub struct ContrastiveDivergence {
    /// k, the number of sweeps.
    pub steps: usize,
    /// How the data phase finds what rows do not show.
    pub data: DataPhase,
}

impl Default for ContrastiveDivergence {
    fn default() -> Self {
        Self {
            steps: 1,
            data: DataPhase::default(),
        }
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
            let (data, free) = (self.data.show(machine, batch, draws), Conditions::default());
            let chains = data.draws(machine);
            let model = PhaseRows::after(machine, chains, &free, self.steps, sweeps);
            machine.gradient(data.phase(), model.phase())
        })
    }

    fn takes_missing(&self) -> bool {
        true
    }

    fn memory(&self) -> Memory {
        let mut memory = Memory::default();
        self.data.remember(&mut memory);
        memory
    }

    fn resume(&mut self, memory: Memory) {
        self.data.resume(memory);
    }
}
