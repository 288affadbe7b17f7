//! Work that is launched at first, then recorded, and replayed from then on.
//!
//! To launch a kernel takes the host longer than a small kernel takes the device. A graph (CUDA, HIP), or a list of
//! launches (wgpu), is launched by one call, and reads and writes the memory that it was recorded with. So every tensor
//! of the state must be in the same memory after the work as before: where it is not changed in place, it is copied
//! back. All memory that the work takes in between must have been taken before it is recorded, so that it is launched
//! some times in the same way first.

use burn::{
    backend::{Backend, Dispatch, TensorMetadata},
    tensor::{Device, Tensor},
};
use burn_cubecl::tensor::CubeTensor;
use cubecl::client::Client;

use super::{
    memory::{self, Memory, copy, cube_of, memory_of, put, tensor_of},
    overwrite::launch_overwrite,
    recording::{Words, record},
};
use crate::{Replayable, TensorMut, Time, device};

/// Launches, in the way in which work is recorded, before it is.
const WARM_UPS: usize = 2;

/// Copies of the state that are kept during these launches, beside the one that is kept while work is recorded: how soon
/// memory is free again depends on how far the host is ahead, and no more may be taken then.
const SPARE_COPIES: usize = 2;

/// A recording must have been replayed so often, or it was not worth it and is not made again.
const WORTH: usize = 50;

/// So often it is tried to record work that turns out to be different each time.
const TRIALS: usize = 8;

type Graph = <Dispatch as burn::backend::BackendTypes>::GraphPrimitive;

/// What the front of the crate calls a recorder, on a GPU.
pub(crate) struct Recorder<T> {
    device: Device,
    client: Client,
    trials: usize,
    stage: Stage<T>,
}

enum Stage<T> {
    /// Launched once, to see what it does.
    Unknown,
    /// Launched as it will be recorded.
    WarmUp(Pattern, Prepared, usize),
    /// Replayed.
    Recorded(Box<Recorded<T>>),
    /// Launched from now on.
    Launched,
}

/// What work does each time.
struct Pattern {
    /// Which tensors of the state are changed in place, in order.
    in_place: Vec<bool>,
    words: Words,
    /// Where the inputs are copied to.
    inputs: Vec<CubeTensor>,
}

struct Recorded<T> {
    graph: Graph,
    pattern: Pattern,
    /// Where the tensors of the state are.
    places: Vec<Memory>,
    output: T,
    replays: usize,
}

/// The stream of this thread while it is prepared for a recording.
struct Prepared(Device);

impl Prepared {
    fn new(device: &Device) -> Option<Self> {
        let prepared = Dispatch::graph_prepare(device.as_dispatch());
        prepared.is_ok().then(|| Self(device.clone()))
    }

    fn start(&self) -> bool {
        Dispatch::graph_start_capture(self.0.as_dispatch()).is_ok()
    }

    fn stop(self) -> Option<Graph> {
        let graph = Dispatch::graph_stop_capture(self.0.as_dispatch()).ok();
        std::mem::forget(self);
        graph
    }
}

impl Drop for Prepared {
    /// To stop a recording that was not started ends its preparation.
    fn drop(&mut self) {
        let _ = Dispatch::graph_stop_capture(self.0.as_dispatch());
    }
}

impl<T> Recorder<T> {
    pub(crate) fn new(device: &Device) -> Option<Self> {
        Some(Self {
            client: device::client(device)?,
            device: device.clone(),
            trials: 0,
            stage: Stage::Unknown,
        })
    }

    pub(crate) fn output(&self) -> Option<&T> {
        match &self.stage {
            Stage::Recorded(recorded) => Some(&recorded.output),
            _ => None,
        }
    }

    pub(crate) fn finish<S: Replayable>(self, mut state: S) -> S {
        if matches!(self.stage, Stage::Recorded(_)) {
            state.tensors(&mut |tensor| {
                if let Some(values) = cube_of(&tensor) {
                    put(tensor, copy(&values));
                }
            });
        }
        state
    }

    pub(crate) fn step<S: Replayable>(
        &mut self,
        mut state: S,
        inputs: &[Tensor<2>],
        time: &Time<'_>,
        mut work: impl FnMut(S, &[Tensor<2>]) -> (S, T),
    ) -> (S, Option<T>) {
        let places = match self.stage {
            Stage::Launched => None,
            _ => places(&mut state),
        };
        // What is launched without a look at it may be recorded later.
        let (Some(places), Some(inputs_on_gpu)) = (places, contiguous(inputs)) else {
            let (state, output) = work(state, inputs);
            return (state, Some(output));
        };
        if let Stage::Recorded(recorded) = &mut self.stage {
            if !recorded.pattern.takes(&inputs_on_gpu) {
                let (state, output) = work(state, inputs);
                return (state, Some(output));
            }
            if recorded.is_for(&places) && is_unshared(&mut state) {
                recorded.replay(&self.device, &inputs_on_gpu, time);
                state.count(1);
                return (state, None);
            }
            let was_worth_it = recorded.replays >= WORTH;
            self.again(was_worth_it);
        }
        match std::mem::replace(&mut self.stage, Stage::Launched) {
            Stage::WarmUp(pattern, prepared, count) if count < WARM_UPS => {
                let _spare: Vec<_> = (0..=SPARE_COPIES).map(|_| copies(&mut state)).collect();
                // The host is not ahead when work is recorded.
                let _ = Dispatch::sync(self.device.as_dispatch());
                let (state, output, is_same) =
                    pattern.launch(state, places, &inputs_on_gpu, time, &mut work);
                match is_same {
                    true => self.stage = Stage::WarmUp(pattern, prepared, count + 1),
                    false => self.again(false),
                }
                (state, Some(output))
            }
            Stage::WarmUp(pattern, prepared, _) => {
                self.record((pattern, prepared), (state, places), inputs, time, work)
            }
            _ => {
                let (now, sources) = record(time, None, || work(state, inputs));
                let (mut state, output) = now;
                unshare(&mut state);
                if let (Some(sources), Some(after)) = (sources, self::places(&mut state))
                    && let Some(in_place) = same_places(&places, &after)
                    && let Some(prepared) = Prepared::new(&self.device)
                {
                    let words = Words::new(&self.client, sources, time);
                    let inputs = inputs_on_gpu.iter().map(copy).collect();
                    let pattern = Pattern {
                        in_place,
                        words,
                        inputs,
                    };
                    self.stage = Stage::WarmUp(pattern, prepared, 0);
                }
                (state, Some(output))
            }
        }
    }

    /// Begins again, or gives up.
    fn again(&mut self, was_worth_it: bool) {
        self.trials = if was_worth_it { 0 } else { self.trials + 1 };
        self.stage = match self.trials < TRIALS {
            true => Stage::Unknown,
            false => Stage::Launched,
        };
    }

    fn record<S: Replayable>(
        &mut self,
        (pattern, prepared): (Pattern, Prepared),
        (mut state, places): (S, Vec<Memory>),
        inputs: &[Tensor<2>],
        time: &Time<'_>,
        mut work: impl FnMut(S, &[Tensor<2>]) -> (S, T),
    ) -> (S, Option<T>) {
        let inputs_on_gpu = contiguous(inputs).expect("it was, when the state was looked at");
        // A recording that fails leaves what it would have written unreadable.
        let copies = copies(&mut state);
        pattern.prepare(&inputs_on_gpu, time);
        if !prepared.start() {
            let (state, output) = work(state, inputs);
            return (state, Some(output));
        }
        let (mut state, output, is_same) = pattern.launch_prepared(state, places, time, &mut work);
        let graph = prepared.stop();
        if let (Some(graph), true, Some(places)) = (graph, is_same, self::places(&mut state)) {
            let mut recorded = Recorded {
                graph,
                pattern,
                places,
                output,
                replays: 0,
            };
            recorded.replay_prepared(&self.device);
            self.stage = Stage::Recorded(Box::new(recorded));
            return (state, None);
        }
        // Nothing was done yet.
        self.again(false);
        let mut copies = copies.into_iter();
        state.tensors(&mut |tensor| {
            if let Some(copy) = copies.next() {
                put(tensor, copy);
            }
        });
        state.count(-1);
        let (state, output) = work(state, inputs);
        (state, Some(output))
    }
}

impl Pattern {
    /// Whether inputs have the shapes of those before.
    fn takes(&self, inputs: &[CubeTensor]) -> bool {
        let shapes = |tensors: &[CubeTensor]| -> Vec<_> {
            tensors.iter().map(|tensor| tensor.shape()).collect()
        };
        shapes(inputs) == shapes(&self.inputs)
    }

    /// Puts inputs and words where recorded work reads them.
    fn prepare(&self, inputs: &[CubeTensor], time: &Time<'_>) {
        self.words.write(time);
        for (place, input) in self.inputs.iter().zip(inputs) {
            launch_overwrite(place, input);
        }
    }

    /// Launches work in the way in which it is recorded, and returns whether it did what it does each time.
    fn launch<S: Replayable, T>(
        &self,
        state: S,
        places: Vec<Memory>,
        inputs: &[CubeTensor],
        time: &Time<'_>,
        work: &mut impl FnMut(S, &[Tensor<2>]) -> (S, T),
    ) -> (S, T, bool) {
        self.prepare(inputs, time);
        self.launch_prepared(state, places, time, work)
    }

    fn launch_prepared<S: Replayable, T>(
        &self,
        mut state: S,
        places: Vec<Memory>,
        time: &Time<'_>,
        work: &mut impl FnMut(S, &[Tensor<2>]) -> (S, T),
    ) -> (S, T, bool) {
        // The tensors that are not changed in place. Nobody shares the others, or they would be copied.
        let mut kept = Vec::new();
        let mut in_place = self.in_place.iter();
        state.tensors(&mut |tensor| {
            let is_kept = in_place.next() == Some(&false);
            kept.push(is_kept.then(|| cube_of(&tensor)).flatten());
        });
        let inputs: Vec<_> = self.inputs.iter().cloned().map(tensor_of).collect();
        let (now, sources) = record(time, Some(&self.words), || work(state, &inputs));
        let (mut state, output) = now;
        let after = self::places(&mut state);
        let in_place = after.and_then(|after| same_places(&places, &after));
        let is_same = in_place.as_ref() == Some(&self.in_place);
        if is_same {
            let mut kept = kept.into_iter();
            state.tensors(&mut |tensor| {
                if let Some(place) = kept.next().flatten()
                    && let Some(values) = cube_of(&tensor)
                {
                    launch_overwrite(&place, &values);
                    put(tensor, place);
                }
            });
        }
        let is_same = is_same && self.words.are_for(sources.as_deref());
        (state, output, is_same)
    }
}

impl<T> Recorded<T> {
    /// Whether it was recorded with tensors in these places.
    fn is_for(&self, places: &[Memory]) -> bool {
        self.places == places
    }

    fn replay(&mut self, device: &Device, inputs: &[CubeTensor], time: &Time<'_>) {
        self.pattern.prepare(inputs, time);
        self.replay_prepared(device);
    }

    fn replay_prepared(&mut self, device: &Device) {
        // SAFETY: the tensors of the state are where they were when it was recorded, and nobody shares them; inputs and
        // words are kept, and all other memory of the recording by the device. All of it is used on this thread alone.
        #[allow(unsafe_code)]
        let replayed = unsafe { Dispatch::graph_replay(device.as_dispatch(), &self.graph) };
        replayed.expect("the device replays what it has recorded");
        self.replays += 1;
    }
}

/// Where the tensors of a state are; `None` where it cannot be recorded.
fn places<S: Replayable>(state: &mut S) -> Option<Vec<Memory>> {
    let mut places = Some(Vec::new());
    let is_all = state.tensors(&mut |tensor| match (memory_of(&tensor), &mut places) {
        (Some(memory), Some(places)) => places.push(memory),
        _ => places = None,
    });
    places.filter(|places| is_all && !places.is_empty())
}

/// Which tensors stayed where they were; `None` where their number or shapes changed.
fn same_places(before: &[Memory], after: &[Memory]) -> Option<Vec<bool>> {
    let mut pairs = before.iter().zip(after);
    let is_alike =
        before.len() == after.len() && pairs.clone().all(|(before, after)| before.is_like(after));
    is_alike.then(|| {
        pairs
            .by_ref()
            .map(|(before, after)| before == after)
            .collect()
    })
}

/// Copies of the tensors of a state, in order.
fn copies<S: Replayable>(state: &mut S) -> Vec<CubeTensor> {
    let mut copies = Vec::new();
    state.tensors(&mut |tensor| copies.extend(cube_of(&tensor).map(|values| copy(&values))));
    copies
}

/// Gives tensors that others share memory of their own, so that they can be changed in place.
fn unshare<S: Replayable>(state: &mut S) {
    state.tensors(&mut |tensor| {
        if !memory::is_unshared(&tensor)
            && let Some(values) = cube_of(&tensor)
        {
            put(tensor, copy(&values));
        }
    });
}

/// Whether the state is the only one that has its tensors.
fn is_unshared<S: Replayable>(state: &mut S) -> bool {
    let mut is_unshared = true;
    state.tensors(&mut |tensor| is_unshared &= memory::is_unshared(&tensor));
    is_unshared
}

/// Inputs on the GPU, as kernels read them.
fn contiguous(inputs: &[Tensor<2>]) -> Option<Vec<CubeTensor>> {
    let cube = |input: &Tensor<2>| cube_of(&TensorMut::Matrix(&mut input.clone()));
    let contiguous = burn_cubecl::kernel::into_contiguous;
    inputs
        .iter()
        .map(|input| cube(input).map(contiguous))
        .collect()
}
