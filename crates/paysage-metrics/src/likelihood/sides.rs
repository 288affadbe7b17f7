//! Estimates from below and from above.

use paysage_data::total_weight;

use super::{Estimate, Interval, interval::spanned, weights::STANDARD_ERRORS};

/// Two estimates of one number, from forward and from reverse chains.
#[derive(Clone, Copy, Debug)]
pub struct TwoSided {
    /// From forward chains, too low on average: [`Estimate::low`] is a lower bound.
    pub below: Estimate,
    /// From reverse chains, too high on average: [`Estimate::high`] is an upper bound.
    pub above: Estimate,
}

impl TwoSided {
    /// A known number.
    #[must_use]
    pub fn exactly(value: f64) -> Self {
        let known = Estimate {
            value,
            standard_error: 0.0,
            effective_chains: f64::INFINITY,
        };
        Self {
            below: known,
            above: known,
        }
    }

    /// Bounds that hold together with 95 % confidence.
    #[must_use]
    pub fn interval(&self) -> Interval {
        let Self { below, above } = self;
        let (low, high) = spanned((below.low(), below.high()), (above.low(), above.high()));
        between(low, [below.value, above.value], high)
    }

    /// The mean of independent numbers, within bounds that hold together with 95 % confidence.
    #[must_use]
    pub fn mean(of: &[Self]) -> Interval {
        Self::weighted_mean(of, None)
    }

    /// The same of numbers with weights: Σ w x / Σ w.
    ///
    /// # Panics
    ///
    /// When there is not one weight for each number.
    #[must_use]
    pub fn weighted_mean(of: &[Self], weights: Option<&[f32]>) -> Interval {
        let [below, above] = Self::weighted_means(of, weights);
        let (low, high) = spanned(below.bounds(), above.bounds());
        between(low, [below.value, above.value], high)
    }

    /// Whether the lower bound of the mean of numbers with weights is below the upper one.
    pub(super) fn is_consistent(of: &[Self], weights: Option<&[f32]>) -> bool {
        let [below, above] = Self::weighted_means(of, weights);
        below.bounds().0 <= above.bounds().1
    }

    /// The means from below and from above.
    fn weighted_means(of: &[Self], weights: Option<&[f32]>) -> [Mean; 2] {
        let count = of.len() as f64;
        // The weights of a mean weight of one.
        let shares: Vec<f64> = match weights {
            None => vec![1.0; of.len()],
            Some(weights) => {
                assert_eq!(weights.len(), of.len(), "a weight for each number");
                let total = total_weight(weights);
                weights
                    .iter()
                    .map(|&w| f64::from(w) * count / total)
                    .collect()
            }
        };
        let mean = |side: fn(&Self) -> Estimate| {
            let each = || of.iter().map(side).zip(&shares);
            let value: f64 = each().map(|(found, share)| share * found.value).sum();
            let squares = each().map(|(found, share)| (share * found.standard_error).powi(2));
            Mean {
                value: value / count,
                margin: STANDARD_ERRORS * squares.sum::<f64>().sqrt() / count,
            }
        };
        [mean(|sides| sides.below), mean(|sides| sides.above)]
    }
}

/// A mean of estimates.
struct Mean {
    value: f64,
    margin: f64,
}

impl Mean {
    fn bounds(&self) -> (f64, f64) {
        (self.value - self.margin, self.value + self.margin)
    }
}

/// The midpoint of two estimates, each of which may lie slightly outside the bounds.
fn between(low: f64, estimates: [f64; 2], high: f64) -> Interval {
    let middle = 0.5 * (estimates[0] + estimates[1]);
    // Not `clamp`, which panics for bounds that are NaN.
    Interval {
        low,
        value: middle.max(low).min(high),
        high,
    }
}
