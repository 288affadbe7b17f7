//! Bennett's acceptance ratio.

use paysage_kernels::log_sum_exp;

/// An estimate from forward and reverse chains together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bennett {
    /// The estimate, in nats.
    pub value: f64,
    /// Its standard error, in nats; infinite where the weights of the two do not overlap.
    pub standard_error: f64,
}

impl Bennett {
    /// ln R of a ratio R of normalizing constants, from the log weights of forward chains, whose
    /// mean weight is R, and of reverse chains, whose mean weight is 1/R.
    ///
    /// A path of forward weight e^W is e^W/R times as likely in reverse. So ln R is the offset at
    /// which a logistic classifier of paths by W, with the numbers of chains as prior, takes as many
    /// forward chains for reverse ones as reverse ones for forward. Among estimators from both sets
    /// it has the smallest asymptotic variance.
    ///
    /// Bennett, "Efficient estimation of free energy differences from Monte Carlo data", 1976;
    /// Shirts, Bair, Hooker & Pande, "Equilibrium free energies from nonequilibrium measurements
    /// using maximum-likelihood methods", 2003.
    pub(super) fn of_log_weights(forward: &[f64], reverse: &[f64]) -> Self {
        let (n, m) = (forward.len() as f64, reverse.len() as f64);
        let prior = (m / n).ln();
        // Expected numbers of misclassified chains, as logarithms: probabilities may underflow.
        let excess = |log_ratio: f64| {
            let forward = forward.iter().map(|w| log_logistic(w - log_ratio + prior));
            let reverse = reverse.iter().map(|w| log_logistic(w + log_ratio - prior));
            log_sum_exp(forward) - log_sum_exp(reverse)
        };
        let log_ratios = forward.iter().copied().chain(reverse.iter().map(|w| -w));
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        let (least, most) = log_ratios.fold(ends, |(low, high), w| (low.min(w), high.max(w)));
        // The excess decreases, and its sign is known beyond the weights and the prior.
        let margin = prior.abs() + 40.0;
        let (mut low, mut high) = (least - margin, most + margin);
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            if excess(middle) > 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        let value = 0.5 * (low + high);
        let forward = forward.iter().map(|w| logistic(w - value + prior));
        let reverse = reverse.iter().map(|w| logistic(w + value - prior));
        Self {
            value,
            standard_error: (relative_variance(forward) + relative_variance(reverse)).sqrt(),
        }
    }
}

pub(super) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn log_logistic(x: f64) -> f64 {
    x.min(0.0) - (-x.abs()).exp().ln_1p()
}

/// Variance of a mean divided by the square of the mean.
fn relative_variance(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    let (sum, squares) = values.fold((0.0, 0.0), |(s, q), x| (s + x, q + x * x));
    if squares == 0.0 {
        return f64::INFINITY;
    }
    (squares * count / (sum * sum) - 1.0).max(0.0) / count
}

#[cfg(test)]
mod tests {
    use paysage_kernels::{RandomKey, default_device, normal};

    use super::*;

    fn normals(count: usize, key: u64) -> Vec<f64> {
        let device = default_device().expect("a backend");
        let noise = normal([count, 1], RandomKey::new(key), &device);
        noise.into_data().iter().collect()
    }

    /// Normal work values of variance s² obey Crooks' relation if their means are ln R − s²/2
    /// forward and ln R + s²/2 in reverse.
    #[test]
    fn normal_work_values_give_their_ratio() {
        const LOG_RATIO: f64 = 300.0;
        let mut inside = 0;
        for seed in 0..40 {
            let (s, half) = (2.0, 2.0);
            let forward = normals(400, 2 * seed);
            let reverse = normals(900, 2 * seed + 1);
            let forward: Vec<f64> = forward.iter().map(|z| LOG_RATIO - half + s * z).collect();
            let reverse: Vec<f64> = reverse
                .iter()
                .map(|z| -(LOG_RATIO + half + s * z))
                .collect();
            let estimate = Bennett::of_log_weights(&forward, &reverse);
            let error = (estimate.value - LOG_RATIO).abs();
            assert!(estimate.standard_error < 0.12, "{estimate:?}");
            assert!(error < 4.9 * estimate.standard_error, "{estimate:?}");
            inside += usize::from(error < 1.96 * estimate.standard_error);
        }
        // 38 of 40 are expected; 33 or fewer happen once in a hundred times.
        assert!(inside >= 34, "{inside} of 40 intervals contain the ratio");
    }

    #[test]
    fn weights_without_overlap_have_an_infinite_error() {
        let estimate = Bennett::of_log_weights(&[-2000.0; 3], &[-2000.0; 3]);
        assert!(estimate.value.abs() < 1e-6);
        assert_eq!(estimate.standard_error, f64::INFINITY);
    }
}
