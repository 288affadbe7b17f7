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
        let weights = log_weights.iter().map(|w| (w - value).exp());
        let sums = Clusters::of(weights.zip(clusters.iter().copied()));
        Self {
            value,
            standard_error: sums.relative_variance().sqrt(),
            effective_chains: sums.effective(),
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

/// Positive values that are correlated within clusters, and independent between them.
pub(super) struct Clusters {
    mean: f64,
    count: f64,
    /// The number of values of each cluster, their sum, and the sum of their squares.
    sums: Vec<(f64, f64, f64)>,
}

impl Clusters {
    /// Values with their clusters.
    pub(super) fn of(values: impl Iterator<Item = (f64, i64)>) -> Self {
        let mut sums: BTreeMap<i64, (f64, f64, f64)> = BTreeMap::new();
        for (value, cluster) in values {
            let (count, sum, squares) = sums.entry(cluster).or_default();
            *count += 1.0;
            *sum += value;
            *squares += value * value;
        }
        let all = sums.values();
        let (count, total) = all.fold((0.0, 0.0), |(n, t), (count, sum, _)| (n + count, t + sum));
        Self {
            mean: total / count,
            count,
            sums: sums.into_values().collect(),
        }
    }

    /// Variance of the mean of all values divided by its square; infinite where all values are zero. Of a single
    /// cluster, that of one value: nothing is known about others.
    pub(super) fn relative_variance(&self) -> f64 {
        if self.mean == 0.0 {
            return f64::INFINITY;
        }
        let squared = |x: f64| (x / self.mean).powi(2);
        match self.sums[..] {
            [(count, sum, squares)] => {
                let variance = squares / count - (sum / count).powi(2);
                (variance / self.mean.powi(2)).max(0.0)
            }
            _ => {
                let clusters = self.sums.len() as f64;
                let deviations = self
                    .sums
                    .iter()
                    .map(|(n, sum, _)| squared(sum - n * self.mean));
                deviations.sum::<f64>() * clusters / (clusters - 1.0) / self.count.powi(2)
            }
        }
    }

    /// Effective number of clusters: (Σ x)²/Σ_c (Σ_c x)².
    fn effective(&self) -> f64 {
        let squares: f64 = self.sums.iter().map(|(_, sum, _)| sum * sum).sum();
        (self.mean * self.count).powi(2) / squares
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
    fn copies_have_the_variance_of_the_values() {
        let values = [1.0, 4.0, 2.5, 0.5];
        let copies = (0..12_i64).map(|copy| (values[copy as usize % 4], copy % 4));
        let [found, expected] = [
            Clusters::of(copies),
            Clusters::of(values.into_iter().zip(0..)),
        ]
        .map(|clusters| clusters.relative_variance());
        assert!((found - expected).abs() < 1e-12, "{found} and {expected}");
        // Of the mean 2: variance 7.5/3 of a value, of the mean 7.5/12, relative to its square.
        assert!((expected - 7.5 / 48.0).abs() < 1e-12, "{expected}");
    }

    /// One cluster says nothing about others: the bounds are those of Markov's inequality at least.
    #[test]
    fn a_single_cluster_has_a_margin() {
        let three = 3.0_f64.ln();
        let found = Estimate::of_clusters(&[0.0, three, 0.0, three], &[7; 4]);
        assert!((found.effective_chains - 1.0).abs() < 1e-12);
        assert!((found.standard_error - 0.5).abs() < 1e-12, "{found:?}");
        assert!(found.value - found.low() >= 80.0_f64.ln());
        // Equal weights have no variance at all.
        let equal = Estimate::of_clusters(&[2.0; 3], &[7; 3]);
        assert_eq!((equal.low(), equal.high()), (2.0, 2.0));
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
