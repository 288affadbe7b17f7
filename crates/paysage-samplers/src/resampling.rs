//! Resampling of weighted chains.

use burn::tensor::{Int, Tensor};
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
    (selected(state, &rows), rows)
}

/// Some of the rows of a state.
pub(crate) fn selected(state: &State, rows: &Tensor<1, Int>) -> State {
    let of_layer = |x: &Tensor<2>| x.clone().select(0, rows.clone());
    State {
        layers: state.layers.iter().map(of_layer).collect(),
    }
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
///
/// # Panics
///
/// Without weights.
#[must_use]
pub fn systematic_resampling(log_weights: &[f64], draws: usize, offset: f64) -> Vec<usize> {
    let largest = log_weights
        .iter()
        .copied()
        .fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = log_weights.iter().map(|w| (w - largest).exp()).collect();
    let step = weights.iter().sum::<f64>() / draws as f64;
    let (mut row, mut passed) = (0, weights[0]);
    let place = |draw: usize| (draw as f64 + offset) * step;
    let draws = (0..draws).map(|draw| {
        while passed <= place(draw) && row + 1 < weights.len() {
            row += 1;
            passed += weights[row];
        }
        row
    });
    draws.collect()
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
