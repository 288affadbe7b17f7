//! Random samples: pure functions of a key and the parameters of a distribution.

use burn::{
    backend::Dispatch,
    tensor::{DType, Device, Tensor},
};

use crate::{
    InverseTemperature, RandomKey,
    backend::{Draws, DrawsPerRow, has_kernels, has_kernels_per_row},
    plain,
    units::{assert_rows, assert_units, with_beta_in_field},
};

/// Uniform numbers in [0, 1), multiples of 2⁻²⁴, of shape `[rows, columns]`.
///
/// Entry (r, c) is a function of the key, r and c alone, bitwise equal on all backends.
///
/// ```
/// use paysage_kernels::{RandomKey, default_device, uniform};
///
/// let device = default_device()?;
/// let all = uniform([4, 5], RandomKey::new(1), &device);
/// let last_two = uniform([2, 5], RandomKey::new(1).starting_at(2), &device);
/// assert_eq!(all.slice([2..4]).into_data(), last_two.into_data());
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
#[must_use]
pub fn uniform(shape: [usize; 2], key: RandomKey, device: &Device) -> Tensor<2> {
    let like = Tensor::<2>::empty(shape, (device, DType::F32));
    if has_kernels(&like) {
        Tensor::from_dispatch(<Dispatch as Draws>::uniform(like.into_dispatch(), key))
    } else {
        plain::uniform(shape, key, device)
    }
}

/// Standard normal numbers of shape `[rows, columns]`, by the Box–Muller transform.
///
/// Entry (r, c) is a function of the key, r and c alone; on a GPU up to rounding.
///
/// Box & Muller, "A note on the generation of random normal deviates", 1958.
#[must_use]
pub fn normal(shape: [usize; 2], key: RandomKey, device: &Device) -> Tensor<2> {
    let like = Tensor::<2>::empty(shape, (device, DType::F32));
    if has_kernels(&like) {
        Tensor::from_dispatch(<Dispatch as Draws>::normal(like.into_dispatch(), key))
    } else {
        plain::normal(shape, key, device)
    }
}

/// Means of units in {0, 1}, σ(β(loc + field)); `field` is `[batch, units]` and is consumed (its
/// buffer is reused), `loc` is `[units]`.
///
/// # Panics
///
/// When the parameters do not fit the field.
#[must_use]
pub fn bernoulli_mean(field: Tensor<2>, loc: Tensor<1>, beta: &InverseTemperature) -> Tensor<2> {
    assert_units(&field, &[&loc], 1);
    let (field, loc, beta) = with_beta_in_field(field, loc, beta);
    match kernel(&field, &beta) {
        Kernel::Shared(beta) => Tensor::from_dispatch(<Dispatch as Draws>::bernoulli_mean(
            field.into_dispatch(),
            loc.into_dispatch(),
            beta,
        )),
        Kernel::PerRow(beta) => {
            Tensor::from_dispatch(<Dispatch as DrawsPerRow>::bernoulli_mean_per_row(
                field.into_dispatch(),
                loc.into_dispatch(),
                beta.into_dispatch(),
            ))
        }
        Kernel::None => plain::bernoulli_mean(field, loc, &beta),
    }
}

/// Samples of units in {0, 1}, 1 with probability σ(β(loc + field)); `field` is `[batch, units]` and is
/// consumed (its buffer is reused), `loc` is `[units]`.
///
/// A logit of −∞ always gives 0, +∞ always 1. A state is 1 where the number of [`uniform`] is
/// below the probability, so backends agree up to rounding of the probability.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{InverseTemperature, RandomKey, default_device, sample_bernoulli};
///
/// let device = default_device()?;
/// let field = Tensor::<2>::zeros([2, 3], &device);
/// let loc = Tensor::<1>::from_floats([-1e4, 0.0, 1e4], &device);
/// let states = sample_bernoulli(field, loc, &InverseTemperature::ONE, RandomKey::new(1));
/// let states = states.try_into_vec_as::<f32>().expect("readable");
/// assert_eq!([states[0], states[2], states[3], states[5]], [0.0, 1.0, 0.0, 1.0]);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
///
/// # Panics
///
/// When the parameters do not fit the field.
#[must_use]
pub fn sample_bernoulli(
    field: Tensor<2>,
    loc: Tensor<1>,
    beta: &InverseTemperature,
    key: RandomKey,
) -> Tensor<2> {
    assert_units(&field, &[&loc], 1);
    let (field, loc, beta) = with_beta_in_field(field, loc, beta);
    match kernel(&field, &beta) {
        Kernel::Shared(beta) => Tensor::from_dispatch(<Dispatch as Draws>::sample_bernoulli(
            field.into_dispatch(),
            loc.into_dispatch(),
            beta,
            key,
        )),
        Kernel::PerRow(beta) => {
            Tensor::from_dispatch(<Dispatch as DrawsPerRow>::sample_bernoulli_per_row(
                field.into_dispatch(),
                loc.into_dispatch(),
                beta.into_dispatch(),
                key,
            ))
        }
        Kernel::None => plain::sample_bernoulli(field, loc, &beta, key),
    }
}

/// Samples from N(loc + field, deviation²/β); `field` is `[batch, units]` and is consumed (its buffer is
/// reused), `loc` and `deviation` are `[units]`.
///
/// # Panics
///
/// When the parameters do not fit the field.
#[must_use]
pub fn sample_gaussian(
    field: Tensor<2>,
    loc: Tensor<1>,
    deviation: Tensor<1>,
    beta: &InverseTemperature,
    key: RandomKey,
) -> Tensor<2> {
    assert_units(&field, &[&loc, &deviation], 1);
    assert_rows(&field, beta);
    match beta {
        InverseTemperature::Shared(beta) if has_kernels(&field) => {
            let deviation = deviation * beta.powf(-0.5);
            Tensor::from_dispatch(<Dispatch as Draws>::sample_gaussian(
                field.into_dispatch(),
                loc.into_dispatch(),
                deviation.into_dispatch(),
                key,
            ))
        }
        InverseTemperature::PerChain(beta) if has_kernels_per_row(&field) => {
            let scale = beta.clone().powf_scalar(-0.5);
            Tensor::from_dispatch(<Dispatch as DrawsPerRow>::sample_gaussian_per_row(
                field.into_dispatch(),
                loc.into_dispatch(),
                deviation.into_dispatch(),
                scale.into_dispatch(),
                key,
            ))
        }
        _ => plain::sample_gaussian(field, loc, deviation, beta, key),
    }
}

/// Probabilities of one-hot sites, softmax(β(loc + field)) over the states of each site; `field` is
/// `[batch, sites · states]` and is consumed (its buffer is reused), `loc` is `[sites · states]`.
///
/// # Panics
///
/// When the parameters do not fit the field.
#[must_use]
pub fn categorical_mean(
    field: Tensor<2>,
    loc: Tensor<1>,
    states: usize,
    beta: &InverseTemperature,
) -> Tensor<2> {
    assert_units(&field, &[&loc], states);
    let (field, loc, beta) = with_beta_in_field(field, loc, beta);
    match kernel(&field, &beta) {
        Kernel::Shared(beta) => Tensor::from_dispatch(<Dispatch as Draws>::categorical_mean(
            field.into_dispatch(),
            loc.into_dispatch(),
            states,
            beta,
        )),
        Kernel::PerRow(beta) => {
            Tensor::from_dispatch(<Dispatch as DrawsPerRow>::categorical_mean_per_row(
                field.into_dispatch(),
                loc.into_dispatch(),
                states,
                beta.into_dispatch(),
            ))
        }
        Kernel::None => plain::categorical_mean(field, loc, states, &beta),
    }
}

/// Samples of one-hot sites with the probabilities of [`categorical_mean`].
///
/// For any rounding exactly one unit of each site is 1, and never one with a logit of −∞ while another
/// is finite.
///
/// # Panics
///
/// When the parameters do not fit the field.
#[must_use]
pub fn sample_categorical(
    field: Tensor<2>,
    loc: Tensor<1>,
    states: usize,
    beta: &InverseTemperature,
    key: RandomKey,
) -> Tensor<2> {
    assert_units(&field, &[&loc], states);
    let (field, loc, beta) = with_beta_in_field(field, loc, beta);
    match kernel(&field, &beta) {
        Kernel::Shared(beta) => Tensor::from_dispatch(<Dispatch as Draws>::sample_categorical(
            field.into_dispatch(),
            loc.into_dispatch(),
            states,
            beta,
            key,
        )),
        Kernel::PerRow(beta) => {
            Tensor::from_dispatch(<Dispatch as DrawsPerRow>::sample_categorical_per_row(
                field.into_dispatch(),
                loc.into_dispatch(),
                states,
                beta.into_dispatch(),
                key,
            ))
        }
        Kernel::None => plain::sample_categorical(field, loc, states, &beta, key),
    }
}

/// The kernels for a field, with the β that they take.
enum Kernel {
    /// [`Draws`].
    Shared(f32),
    /// [`DrawsPerRow`].
    PerRow(Tensor<1>),
    /// Ordinary tensor operations.
    None,
}

fn kernel(field: &Tensor<2>, beta: &InverseTemperature) -> Kernel {
    match beta {
        InverseTemperature::Shared(beta) if has_kernels(field) => Kernel::Shared(*beta as f32),
        InverseTemperature::PerChain(beta) if has_kernels_per_row(field) => {
            Kernel::PerRow(beta.clone())
        }
        _ => Kernel::None,
    }
}
