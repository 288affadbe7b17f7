//! Solutions of the TAP equations.

use paysage_kernels::log_sum_exp;
use paysage_layers::Cumulants;
use paysage_models::State;

use crate::solver::is_converged;

/// Fixed points are equal if no moment differs by more than this number of tolerances.
const APART: f64 = 100.0;

/// Result of a [`Solver`](crate::Solver): moments, Γ and residual for each start.
#[derive(Clone, Debug)]
pub struct Solution {
    /// The cumulants of every layer, one start per row: `[starts, units]`.
    pub point: Vec<Cumulants>,
    /// Γ of each start, in nats.
    pub values: Vec<f64>,
    /// The mean-field part of Γ (zeroth and first order) of each start, in nats: a lower bound of
    /// ln Z at any moments, by the Gibbs-Bogoliubov inequality.
    pub mean_field: Vec<f64>,
    /// The larger magnitude of the second- and third-order terms of Γ of each start, in nats; NaN in
    /// first order.
    pub beyond_mean_field: Vec<f64>,
    /// Residual of the TAP equations of each start: the largest change of a scaled moment in an
    /// undamped update (see [`Tap::standardized`](paysage_layers::Tap::standardized)).
    pub residuals: Vec<f64>,
    /// The residual at which iterations end.
    pub tolerance: f64,
    /// Number of iterations.
    pub iterations: usize,
    /// The scaled moments of each start.
    pub(crate) scaled: Vec<Vec<f64>>,
}

impl Solution {
    /// Number of starts that have converged.
    #[must_use]
    pub fn converged(&self) -> usize {
        (0..self.values.len())
            .filter(|&start| self.has_converged(start))
            .count()
    }

    /// Whether a start has converged: its residual is at most ten tolerances, because iterations end
    /// by the residual of damped steps.
    #[must_use]
    pub fn has_converged(&self, start: usize) -> bool {
        is_converged(self.residuals[start], self.tolerance) && self.values[start].is_finite()
    }

    /// The means of all units, as starting states.
    #[must_use]
    pub fn means(&self) -> State {
        let means = self.point.iter().map(|at| at.mean.clone());
        State {
            layers: means.collect(),
        }
    }

    /// One start per distinct fixed point, in descending order of Γ; none where no start has
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

    /// Estimate of ln Z, in nats: the largest Γ of a fixed point. NaN where no start has converged.
    /// It is no bound.
    #[must_use]
    pub fn log_partition(&self) -> f64 {
        let points = self.fixed_points();
        points.first().map_or(f64::NAN, |&start| self.values[start])
    }

    /// The larger magnitude of the second- and third-order terms at the fixed point of
    /// [`log_partition`](Self::log_partition), in nats.
    ///
    /// A diagnostic and no bound of the error: large terms show that the expansion is not accurate,
    /// small ones do not show that it is. In our tests with weights from N(0, s²) the error was smaller
    /// for s ≤ 1 in all 144 machines, and larger for s from 3 to 4 in 2 of 48 Bernoulli machines and in
    /// 21 of 48 one-hot machines (`docs/tap.md`).
    #[must_use]
    pub fn beyond_mean_field(&self) -> f64 {
        let points = self.fixed_points();
        points
            .first()
            .map_or(f64::NAN, |&start| self.beyond_mean_field[start])
    }

    /// ln Σ exp Γ over the distinct fixed points, in nats: where they are separate modes of the
    /// distribution, Z is a sum over them.
    #[must_use]
    pub fn log_partition_of_all(&self) -> f64 {
        let points = self.fixed_points();
        if points.is_empty() {
            return f64::NAN;
        }
        log_sum_exp(points.into_iter().map(|start| self.values[start]))
    }

    /// Lower bound of ln Z, in nats: the largest mean-field value of all starts, converged or not. It
    /// holds where no layer is clamped, up to rounding. NaN where no value is finite.
    #[must_use]
    pub fn log_partition_low(&self) -> f64 {
        let finite = self.mean_field.iter().copied().filter(|x| x.is_finite());
        finite.reduce(f64::max).unwrap_or(f64::NAN)
    }
}
