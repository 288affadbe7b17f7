//! Distributions of counts.

use pxfm::{f_betainc_reg, f_gamma_q, f_lgamma};

/// The expected count up to which the probabilities are summed from 0 on.
const SUMMED: f64 = 30.0;

/// The rate above which a count is rounded from a normal number: f32 has no more digits.
const NORMAL: f64 = 1e10;

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
        let none = (-rate).exp();
        return counts.quantile(u, Position::first(none));
    }
    let guess = (rate + rate.sqrt() * normal_quantile(u)).floor().max(0.0);
    if rate > NORMAL {
        return guess;
    }
    let position = Position {
        count: guess,
        probability: (guess * rate.ln() - rate - f_lgamma(guess + 1.0)).exp(),
        cumulative: f_gamma_q(guess + 1.0, rate),
    };
    counts.quantile(u, position)
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
        let none = (-n * odds.ln_1p()).exp();
        return counts.quantile(u, Position::first(none));
    }
    let guess = n * p + (n * p * (1.0 - p)).sqrt() * normal_quantile(u);
    let guess = guess.floor().clamp(0.0, n - 1.0);
    let choices = f_lgamma(n + 1.0) - f_lgamma(guess + 1.0) - f_lgamma(n - guess + 1.0);
    let position = Position {
        count: guess,
        probability: (choices + guess * logit - n * odds.ln_1p()).exp(),
        cumulative: 1.0 - f_betainc_reg(guess + 1.0, n - guess, p),
    };
    counts.quantile(u, position)
}

fn normal_quantile(u: f64) -> f64 {
    -std::f64::consts::SQRT_2 * pxfm::f_erfcinv(2.0 * u)
}

/// Counts from 0 to the last one, with the ratio of the probabilities of k + 1 and k.
struct Counts<'a> {
    last: f64,
    up: &'a dyn Fn(f64) -> f64,
}

/// A count, its probability, and that of all up to it.
struct Position {
    count: f64,
    probability: f64,
    cumulative: f64,
}

impl Position {
    fn first(probability: f64) -> Self {
        Self {
            count: 0.0,
            probability,
            cumulative: probability,
        }
    }
}

impl Counts<'_> {
    /// The smallest count whose cumulative probability exceeds u, by steps from a count near it.
    fn quantile(&self, u: f64, mut at: Position) -> f64 {
        // No u exceeds 1 − 2⁻²⁵: probabilities below this cannot decide.
        const NEGLIGIBLE: f64 = 1e-16;
        while at.cumulative <= u && at.count < self.last {
            let ratio = (self.up)(at.count);
            at.probability *= ratio;
            at.count += 1.0;
            at.cumulative += at.probability;
            if ratio < 1.0 && at.probability < NEGLIGIBLE {
                return at.count;
            }
        }
        while at.count > 0.0 && at.cumulative - at.probability > u {
            at.cumulative -= at.probability;
            at.count -= 1.0;
            at.probability /= (self.up)(at.count);
        }
        at.count
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
        for rate in [0.0, 1e-5, 0.3, 5.0, 29.0, 31.0, 400.0, 2500.0] {
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
