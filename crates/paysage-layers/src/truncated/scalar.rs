//! The same distribution for single numbers, in f64.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2};

use pxfm::{f_erfc, f_erfcx};

/// ln I₀, the mean and the variance for one a.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standard {
    pub log_integral: f64,
    pub mean: f64,
    pub variance: f64,
}

impl Standard {
    pub fn at(a: f64) -> Self {
        /// Below −5 the mean would be a difference of nearly equal numbers.
        const TAIL: f64 = -5.0;
        /// Number of terms of the continued fraction, for 15 digits at −5.
        const TERMS: u32 = 30;
        if a < TAIL {
            // ⟨x⟩ = 1/(t + b) with b = 2/(t + 3/(t + …)).
            let t = -a;
            let rest = (3..TERMS).rev().fold(t, |rest, k| t + f64::from(k) / rest);
            let b = 2.0 / rest;
            let mean = 1.0 / (t + b);
            return Self {
                log_integral: -(t + mean).ln(),
                mean,
                variance: (b - mean) * mean,
            };
        }
        let z = -a * FRAC_1_SQRT_2;
        let log_integral = 0.5 * FRAC_PI_2.ln()
            + match a > 0.0 {
                true => z * z + f_erfc(z).ln(),
                false => f_erfcx(z).ln(),
            };
        let hazard = (-log_integral).exp();
        let mean = a + hazard;
        Self {
            log_integral,
            mean,
            variance: 1.0 - mean * hazard,
        }
    }
}
