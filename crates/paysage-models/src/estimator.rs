//! Estimators of the gradient, and the step of training that they make.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;

use crate::{Batch, BoltzmannMachine, Gradient, Phase, Recorded, SettingError, State};

/// Quantities of one step by name, on the device: `[1]` each.
///
/// They are read from the device only where they are reported.
pub type Info = BTreeMap<&'static str, Tensor<1>>;

/// One step of training: the estimated gradient and the two phases that it is the difference of.
///
/// Gradient transforms take a step and return another; an optimizer then uses the gradient.
#[derive(Clone, Debug)]
pub struct Step {
    /// ⟨∂E⟩_data − ⟨∂E⟩_model, the gradient of the mean negative log-likelihood of the rows of the
    /// batch, which count by their weights.
    pub gradient: Gradient,
    /// The positive phase: rows of the batch with their hidden units.
    pub data: Phase,
    /// The negative phase: states that represent the model.
    pub model: Phase,
    /// The total weight of the rows of the batch; their number, where they are unweighted.
    pub weight: f64,
    /// Quantities of the estimator.
    pub info: Info,
}

/// An algorithm that estimates the gradient of the mean negative log-likelihood.
///
/// An estimator is a struct of settings. What it carries from one step to the next is the state,
/// a value that the caller keeps and that a checkpoint stores. Contrastive divergence is one; a
/// type that implements this trait trains with the same trainer.
pub trait Estimator<L: Trainable>: Send + Sync {
    /// What is carried from one step to the next.
    type State: Recorded<L>;

    /// Whether a GPU may capture steps and replay them ([`Capture`](paysage_kernels::Capture)), where the state is
    /// [replayable](paysage_kernels::Replayable): a step computes on the device alone, with the same kernels each time,
    /// and does not depend on the positions of its rows.
    fn is_capturable(&self) -> bool {
        false
    }

    /// The state before the first step.
    ///
    /// # Errors
    ///
    /// When a setting is out of range.
    fn init(&self, machine: &BoltzmannMachine<L>) -> Result<Self::State, SettingError>;

    /// A step from the rows of a batch, and the next state: a function of the arguments alone.
    ///
    /// The settings are those that [`init`](Self::init) accepts.
    fn step(
        &self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        state: Self::State,
        key: RandomKey,
    ) -> (Step, Self::State);

    /// Whether batches may miss values ([`Batch::known`]); not so by default.
    fn takes_missing(&self) -> bool {
        false
    }

    /// Samples of the model, where the state has some; other estimates may start from them.
    fn chains(state: &Self::State) -> Option<&State> {
        let _ = state;
        None
    }
}
