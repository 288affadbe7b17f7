//! Intervals.

use std::ops::Sub;

/// An estimate with a lower and an upper bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower bound.
    pub low: f64,
    /// The estimate.
    pub value: f64,
    /// The upper bound.
    pub high: f64,
}

impl Interval {
    /// A known number.
    #[must_use]
    pub fn exactly(value: f64) -> Self {
        Self {
            low: value,
            value,
            high: value,
        }
    }

    /// The distance of the bounds.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.high - self.low
    }
}

/// From the lower bound of forward chains to the upper bound of reverse chains, given both bounds of
/// each; where these contradict each other, the union of both intervals.
pub(super) fn spanned(forward: (f64, f64), reverse: (f64, f64)) -> (f64, f64) {
    if forward.0 <= reverse.1 {
        (forward.0, reverse.1)
    } else {
        (reverse.0, forward.1)
    }
}

/// The result contains the difference of any two numbers within the bounds.
impl Sub for Interval {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            low: self.low - other.high,
            value: self.value - other.value,
            high: self.high - other.low,
        }
    }
}
