//! Swaps of neighbouring replicas.

use burn::tensor::{Bool, FloatDType, Int, Tensor};

use crate::{RandomKey, uniform};

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
/// use paysage_kernels::{default_device, swap_probabilities};
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

/// Swaps neighbouring replicas with these [probabilities](swap_probabilities): the pairs that begin at an even place
/// after an even number of steps, the others after an odd number. On a GPU in one kernel.
///
/// `energies` are those of the replicas, `[chains, replicas]`; `betas` those of the places in descending order,
/// `[chains, replicas]` or `[1, replicas]`; `order` is the replica of a chain at each place, `[chains, replicas]`; `steps`
/// is one number, `[1, 1]`. Returns the order after the swaps, and the probabilities of all pairs,
/// `[chains, replicas − 1]`.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{RandomKey, default_device, exchange};
///
/// let device = default_device()?;
/// let energies = Tensor::from_floats([[3.0, 1.0, 5.0]], &device);
/// let betas = Tensor::from_floats([[1.0, 0.5, 0.25]], &device);
/// let [order, steps] = [[[0, 1, 2]].into(), [[0]].into()].map(|data: burn::tensor::TensorData| {
///     Tensor::from_data(data, &device)
/// });
/// let (order, probabilities) = exchange(energies, betas, order, steps, RandomKey::new(1));
/// assert_eq!(order.into_data().iter::<i64>().collect::<Vec<_>>(), [1, 0, 2]);
/// assert_eq!(probabilities.dims(), [1, 2]);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
///
/// # Panics
///
/// When the shapes do not fit.
#[must_use]
pub fn exchange(
    energies: Tensor<2>,
    betas: Tensor<2>,
    order: Tensor<2, Int>,
    steps: Tensor<2, Int>,
    key: RandomKey,
) -> (Tensor<2, Int>, Tensor<2>) {
    let [chains, replicas] = order.dims();
    let rows = if betas.dims()[0] == 1 { 1 } else { chains };
    assert_eq!(energies.dims(), [chains, replicas], "exchange: the shapes");
    assert_eq!(betas.dims(), [rows, replicas], "exchange: the shapes");
    assert_eq!(steps.dims(), [1, 1], "exchange: the shapes");
    #[cfg(all(feature = "cube", not(feature = "fusion")))]
    if let Some(swapped) = crate::gpu::exchange(&energies, &betas, &order, &steps, key) {
        return swapped;
    }
    let first = steps.into_scalar::<i64>().rem_euclid(2) as usize;
    let energies = energies.gather(1, order.clone());
    let probabilities = swap_probabilities(energies, betas);
    let swap = bernoulli_mask(&probabilities, key).bool_and(pairs(&probabilities, first));
    (exchanged(order, swap), probabilities)
}

/// x_k − x_{k+1} of neighbouring columns.
fn differences(x: Tensor<2>) -> Tensor<2> {
    let pairs = x.dims()[1] - 1;
    x.clone().narrow(1, 0, pairs) - x.narrow(1, 1, pairs)
}

/// True with these probabilities, which have the shape of the result: where a [`uniform`] number is below them.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{RandomKey, bernoulli_mask, default_device};
///
/// let probabilities = Tensor::from_floats([[0.0, 1.0]], &default_device()?);
/// let mask = bernoulli_mask(&probabilities, RandomKey::new(1)).into_data();
/// assert_eq!(mask.iter::<u8>().collect::<Vec<_>>(), [0, 1]);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
#[must_use]
pub fn bernoulli_mask(probabilities: &Tensor<2>, key: RandomKey) -> Tensor<2, Bool> {
    let dtype: FloatDType = probabilities.dtype().into();
    let uniform = uniform(probabilities.dims(), key, &probabilities.device());
    uniform.cast(dtype).lower(probabilities.clone())
}

/// True in every second column, from column `first` on.
fn pairs(like: &Tensor<2>, first: usize) -> Tensor<2, Bool> {
    let columns: Vec<bool> = (0..like.dims()[1]).map(|k| k % 2 == first).collect();
    let columns = Tensor::<1, Bool>::from_data(columns.as_slice(), &like.device());
    columns.unsqueeze::<2>().expand(like.dims())
}

/// Exchanges neighbouring columns k and k + 1 of `[chains, replicas]` where a mask
/// `[chains, replicas − 1]` is true in column k. No two neighbours of the mask are both true.
fn exchanged(order: Tensor<2, Int>, swap: Tensor<2, Bool>) -> Tensor<2, Int> {
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
    use super::*;
    use crate::default_device;

    #[test]
    fn columns_are_exchanged_in_pairs() {
        let device = default_device().expect("a backend");
        let order = Tensor::<2, Int>::from_data([[0, 1, 2, 3], [3, 2, 1, 0]], &device);
        let swap = [[true, false, true], [false, true, false]];
        let swap = Tensor::<2, Bool>::from_data(swap, &device);
        let found: Vec<i64> = exchanged(order, swap).into_data().iter().collect();
        assert_eq!(found, [1, 0, 3, 2, 3, 1, 2, 0]);
    }
}
