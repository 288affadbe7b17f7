//! The interaction statistic as an affine function of the values.

use burn::tensor::Tensor;

use crate::Trainable;

/// r(x) = `at_zero` + `slope` x of the units of a layer, on the host: `[units]` each.
///
/// ```
/// use paysage_kernels::default_device;
/// use paysage_layers::{AffineInteraction, Spin};
///
/// let layer = Spin::new(2, &default_device()?);
/// let r = AffineInteraction::of(&layer);
/// assert_eq!((r.at_zero, r.slope), (vec![0.0; 2], vec![1.0; 2]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct AffineInteraction {
    /// r(0).
    pub at_zero: Vec<f64>,
    /// dr/dx.
    pub slope: Vec<f64>,
}

impl AffineInteraction {
    /// The interaction statistic of a layer.
    #[must_use]
    pub fn of<L: Trainable>(layer: &L) -> Self {
        let (device, dtype) = layer.storage();
        let zeros = Tensor::<2>::zeros([1, layer.units()], (&device, dtype));
        let ones = zeros.ones_like();
        let at_zero = layer.interaction(zeros);
        let slope = layer.interaction(ones) - at_zero.clone();
        let numbers = |tensor: Tensor<2>| tensor.into_data().iter().collect();
        Self {
            at_zero: numbers(at_zero),
            slope: numbers(slope),
        }
    }
}
