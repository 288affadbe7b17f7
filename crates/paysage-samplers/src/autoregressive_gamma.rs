//! The autoregressive gamma process.

use paysage_kernels::RandomKey;
use rand::{SeedableRng, rngs::ChaCha8Rng};
use rand_distr::{Distribution, Gamma, Poisson};

/// Autoregressive gamma process of order 1 with mean 1.
///
/// With standard deviation s and autocorrelation φ, ν = 1/s² and c = (1 − φ)s²:
///
/// ```text
/// x_0 ~ Gamma(ν, s²),   z_t ~ Poisson(φ x_{t−1} / c),   x_t ~ Gamma(ν + z_t, c)
/// ```
///
/// (shape, scale). Every x_t has the distribution Gamma(ν, s²), and the correlation of x_t and x_{t+k} is
/// φᵏ. The process is reversible.
///
/// Gourieroux & Jasiak, "Autoregressive gamma processes", 2006.
///
/// ```
/// use paysage_kernels::RandomKey;
/// use paysage_samplers::AutoregressiveGamma;
///
/// let process = AutoregressiveGamma { deviation: 0.6, autocorrelation: 0.9 };
/// let first = process.stationary(3, RandomKey::new(1));
/// let second = process.next(&first, RandomKey::new(2));
/// assert!(second.iter().all(|&x| x > 0.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AutoregressiveGamma {
    /// The standard deviation s; greater than 0 and at most 1.
    pub deviation: f64,
    /// The correlation φ of neighbouring values; at least 0 and less than 1.
    pub autocorrelation: f64,
}

/// Numbers below round to 0 in f32.
const LEAST: f64 = f32::MIN_POSITIVE as f64;

impl AutoregressiveGamma {
    /// Independent draws from the stationary distribution, number i from row i of the key.
    #[must_use]
    pub fn stationary(&self, count: usize, key: RandomKey) -> Vec<f64> {
        let variance = self.deviation * self.deviation;
        let draw = |row: usize| gamma(variance.recip(), variance, &mut generator(key, row));
        (0..count).map(draw).collect()
    }

    /// The next values of independent processes, number i from row i of the key.
    #[must_use]
    pub fn next(&self, values: &[f64], key: RandomKey) -> Vec<f64> {
        let variance = self.deviation * self.deviation;
        let scale = (1.0 - self.autocorrelation) * variance;
        let draw = |(row, value): (usize, &f64)| {
            let mut generator = generator(key, row);
            let mean = self.autocorrelation * value / scale;
            // A Poisson distribution of mean 0 is not one of `rand_distr`.
            let count = Poisson::new(mean).map_or(0.0, |counts| counts.sample(&mut generator));
            gamma(variance.recip() + count, scale, &mut generator)
        };
        values.iter().enumerate().map(draw).collect()
    }
}

/// The generator of a row.
fn generator(key: RandomKey, row: usize) -> ChaCha8Rng {
    ChaCha8Rng::from_seed(key.seed_of_row(row as u32))
}

/// A draw from a gamma distribution; 1, its mean, where the settings are out of range.
fn gamma(shape: f64, scale: f64, generator: &mut ChaCha8Rng) -> f64 {
    Gamma::new(shape, scale).map_or(1.0, |values| values.sample(generator).max(LEAST))
}

#[cfg(test)]
mod tests {
    use paysage_testkit::statistics::assert_mean;

    use super::*;

    const CHAINS: usize = 20_000;

    /// Mean, variance and autocorrelations in the stationary state: every x has mean 1 and variance s²,
    /// and (x_0 − 1)(x_k − 1) has mean φᵏ s².
    #[test]
    fn the_process_is_stationary_with_its_autocorrelation() {
        for (count, (deviation, autocorrelation)) in
            [(0.6, 0.9), (0.2, 0.5), (1.0, 0.0)].into_iter().enumerate()
        {
            let process = AutoregressiveGamma {
                deviation,
                autocorrelation,
            };
            let key = RandomKey::new(80).split(count as u64);
            let first = process.stationary(CHAINS, key.split(0));
            let mut values = first.clone();
            for step in 0..=8 {
                if step > 0 {
                    values = process.next(&values, key.split(step));
                }
                let what = format!("s = {deviation}, φ = {autocorrelation}, step {step}");
                assert_mean(&values, 1.0, &what);
                let squares: Vec<f64> = values.iter().map(|x| (x - 1.0).powi(2)).collect();
                let variance = deviation * deviation;
                assert_mean(&squares, variance, &format!("{what}, variance"));
                let pairs = first.iter().zip(&values);
                let products: Vec<f64> = pairs.map(|(x, y)| (x - 1.0) * (y - 1.0)).collect();
                let expected = autocorrelation.powi(step as i32) * variance;
                assert_mean(&products, expected, &format!("{what}, covariance"));
            }
        }
    }

    /// The distribution, and not only its moments: an exponential distribution for s = 1.
    #[test]
    fn a_deviation_of_one_gives_exponential_values() {
        let process = AutoregressiveGamma {
            deviation: 1.0,
            autocorrelation: 0.7,
        };
        let key = RandomKey::new(81);
        let mut values = process.stationary(CHAINS, key.split(0));
        for step in 1..=5 {
            values = process.next(&values, key.split(step));
        }
        values.sort_by(f64::total_cmp);
        let n = CHAINS as f64;
        let distance = values.iter().enumerate().fold(0.0, |largest: f64, (i, x)| {
            let p = 1.0 - (-x).exp();
            largest.max((p - i as f64 / n).abs())
        });
        // Kolmogorov–Smirnov: 1.95/√n is exceeded by a right sampler once in a thousand keys.
        assert!(distance < 1.95 / n.sqrt(), "{distance}");
    }

    #[test]
    fn values_are_functions_of_key_and_row() {
        let process = AutoregressiveGamma {
            deviation: 0.6,
            autocorrelation: 0.9,
        };
        let key = RandomKey::new(82);
        let all = process.stationary(10, key);
        assert_eq!(all, process.stationary(10, key));
        let next = process.next(&all, key.split(1));
        let last = process.next(&all[4..], key.split(1).starting_at(4));
        assert_eq!(next[4..], last);
        assert_ne!(next[0], next[1]);
    }

    #[test]
    fn values_are_stable() {
        // A change here changes every result that was made with a seed: say so in the changelog.
        let process = AutoregressiveGamma {
            deviation: 0.6,
            autocorrelation: 0.9,
        };
        let first = process.stationary(2, RandomKey::new(1));
        let second = process.next(&first, RandomKey::new(2));
        let found = [first, second].concat();
        let expected = [
            1.507_146_933_259_680_5,
            0.488_415_197_914_767_46,
            1.600_583_529_579_486_8,
            0.502_219_347_681_721_6,
        ];
        for (x, y) in found.into_iter().zip(expected) {
            assert!(f64::abs(x - y) < 1e-12, "{x}, expected {y}");
        }
    }
}
