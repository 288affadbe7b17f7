//! Products with a matrix of states: where fields and gradients spend their time.

use burn::{backend::Dispatch, tensor::Tensor};

use crate::{
    backend::{Products, has_products},
    plain,
};

/// `states · matrix`: `[batch, rows] × [rows, columns] → [batch, columns]`.
///
/// On a CPU, states that are all zeros and ones are not multiplied: their rows pick partial sums
/// from tables, or gather rows where ones are rare, as in one-hot states. Whether they are is seen
/// on the way, and anything else takes the ordinary product. The result is that of the ordinary
/// product to float rounding, and the same bits on any number of threads.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{default_device, times};
///
/// let device = default_device()?;
/// let states = Tensor::<2>::from_floats([[1.0, 0.0, 1.0]], &device);
/// let weights = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], &device);
/// let field = times(states, weights).try_into_vec_as::<f32>().expect("readable");
/// assert_eq!(field, [6.0, 8.0]);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
///
/// # Panics
///
/// When the shapes do not fit.
#[must_use]
pub fn times(states: Tensor<2>, matrix: Tensor<2>) -> Tensor<2> {
    assert_fits("times", states.dims(), 1, matrix.dims(), 0);
    if has_products(&states) {
        dispatch_times(states, matrix, false)
    } else {
        plain::times(states, matrix)
    }
}

/// `states · matrixᵀ`: `[batch, columns] × [rows, columns] → [batch, rows]`; see [`times`].
///
/// # Panics
///
/// When the shapes do not fit.
#[must_use]
pub fn times_transposed(states: Tensor<2>, matrix: Tensor<2>) -> Tensor<2> {
    assert_fits("times_transposed", states.dims(), 1, matrix.dims(), 1);
    if has_products(&states) {
        dispatch_times(states, matrix, true)
    } else {
        plain::times_transposed(states, matrix)
    }
}

/// `scale · leftᵀ · right`, a sum over the batch:
/// `[batch, rows] × [batch, columns] → [rows, columns]`; `left` are the states, see [`times`].
///
/// # Panics
///
/// When the shapes do not fit.
#[must_use]
pub fn transposed_times(left: Tensor<2>, right: Tensor<2>, scale: f64) -> Tensor<2> {
    assert_fits("transposed_times", left.dims(), 0, right.dims(), 0);
    if has_products(&left) {
        Tensor::from_dispatch(<Dispatch as Products>::transposed_times(
            left.into_dispatch(),
            right.into_dispatch(),
            scale as f32,
        ))
    } else {
        plain::transposed_times(left, right, scale)
    }
}

/// `sum + scale · leftᵀ · right`, in the memory of `sum` where nobody else holds it; see
/// [`transposed_times`].
///
/// # Panics
///
/// When the shapes do not fit.
#[must_use]
pub fn add_transposed_times(
    sum: Tensor<2>,
    left: Tensor<2>,
    right: Tensor<2>,
    scale: f64,
) -> Tensor<2> {
    assert_fits("add_transposed_times", left.dims(), 0, right.dims(), 0);
    assert_fits("add_transposed_times", sum.dims(), 0, left.dims(), 1);
    assert_fits("add_transposed_times", sum.dims(), 1, right.dims(), 1);
    if has_products(&left) {
        Tensor::from_dispatch(<Dispatch as Products>::add_transposed_times(
            sum.into_dispatch(),
            left.into_dispatch(),
            right.into_dispatch(),
            scale as f32,
        ))
    } else {
        sum + plain::transposed_times(left, right, scale)
    }
}

fn dispatch_times(states: Tensor<2>, matrix: Tensor<2>, transposed: bool) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Products>::times(
        states.into_dispatch(),
        matrix.into_dispatch(),
        transposed,
    ))
}

/// A panic that names both shapes, where one dimension of each must be the same.
fn assert_fits(
    product: &str,
    left: [usize; 2],
    left_dimension: usize,
    right: [usize; 2],
    right_dimension: usize,
) {
    assert!(
        left[left_dimension] == right[right_dimension],
        "{product}: shapes {left:?} and {right:?} do not fit"
    );
}
