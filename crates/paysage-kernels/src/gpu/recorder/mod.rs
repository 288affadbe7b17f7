//! Work that is launched at first, then recorded, and replayed from then on.
//!
//! To launch a kernel takes the host longer than a small kernel takes the device. A graph (CUDA, HIP), or a list of
//! launches (wgpu), is launched by one call, and reads and writes the memory that it was recorded with. So every tensor
//! of the state must be in the same memory after the work as before: where it is not changed in place, it is copied
//! back. All memory that the work takes in between must have been taken before it is recorded, so that it is launched
//! some times in the same way first.

mod memory;
mod overwrite;
mod pattern;

use burn::{
    backend::{Backend, Dispatch},
    tensor::{Device, Tensor},
};
use cubecl::client::Client;

use self::{
    memory::{Memory, copy, cube_of, put},
    pattern::{Call, Pattern, copies, is_unshared, places, same_places, unshare},
};
use super::recording::record;
use crate::{Replayable, Time, device};

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

/// [`crate::Recorder`] on a GPU.
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
        state.tensors(&mut |tensor| {
            if let Some(values) = cube_of(&tensor) {
                put(tensor, copy(&values));
            }
        });
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
        let call = Call::new(inputs, time).filter(|call| match &self.stage {
            Stage::WarmUp(pattern, ..) => pattern.takes(call),
            Stage::Recorded(recorded) => recorded.pattern.takes(call),
            Stage::Unknown | Stage::Launched => true,
        });
        // What is launched without a look at it may be recorded later.
        let (Some(places), Some(call)) = (places, call) else {
            let (state, output) = work(state, inputs);
            return (state, Some(output));
        };
        if let Stage::Recorded(recorded) = &mut self.stage {
            if recorded.places == places && is_unshared(&mut state) {
                recorded.pattern.prepare(&call);
                recorded.replay(&self.device);
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
                pattern.prepare(&call);
                let (state, output, is_same) = pattern.launch(state, places, time, &mut work);
                match is_same {
                    true => self.stage = Stage::WarmUp(pattern, prepared, count + 1),
                    false => self.again(false),
                }
                (state, Some(output))
            }
            Stage::WarmUp(pattern, prepared, _) => {
                self.record((pattern, prepared), (state, places), &call, work)
            }
            _ => {
                let (now, sources) = record(time, None, || work(state, inputs));
                let (mut state, output) = now;
                unshare(&mut state);
                if let (Some(sources), Some(after)) = (sources, self::places(&mut state))
                    && let Some(in_place) = same_places(&places, &after)
                    && let Some(prepared) = Prepared::new(&self.device)
                {
                    let pattern = Pattern::new(&self.client, in_place, sources, &call);
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
        call: &Call<'_>,
        mut work: impl FnMut(S, &[Tensor<2>]) -> (S, T),
    ) -> (S, Option<T>) {
        // A recording that fails leaves what it would have written unreadable.
        let copies = copies(&mut state);
        pattern.prepare(call);
        if !prepared.start() {
            let (state, output) = work(state, call.inputs);
            return (state, Some(output));
        }
        let (mut state, output, is_same) = pattern.launch(state, places, call.time, &mut work);
        let graph = prepared.stop();
        if let (Some(graph), true, Some(places)) = (graph, is_same, self::places(&mut state)) {
            let mut recorded = Recorded {
                graph,
                pattern,
                places,
                output,
                replays: 0,
            };
            recorded.replay(&self.device);
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
        let (state, output) = work(state, call.inputs);
        (state, Some(output))
    }
}

impl<T> Recorded<T> {
    /// Does the work, after its pattern was prepared.
    fn replay(&mut self, device: &Device) {
        // SAFETY: the tensors of the state are where they were when it was recorded, and nobody shares them; inputs and
        // words are kept, and all other memory of the recording by the device. All of it is used on this thread alone.
        #[allow(unsafe_code)]
        let replayed = unsafe { Dispatch::graph_replay(device.as_dispatch(), &self.graph) };
        replayed.expect("the device replays what it has recorded");
        self.replays += 1;
    }
}
