//! What training needs to know of an algorithm.

use paysage_kernels::RandomKey;
use paysage_layers::Trainable;

use crate::{Batch, BoltzmannMachine, Gradient, Memory, State};

/// An estimate of the gradient of the mean negative log-likelihood.
///
/// Contrastive divergence and its persistent form are two; any other algorithm that implements
/// this trait trains with the same trainer.
pub trait GradientEstimator<L: Trainable>: Send {
    /// ⟨∂E⟩_data − ⟨∂E⟩_model, with the data phase over the rows of a batch.
    ///
    /// The result is a function of the machine, the batch, the key, and what the estimator carries
    /// from one call to the next.
    fn estimate(
        &mut self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        key: RandomKey,
    ) -> Gradient;

    /// Whether the data phase fills in what is missing in a batch ([`Batch::known`]); rows that miss
    /// something are refused where it does not, as by default.
    fn takes_missing(&self) -> bool {
        false
    }

    /// Samples of the machine, where the estimator has them: other estimates may start from them.
    fn chains(&self) -> Option<&State> {
        None
    }

    /// What there is to know of the last call, by name; nothing by default.
    fn measures(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    /// All that is carried from one call to the next, for a checkpoint; nothing by default.
    fn memory(&self) -> Memory {
        Memory::default()
    }

    /// Goes on from what a checkpoint kept; an estimator without memory ignores it.
    fn resume(&mut self, memory: Memory) {
        let _ = memory;
    }
}

impl<L: Trainable> GradientEstimator<L> for Box<dyn GradientEstimator<L>> {
    fn estimate(
        &mut self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        key: RandomKey,
    ) -> Gradient {
        self.as_mut().estimate(machine, batch, key)
    }

    fn takes_missing(&self) -> bool {
        self.as_ref().takes_missing()
    }

    fn chains(&self) -> Option<&State> {
        self.as_ref().chains()
    }

    fn measures(&self) -> Vec<(&'static str, f64)> {
        self.as_ref().measures()
    }

    fn memory(&self) -> Memory {
        self.as_ref().memory()
    }

    fn resume(&mut self, memory: Memory) {
        self.as_mut().resume(memory);
    }
}
