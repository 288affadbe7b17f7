//! Work that is repeated with other keys.

use burn::tensor::Tensor;

use crate::{Capture, RandomKey, Time};

/// Repetitions that are captured as one.
const BLOCK: usize = 10;

/// The fewest repetitions for which capture pays.
const LEAST: usize = 10 * BLOCK;

/// Repeats work on tensors, once for each key, and returns the tensors after the last time. Of many repetitions a GPU
/// captures ten, and replays them: see [`Capture`] for what such work must not do, and for when.
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
/// let keys = (0..500_u32).map(|count| key.split(count.into()));
/// let states = repeat(vec![Tensor::zeros([2, 3], &device)], keys, flip);
/// assert_eq!(states[0].dims(), [2, 3]);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
pub fn repeat(
    tensors: Vec<Tensor<2>>,
    keys: impl ExactSizeIterator<Item = RandomKey>,
    mut work: impl FnMut(Vec<Tensor<2>>, RandomKey) -> Vec<Tensor<2>>,
) -> Vec<Tensor<2>> {
    let mut each = |tensors, keys: &[RandomKey]| {
        keys.iter()
            .fold(tensors, |tensors, key| work(tensors, *key))
    };
    if keys.len() < LEAST || tensors.is_empty() {
        return keys.fold(tensors, |tensors, key| each(tensors, &[key]));
    }
    let keys: Vec<_> = keys.collect();
    let mut capture = Capture::new(&tensors[0].device());
    let mut done = 0;
    let blocks = keys.chunks_exact(BLOCK);
    let rest = blocks.remainder();
    let tensors = blocks.fold(tensors, |tensors, keys| {
        let time = Time::of_keys(keys, done);
        done += 1;
        let (tensors, _) =
            capture.step(tensors, &[], &time, |tensors, _| (each(tensors, keys), ()));
        tensors
    });
    each(capture.finish(tensors), rest)
}
