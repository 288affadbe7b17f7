//! A number between bounds.

use std::ops::Sub;

/// A number and what it lies between.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower bound.
    pub low: f64,
    /// The best guess.
    pub value: f64,
    /// The upper bound.
    pub high: f64,
}

impl Interval {
    /// A number that is known.
    #[must_use]
    pub fn exactly(value: f64) -> Self {
        Self {
            low: value,
            value,
            high: value,
        }
    }

    /// How far the bounds are apart.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.high - self.low
    }
}

/// From the lower bound of forward chains to the upper bound of reverse ones, given both bounds of
/// either; where these contradict each other, all that either says.
pub(super) fn spanned(forward: (f64, f64), reverse: (f64, f64)) -> (f64, f64) {
    if forward.0 <= reverse.1 {
        (forward.0, reverse.1)
    } else {
        (reverse.0, forward.1)
    }
}

/// The difference of any two numbers within the bounds is within those of the result.
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
