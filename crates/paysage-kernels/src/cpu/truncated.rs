//! The normal distribution that is truncated at 0, for groups of numbers.

use super::math::{exp_of_negative, ln};
use crate::truncated_series::{LOG_INTEGRAL, LOG_MOMENT_1, LOG_MOMENT_2};

/// Number of values of a group.
pub(super) const WIDTH: usize = 16;

pub(super) type Lanes = [f32; WIDTH];

/// ½ ln 2π.
const LOG_ROOT_TAU: f32 = 0.918_938_5;

/// How many moments are computed.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) enum Depth {
    Integral,
    Mean,
    Variance,
}

/// The densities exp(a x − x²/2)/I₀ on x ≥ 0.
#[derive(Clone, Copy)]
pub(super) struct Truncated {
    /// ln I₀.
    pub log_integral: Lanes,
    /// ⟨x⟩, from [`Depth::Mean`] on.
    pub mean: Lanes,
    /// ⟨x²⟩ − ⟨x⟩², from [`Depth::Variance`] on.
    pub variance: Lanes,
}

impl Truncated {
    /// By Chebyshev series for a ≤ 0, and from those of −a for a > 0: I₀(a) = √(2π) exp(a²/2) − I₀(−a),
    /// ⟨x⟩ = a + 1/I₀ and ⟨x²⟩ − ⟨x⟩² = 1 − ⟨x⟩/I₀.
    #[inline(always)]
    pub fn of(a: &Lanes, depth: Depth) -> Self {
        let zero = [0.0; WIDTH];
        let (mut shifted, mut twice) = (zero, zero);
        for i in 0..WIDTH {
            shifted[i] = a[i].abs() + 3.0;
            twice[i] = 12.0 / shifted[i] - 2.0;
        }
        let below = series(&twice, &LOG_INTEGRAL_SHORT);
        let mut log_integral = zero;
        for i in 0..WIDTH {
            let below = below[i] - ln(shifted[i]);
            let all = (0.5 * a[i]).mul_add(a[i], LOG_ROOT_TAU);
            let above = all + ln(1.0 - exp_of_negative(below - all));
            log_integral[i] = if a[i] > 0.0 { above } else { below };
        }
        let mut found = Self {
            log_integral,
            mean: zero,
            variance: zero,
        };
        if depth >= Depth::Mean {
            found.add_moments(a, &shifted, &twice, depth);
        }
        found
    }

    #[inline(always)]
    fn add_moments(&mut self, a: &Lanes, shifted: &Lanes, twice: &Lanes, depth: Depth) {
        let (mut hazard, first) = ([0.0; WIDTH], series(twice, &LOG_MOMENT_1_SHORT));
        for i in 0..WIDTH {
            // 1/I₀ for a > 0, where I₀ > 1.
            hazard[i] = exp_of_negative(-self.log_integral[i]);
            let below = exp_of_small(first[i]) / shifted[i];
            let above = a[i] + hazard[i];
            self.mean[i] = if a[i] > 0.0 { above } else { below };
        }
        if depth < Depth::Variance {
            return;
        }
        let second = series(twice, &LOG_MOMENT_2_SHORT);
        for i in 0..WIDTH {
            let below = exp_of_small(second[i]) / (shifted[i] * shifted[i]);
            let below = (-self.mean[i]).mul_add(self.mean[i], below);
            let above = (-self.mean[i]).mul_add(hazard[i], 1.0);
            self.variance[i] = if a[i] > 0.0 { above } else { below };
        }
    }
}

/// exp(x) for x up to 3.
#[inline(always)]
fn exp_of_small(x: f32) -> f32 {
    const E_CUBED: f32 = 20.085_537;
    exp_of_negative(x - 3.0) * E_CUBED
}

/// A Chebyshev series by the recurrence of Clenshaw, for twice its variable.
#[inline(always)]
fn series<const TERMS: usize>(twice: &Lanes, coefficients: &[f32; TERMS]) -> Lanes {
    let (mut current, mut last) = ([0.0; WIDTH], [0.0; WIDTH]);
    for &coefficient in coefficients[1..].iter().rev() {
        let mut next = [0.0; WIDTH];
        for i in 0..WIDTH {
            next[i] = twice[i].mul_add(current[i], coefficient - last[i]);
        }
        last = current;
        current = next;
    }
    let mut sum = [0.0; WIDTH];
    for i in 0..WIDTH {
        sum[i] = (0.5 * twice[i]).mul_add(current[i], coefficients[0] - last[i]);
    }
    sum
}

/// Number of terms of a series that f32 resolves.
const fn resolved(coefficients: &[f64]) -> usize {
    let mut terms = coefficients.len();
    while terms > 1 && coefficients[terms - 1].abs() <= 1e-8 {
        terms -= 1;
    }
    terms
}

const fn short<const TERMS: usize>(coefficients: &[f64]) -> [f32; TERMS] {
    let mut found = [0.0; TERMS];
    let mut term = 0;
    while term < TERMS {
        found[term] = coefficients[term] as f32;
        term += 1;
    }
    found
}

const LOG_INTEGRAL_SHORT: [f32; resolved(&LOG_INTEGRAL)] = short(&LOG_INTEGRAL);
const LOG_MOMENT_1_SHORT: [f32; resolved(&LOG_MOMENT_1)] = short(&LOG_MOMENT_1);
const LOG_MOMENT_2_SHORT: [f32; resolved(&LOG_MOMENT_2)] = short(&LOG_MOMENT_2);

#[cfg(test)]
mod tests {
    use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2};

    use super::*;

    /// I₀ = √(π/2) erfcx(−a/√2), and moments from it or, far below 0, from their expansions.
    fn exact(a: f64) -> [f64; 3] {
        let z = -a * FRAC_1_SQRT_2;
        let log_integral = 0.5 * FRAC_PI_2.ln()
            + match a > 0.0 {
                true => z * z + pxfm::f_erfc(z).ln(),
                false => pxfm::f_erfcx(z).ln(),
            };
        let t = -a;
        if t > 300.0 {
            let mean = 1.0 / t - 2.0 / t.powi(3);
            return [log_integral, mean, t.powi(-2) - 6.0 * t.powi(-4)];
        }
        let hazard = (-log_integral).exp();
        let mean = a + hazard;
        [log_integral, mean, 1.0 - mean * hazard]
    }

    #[test]
    fn integrals_and_moments_are_those_of_the_scaled_error_function() {
        let points = [
            -1e4, -1e3, -301.0, -20.0, -8.0, -3.0, -1.0, -0.1, 0.0, 0.1, 1.0, 3.0, 8.0, 50.0, 1e3,
            1e4,
        ];
        let found = Truncated::of(&points, Depth::Variance);
        for (i, a) in points.into_iter().enumerate() {
            let [log_integral, mean, variance] = exact(a.into());
            let pairs = [
                (found.log_integral[i], log_integral),
                (found.mean[i], mean),
                (found.variance[i], variance),
            ];
            for (found, exact) in pairs {
                let slack = 1e-5 * exact.abs() + 1e-12;
                let error = (f64::from(found) - exact).abs();
                assert!(error <= slack, "{a}: {found}, not {exact}");
            }
        }
    }
}
