//! Estimates from importance weights.

use std::collections::BTreeMap;

/// Distance of a bound from its estimate, in standard errors. A normal error is smaller in 99.9 % of
/// estimates; the documented confidence is 98.75 %, so that two bounds hold with 97.5 %, because the standard error is estimated from the
/// same heavy-tailed weights, and a run may have been selected for its narrow bounds.
pub(super) const STANDARD_ERRORS: f64 = 3.0;

/// With fewer effective chains than this a standard error is unreliable, and Markov's inequality is
/// used: a mean of positive weights exceeds 80 times its expectation with a probability of at most
/// 1/80, and the higher one of those from two bases with one of at most 1/40.
pub(super) const FEW: f64 = 10.0;
const EIGHTY: f64 = 80.0;

/// An estimate of the logarithm of a mean of importance weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate, in nats.
    pub value: f64,
    /// Its standard error, in nats.
    pub standard_error: f64,
    /// Effective sample size (Σ w)²/Σ w².
    pub effective_chains: f64,
}

impl Estimate {
    /// The same of weights that are correlated within clusters, given the cluster of each. The standard
    /// error and the effective sample size are those of independent clusters: (Σ w)²/Σ_c (Σ_c w)².
    pub(super) fn of_clusters(log_weights: &[f64], clusters: &[i64]) -> Self {
        let value = Self::of_log_weights(log_weights).value;
        let count = log_weights.len() as f64;
        // Of each cluster the sums of weights, with a mean of one, and of their deviations.
        let mut sums: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
        for (log_weight, &cluster) in log_weights.iter().zip(clusters) {
            let weight = (log_weight - value).exp();
            let (sum, deviation) = sums.entry(cluster).or_default();
            *sum += weight;
            *deviation += weight - 1.0;
        }
        let squares: f64 = sums.values().map(|(sum, _)| sum * sum).sum();
        let deviations: f64 = sums.values().map(|(_, deviation)| deviation.powi(2)).sum();
        let found = sums.len() as f64;
        let unbiased = found / (found - 1.0).max(1.0);
        Self {
            value,
            standard_error: (deviations * unbiased).sqrt() / count,
            effective_chains: count * count / squares,
        }
    }

    /// ln of the mean of weights, given their logarithms; the standard error is the relative one of
    /// the mean.
    pub(super) fn of_log_weights(log_weights: &[f64]) -> Self {
        let count = log_weights.len() as f64;
        let largest = log_weights
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        let weights = log_weights.iter().map(|w| (w - largest).exp());
        let (sum, squares) = weights.fold((0.0, 0.0), |(s, q), w| (s + w, q + w * w));
        let effective_chains = sum * sum / squares;
        // Not `max`, which ignores NaN.
        let spread = count / effective_chains - 1.0;
        let spread = if spread < 0.0 { 0.0 } else { spread };
        Self {
            value: largest + (sum / count).ln(),
            standard_error: (spread / (count - 1.0).max(1.0)).sqrt(),
            effective_chains,
        }
    }

    /// The estimate of a number that is larger by a known one.
    pub(super) fn plus(self, known: f64) -> Self {
        Self {
            value: known + self.value,
            ..self
        }
    }

    /// The estimate of a known number less this one.
    pub(super) fn subtracted_from(self, known: f64) -> Self {
        Self {
            value: known - self.value,
            ..self
        }
    }

    /// Lower bound of the logarithm of the true mean, with a confidence of 98.75 %; for few effective
    /// chains, by Markov's inequality.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.value - self.margin()
    }

    /// Upper bound of the same, with a confidence of 98.75 % where the effective chains are many.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.value + self.margin()
    }

    fn margin(&self) -> f64 {
        let normal = STANDARD_ERRORS * self.standard_error;
        if self.effective_chains < FEW && self.standard_error > 0.0 {
            normal.max(EIGHTY.ln())
        } else {
            normal
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_weights_have_no_error() {
        let estimate = Estimate::of_log_weights(&[-1000.0; 17]);
        assert_eq!(estimate.value, -1000.0);
        assert_eq!(estimate.standard_error, 0.0);
        assert!((estimate.effective_chains - 17.0).abs() < 1e-12);
        assert_eq!((estimate.low(), estimate.high()), (-1000.0, -1000.0));
    }

    #[test]
    fn a_cluster_of_equal_weights_counts_once() {
        let three = 3.0_f64.ln();
        let alone = Estimate::of_log_weights(&[0.0, three]);
        let found = Estimate::of_clusters(&[0.0, three, 0.0, three], &[7, -2, 7, -2]);
        assert!((found.value - alone.value).abs() < 1e-12);
        assert!((found.standard_error - alone.standard_error).abs() < 1e-12);
        assert!((found.effective_chains - alone.effective_chains).abs() < 1e-12);
    }

    #[test]
    fn the_standard_error_is_that_of_the_mean() {
        // Weights 1 and 3: mean 2, standard deviation √2, of the mean 1.
        let estimate = Estimate::of_log_weights(&[0.0, 3.0_f64.ln()]);
        assert!((estimate.value - 2.0_f64.ln()).abs() < 1e-12);
        assert!((estimate.standard_error - 0.5).abs() < 1e-12);
        assert!((estimate.effective_chains - 1.6).abs() < 1e-12);
        // Too few effective chains for a standard error.
        assert!((estimate.value - estimate.low() - 80.0_f64.ln()).abs() < 1e-12);
    }
}
