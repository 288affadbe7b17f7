//! A step of Adam.

use burn::{backend::Dispatch, tensor::Tensor};

use crate::{
    backend::{Products, has_kernels},
    plain,
};

/// The numbers of a step of Adam: m ← d₁m + (1 − d₁)g, s ← d₂s + (1 − d₂)g², and the parameter moves by
/// −rate · factor · m/(√s + floor), with a factor of √(1 − d₂ᵗ)/(1 − d₁ᵗ) and a floor of ε√(1 − d₂ᵗ).
///
/// Kingma & Ba, "Adam: a method for stochastic optimization", 2015, with the order of computation at the
/// end of its section 2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamStep {
    /// d₁.
    pub decay_first: f32,
    /// d₂.
    pub decay_second: f32,
    /// ε.
    pub epsilon: f32,
    /// t, the number of this step, counted from 1.
    pub time: usize,
    /// The learning rate.
    pub rate: f64,
}

impl AdamStep {
    /// √(1 − d₂ᵗ)/(1 − d₁ᵗ) and ε√(1 − d₂ᵗ).
    pub(crate) fn factor_and_floor(&self) -> [f32; 2] {
        let correction = |decay: f32| 1.0 - decay.powi(self.time as i32);
        let root = correction(self.decay_second).sqrt();
        [root / correction(self.decay_first), self.epsilon * root]
    }
}

/// The parameter and both moments after a step, in one pass over memory, in place where they are not shared.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{AdamStep, adam, default_device};
///
/// let device = default_device()?;
/// let step = AdamStep { decay_first: 0.9, decay_second: 0.999, epsilon: 0.0, time: 1, rate: 0.1 };
/// let zero = Tensor::<1>::zeros([1], &device);
/// let gradient = Tensor::from_floats([2.0], &device);
/// let [parameter, first, _] = adam(zero.clone(), gradient, [zero.clone(), zero], step);
/// let [parameter, first] = [parameter, first].map(|x| x.into_scalar::<f32>());
/// assert!((first - 0.2).abs() < 1e-6 && (parameter + 0.1).abs() < 1e-4);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
///
/// # Panics
///
/// When the shapes differ.
#[must_use]
pub fn adam<const D: usize>(
    parameter: Tensor<D>,
    gradient: Tensor<D>,
    [first, second]: [Tensor<D>; 2],
    step: AdamStep,
) -> [Tensor<D>; 3] {
    for other in [&gradient, &first, &second] {
        assert_eq!(parameter.dims(), other.dims(), "adam: the shapes");
    }
    if !has_kernels(&parameter) {
        return plain::adam(parameter, gradient, [first, second], step);
    }
    let (parameter, first, second) = <Dispatch as Products>::adam(
        parameter.into_dispatch(),
        gradient.into_dispatch(),
        first.into_dispatch(),
        second.into_dispatch(),
        step,
    );
    [parameter, first, second].map(Tensor::from_dispatch)
}
