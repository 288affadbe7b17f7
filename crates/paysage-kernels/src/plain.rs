//! Reference implementation of all kernels in ordinary tensor operations.
//!
//! It is used for backends and float types without kernels, and in tests and benchmarks of the kernels.

use burn::tensor::{DType, Device, FloatDType, Int, Tensor, TensorData, activation};

use crate::{AdamStep, InverseTemperature, Outer, RandomKey, cpu::gaussian, lineage};

/// Uniform numbers of shape `[rows, columns]`, generated on the host: see [`crate::uniform`].
#[must_use]
pub fn uniform(shape: [usize; 2], key: RandomKey, device: &Device) -> Tensor<2> {
    filled(shape, device, |values| {
        gaussian::uniform(values, shape[1], key);
    })
}

/// Standard normal numbers of shape `[rows, columns]`, generated on the host: see [`crate::normal`].
#[must_use]
pub fn normal(shape: [usize; 2], key: RandomKey, device: &Device) -> Tensor<2> {
    filled(shape, device, |values| {
        gaussian::normal(values, shape[1], key);
    })
}

fn filled(shape: [usize; 2], device: &Device, fill: impl FnOnce(&mut [f32])) -> Tensor<2> {
    lineage::note_use_on_host();
    let mut values = vec![0.0; shape[0] * shape[1]];
    fill(&mut values);
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// σ(x) = 1/(1 + exp(−x)), in the float type of x.
#[must_use]
pub fn sigmoid(x: Tensor<2>) -> Tensor<2> {
    if x.dtype() == DType::F64 {
        // burn's default implementation, for all backends except flex, rounds to f32.
        (x.neg().exp() + 1.0).recip()
    } else {
        activation::sigmoid(x)
    }
}

/// σ(β(loc + field)): see [`crate::bernoulli_mean`].
#[must_use]
pub fn bernoulli_mean(field: Tensor<2>, loc: Tensor<1>, beta: &InverseTemperature) -> Tensor<2> {
    sigmoid(beta.scale(field + loc.unsqueeze()))
}

/// States in {0, 1}: see [`crate::sample_bernoulli`].
#[must_use]
pub fn sample_bernoulli(
    field: Tensor<2>,
    loc: Tensor<1>,
    beta: &InverseTemperature,
    key: RandomKey,
) -> Tensor<2> {
    let dtype: FloatDType = field.dtype().into();
    let uniform = uniform(field.dims(), key, &field.device()).cast(dtype);
    let probability = bernoulli_mean(field, loc, beta);
    uniform.lower(probability).float().cast(dtype)
}

/// loc + field + deviation · β^(−½) · z: see [`crate::sample_gaussian`].
#[must_use]
pub fn sample_gaussian(
    field: Tensor<2>,
    loc: Tensor<1>,
    deviation: Tensor<1>,
    beta: &InverseTemperature,
    key: RandomKey,
) -> Tensor<2> {
    let dtype: FloatDType = field.dtype().into();
    let noise = normal(field.dims(), key, &field.device()).cast(dtype);
    let deviation = beta.powf(-0.5).scale(deviation.unsqueeze());
    field + loc.unsqueeze() + deviation * noise
}

/// softmax over the states of each site: see [`crate::categorical_mean`].
#[must_use]
pub fn categorical_mean(
    field: Tensor<2>,
    loc: Tensor<1>,
    states: usize,
    beta: &InverseTemperature,
) -> Tensor<2> {
    let [batch, units] = field.dims();
    let logits = by_site(field, loc, states, beta);
    let largest = logits.clone().max_dim(2);
    let weights = weights(logits, largest);
    (weights.clone() / weights.sum_dim(2)).reshape([batch, units])
}

/// One state per site: see [`crate::sample_categorical`].
#[must_use]
pub fn sample_categorical(
    field: Tensor<2>,
    loc: Tensor<1>,
    states: usize,
    beta: &InverseTemperature,
    key: RandomKey,
) -> Tensor<2> {
    let ([batch, units], device) = (field.dims(), field.device());
    let sites = units / states;
    let dtype: FloatDType = field.dtype().into();
    // Inversion: the state is the number of cumulative weights below the uniform number, which is scaled
    // by the last of them to include their rounding error.
    let logits = by_site(field, loc, states, beta);
    let largest = logits.clone().max_dim(2);
    let cumulated = weights(logits, largest).cumsum(2);
    let total = cumulated.clone().narrow(2, states - 1, 1);
    let uniform = uniform([batch, sites], key, &device).cast(dtype);
    let passed = cumulated.lower_equal(uniform.unsqueeze_dim::<3>(2) * total);
    let chosen = passed.int().sum_dim(2).clamp_max(states as i64 - 1);
    let index = Tensor::<1, Int>::arange(0..states as i64, &device).reshape([1, 1, states]);
    let shape = [batch, sites, states];
    let states = index.expand(shape).equal(chosen.expand(shape));
    states.float().cast(dtype).reshape([batch, units])
}

/// Σ ln(1 + exp(β(loc + field))): see [`crate::bernoulli_log_partition`].
#[must_use]
pub fn bernoulli_log_partition(
    field: Tensor<2>,
    loc: Tensor<1>,
    beta: &InverseTemperature,
) -> Tensor<1> {
    // Above a threshold burn's softplus is the identity; its default of 20 has an error of 2e-9.
    let logits = beta.scale(field + loc.unsqueeze());
    let per_unit = activation::softplus_with_threshold(logits, 1.0, 40.0);
    per_unit.sum_dim(1).squeeze_dim(1)
}

/// Σ ln Σ exp(β(loc + field)): see [`crate::categorical_log_partition`].
#[must_use]
pub fn categorical_log_partition(
    field: Tensor<2>,
    loc: Tensor<1>,
    states: usize,
    beta: &InverseTemperature,
) -> Tensor<1> {
    let logits = by_site(field, loc, states, beta);
    let largest = logits.clone().max_dim(2);
    let weights = weights(logits, largest.clone());
    let sites = weights.sum_dim(2).log() + largest;
    sites.squeeze_dim::<2>(2).sum_dim(1).squeeze_dim(1)
}

/// β(loc + field), site by site: `[batch, sites, states]`.
fn by_site(
    field: Tensor<2>,
    loc: Tensor<1>,
    states: usize,
    beta: &InverseTemperature,
) -> Tensor<3> {
    let [batch, units] = field.dims();
    let logits = beta.scale(field + loc.unsqueeze());
    logits.reshape([batch, units / states, states])
}

/// exp(logits − largest), for the largest of each site: `[batch, sites, 1]`.
fn weights(logits: Tensor<3>, largest: Tensor<3>) -> Tensor<3> {
    let largest = largest.expand(logits.dims());
    // The difference of infinities is NaN.
    let highest = logits.clone().equal(largest.clone());
    (logits - largest).mask_fill(highest, 0.0).exp()
}

/// states · matrix: see [`crate::times`].
#[must_use]
pub fn times(states: Tensor<2>, matrix: Tensor<2>) -> Tensor<2> {
    states.matmul(matrix)
}

/// states · matrixᵀ: see [`crate::times_transposed`].
#[must_use]
pub fn times_transposed(states: Tensor<2>, matrix: Tensor<2>) -> Tensor<2> {
    states.matmul(matrix.transpose())
}

/// scale · leftᵀ · right: see [`Outer::sum`].
#[must_use]
pub fn outer(Outer { left, right, scale }: Outer) -> Tensor<2> {
    left.transpose().matmul(right) * scale
}

/// A parameter and its moments after a step of Adam: see [`crate::adam`].
#[must_use]
pub fn adam<const D: usize>(
    parameter: Tensor<D>,
    gradient: Tensor<D>,
    [first, second]: [Tensor<D>; 2],
    step: AdamStep,
) -> [Tensor<D>; 3] {
    let first = first * step.decay_first + gradient.clone() * (1.0 - step.decay_first);
    let second = second * step.decay_second + gradient.square() * (1.0 - step.decay_second);
    let [factor, floor] = step.factor_and_floor();
    let direction = first.clone() * factor / (second.clone().sqrt() + floor);
    [parameter - direction * step.rate, first, second]
}
