//! What captured work does each time.

use burn::{
    backend::TensorMetadata,
    tensor::{DType, Tensor},
};
use burn_cubecl::{kernel::into_contiguous, tensor::CubeTensor};
use cubecl::client::Client;

use super::{
    memory::{self, Memory, copy, cube_of, memory_of, put},
    overwrite::launch_overwrite,
};
use crate::{
    Replayable, TensorMut, Time,
    gpu::{
        observed::{Source, Words, observe},
        primitive::tensor_of,
    },
};

/// The time of work, and its inputs.
pub(super) struct Call<'a> {
    pub(super) inputs: &'a [Tensor<2>],
    on_gpu: Vec<CubeTensor>,
    pub(super) time: &'a Time<'a>,
}

impl<'a> Call<'a> {
    /// `None` where an input is not on a GPU in f32.
    pub(super) fn new(inputs: &'a [Tensor<2>], time: &'a Time<'a>) -> Option<Self> {
        let cube = |input: &Tensor<2>| {
            let tensor = cube_of(&TensorMut::Matrix(&mut input.clone()));
            tensor.filter(|tensor| tensor.dtype == DType::F32)
        };
        let on_gpu = inputs.iter().map(|input| cube(input).map(into_contiguous));
        Some(Self {
            inputs,
            on_gpu: on_gpu.collect::<Option<_>>()?,
            time,
        })
    }
}

/// What work does each time.
pub(super) struct Pattern {
    /// Which tensors of the state are changed in place, in order.
    in_place: Vec<bool>,
    words: Words,
    /// Where the inputs are copied to.
    inputs: Vec<CubeTensor>,
}

impl Pattern {
    pub(super) fn new(
        client: &Client,
        in_place: Vec<bool>,
        sources: Vec<Source>,
        call: &Call<'_>,
    ) -> Self {
        Self {
            in_place,
            words: Words::new(client, sources, call.time),
            inputs: call.on_gpu.iter().map(copy).collect(),
        }
    }

    /// Whether inputs have the shapes of those before.
    pub(super) fn takes(&self, call: &Call<'_>) -> bool {
        let shapes = |tensors: &[CubeTensor]| -> Vec<_> {
            tensors.iter().map(|tensor| tensor.shape()).collect()
        };
        shapes(&call.on_gpu) == shapes(&self.inputs)
    }

    /// Puts inputs and words where captured work reads them.
    pub(super) fn prepare(&self, call: &Call<'_>) {
        self.words.write(call.time);
        for (place, input) in self.inputs.iter().zip(&call.on_gpu) {
            launch_overwrite(place, input);
        }
    }

    /// Launches work that was [prepared](Self::prepare) in the way in which it is captured, and returns whether it did
    /// what it does each time.
    pub(super) fn launch<S: Replayable, T>(
        &self,
        state: S,
        places: &[Memory],
        time: &Time<'_>,
        work: &mut impl FnMut(S, &[Tensor<2>]) -> (S, T),
    ) -> (S, T, bool) {
        let inputs: Vec<_> = self.inputs.iter().cloned().map(tensor_of).collect();
        let mut sources = None;
        let (state, output, is_same) = self.in_places(state, places, |state| {
            let (done, observed) = observe(time, Some(&self.words), || work(state, &inputs));
            sources = observed;
            done
        });
        let is_same = is_same && self.words.are_for(sources.as_deref());
        (state, output, is_same)
    }

    /// Does work, and copies the tensors that it does not change in place back to where they were. Returns whether
    /// all tensors are where they were.
    pub(super) fn in_places<S: Replayable, T>(
        &self,
        mut state: S,
        places: &[Memory],
        work: impl FnOnce(S) -> (S, T),
    ) -> (S, T, bool) {
        // The tensors that are not changed in place. Nobody shares the others, or they would be copied.
        let mut kept = Vec::new();
        let mut in_place = self.in_place.iter();
        state.tensors(&mut |tensor| {
            let is_kept = in_place.next() == Some(&false);
            kept.push(is_kept.then(|| cube_of(&tensor)).flatten());
        });
        let (mut state, output) = work(state);
        let after = self::places(&mut state);
        let in_place = after.and_then(|after| same_places(places, &after));
        // Those that are kept are copied back.
        let is_same =
            in_place.as_ref() == Some(&self.in_place) && places.iter().all(Memory::is_contiguous);
        if is_same {
            let mut moves = Vec::new();
            let mut kept = kept.into_iter();
            state.tensors(&mut |tensor| {
                let place = kept.next().flatten();
                moves.push(place.and_then(|place| {
                    let values = cube_of(&tensor)?;
                    // In the place of another one, which may be overwritten first.
                    let is_elsewhere = places.contains(&memory_of(&tensor)?);
                    Some((place, if is_elsewhere { copy(&values) } else { values }))
                }));
            });
            let mut moves = moves.into_iter();
            state.tensors(&mut |tensor| {
                if let Some((place, values)) = moves.next().flatten() {
                    launch_overwrite(&place, &values);
                    put(tensor, place);
                }
            });
        }
        (state, output, is_same)
    }
}

/// Where the tensors of a state are; `None` where it cannot be captured.
pub(super) fn places<S: Replayable>(state: &mut S) -> Option<Vec<Memory>> {
    let mut places = Some(Vec::new());
    let is_all = state.tensors(&mut |tensor| match (memory_of(&tensor), &mut places) {
        (Some(memory), Some(places)) => places.push(memory),
        _ => places = None,
    });
    places.filter(|places| is_all && !places.is_empty())
}

/// Which tensors stayed where they were; `None` where their number or shapes changed.
pub(super) fn same_places(before: &[Memory], after: &[Memory]) -> Option<Vec<bool>> {
    let pairs = || before.iter().zip(after);
    let is_alike = before.len() == after.len() && pairs().all(|(was, is)| was.is_like(is));
    is_alike.then(|| pairs().map(|(was, is)| was == is).collect())
}

/// Copies of the tensors of a state, in order.
pub(super) fn copies<S: Replayable>(state: &mut S) -> Vec<CubeTensor> {
    let mut copies = Vec::new();
    state.tensors(&mut |tensor| copies.extend(cube_of(&tensor).map(|values| copy(&values))));
    copies
}

/// Replaces the tensors of a state, in order.
pub(super) fn put_all<S: Replayable>(state: &mut S, by: Vec<CubeTensor>) {
    let mut by = by.into_iter();
    state.tensors(&mut |tensor| {
        if let Some(by) = by.next() {
            put(tensor, by);
        }
    });
}

/// Gives tensors memory of their own where others share it, so that they can be changed in place, or where it is not
/// contiguous, so that they can be copied back.
pub(super) fn unshare<S: Replayable>(state: &mut S) {
    state.tensors(&mut |tensor| {
        let is_own = memory::is_unshared(&tensor)
            && memory_of(&tensor).is_some_and(|memory| memory.is_contiguous());
        if !is_own && let Some(values) = cube_of(&tensor) {
            put(tensor, copy(&values));
        }
    });
}

/// Whether the state is the only one that has its tensors.
pub(super) fn is_unshared<S: Replayable>(state: &mut S) -> bool {
    let mut is_unshared = true;
    state.tensors(&mut |tensor| is_unshared &= memory::is_unshared(&tensor));
    is_unshared
}
