//! Samples by inversion: the quantile of a distribution at a uniform number.
//!
//! The quantiles are computed number by number on the host, in f64. A tensor of another device is
//! copied to it and back.

mod counts;
pub(crate) mod truncated;

use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

use crate::{RandomKey, cpu::gaussian, lineage};

/// Samples of counts from 0 to `trials`, each trial a success with probability σ(logit); `logits` is
/// `[batch, units]`.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{RandomKey, default_device, sample_binomial};
///
/// let device = default_device()?;
/// let logits = Tensor::<2>::from_floats([[-1e4, 0.0, 1e4]], &device);
/// let counts = sample_binomial(logits, 5, RandomKey::new(1));
/// let counts = counts.try_into_vec_as::<f32>().expect("readable");
/// assert_eq!([counts[0], counts[2]], [0.0, 5.0]);
/// assert!((0.0..=5.0).contains(&counts[1]) && counts[1].fract() == 0.0);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
#[must_use]
pub fn sample_binomial(logits: Tensor<2>, trials: usize, key: RandomKey) -> Tensor<2> {
    by_inversion(logits, key, |u, logit| counts::binomial(u, trials, logit))
}

/// Samples of Poisson counts with the rates exp(log rate); `log_rates` is `[batch, units]`. NaN where a
/// rate is not finite.
#[must_use]
pub fn sample_poisson(log_rates: Tensor<2>, key: RandomKey) -> Tensor<2> {
    by_inversion(log_rates, key, |u, log_rate| {
        counts::poisson(u, log_rate.exp())
    })
}

/// Samples of the density ∝ exp(a x − x²/2) on x ≥ 0, a normal distribution with mean a and variance 1
/// that is truncated at 0; `means` (a) is `[batch, units]`.
///
/// The inversion has no rejected proposals, and is accurate for any a: far below 0 the samples are near
/// those of the exponential distribution with rate −a.
#[must_use]
pub fn sample_truncated_normal(means: Tensor<2>, key: RandomKey) -> Tensor<2> {
    by_inversion(means, key, truncated::normal)
}

/// The quantile of every entry, a function of a uniform number and its parameter.
///
/// The uniform numbers are the midpoints of the intervals of [`uniform`](crate::uniform): none is 0.
fn by_inversion(
    parameters: Tensor<2>,
    key: RandomKey,
    quantile: impl Fn(f64, f64) -> f64 + Sync,
) -> Tensor<2> {
    /// Number of entries per task: some ten microseconds.
    const SHARE: usize = 256;
    let shape = parameters.dims();
    let options = (&parameters.device(), parameters.dtype());
    let uniform = uniforms(shape, key);
    let mut values: Vec<f64> = parameters.into_data().iter().collect();
    let pairs = values.par_iter_mut().zip(&uniform);
    pairs
        .with_min_len(SHARE)
        .for_each(|(value, &u)| *value = quantile(midpoint(u), *value));
    Tensor::from_data(TensorData::new(values, shape), options)
}

/// The numbers of [`uniform`](crate::uniform).
pub(crate) fn uniforms(shape: [usize; 2], key: RandomKey) -> Vec<f32> {
    lineage::note_use_on_host();
    let mut uniform = vec![0.0_f32; shape[0] * shape[1]];
    gaussian::uniform(&mut uniform, shape[1], key);
    uniform
}

/// The midpoint of the interval of a uniform number.
pub(crate) fn midpoint(u: f32) -> f64 {
    const HALF_INTERVAL: f64 = 0.5 / (1 << 24) as f64;
    f64::from(u) + HALF_INTERVAL
}
