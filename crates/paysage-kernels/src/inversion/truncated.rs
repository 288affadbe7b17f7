//! The truncated normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use pxfm::{f_erfc, f_erfcinv, f_erfcx};

/// The mean below which the tail is inverted in logarithms.
const TAIL: f64 = -5.0;

/// Newton steps in the tail: the first guess is within a few per cent, and each step squares the error.
const STEPS: usize = 4;

/// The quantile of the density ∝ exp(mean · x − x²/2) on x ≥ 0.
pub(crate) fn normal(u: f64, mean: f64) -> f64 {
    if mean <= TAIL {
        return tail(1.0 - u, -mean);
    }
    // Twice the probabilities of a standard normal number above and below x − mean: the smaller of them
    // has all its digits.
    let all = f_erfc(-mean * FRAC_1_SQRT_2);
    let (above, below) = ((1.0 - u) * all, f_erfc(mean * FRAC_1_SQRT_2) + u * all);
    let z = match above < below {
        true => SQRT_2 * f_erfcinv(above),
        false => -SQRT_2 * f_erfcinv(below),
    };
    (mean + z).max(0.0)
}

/// The x with Q(t + x)/Q(t) = `above`, where Q(z) is the probability of a standard normal number above z.
///
/// With Q(z) = exp(−z²/2) R(z)/√(2π), it is the zero of the convex function
/// t x + x²/2 − ln R(t + x) + ln R(t) + ln above, which Newton's method approaches from above.
fn tail(above: f64, t: f64) -> f64 {
    let scaled = |z: f64| f_erfcx(z * FRAC_1_SQRT_2);
    let (start, target) = (scaled(t), -above.ln());
    let mut x = 2.0 * target / (t + (t * t + 2.0 * target).sqrt());
    for _ in 0..STEPS {
        let ratio = scaled(t + x);
        let excess = x * (t + 0.5 * x) - (ratio / start).ln() - target;
        // 1/R(z) with R(z) = √(π/2) erfcx(z/√2).
        x -= excess * ratio * std::f64::consts::FRAC_PI_2.sqrt();
    }
    x.max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of the probability above the quantile is 1 − u.
    #[test]
    fn quantiles_invert_the_distribution_in_both_tails() {
        let log_above = |z: f64| {
            if z < 5.0 {
                (0.5 * f_erfc(z * FRAC_1_SQRT_2)).ln()
            } else {
                (0.5 * f_erfcx(z * FRAC_1_SQRT_2)).ln() - 0.5 * z * z
            }
        };
        for mean in [-1e4, -300.0, -30.0, -5.0, -4.99, -1.0, 0.0, 2.0, 8.0] {
            for u in [1e-7, 0.01, 0.3, 0.5, 0.9, 0.999, 1.0 - 1e-7] {
                let x = normal(u, mean);
                let found = log_above(x - mean) - log_above(-mean);
                let expected = (1.0 - u).ln();
                // The logarithms at −1e4 are 5e7, so that their difference has an error of 1e-8.
                let slack = 1e-9 + 1e-15 * mean * mean;
                assert!(
                    (found - expected).abs() <= slack,
                    "mean {mean}, u {u}: {found}, not {expected}"
                );
            }
            assert!(normal(0.0, mean) < 1e-14);
        }
    }

    /// Far in the tail x is exponential with the rate of the distance.
    #[test]
    fn the_far_tail_is_exponential() {
        for t in [1e4, 1e6] {
            for u in [0.1, 0.5, 0.99] {
                let exponential = -(1.0_f64 - u).ln() / t;
                assert!((normal(u, -t) / exponential - 1.0).abs() < 1e-6);
            }
        }
        assert!((normal(0.5, 1e4) - 1e4).abs() < 1e-9);
    }
}
