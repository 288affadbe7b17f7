//! Swaps of neighbouring replicas.

use burn::tensor::{Bool, FloatDType, Int, Tensor};
use paysage_kernels::{RandomKey, uniform};

/// The Metropolis probabilities of swaps of neighbouring replicas, min(1, exp((β_a − β_b)(E_a − E_b))).
///
/// `energies` and `betas` are `[chains, replicas]`, or `[1, replicas]` for the same β in every chain, in
/// the order of the temperatures; the probabilities are `[chains, replicas − 1]`. With them a swap leaves
/// the product of the distributions of all replicas invariant: detailed balance holds.
///
/// Swendsen & Wang, "Replica Monte Carlo simulation of spin-glasses", 1986; Geyer, "Markov chain Monte
/// Carlo maximum likelihood", 1991.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_samplers::swap_probabilities;
///
/// let device = default_device()?;
/// // The replica at the lower temperature has the higher energy: it is swapped for certain.
/// let energies = Tensor::from_floats([[3.0, 1.0], [1.0, 3.0]], &device);
/// let betas = Tensor::from_floats([[1.0, 0.5]], &device);
/// let probabilities: Vec<f64> = swap_probabilities(energies, betas).into_data().iter().collect();
/// assert_eq!(probabilities[0], 1.0);
/// assert!((probabilities[1] - (-1.0_f64).exp()).abs() < 1e-6);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
#[must_use]
pub fn swap_probabilities(energies: Tensor<2>, betas: Tensor<2>) -> Tensor<2> {
    let log_ratio = differences(betas) * differences(energies);
    log_ratio.clamp_max(0.0).exp()
}

/// x_k − x_{k+1} of neighbouring columns.
fn differences(x: Tensor<2>) -> Tensor<2> {
    let pairs = x.dims()[1] - 1;
    x.clone().narrow(1, 0, pairs) - x.narrow(1, 1, pairs)
}

/// True with these probabilities.
pub(crate) fn drawn(probabilities: &Tensor<2>, key: RandomKey) -> Tensor<2, Bool> {
    let dtype: FloatDType = probabilities.dtype().into();
    let uniform = uniform(probabilities.dims(), key, &probabilities.device());
    uniform.cast(dtype).lower(probabilities.clone())
}

/// Exchanges neighbouring columns k and k + 1 of `[chains, replicas]` where a mask
/// `[chains, replicas − 1]` is true in column k. No two neighbours of the mask are both true.
pub(crate) fn exchanged(order: Tensor<2, Int>, swap: Tensor<2, Bool>) -> Tensor<2, Int> {
    let [chains, replicas] = order.dims();
    let none = Tensor::<2, Bool>::full([chains, 1], false, &order.device());
    let first = order.clone().narrow(1, 0, 1);
    let last = order.clone().narrow(1, replicas - 1, 1);
    let next = Tensor::cat(vec![order.clone().narrow(1, 1, replicas - 1), last], 1);
    let previous = Tensor::cat(vec![first, order.clone().narrow(1, 0, replicas - 1)], 1);
    let with_next = Tensor::cat(vec![swap.clone(), none.clone()], 1);
    let with_previous = Tensor::cat(vec![none, swap], 1);
    order
        .mask_where(with_next, next)
        .mask_where(with_previous, previous)
}

#[cfg(test)]
mod tests {
    use paysage_testkit::machines::device;

    use super::*;

    #[test]
    fn columns_are_exchanged_in_pairs() {
        let device = device();
        let order = Tensor::<2, Int>::from_data([[0, 1, 2, 3], [3, 2, 1, 0]], &device);
        let swap = [[true, false, true], [false, true, false]];
        let swap = Tensor::<2, Bool>::from_data(swap, &device);
        let found: Vec<i64> = exchanged(order, swap).into_data().iter().collect();
        assert_eq!(found, [1, 0, 3, 2, 3, 1, 2, 0]);
    }
}
