//! Resampling of weighted chains.

use burn::tensor::{Int, Tensor};
use paysage_data::systematic_rows;
use paysage_kernels::{RandomKey, uniform};
use paysage_models::State;

/// Rows of a state that represent its weighted rows equally, and their numbers.
pub(crate) fn resample(
    state: &State,
    log_weights: &[f64],
    key: RandomKey,
) -> (State, Tensor<1, Int>) {
    let device = state.layers[0].device();
    let offset = uniform([1, 1], key, &device);
    let rows = systematic_resampling(log_weights, log_weights.len(), offset.into_scalar());
    let rows: Vec<i32> = rows.into_iter().map(|row| row as i32).collect();
    let rows = Tensor::from_data(rows.as_slice(), &device);
    (state.gathered(&rows), rows)
}

/// Systematic resampling: the numbers of so many rows, in ascending order, each about as often as its
/// weight says, for an offset in [0, 1).
///
/// Kitagawa, "Monte Carlo filter and smoother for non-Gaussian nonlinear state space models", 1996.
///
/// ```
/// use paysage_samplers::systematic_resampling;
///
/// let log_weights = [1.0_f64, 3.0].map(f64::ln);
/// assert_eq!(systematic_resampling(&log_weights, 4, 0.5), [0, 1, 1, 1]);
/// ```
#[must_use]
pub fn systematic_resampling(log_weights: &[f64], draws: usize, offset: f64) -> Vec<usize> {
    let largest = log_weights
        .iter()
        .copied()
        .fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = log_weights.iter().map(|w| (w - largest).exp()).collect();
    systematic_rows(&weights, draws, offset)
}

#[cfg(test)]
mod tests {
    use super::systematic_resampling as resampled;

    #[test]
    fn rows_are_resampled_as_often_as_their_weights_say() {
        let weights = [1.0_f64, 3.0, 0.0, 4.0].map(f64::ln);
        assert_eq!(resampled(&weights, 4, 0.4), [0, 1, 3, 3]);
        assert_eq!(resampled(&weights, 4, 0.9), [1, 1, 3, 3]);
        assert_eq!(resampled(&[-5000.0; 3], 3, 0.5), [0, 1, 2]);
    }
}
