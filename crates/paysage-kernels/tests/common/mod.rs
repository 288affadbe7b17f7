//! What the tests of the kernels share.

#![allow(dead_code, reason = "no test uses all of it")]

use burn::tensor::{DType, Device, Tensor, TensorData};
use paysage_kernels::{RandomKey, default_device, plain};

pub fn device() -> Device {
    default_device().expect("a backend")
}

pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.try_into_vec_as::<f64>().expect("readable")
}

pub fn matrix(values: Vec<f32>, shape: [usize; 2]) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values, shape), (&device(), DType::F32))
}

pub fn vector(values: &[f32]) -> Tensor<1> {
    Tensor::from_data(
        TensorData::new(values.to_vec(), [values.len()]),
        (&device(), DType::F32),
    )
}

/// Standard normals, times a scale.
pub fn noise(shape: [usize; 2], scale: f64, seed: u64) -> Tensor<2> {
    plain::normal(shape, RandomKey::new(seed), &device()) * scale
}

/// Zeros, and ones with a probability.
pub fn binary(shape: [usize; 2], probability: f64, seed: u64) -> Tensor<2> {
    plain::uniform(shape, RandomKey::new(seed), &device())
        .lower_scalar(probability)
        .float()
        .cast(burn::tensor::FloatDType::F32)
}

/// The largest difference of two tensors.
pub fn distance(left: Tensor<2>, right: Tensor<2>) -> f64 {
    let pairs = values(left).into_iter().zip(values(right));
    pairs.map(|(l, r)| (l - r).abs()).fold(0.0, f64::max)
}

/// What a number of threads makes of it.
pub fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("threads").install(work)
}

/// The largest distance between the empirical and the given distribution function.
pub fn kolmogorov_smirnov(mut sample: Vec<f64>, distribution: impl Fn(f64) -> f64) -> f64 {
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    sample
        .iter()
        .enumerate()
        .map(|(i, &x)| {
            let p = distribution(x);
            (p - i as f64 / n).abs().max(((i + 1) as f64 / n - p).abs())
        })
        .fold(0.0, f64::max)
}

/// 1.95 / √n is exceeded by a right generator once in a thousand keys.
pub fn critical(n: usize) -> f64 {
    1.95 / (n as f64).sqrt()
}

/// Σ (found − expected)²/expected.
pub fn chi_squared(found: &[f64], expected: &[f64]) -> f64 {
    let pairs = found.iter().zip(expected);
    pairs.map(|(f, e)| (f - e).powi(2) / e).sum()
}

/// What χ² with so many degrees of freedom exceeds about once in ten thousand keys: Wilson and
/// Hilferty's cube of a normal, at 3.72 deviations.
pub fn chi_squared_bound(freedom: usize) -> f64 {
    let spread = 2.0 / (9.0 * freedom as f64);
    freedom as f64 * (1.0 - spread + 3.72 * spread.sqrt()).powi(3)
}
