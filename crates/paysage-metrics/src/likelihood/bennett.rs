//! Bennett's acceptance ratio.

use paysage_kernels::log_sum_exp;

use super::weights::Clusters;

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
    /// Forward chains are independent, and reverse ones between clusters.
    ///
    /// Bennett, "Efficient estimation of free energy differences from Monte Carlo data", 1976;
    /// Shirts, Bair, Hooker & Pande, "Equilibrium free energies from nonequilibrium measurements
    /// using maximum-likelihood methods", 2003.
    pub(super) fn of_log_weights(
        forward: &[f64],
        reverse: &[f64],
        clusters: impl Iterator<Item = i64>,
    ) -> Self {
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
        let forward = Clusters::of(forward.zip(0..)).relative_variance();
        let reverse = Clusters::of(reverse.zip(clusters)).relative_variance();
        Self {
            value,
            standard_error: (forward + reverse).sqrt(),
        }
    }
}

pub(super) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn log_logistic(x: f64) -> f64 {
    x.min(0.0) - (-x.abs()).exp().ln_1p()
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
            let estimate = Bennett::of_log_weights(&forward, &reverse, 0..);
            let error = (estimate.value - LOG_RATIO).abs();
            assert!(estimate.standard_error < 0.12, "{estimate:?}");
            assert!(error < 4.9 * estimate.standard_error, "{estimate:?}");
            inside += usize::from(error < 1.96 * estimate.standard_error);
        }
        // 38 of 40 are expected; 33 or fewer happen once in a hundred times.
        assert!(inside >= 34, "{inside} of 40 intervals contain the ratio");
    }

    /// Nine copies of each reverse chain do not make the estimate better.
    #[test]
    fn copies_of_chains_are_clusters() {
        let forward: Vec<f64> = normals(4000, 90).iter().map(|z| 2.0 * z - 2.0).collect();
        let reverse: Vec<f64> = normals(100, 91).iter().map(|z| 2.0 * z - 2.0).collect();
        let copies: Vec<f64> = (0..900).map(|chain| reverse[chain / 9]).collect();
        let alone = Bennett::of_log_weights(&forward, &copies, 0..);
        let found = Bennett::of_log_weights(&forward, &copies, (0..900).map(|chain| chain / 9));
        assert_eq!(found.value, alone.value);
        assert!(
            found.standard_error > 1.3 * alone.standard_error,
            "{found:?} and {alone:?}"
        );
    }

    #[test]
    fn weights_without_overlap_have_an_infinite_error() {
        let estimate = Bennett::of_log_weights(&[-2000.0; 3], &[-2000.0; 3], 0..);
        assert!(estimate.value.abs() < 1e-6);
        assert_eq!(estimate.standard_error, f64::INFINITY);
    }
}
