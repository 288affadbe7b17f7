//! Work that is repeated with other keys.

use burn::tensor::Tensor;

use crate::RandomKey;

/// Repeats work on tensors, once for each key, and returns the tensors after the last time.
///
/// The work depends on its key by the draws of this crate alone. It launches the same kernels each time, and neither
/// reads nor writes tensors from the host: where it is repeated often enough, a GPU records some repetitions
/// and replays them. What it computes is the same. Work that cannot be recorded is launched each time, as on a CPU.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{InverseTemperature, RandomKey, default_device, repeat, sample_bernoulli};
///
/// let device = default_device()?;
/// let loc = Tensor::<1>::zeros([3], &device);
/// let flip = |states: Vec<Tensor<2>>, key| {
///     let draw = |field| sample_bernoulli(field, loc.clone(), &InverseTemperature::ONE, key);
///     states.into_iter().map(draw).collect()
/// };
/// let key = RandomKey::new(1);
/// let keys = (0..500).map(|count| key.split(count));
/// let states = repeat(vec![Tensor::zeros([2, 3], &device)], keys, flip);
/// assert_eq!(states[0].dims(), [2, 3]);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
pub fn repeat(
    tensors: Vec<Tensor<2>>,
    keys: impl ExactSizeIterator<Item = RandomKey>,
    mut work: impl FnMut(Vec<Tensor<2>>, RandomKey) -> Vec<Tensor<2>>,
) -> Vec<Tensor<2>> {
    // burn's fusion decides itself when it launches what.
    #[cfg(all(feature = "cube", not(feature = "fusion")))]
    if keys.len() >= crate::gpu::LEAST_REPEATS
        && let Some(first) = tensors.first()
        && tensors.iter().all(crate::backend::is_f32_on_gpu)
        && let Some(client) = crate::device::client(&first.device())
    {
        let keys: Vec<_> = keys.collect();
        let device = first.device();
        return crate::gpu::repeat(&device, &client, tensors, &keys, work);
    }
    keys.fold(tensors, |tensors, key| work(tensors, key))
}
