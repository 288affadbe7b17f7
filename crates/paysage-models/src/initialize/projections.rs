//! The distribution of the projections of the rows on a direction.

/// Number of points of a distribution.
const POINTS: usize = 128;

/// Projections of weighted rows as probabilities of evenly spaced points.
///
/// A projection between two points is shared by them so that its mean stays the same: the probabilities are a
/// continuous function of the projections.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Projections {
    /// The points, in increasing order.
    pub(super) points: Vec<f64>,
    /// Their probabilities.
    pub(super) shares: Vec<f64>,
    /// The mean of the projections.
    pub(super) mean: f64,
    /// Their standard deviation.
    pub(super) deviation: f64,
}

impl Projections {
    /// The distribution of these values, moved to another mean and smoothed by one observation there:
    /// mean + (y − ⟨y⟩) n/(n + 1) for rows of total weight n. `None` where all values are equal.
    ///
    /// The biases of the visible units are smoothed by one observation too. Without it rows at the end of
    /// the axis, such as an Ising configuration of equal spins, would need infinite fields.
    pub(super) fn of(values: &[f64], weights: Option<&[f32]>, mean: f64) -> Option<Self> {
        let weight = |row: usize| weights.map_or(1.0, |weights| f64::from(weights[row]));
        let weighted = || values.iter().enumerate().map(|(row, &y)| (y, weight(row)));
        let total: f64 = weighted().map(|(_, weight)| weight).sum();
        let average = |of: &dyn Fn(f64) -> f64| {
            weighted().map(|(y, weight)| weight * of(y)).sum::<f64>() / total
        };
        let center = average(&|y| y);
        let factor = total / (total + 1.0);
        let deviation = factor * average(&|y| (y - center).powi(2)).sqrt();
        let moved = |y: f64| mean + (y - center) * factor;
        let (lowest, highest) = values
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &y| {
                (low.min(moved(y)), high.max(moved(y)))
            });
        let step = (highest - lowest) / (POINTS - 1) as f64;
        let is_spread = step.is_finite() && step > 1e-9 * (1.0 + mean.abs());
        if !is_spread {
            return None;
        }
        let points: Vec<f64> = (0..POINTS).map(|k| lowest + k as f64 * step).collect();
        let mut shares = vec![0.0; POINTS];
        for (y, weight) in weighted() {
            share_out(&points, moved(y), weight / total, &mut shares);
        }
        Some(Self {
            points,
            shares,
            mean,
            deviation,
        })
    }

    /// The probabilities of other points, in increasing order, with the same mean where they reach as far.
    pub(super) fn on(&self, points: &[f64]) -> Vec<f64> {
        let mut shares = vec![0.0; points.len()];
        for (&y, &share) in self.points.iter().zip(&self.shares) {
            share_out(points, y, share, &mut shares);
        }
        shares
    }

    /// The first point up to which a fraction of the projections lies.
    pub(super) fn quantile(&self, fraction: f64) -> f64 {
        let mut sum = 0.0;
        let reached = self.shares.iter().position(|share| {
            sum += share;
            sum >= fraction
        });
        self.points[reached.unwrap_or(POINTS - 1)]
    }

    /// The smallest and the largest point.
    pub(super) fn ends(&self) -> [f64; 2] {
        [self.points[0], self.points[POINTS - 1]]
    }
}

/// Adds a probability at a value to the two points next to it, so that the mean is the value.
fn share_out(points: &[f64], value: f64, share: f64, shares: &mut [f64]) {
    let above = points.partition_point(|&point| point <= value);
    if above == 0 || above == points.len() {
        shares[above.min(points.len() - 1)] += share;
        return;
    }
    let (left, right) = (points[above - 1], points[above]);
    let fraction = (value - left) / (right - left);
    shares[above - 1] += share * (1.0 - fraction);
    shares[above] += share * fraction;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_of(points: &[f64], shares: &[f64]) -> f64 {
        points.iter().zip(shares).map(|(y, share)| y * share).sum()
    }

    #[test]
    fn the_mean_is_the_given_one_and_weights_are_repetitions() {
        let values = [0.3, -1.0, 2.5];
        let found = Projections::of(&values, Some(&[1.0, 2.0, 3.0]), 0.7).expect("values");
        let repeated = [0.3, -1.0, -1.0, 2.5, 2.5, 2.5];
        let expected = Projections::of(&repeated, None, 0.7).expect("values");
        for (found, expected) in found.shares.iter().zip(&expected.shares) {
            assert!((found - expected).abs() < 1e-12);
        }
        assert!((mean_of(&found.points, &found.shares) - 0.7).abs() < 1e-12);
        let sum: f64 = found.shares.iter().sum();
        assert!((sum - 1.0).abs() < 1e-12);
        let other: Vec<f64> = (-8..8).map(|k| f64::from(k) * 0.5 + 0.1).collect();
        assert!((mean_of(&other, &found.on(&other)) - 0.7).abs() < 1e-12);
        assert!(found.quantile(0.3) < found.quantile(0.6));
    }

    #[test]
    fn equal_values_have_no_distribution() {
        assert_eq!(Projections::of(&[0.5; 4], None, 0.5), None);
        assert_eq!(Projections::of(&[0.5], None, 0.0), None);
        assert_eq!(Projections::of(&[0.5, f64::NAN], None, f64::NAN), None);
    }
}
