//! What training needs to know of an algorithm.

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;

use crate::{BoltzmannMachine, Gradient, State};

/// An estimate of the gradient of the mean negative log-likelihood.
///
/// Contrastive divergence and its persistent form are two; any other algorithm that implements
/// this trait trains with the same trainer.
pub trait GradientEstimator<L: Trainable>: Send {
    /// ⟨∂E⟩_data − ⟨∂E⟩_model, with the data phase over these rows `[batch, visible units]`.
    ///
    /// The result is a function of the machine, the rows, the key, and the chains that the
    /// estimator carries from one call to the next.
    fn estimate(
        &mut self,
        machine: &BoltzmannMachine<L>,
        rows: Tensor<2>,
        key: RandomKey,
    ) -> Gradient;

    /// The chains carried from one call to the next, for a checkpoint; none by default.
    fn chains(&self) -> Option<&State> {
        None
    }

    /// Goes on from chains of a checkpoint; an estimator without chains ignores them.
    fn resume(&mut self, chains: State) {
        let _ = chains;
    }
}

impl<L: Trainable> GradientEstimator<L> for Box<dyn GradientEstimator<L>> {
    fn estimate(
        &mut self,
        machine: &BoltzmannMachine<L>,
        rows: Tensor<2>,
        key: RandomKey,
    ) -> Gradient {
        self.as_mut().estimate(machine, rows, key)
    }

    fn chains(&self) -> Option<&State> {
        self.as_ref().chains()
    }

    fn resume(&mut self, chains: State) {
        self.as_mut().resume(chains);
    }
}
