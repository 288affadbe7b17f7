//! Constraints on the parameters after each step.

use burn::tensor::Tensor;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, ParameterId, SettingError, Step};

/// A projection of the parameters onto a set, after each step of the optimizer.
///
/// Constraints are applied in order, leave frozen parameters alone and do not wait for the device.
pub trait Constraint<L: Trainable>: Send + Sync {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// When a setting is out of range.
    fn check(&self) -> Result<(), SettingError> {
        Ok(())
    }

    /// Replaces the parameters by the nearest ones that satisfy the constraint.
    fn project(&self, machine: &mut BoltzmannMachine<L>);

    /// Changes the machine after a step of training, of which the statistics are given: by default a
    /// projection, which does not use them.
    fn after_step(&self, machine: &mut BoltzmannMachine<L>, _step: &Step) {
        self.project(machine);
    }
}

/// The weights of each unit of the domain of a connection (a column of the weight matrix, the
/// weights of one hidden unit) have at most this Euclidean norm.
///
/// Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxColumnNorm {
    /// The largest norm: finite and greater than 0.
    pub norm: f64,
}

impl<L: Trainable> Constraint<L> for MaxColumnNorm {
    fn check(&self) -> Result<(), SettingError> {
        SettingError::check_positive("the largest norm of a column of weights", self.norm)
    }

    fn project(&self, machine: &mut BoltzmannMachine<L>) {
        map_weights(machine, |weight| {
            let norms = weight.clone().square().sum_dim(0).sqrt();
            // Of a column of zeros the quotient is infinite, and the factor 1.
            weight * (norms.recip() * self.norm).clamp_max(1.0)
        });
    }
}

/// No weight is negative: negative ones become 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NonNegativeWeights;

impl<L: Trainable> Constraint<L> for NonNegativeWeights {
    fn project(&self, machine: &mut BoltzmannMachine<L>) {
        map_weights(machine, |weight| weight.clamp_min(0.0));
    }
}

/// Replaces the weights of all connections that are not frozen.
fn map_weights<L: Trainable>(
    machine: &mut BoltzmannMachine<L>,
    with: impl Fn(Tensor<2>) -> Tensor<2>,
) {
    let frozen: Vec<ParameterId> = machine.frozen().collect();
    for (c, connection) in machine.connections.iter_mut().enumerate() {
        if !frozen.contains(&ParameterId::weight(c)) {
            connection.weight.inplace(&with);
        }
    }
}
