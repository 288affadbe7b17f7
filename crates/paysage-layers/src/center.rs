//! Centers of the units of a layer.

use burn::tensor::Tensor;
use paysage_kernels::Product;

use crate::Layer;

/// A layer whose interaction may subtract a center from each unit.
///
/// r(x) = P (x − center), unit by unit, where P does not depend on the center: 1 for most kinds, 1/σ²
/// for a Gaussian layer. Centers make the gradient invariant to the offset of the units: Melchior,
/// Fischer & Wiskott, "How to center deep Boltzmann machines", 2016. The `move_center` method of a
/// machine moves a center without changing the distribution.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_layers::{Bernoulli, Centered, Layer};
///
/// let device = default_device()?;
/// let mut layer = Bernoulli::new(2, &device);
/// layer.set_center(Some(Tensor::from_floats([0.5, 0.25], &device)));
/// let states = Tensor::from_floats([[1.0, 0.0]], &device);
/// let seen = layer.interaction(states).try_into_vec_as::<f32>().expect("readable");
/// assert_eq!(seen, [0.5, -0.25]);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
pub trait Centered: Layer {
    /// The center of each unit: `[units]`; `None` where r subtracts nothing.
    fn center(&self) -> Option<&Tensor<1>>;

    /// Sets (or removes) the center, which r subtracts; other parameters are unchanged.
    fn set_center(&mut self, center: Option<Tensor<1>>);

    /// Adds a constant field to the parameters: H(x) becomes H(x) − field·r(x), up to a constant.
    ///
    /// The distribution under a field f is then what it was under f + field: `[units]`.
    fn add_field(&mut self, field: Tensor<1>);

    /// [`add_field`](Self::add_field) of the product of a single row, in one kernel where there is one.
    fn add_field_of(&mut self, field: Product) {
        let units = self.units();
        let (device, dtype) = (field.matrix.device(), field.matrix.dtype());
        self.add_field(field.add_to(Tensor::zeros([units], (&device, dtype))));
    }

    /// r(x) less its [constant part](Self::constant_interaction): `[batch, units]`.
    ///
    /// It is binary for binary states, so that products with it are fast; the default is r(x).
    fn varying_interaction(&self, states: Tensor<2>) -> Tensor<2> {
        self.interaction(states)
    }

    /// The part of r(x) that does not depend on x: `[1, units]`; `None` where there is none, which is the default.
    fn constant_interaction(&self) -> Option<Tensor<2>> {
        None
    }
}
