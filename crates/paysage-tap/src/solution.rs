//! What a solver found.

use paysage_layers::Cumulants;
use paysage_models::State;

use crate::solver::is_converged;

/// Fixed points whose moments differ by no more than this many tolerances are one.
const APART: f64 = 100.0;

/// The moments that a [`Solver`](crate::Solver) found from each start, Γ there, and how far it is
/// from stationary.
#[derive(Clone, Debug)]
pub struct Solution {
    /// The cumulants of every layer, a start in each row.
    pub point: Vec<Cumulants>,
    /// Γ of each start, in nats.
    pub values: Vec<f64>,
    /// The largest of the terms of second and third order in Γ of each start, in nats: the expansion
    /// says nothing where it is not small. NaN in first order, which has none.
    pub beyond_mean_field: Vec<f64>,
    /// How far the moments of each start would move in an undamped update, in their own scale (see
    /// [`Tap::scaled`](paysage_layers::Tap::scaled)).
    pub residuals: Vec<f64>,
    /// The residual at which iterations would have ended.
    pub tolerance: f64,
    /// How many iterations were made.
    pub iterations: usize,
    /// The moments of each start in their own scale.
    pub(crate) scaled: Vec<Vec<f64>>,
}

impl Solution {
    /// How many starts have converged.
    #[must_use]
    pub fn converged(&self) -> usize {
        (0..self.values.len())
            .filter(|&start| self.has_converged(start))
            .count()
    }

    /// Whether a start has converged: its residual is within ten tolerances, for the last steps are
    /// made and judged with a share of the way.
    #[must_use]
    pub fn has_converged(&self, start: usize) -> bool {
        is_converged(self.residuals[start], self.tolerance) && self.values[start].is_finite()
    }

    /// The means of all units, for starts to go on from.
    #[must_use]
    pub fn means(&self) -> State {
        let means = self.point.iter().map(|at| at.mean.clone());
        State {
            layers: means.collect(),
        }
    }

    /// A start for each distinct fixed point, the one with the largest Γ first; none where no start has
    /// converged.
    #[must_use]
    pub fn fixed_points(&self) -> Vec<usize> {
        let by_value = |&a: &usize, &b: &usize| self.values[b].total_cmp(&self.values[a]);
        let mut starts: Vec<usize> = (0..self.values.len()).collect();
        starts.retain(|&start| self.has_converged(start));
        starts.sort_by(by_value);
        let near = |a: usize, b: usize| {
            let mut pairs = self.scaled[a].iter().zip(&self.scaled[b]);
            pairs.all(|(x, y)| (x - y).abs() <= APART * self.tolerance)
        };
        let mut distinct: Vec<usize> = Vec::new();
        for start in starts {
            if !distinct.iter().any(|&other| near(start, other)) {
                distinct.push(start);
            }
        }
        distinct
    }

    /// The largest Γ of a fixed point: the estimate of ln Z, in nats. NaN where no start has
    /// converged.
    #[must_use]
    pub fn log_partition(&self) -> f64 {
        let points = self.fixed_points();
        points.first().map_or(f64::NAN, |&start| self.values[start])
    }

    /// The largest of the terms beyond mean field at the fixed point of
    /// [`log_partition`](Self::log_partition), in nats.
    #[must_use]
    pub fn beyond_mean_field(&self) -> f64 {
        let points = self.fixed_points();
        points
            .first()
            .map_or(f64::NAN, |&start| self.beyond_mean_field[start])
    }

    /// ln Σ exp(Γ) over the distinct fixed points: where they are states that the machine moves
    /// between rarely, each has a part in Z.
    #[must_use]
    pub fn log_partition_of_all(&self) -> f64 {
        let largest = self.log_partition();
        let points = self.fixed_points().into_iter();
        let sum: f64 = points
            .map(|start| (self.values[start] - largest).exp())
            .sum();
        largest + sum.ln()
    }
}
