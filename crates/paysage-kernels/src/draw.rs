//! Draws: pure functions of a key and the parameters of a distribution.

use burn::tensor::{DType, Device, FloatDType, Int, Tensor, TensorData, activation};
use rayon::prelude::*;

use crate::RandomKey;

/// Columns that one group of eight Philox blocks fills.
const GROUP: usize = 32;

/// Uniform numbers in [0, 1), multiples of 2⁻²⁴, of shape `[rows, columns]`.
///
/// Entry (r, c) is a function of the key, r and c alone.
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
    fill(shape, key, device, |words| words.map(unit_interval))
}

/// Standard normal numbers of shape `[rows, columns]`, by the Box–Muller transform.
///
/// Entry (r, c) is a function of the key, r and c alone.
///
/// Box & Muller, "A note on the generation of random normal deviates", 1958.
#[must_use]
pub fn normal(shape: [usize; 2], key: RandomKey, device: &Device) -> Tensor<2> {
    fill(shape, key, device, |[a, b, c, d]| {
        let ((z0, z1), (z2, z3)) = (box_muller(a, b), box_muller(c, d));
        [z0, z1, z2, z3]
    })
}

/// States in {0, 1}, one with probability σ(logit); `logits` is `[batch, units]`.
///
/// A logit of −∞ always gives 0, +∞ always 1.
#[must_use]
pub fn sample_bernoulli(logits: Tensor<2>, key: RandomKey) -> Tensor<2> {
    let dtype: FloatDType = logits.dtype().into();
    let uniform = uniform(logits.dims(), key, &logits.device()).cast(dtype);
    uniform.lower(sigmoid(logits)).float().cast(dtype)
}

/// σ(x) = 1/(1 + exp(−x)), in the float type of x.
#[must_use]
pub fn sigmoid(x: Tensor<2>) -> Tensor<2> {
    if x.dtype() == DType::F64 {
        // burn's default body, which serves all backends but flex, rounds to f32 on its way.
        (x.neg().exp() + 1.0).recip()
    } else {
        activation::sigmoid(x)
    }
}

/// Draws from N(mean, deviation²); both are `[batch, units]`, the deviation may be `[1, units]`.
#[must_use]
pub fn sample_gaussian(mean: Tensor<2>, deviation: Tensor<2>, key: RandomKey) -> Tensor<2> {
    let dtype: FloatDType = mean.dtype().into();
    let noise = normal(mean.dims(), key, &mean.device()).cast(dtype);
    mean + deviation * noise
}

/// One-hot states, one per site, with probabilities softmax(logits) over the states of the site.
///
/// `logits` and the result are `[batch, sites, states]`. Whatever the rounding, each site comes
/// back with exactly one unit at 1.
#[must_use]
pub fn sample_categorical(logits: Tensor<3>, key: RandomKey) -> Tensor<3> {
    let [batch, sites, states] = logits.dims();
    let device = logits.device();
    let dtype: FloatDType = logits.dtype().into();
    // Inversion: the state is the number of cumulated probabilities that the uniform has passed.
    // Scaling by the last one removes its rounding error.
    let cumulated = activation::softmax(logits, 2).cumsum(2);
    let total = cumulated
        .clone()
        .slice([0..batch, 0..sites, states - 1..states]);
    let uniform = uniform([batch, sites], key, &device)
        .cast(dtype)
        .unsqueeze_dim::<3>(2)
        * total;
    let passed = cumulated.lower_equal(uniform).int().sum_dim(2);
    let chosen = passed.clamp_max(states as i64 - 1);
    let index = Tensor::<1, Int>::arange(0..states as i64, &device).reshape([1, 1, states]);
    index
        .expand([batch, sites, states])
        .equal(chosen.expand([batch, sites, states]))
        .float()
        .cast(dtype)
}

/// A uniform in [0, 1) from the upper 24 bits of a word: exact in f32.
fn unit_interval(word: u32) -> f32 {
    (word >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// Two independent standard normals from two words. The half step keeps the logarithm finite and
/// puts the largest possible value at 6.76.
fn box_muller(first: u32, second: u32) -> (f32, f32) {
    const SCALE: f64 = 1.0 / 4_294_967_296.0;
    let radius = (-2.0 * ((f64::from(first) + 0.5) * SCALE).ln()).sqrt();
    let (sine, cosine) = (std::f64::consts::TAU * f64::from(second) * SCALE).sin_cos();
    ((radius * cosine) as f32, (radius * sine) as f32)
}

/// A tensor filled block by block with what `transform` makes of the words.
fn fill(
    [rows, columns]: [usize; 2],
    key: RandomKey,
    device: &Device,
    transform: impl Fn([u32; 4]) -> [f32; 4] + Sync,
) -> Tensor<2> {
    let mut values = vec![0.0; rows * columns];
    values
        .par_chunks_mut(columns.max(1))
        .enumerate()
        .for_each(|(row, cells)| {
            for (group, cells) in cells.chunks_mut(GROUP).enumerate() {
                for block in 0..GROUP / 4 {
                    let words = key.words(row as u32, (group * GROUP / 4 + block) as u32);
                    for (part, value) in transform(words).into_iter().enumerate() {
                        if let Some(cell) = cells.get_mut(part * GROUP / 4 + block) {
                            *cell = value;
                        }
                    }
                }
            }
        });
    Tensor::from_data(TensorData::new(values, [rows, columns]), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::default_device;

    fn values(tensor: Tensor<2>) -> Vec<f64> {
        tensor.try_into_vec_as::<f64>().expect("readable")
    }

    fn device() -> Device {
        default_device().expect("a backend")
    }

    #[test]
    fn words_are_stable() {
        // A change here changes every result that was made with a seed: say so in the changelog.
        let drawn = values(uniform([1, 3], RandomKey::new(5), &device()));
        let expected =
            [12_851_048.0, 5_825_403.0, 16_168_110.0].map(|word: f64| word / 16_777_216.0);
        assert_eq!(drawn, expected);
    }

    #[test]
    fn entries_do_not_depend_on_the_shape() {
        let key = RandomKey::new(3);
        let wide = uniform([3, 70], key, &device());
        let narrow = uniform([3, 33], key, &device());
        assert_eq!(values(wide.slice([0..3, 0..33])), values(narrow),);
    }

    #[test]
    fn draws_do_not_depend_on_the_number_of_threads() {
        let draw = || values(normal([64, 100], RandomKey::new(9), &device()));
        let pool = |threads| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("threads")
        };
        assert_eq!(pool(1).install(draw), pool(3).install(draw));
    }

    /// The largest distance between the empirical and the given distribution function.
    fn kolmogorov_smirnov(mut sample: Vec<f64>, distribution: impl Fn(f64) -> f64) -> f64 {
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
    fn critical(n: usize) -> f64 {
        1.95 / (n as f64).sqrt()
    }

    #[test]
    fn uniforms_are_uniform() {
        let sample = values(uniform([1000, 300], RandomKey::new(11), &device()));
        let n = sample.len();
        assert!(kolmogorov_smirnov(sample, |x| x) < critical(n));
    }

    #[test]
    fn normals_are_normal() {
        let sample = values(normal([1000, 300], RandomKey::new(12), &device()));
        let n = sample.len();
        // Φ by the expansion of the error function that is exact to 1e-7 (Abramowitz & Stegun 7.1.26).
        let cdf = |x: f64| {
            let z = x.abs() / std::f64::consts::SQRT_2;
            let t = 1.0 / (1.0 + 0.327_591_1 * z);
            let poly = t
                * (0.254_829_592
                    + t * (-0.284_496_736
                        + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
            let upper = 0.5 * poly * (-z * z).exp();
            if x > 0.0 { 1.0 - upper } else { upper }
        };
        assert!(kolmogorov_smirnov(sample, cdf) < critical(n));
    }

    #[test]
    fn neighbouring_columns_and_rows_are_uncorrelated() {
        let [rows, columns] = [400, 96];
        let z = values(normal([rows, columns], RandomKey::new(13), &device()));
        let at = |r: usize, c: usize| z[r * columns + c];
        // Lags that the block layout could betray: 1, 8 (the halves of a Box–Muller pair), 32.
        for lag in [1, 8, 16, 32] {
            let n = rows * (columns - lag);
            let sum: f64 = (0..rows)
                .flat_map(|r| (0..columns - lag).map(move |c| (r, c)))
                .map(|(r, c)| at(r, c) * at(r, c + lag))
                .sum();
            assert!(
                (sum / n as f64).abs() < 4.0 / (n as f64).sqrt(),
                "lag {lag}"
            );
        }
        let n = (rows - 1) * columns;
        let sum: f64 = (0..n).map(|i| z[i] * z[i + columns]).sum();
        assert!((sum / n as f64).abs() < 4.0 / (n as f64).sqrt());
    }

    #[test]
    fn bernoulli_keeps_to_its_probability_and_to_its_extremes() {
        let logits = Tensor::<1>::from_floats(
            [-1e4, f32::NEG_INFINITY, -1.0, 0.0, 2.0, 1e4, f32::INFINITY],
            &device(),
        )
        .reshape([1, 7])
        .expand([20_000, 7]);
        let means = values(sample_bernoulli(logits, RandomKey::new(2)).mean_dim(0));
        assert_eq!(
            [means[0], means[1], means[5], means[6]],
            [0.0, 0.0, 1.0, 1.0]
        );
        for (mean, logit) in means[2..5].iter().zip([-1.0_f64, 0.0, 2.0]) {
            let p = 1.0 / (1.0 + (-logit).exp());
            assert!((mean - p).abs() < 4.0 * (p * (1.0 - p) / 20_000.0).sqrt());
        }
    }

    #[test]
    fn categorical_is_one_hot_with_the_right_frequencies() {
        let n = 20_000;
        let logits = Tensor::<1>::from_floats(
            [0.0, 1.0, -1.0, 0.5, f32::NEG_INFINITY, 3.0, 3.0, 1e4],
            &device(),
        )
        .reshape([1, 2, 4])
        .expand([n, 2, 4]);
        let drawn = sample_categorical(logits, RandomKey::new(4));
        let per_site = drawn.clone().sum_dim(2).reshape([n, 2]);
        assert!(values(per_site).iter().all(|&ones| ones == 1.0));
        let means = values(drawn.mean_dim(0).reshape([2, 4]));
        assert_eq!(means[4..], [0.0, 0.0, 0.0, 1.0]);
        let weights = [0.0_f64, 1.0, -1.0, 0.5].map(f64::exp);
        let total: f64 = weights.iter().sum();
        for (mean, weight) in means.iter().zip(weights) {
            let p = weight / total;
            assert!((mean - p).abs() < 4.0 * (p * (1.0 - p) / n as f64).sqrt());
        }
    }
}
