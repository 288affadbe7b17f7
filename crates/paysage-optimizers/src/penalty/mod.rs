//! Penalties: functions of a parameter that are added to the mean negative log-likelihood.

mod adaptive_l1;
mod exp_l2;
mod l1;
mod l2;
mod log_barrier;
mod log_det;
mod log_norm;
mod student_t;
mod sum;
mod target_norm;

use burn::tensor::Tensor;
use paysage_models::SettingError;

use crate::{Selected, Selection};

pub use adaptive_l1::AdaptiveL1;
pub use exp_l2::ExpL2;
pub use l1::L1;
pub use l2::L2;
pub use log_barrier::LogBarrier;
pub use log_det::LogDet;
pub use log_norm::LogNorm;
pub use student_t::StudentT;
pub use sum::PenaltySum;
pub use target_norm::TargetNorm;

/// A function of a parameter that is added to the mean negative log-likelihood, in nats per row.
///
/// A parameter is a matrix: the weights of a connection, `[units of target, units of domain]`, so
/// that a column has the weights of one hidden unit; or a parameter of a layer, `[units, 1]`. A
/// penalty is a [`GradientTransform`](crate::GradientTransform) on the weights of all connections,
/// each on its own; [`on`](Self::on) selects other parameters, or slices of them. To add another
/// penalty, implement [`value`](Self::value) and [`gradient`](Self::gradient).
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_optimizers::{L2, Penalty};
///
/// let device = default_device()?;
/// let weight = Tensor::<2>::from_floats([[3.0, 4.0]], &device);
/// let penalty = L2 { strength: 0.1 };
/// assert_eq!(penalty.value(&weight).into_scalar::<f32>(), 1.25);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
pub trait Penalty: Send + Sync {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// When a setting is out of range.
    fn check_settings(&self) -> Result<(), SettingError> {
        Ok(())
    }

    /// Whether [`add_gradient`](Self::add_gradient) is computed on the device alone, in the same way each time: see
    /// [`GradientTransform::is_capturable`](crate::GradientTransform::is_capturable).
    fn is_on_device(&self) -> bool {
        false
    }

    /// The penalty of a parameter, in nats: `[1]`.
    fn value(&self, parameter: &Tensor<2>) -> Tensor<1>;

    /// The derivative of [`value`](Self::value) in each entry of the parameter.
    fn gradient(&self, parameter: &Tensor<2>) -> Tensor<2>;

    /// A derivative of the shape of the parameter, plus [`gradient`](Self::gradient).
    fn add_gradient(&self, parameter: &Tensor<2>, derivative: Tensor<2>) -> Tensor<2> {
        derivative + self.gradient(parameter)
    }

    /// This penalty for other parameters than the weights of all connections.
    fn on(self, selection: Selection) -> Selected<Self>
    where
        Self: Sized,
    {
        Selected {
            rule: self,
            selection,
        }
    }
}

impl Penalty for Box<dyn Penalty> {
    fn check_settings(&self) -> Result<(), SettingError> {
        (**self).check_settings()
    }

    fn is_on_device(&self) -> bool {
        (**self).is_on_device()
    }

    fn value(&self, parameter: &Tensor<2>) -> Tensor<1> {
        (**self).value(parameter)
    }

    fn gradient(&self, parameter: &Tensor<2>) -> Tensor<2> {
        (**self).gradient(parameter)
    }

    fn add_gradient(&self, parameter: &Tensor<2>, derivative: Tensor<2>) -> Tensor<2> {
        (**self).add_gradient(parameter, derivative)
    }
}

/// Checks the strength of a penalty.
fn check_strength(strength: f64) -> Result<(), SettingError> {
    SettingError::check_not_negative("the strength of the penalty", strength)
}
