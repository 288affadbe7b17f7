//! The acceptance rate of swaps, from samples of one side or of both.

/// The mean acceptance probability of swaps between samples of a machine and of another one, estimated
/// from the log weights ln w_i = F(x_i) − F'(x_i) of samples x_i of the first machine.
///
/// Swaps accept with probability min(1, exp(ln w(x) − ln w(y))) for x from the first and y from the second
/// machine. Samples of the second machine are those of the first one with weights proportional to w.
pub(super) fn from_log_weights(log_weights: &[f64]) -> f64 {
    let mut sorted = log_weights.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let Some(&largest) = sorted.last() else {
        return 0.0;
    };
    let count = sorted.len() as f64;
    let weights = || sorted.iter().map(|w| (w - largest).exp());
    let total: f64 = weights().sum();
    // Of w_j ≤ w_i all swaps are accepted, of the others a fraction of w_i/w_j.
    let mut below = 0.0;
    let accepted = weights().enumerate().map(|(place, weight)| {
        below += weight;
        below + weight * (count - 1.0 - place as f64)
    });
    accepted.sum::<f64>() / total / count
}

/// The mean acceptance probability of swaps between samples of two machines, from the log weights
/// ln w = F − F' of samples of the first and of the second one: the mean of min(1, exp(ln w(x) − ln w(y)))
/// over all pairs.
///
/// Unlike [`from_log_weights`], it is right where samples of the first machine hardly cover the second one.
pub(super) fn between_samples(of_first: &[f64], of_second: &[f64]) -> f64 {
    let pairs = (of_first.len() * of_second.len()) as f64;
    let with_all = |x: &f64| -> f64 { of_second.iter().map(|y| (x - y).exp().min(1.0)).sum() };
    of_first.iter().map(with_all).sum::<f64>() / pairs
}

#[cfg(test)]
mod tests {
    use super::{between_samples, from_log_weights};

    #[test]
    fn it_is_the_mean_over_samples_of_both() {
        let found = between_samples(&[0.0, -1.0], &[1.0, -1.0, -5.0]);
        let expected = ((-1.0_f64).exp() + 1.0 + 1.0 + (-2.0_f64).exp() + 1.0 + 1.0) / 6.0;
        assert!((found - expected).abs() < 1e-12);
        assert_eq!(between_samples(&[-800.0], &[0.0]), 0.0);
    }

    #[test]
    fn it_is_the_mean_over_all_pairs() {
        let log_weights = [0.3, -1.0, 2.0, 0.3, -0.2, 1.1];
        let total: f64 = log_weights.iter().map(|w: &f64| w.exp()).sum();
        let pairs = log_weights.iter().flat_map(|x| {
            let of_pair = move |y: &f64| y.exp() / total * (x - y).exp().min(1.0);
            log_weights.iter().map(of_pair)
        });
        let expected: f64 = pairs.sum::<f64>() / 6.0;
        assert!((from_log_weights(&log_weights) - expected).abs() < 1e-12);
        assert!((from_log_weights(&[5.0; 4]) - 1.0).abs() < 1e-12);
        assert!(from_log_weights(&[1000.0, 0.0, -1000.0]) < 0.34);
    }
}
