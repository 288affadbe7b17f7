//! The trait of gradient transforms.

use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, SettingError, Step};

/// A change of the gradient between the estimator and the optimizer.
///
/// Transforms are applied in order. Every [`Penalty`](crate::Penalty) is a transform, which adds its
/// gradient to that of the weights of all connections, and
/// [`Penalty::on`](crate::Penalty::on) selects other parameters.
pub trait GradientTransform<L: Trainable>: Send + Sync {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// When a setting is out of range.
    fn check(&self) -> Result<(), SettingError> {
        Ok(())
    }

    /// Whether [`apply`](Self::apply) launches the same kernels each time, and neither reads from the device nor uploads to it,
    /// so that a GPU may capture the steps of a training and replay them ([`Capture`](paysage_kernels::Capture)).
    fn is_capturable(&self) -> bool {
        false
    }

    /// The step with another gradient. Parameters without an entry in the gradient, such as frozen
    /// ones, get none.
    fn apply(&self, machine: &BoltzmannMachine<L>, step: Step) -> Step;
}
