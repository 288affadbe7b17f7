//! Products with a matrix of states: where fields and gradients spend their time.

use burn::tensor::Tensor;

/// `states · matrix`: `[batch, rows] × [rows, columns] → [batch, columns]`.
#[must_use]
pub fn times(states: Tensor<2>, matrix: Tensor<2>) -> Tensor<2> {
    states.matmul(matrix)
}

/// `states · matrixᵀ`: `[batch, columns] × [rows, columns] → [batch, rows]`.
#[must_use]
pub fn times_transposed(states: Tensor<2>, matrix: Tensor<2>) -> Tensor<2> {
    states.matmul(matrix.transpose())
}

/// `leftᵀ · right`, a sum over the batch: `[batch, rows] × [batch, columns] → [rows, columns]`.
#[must_use]
pub fn transposed_times(left: Tensor<2>, right: Tensor<2>) -> Tensor<2> {
    left.transpose().matmul(right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::default_device;

    #[test]
    fn the_three_products_agree_with_sums_by_hand() {
        let device = default_device().expect("a backend");
        let a = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], &device);
        let b = Tensor::<2>::from_floats([[1.0, 0.0, 2.0], [0.0, 3.0, 1.0]], &device);
        let read = |t: Tensor<2>| t.try_into_vec_as::<f32>().expect("readable");
        let product = vec![1.0, 6.0, 4.0, 3.0, 12.0, 10.0, 5.0, 18.0, 16.0];
        assert_eq!(read(times(a.clone(), b.clone())), product);
        assert_eq!(read(times_transposed(a.clone(), b.transpose())), product);
        assert_eq!(
            read(transposed_times(a.clone(), a)),
            vec![35.0, 44.0, 44.0, 56.0]
        );
    }
}
