//! Inverses of increasing functions, on the host.

use burn::tensor::{Tensor, TensorData};

/// Largest number of steps: a bracket of any width is halved, or Newton's method squares the error.
const STEPS: usize = 100;

/// The x at which an increasing function, which returns its value and its derivative, has a value, in a
/// bracket. Newton's method, with a bisection where it leaves the bracket.
pub(crate) fn solve_increasing(
    value: f64,
    bracket: [f64; 2],
    function: impl Fn(f64) -> (f64, f64),
) -> f64 {
    let [mut low, mut high] = bracket;
    let mut x = 0.5 * (low + high);
    for _ in 0..STEPS {
        let (found, slope) = function(x);
        let excess = found - value;
        match excess > 0.0 {
            true => high = x,
            false => low = x,
        }
        let newton = x - excess / slope;
        let next = match (low..=high).contains(&newton) {
            true => newton,
            false => 0.5 * (low + high),
        };
        let step = (next - x).abs();
        x = next;
        if step <= 1e-15 * x.abs() {
            break;
        }
    }
    x
}

/// A function of each entry and its column, computed on the host.
pub(crate) fn on_host(values: Tensor<2>, function: impl Fn(f64, usize) -> f64) -> Tensor<2> {
    let shape = values.dims();
    let options = (&values.device(), values.dtype());
    let entries = values.into_data();
    let entries = entries.iter::<f64>().enumerate();
    let solved = entries.map(|(i, value)| function(value, i % shape[1]));
    Tensor::from_data(
        TensorData::new(solved.collect::<Vec<f64>>(), shape),
        options,
    )
}
