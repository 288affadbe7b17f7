//! What sums need of numbers, in either precision.

use std::ops::{Add, Mul};

use super::math;

/// f32 or f64.
pub(crate) trait Real:
    Copy + PartialOrd + Add<Output = Self> + Mul<Output = Self> + Into<f64> + Send + Sync
{
    const ZERO: Self;
    const ONE: Self;
    /// e⁻ˡˣˡ.
    fn exp_of_minus_size(self) -> Self;
    /// The nearest.
    fn of(x: f64) -> Self;
}

impl Real for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    #[inline(always)]
    fn exp_of_minus_size(self) -> Self {
        math::exp_of_negative(-self.abs())
    }

    #[inline(always)]
    fn of(x: f64) -> Self {
        x as Self
    }
}

impl Real for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    #[inline(always)]
    fn exp_of_minus_size(self) -> Self {
        math::exp_of_negative_f64(-self.abs())
    }

    #[inline(always)]
    fn of(x: f64) -> Self {
        x
    }
}
