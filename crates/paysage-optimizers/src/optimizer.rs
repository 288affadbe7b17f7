//! The trait of optimizers.

use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Gradient, Recorded};

/// A rule that moves the parameters of a machine against a gradient.
///
/// An optimizer is a struct of settings; its moments and counters are a state that the caller
/// keeps.
pub trait Optimizer<L: Trainable>: Send + Sync {
    /// Moments and counters.
    type State: Recorded<L>;

    /// Whether a GPU may capture steps and replay them ([`Capture`](paysage_kernels::Capture)), where the state is
    /// [replayable](paysage_kernels::Replayable): the learning rate goes to [`descend`](paysage_kernels::descend) or
    /// [`adam`](paysage_kernels::adam) alone, and nothing else differs from step to step.
    fn is_capturable(&self) -> bool {
        false
    }

    /// The state before the first step.
    fn init(&self) -> Self::State;

    /// Takes one step and returns the next state. Parameters without an entry in the gradient are
    /// not changed.
    fn step(
        &self,
        machine: &mut BoltzmannMachine<L>,
        gradient: Gradient,
        state: Self::State,
        learning_rate: f64,
    ) -> Self::State;
}
