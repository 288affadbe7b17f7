//! Sums of exponentials.

/// ln Σ exp(x), without overflow; −∞ of no numbers.
///
/// ```
/// use paysage_models::log_sum_exp;
///
/// let two = log_sum_exp([1000.0, 1000.0].into_iter());
/// assert!((two - (1000.0 + 2.0_f64.ln())).abs() < 1e-9);
/// assert_eq!(log_sum_exp(std::iter::empty()), f64::NEG_INFINITY);
/// ```
pub fn log_sum_exp(x: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = x.clone().fold(f64::NEG_INFINITY, f64::max);
    if largest.is_infinite() {
        return largest;
    }
    largest + x.map(|x| (x - largest).exp()).sum::<f64>().ln()
}
