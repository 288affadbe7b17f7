//! Work that is recorded once and replayed.
//!
//! To launch a kernel takes the host longer than a small kernel takes the device. A block of work is recorded as a
//! graph (CUDA, HIP), or as a list of launches that are resolved (wgpu), and replayed by one call. A graph reads and
//! writes the memory that it was recorded with, so that the tensors of the work are copied back to where they came
//! from at the end of a block, and the keys of its draws are read from memory, which is written before each replay.

use burn::{
    backend::{Backend, Dispatch},
    tensor::{Device, Tensor},
};
use cubecl::client::Client;

use super::recording::{KeyMemory, of_block};
use crate::{RandomKey, backend::Overwrites};

/// Repetitions in a block: one call launches all of them.
const BLOCK: usize = 10;

/// Blocks that are launched before one is recorded: all memory that a block takes must have been taken before.
const WARM_UPS: usize = 2;

/// The fewest repetitions for which recording pays.
pub(crate) const LEAST_REPEATS: usize = 10 * BLOCK;

/// Work on tensors that is repeated, each time with another key.
pub(crate) trait Work: FnMut(Vec<Tensor<2>>, RandomKey) -> Vec<Tensor<2>> {}

impl<F: FnMut(Vec<Tensor<2>>, RandomKey) -> Vec<Tensor<2>>> Work for F {}

/// Repeats work on f32 tensors of a GPU, once for each key.
pub(crate) fn repeat(
    device: &Device,
    client: &Client,
    tensors: Vec<Tensor<2>>,
    keys: &[RandomKey],
    mut work: impl Work,
) -> Vec<Tensor<2>> {
    // What remains for ordinary launches: all of it, where nothing can be recorded.
    let (tensors, rest) = replay(device, client, tensors, keys, &mut work);
    once_each(tensors, rest, &mut work)
}

fn once_each(tensors: Vec<Tensor<2>>, keys: &[RandomKey], work: &mut impl Work) -> Vec<Tensor<2>> {
    keys.iter()
        .fold(tensors, |tensors, key| work(tensors, *key))
}

/// The tensors after the blocks that were replayed, and the keys that are left.
fn replay<'k>(
    device: &Device,
    client: &Client,
    tensors: Vec<Tensor<2>>,
    keys: &'k [RandomKey],
    work: &mut impl Work,
) -> (Vec<Tensor<2>>, &'k [RandomKey]) {
    let (first, mut rest) = keys.split_at(BLOCK);
    let before = shapes(&tensors);
    let (tensors, descents) = of_block(first, None, || once_each(tensors, first, work));
    let Some(descents) = descents.filter(|_| shapes(&tensors) == before) else {
        return (tensors, rest);
    };
    let memory = KeyMemory::new(client, descents);
    let place: Vec<_> = tensors.iter().map(copy).collect();
    drop(tensors);
    let mut block = |keys: &[RandomKey]| {
        let (tensors, descents) =
            of_block(keys, Some(&memory), || once_each(place.clone(), keys, work));
        for (place, tensor) in place.iter().zip(tensors) {
            overwrite(place, tensor);
        }
        memory.is_for(descents.as_deref())
    };
    let device = device.as_dispatch();
    if Dispatch::graph_prepare(device).is_err() {
        return (place, rest);
    }
    let mut is_same = true;
    for _ in 0..WARM_UPS {
        let (now, later) = rest.split_at(BLOCK);
        memory.write(now);
        is_same &= block(now);
        rest = later;
    }
    // A recording that fails leaves what it would have written unreadable.
    let copies: Vec<_> = place.iter().map(copy).collect();
    let (now, _) = rest.split_at(BLOCK);
    if !is_same || Dispatch::graph_start_capture(device).is_err() {
        // Ends the preparation.
        let _ = Dispatch::graph_stop_capture(device);
        return (copies, rest);
    }
    let is_same = block(now);
    let Ok(graph) = Dispatch::graph_stop_capture(device) else {
        return (copies, rest);
    };
    if !is_same {
        return (copies, rest);
    }
    drop(copies);
    while let Some((now, later)) = rest.split_at_checked(BLOCK) {
        memory.write(now);
        // SAFETY: the place of the tensors, the memory of the keys and what the work reads outlive the last replay,
        // and are used on this thread alone, that of the stream of the recording.
        #[allow(unsafe_code)]
        let replayed = unsafe { Dispatch::graph_replay(device, &graph) };
        replayed.expect("the device replays what it has recorded");
        rest = later;
    }
    // Later work on other streams waits for these copies.
    (place.iter().map(copy).collect(), rest)
}

fn shapes(tensors: &[Tensor<2>]) -> Vec<[usize; 2]> {
    tensors.iter().map(Tensor::dims).collect()
}

/// Copies the values of a tensor into the memory of another of its shape, whoever shares it.
fn overwrite(place: &Tensor<2>, tensor: Tensor<2>) {
    let (place, tensor) = (place.clone().into_dispatch(), tensor.into_dispatch());
    <Dispatch as Overwrites>::overwrite(place, tensor);
}

/// A tensor with memory of its own.
fn copy(tensor: &Tensor<2>) -> Tensor<2> {
    let place = Tensor::empty(tensor.dims(), (&tensor.device(), tensor.dtype()));
    overwrite(&place, tensor.clone());
    place
}
