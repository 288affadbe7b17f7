//! Projections: constraints on one parameter.

mod norm;
mod sign;
mod zero;

use burn::tensor::Tensor;
use paysage_models::SettingError;

use crate::{Selected, Selection};

pub use norm::{EqualColumnNorms, FixedColumnNorm, MaxColumnNorm};
pub use sign::{NonNegative, NonPositive};
pub use zero::{Diagonal, Zero, ZeroMask};

/// The projection of a parameter onto a set.
///
/// A parameter is a matrix: the weights of a connection, `[units of target, units of domain]`, so
/// that a column has the weights of one hidden unit; or a parameter of a layer, `[units, 1]`. A
/// projection is a [`Constraint`](crate::Constraint) on the weights of every connection;
/// [`on`](Self::on) selects other parameters, or slices of them.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_optimizers::{NonNegative, Projection};
///
/// let device = default_device()?;
/// let weight = Tensor::<2>::from_floats([[3.0, -4.0]], &device);
/// let nearest = NonNegative.nearest(weight);
/// assert_eq!(nearest.try_into_vec_as::<f32>().expect("readable"), [3.0, 0.0]);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
pub trait Projection: Send + Sync {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// When a setting is out of range.
    fn check_settings(&self) -> Result<(), SettingError> {
        Ok(())
    }

    /// Whether [`nearest`](Self::nearest) is computed on the device alone, in the same way each time: see
    /// [`Constraint::is_capturable`](crate::Constraint::is_capturable).
    fn is_on_device(&self) -> bool {
        false
    }

    /// The nearest matrix of the set: the parameter itself where it is in the set.
    fn nearest(&self, parameter: Tensor<2>) -> Tensor<2>;

    /// This projection for other parameters than the weights of all connections.
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

impl Projection for Box<dyn Projection> {
    fn check_settings(&self) -> Result<(), SettingError> {
        (**self).check_settings()
    }

    fn is_on_device(&self) -> bool {
        (**self).is_on_device()
    }

    fn nearest(&self, parameter: Tensor<2>) -> Tensor<2> {
        (**self).nearest(parameter)
    }
}
