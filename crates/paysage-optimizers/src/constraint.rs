//! The trait of constraints.

use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, SettingError, Step};

/// A projection of the parameters onto a set, after each step of the optimizer.
///
/// Constraints are applied in order, leave frozen parameters alone and do not wait for the device.
/// Every [`Projection`](crate::Projection) is a constraint on the weights of all connections, and
/// [`Projection::on`](crate::Projection::on) selects other parameters. A constraint that couples
/// several parameters implements this trait directly.
pub trait Constraint<L: Trainable>: Send + Sync {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// When a setting is out of range.
    fn check(&self) -> Result<(), SettingError> {
        Ok(())
    }

    /// Whether [`after_step`](Self::after_step) launches the same kernels each time, and neither reads from the device nor uploads to it,
    /// so that a GPU may capture the steps of a training and replay them ([`Capture`](paysage_kernels::Capture)).
    fn is_capturable(&self, _machine: &BoltzmannMachine<L>) -> bool {
        false
    }

    /// Replaces the parameters by the nearest ones that satisfy the constraint.
    fn project(&self, machine: &mut BoltzmannMachine<L>);

    /// Changes the machine after a step of training, of which the statistics are given: by default a
    /// projection, which does not use them.
    fn after_step(&self, machine: &mut BoltzmannMachine<L>, _step: &Step) {
        self.project(machine);
    }
}
