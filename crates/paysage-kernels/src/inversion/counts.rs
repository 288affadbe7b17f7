//! Distributions of counts.

use std::f64::consts::SQRT_2;

use pxfm::{f_erfcinv, f_lgamma};

/// The expected count up to which the probabilities are summed from 0 on.
const SUMMED: f64 = 30.0;

/// The variance up to which they are summed around a count near the quantile; beyond it the expansion of
/// [`expanded`] has an error below 10⁻⁵ in the distribution function.
const WALKED: f64 = 1000.0;

/// The smallest count k whose distribution function P(X ≤ k) exceeds u.
pub(super) fn poisson(u: f64, rate: f64) -> f64 {
    if !rate.is_finite() {
        return f64::NAN;
    }
    let up = |k: f64| rate / (k + 1.0);
    let counts = Counts {
        last: f64::INFINITY,
        up: &up,
    };
    if rate <= SUMMED {
        return counts.quantile(u, 0.0, (-rate).exp());
    }
    let guess = expanded(u, rate, rate, rate.powf(-0.5), rate.recip());
    if rate > WALKED {
        return guess.max(0.0);
    }
    let guess = guess.max(0.0);
    let log_probability = guess * rate.ln() - rate - f_lgamma(guess + 1.0);
    counts.quantile(u, guess, log_probability.exp())
}

/// The smallest count k of successes in `trials` whose distribution function P(X ≤ k) exceeds u, with
/// the logit of a success.
pub(super) fn binomial(u: f64, trials: usize, logit: f64) -> f64 {
    if logit.is_nan() {
        return f64::NAN;
    }
    let n = trials as f64;
    if logit > 0.0 {
        // The failures, which are the rarer ones.
        return n - binomial(1.0 - u, trials, -logit);
    }
    let odds = logit.exp();
    let p = odds / (1.0 + odds);
    let up = |k: f64| odds * (n - k) / (k + 1.0);
    let counts = Counts { last: n, up: &up };
    if n * p <= SUMMED {
        return counts.quantile(u, 0.0, (-n * odds.ln_1p()).exp());
    }
    let variance = n * p * (1.0 - p);
    let skewness = (1.0 - 2.0 * p) / variance.sqrt();
    let kurtosis = (1.0 - 6.0 * p * (1.0 - p)) / variance;
    let guess = expanded(u, n * p, variance, skewness, kurtosis).clamp(0.0, n);
    if variance > WALKED {
        return guess;
    }
    let choices = f_lgamma(n + 1.0) - f_lgamma(guess + 1.0) - f_lgamma(n - guess + 1.0);
    let log_probability = choices + guess * logit - n * odds.ln_1p();
    counts.quantile(u, guess, log_probability.exp())
}

/// The count of a quantile by its cumulants, the expansion of Cornish and Fisher with a correction for
/// continuity; the skewness and the excess kurtosis are those of a variance of 1.
///
/// Cornish & Fisher, "Moments and cumulants in the specification of distributions", 1938.
fn expanded(u: f64, mean: f64, variance: f64, skewness: f64, kurtosis: f64) -> f64 {
    let z = -SQRT_2 * f_erfcinv(2.0 * u);
    let cube = z * z * z;
    let standard = z + (z * z - 1.0) * skewness / 6.0 + (cube - 3.0 * z) * kurtosis / 24.0
        - (2.0 * cube - 5.0 * z) * skewness * skewness / 36.0;
    (mean + variance.sqrt() * standard + 0.5).floor()
}

/// Counts from 0 to the last one, with the ratio of the probabilities of k + 1 and k.
struct Counts<'a> {
    last: f64,
    up: &'a dyn Fn(f64) -> f64,
}

/// No u exceeds 1 − 2⁻²⁵: probabilities below this cannot decide.
const NEGLIGIBLE: f64 = 1e-16;

impl Counts<'_> {
    /// The smallest count whose cumulative probability exceeds u, by steps from a count near it that has
    /// this probability.
    fn quantile(&self, u: f64, mut count: f64, mut probability: f64) -> f64 {
        let mut cumulative = self.up_to(count, probability);
        while cumulative <= u && count < self.last {
            let ratio = (self.up)(count);
            probability *= ratio;
            count += 1.0;
            cumulative += probability;
            if ratio < 1.0 && probability < NEGLIGIBLE {
                return count;
            }
        }
        while count > 0.0 && cumulative - probability > u && probability >= NEGLIGIBLE {
            cumulative -= probability;
            count -= 1.0;
            probability /= (self.up)(count);
        }
        count
    }

    /// The probability of all counts up to one.
    fn up_to(&self, mut count: f64, mut probability: f64) -> f64 {
        let mut sum = probability;
        while count > 0.0 {
            count -= 1.0;
            let ratio = (self.up)(count);
            probability /= ratio;
            sum += probability;
            if ratio > 1.0 && probability < NEGLIGIBLE {
                break;
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The quantile by the sum of all probabilities from 0 on.
    fn summed(u: f64, log_probability: impl Fn(f64) -> f64, last: usize) -> f64 {
        let mut cumulative = 0.0;
        for k in 0..=last {
            cumulative += log_probability(k as f64).exp();
            if cumulative > u {
                return k as f64;
            }
        }
        last as f64
    }

    const LEVELS: [f64; 9] = [
        3e-8,
        1e-6,
        0.01,
        0.2,
        0.5,
        0.777,
        0.99,
        0.999_99,
        0.999_999_9,
    ];

    #[test]
    fn poisson_counts_invert_the_distribution() {
        for rate in [0.0, 1e-5, 0.3, 5.0, 29.0, 31.0, 400.0, 999.0] {
            for u in LEVELS {
                let log_probability = |k: f64| match rate {
                    0.0 if k == 0.0 => 0.0,
                    0.0 => f64::NEG_INFINITY,
                    _ => k * f64::ln(rate) - rate - f_lgamma(k + 1.0),
                };
                let expected = summed(u, log_probability, 5000);
                assert_eq!(poisson(u, rate), expected, "rate {rate}, u {u}");
            }
        }
        assert!(poisson(0.5, f64::INFINITY).is_nan() && poisson(0.5, f64::NAN).is_nan());
        let huge = poisson(0.5, 1e12);
        assert!((huge / 1e12 - 1.0).abs() < 1e-6 && huge.fract() == 0.0);
    }

    /// Where quantiles are expanded, the level lies between the sums of the probabilities up to a count and
    /// up to the one before.
    #[test]
    fn large_counts_have_their_levels() {
        for rate in [1001.0, 1e4, 1e6] {
            for u in LEVELS {
                let found = poisson(u, rate);
                let log_probability = |k: f64| k * f64::ln(rate) - rate - f_lgamma(k + 1.0);
                let first = (rate - 12.0 * rate.sqrt()).max(0.0) as usize;
                let below = (first..found as usize).map(|k| log_probability(k as f64).exp());
                let before: f64 = below.sum();
                let through = before + log_probability(found).exp();
                assert!(
                    before <= u + 1e-5 && u <= through + 1e-5,
                    "rate {rate}, u {u}: {found}, from {before} to {through}"
                );
            }
        }
        let fair = binomial(0.5, 1 << 24, 0.0);
        assert!((fair - f64::from(1 << 23)).abs() <= 1.0);
    }

    #[test]
    fn binomial_counts_invert_the_distribution() {
        for n in [1, 7, 100, 1000] {
            for logit in [-800.0, -6.0, -0.7, 0.0, 0.4, 5.0, 800.0] {
                for u in LEVELS {
                    let trials = n as f64;
                    let log_probability = |k: f64| {
                        let ways =
                            f_lgamma(trials + 1.0) - f_lgamma(k + 1.0) - f_lgamma(trials - k + 1.0);
                        let success: f64 = -f64::exp(-logit).ln_1p();
                        let failure: f64 = -f64::exp(logit).ln_1p();
                        let of =
                            |count: f64, log: f64| if count == 0.0 { 0.0 } else { count * log };
                        ways + of(k, success) + of(trials - k, failure)
                    };
                    let found = binomial(u, n, logit);
                    let expected = summed(u, log_probability, n);
                    assert_eq!(found, expected, "{n} trials, logit {logit}, u {u}");
                }
            }
        }
    }
}
