//! Maximum likelihood of what hidden units add to the log density of a projection.

use faer::{Mat, Side, prelude::Solve};
use paysage_kernels::log_sum_exp;

/// The largest number of steps of a fit.
const MOST_STEPS: usize = 200;

/// A fit has converged when a step gains less, in nats per row.
const LEAST_GAIN: f64 = 1e-9;

/// The largest damping of a step, relative to the unit matrix.
const MOST_DAMPING: f64 = 1e8;

/// V(z) = c z + Σ_a ln(1 + exp(α_a z + θ_a)), a convex function of a standardized projection z.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Potential {
    /// c.
    pub(super) slope: f64,
    /// α_a and θ_a of each unit.
    pub(super) units: Vec<[f64; 2]>,
}

/// A point on the axis, and its probability (data) or the logarithm of its weight (base).
pub(super) type Point = (f64, f64);

impl Potential {
    /// Units whose thresholds −θ/α lie evenly between two values, and c so that the slopes are opposite at
    /// both ends.
    pub(super) fn between(lowest: f64, highest: f64, units: usize) -> Self {
        const SLOPE: f64 = 2.0;
        let step = (highest - lowest) / units as f64;
        let threshold = |unit: usize| lowest + (unit as f64 + 0.5) * step;
        Self {
            slope: -0.5 * SLOPE * units as f64,
            units: (0..units)
                .map(|unit| [SLOPE, -SLOPE * threshold(unit)])
                .collect(),
        }
    }

    /// The potential of the largest likelihood of the data, Σ share V(z) − ln Σ exp(ln w + V(z)) where the
    /// second sum runs over the base: this potential after steps of damped Fisher scoring, each of which
    /// increases the likelihood.
    ///
    /// The Fisher matrix is the covariance of ∇V under the model. It differs from the negative Hessian by a
    /// difference of means of ∇∇V between data and model, which vanishes at a perfect fit.
    pub(super) fn fitted(mut self, data: &[Point], base: &[Point]) -> Self {
        let mut likelihood = self.log_likelihood(data, base);
        let mut damping = 1e-3;
        for _ in 0..MOST_STEPS {
            let (gradient, fisher) = self.score(data, base);
            let before = likelihood;
            loop {
                let next = self.moved(&gradient, &fisher, damping);
                let reached = next.as_ref().map(|next| next.log_likelihood(data, base));
                if let (Some(next), Some(reached)) = (next, reached)
                    && reached > likelihood
                {
                    (self, likelihood) = (next, reached);
                    damping = (damping / 4.0).max(1e-12);
                    break;
                }
                damping *= 4.0;
                if damping > MOST_DAMPING {
                    return self;
                }
            }
            if likelihood - before < LEAST_GAIN {
                return self;
            }
        }
        self
    }

    /// V(z).
    pub(super) fn at(&self, z: f64) -> f64 {
        let units = self.units.iter();
        let units = units.map(|[slope, bias]| softplus(slope * z + bias));
        self.slope * z + units.sum::<f64>()
    }

    fn log_likelihood(&self, data: &[Point], base: &[Point]) -> f64 {
        let of_data: f64 = data.iter().map(|&(z, share)| share * self.at(z)).sum();
        of_data - log_sum_exp(self.log_weights(base))
    }

    /// The probability of each point of the base.
    pub(super) fn probabilities(&self, base: &[Point]) -> Vec<f64> {
        let logs = self.log_weights(base);
        let sum = log_sum_exp(logs.iter().copied());
        logs.into_iter().map(|log| (log - sum).exp()).collect()
    }

    /// The logarithm of the weight of each point of the base under this potential.
    fn log_weights(&self, base: &[Point]) -> Vec<f64> {
        let logs = base.iter().map(|&(z, log_weight)| log_weight + self.at(z));
        logs.collect()
    }

    /// The derivatives of V(z) in c, and in α_a and θ_a of each unit.
    fn derivatives(&self, z: f64) -> Vec<f64> {
        let units = self.units.iter().flat_map(|[slope, bias]| {
            let on = 1.0 / (1.0 + (-slope * z - bias).exp());
            [on * z, on]
        });
        [z].into_iter().chain(units).collect()
    }

    /// The gradient of the likelihood, and the covariance of ∇V under the model.
    fn score(&self, data: &[Point], base: &[Point]) -> (Vec<f64>, Mat<f64>) {
        let size = 1 + 2 * self.units.len();
        let mut gradient = vec![0.0; size];
        for &(z, share) in data {
            add(&mut gradient, share, &self.derivatives(z));
        }
        let (mut mean, mut square) = (vec![0.0; size], Mat::<f64>::zeros(size, size));
        for (&(z, _), probability) in base.iter().zip(self.probabilities(base)) {
            let derivatives = self.derivatives(z);
            add(&mut mean, probability, &derivatives);
            for (j, right) in derivatives.iter().enumerate() {
                for (i, left) in derivatives.iter().enumerate() {
                    square[(i, j)] += probability * left * right;
                }
            }
        }
        add(&mut gradient, -1.0, &mean);
        let fisher = Mat::from_fn(size, size, |i, j| square[(i, j)] - mean[i] * mean[j]);
        (gradient, fisher)
    }

    /// The potential after a step (F + damping)⁻¹ g; `None` where that cannot be solved.
    fn moved(&self, gradient: &[f64], fisher: &Mat<f64>, damping: f64) -> Option<Self> {
        let size = gradient.len();
        let damped = Mat::from_fn(size, size, |i, j| {
            fisher[(i, j)] + if i == j { damping } else { 0.0 }
        });
        let right = Mat::from_fn(size, 1, |i, _| gradient[i]);
        let step = damped.llt(Side::Lower).ok()?.solve(&right);
        let unit = |(unit, [slope, bias]): (usize, &[f64; 2])| {
            let at = 1 + 2 * unit;
            [slope + step[(at, 0)], bias + step[(at + 1, 0)]]
        };
        Some(Self {
            slope: self.slope + step[(0, 0)],
            units: self.units.iter().enumerate().map(unit).collect(),
        })
    }
}

fn add(sum: &mut [f64], factor: f64, terms: &[f64]) {
    let pairs = sum.iter_mut().zip(terms);
    pairs.for_each(|(sum, term)| *sum += factor * term);
}

/// ln(1 + exp(x)).
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The logarithm of a standard normal density at even points.
    fn normal() -> Vec<Point> {
        let points = (-60..=60).map(|k| f64::from(k) * 0.1);
        points.map(|z| (z, -0.5 * z * z)).collect()
    }

    /// Data that a potential of two units describes are described exactly: probabilities agree, also from
    /// another start with more units.
    #[test]
    fn a_fit_recovers_the_distribution_of_a_potential() {
        let truth = Potential {
            slope: -2.5,
            units: vec![[3.0, 0.4], [2.5, -0.7]],
        };
        let base = normal();
        let probabilities = truth.probabilities(&base);
        let points = base.iter().zip(&probabilities);
        let data: Vec<Point> = points.map(|(&(z, _), &share)| (z, share)).collect();
        for units in [2, 6] {
            let found = Potential::between(-3.0, 3.0, units).fitted(&data, &base);
            let found = found.probabilities(&base);
            let pairs = found.iter().zip(&probabilities);
            let distance: f64 = pairs.map(|(p, q)| 0.5 * (p - q).abs()).sum();
            assert!(distance < 2e-4, "{units} units: {distance}");
        }
    }

    /// The score is the derivative of the log-likelihood.
    #[test]
    fn the_gradient_is_that_of_the_likelihood() {
        let base = normal();
        let data = [(-1.5, 0.25), (0.5, 0.5), (2.0, 0.25)];
        let potential = Potential::between(-2.0, 2.0, 2);
        let (gradient, fisher) = potential.score(&data, &base);
        assert!(fisher.llt(Side::Lower).is_ok());
        let moved = |parameter: usize, by: f64| {
            let mut moved = potential.clone();
            match parameter {
                0 => moved.slope += by,
                _ => moved.units[(parameter - 1) / 2][(parameter - 1) % 2] += by,
            }
            moved.log_likelihood(&data, &base)
        };
        for (parameter, derivative) in gradient.iter().enumerate() {
            let difference = (moved(parameter, 1e-5) - moved(parameter, -1e-5)) / 2e-5;
            assert!((derivative - difference).abs() < 1e-7, "{parameter}");
        }
    }
}
