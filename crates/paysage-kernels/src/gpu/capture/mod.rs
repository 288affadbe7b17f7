//! Work that is launched at first, then captured, and replayed from then on.
//!
//! To launch a kernel takes the host longer than a small kernel takes the device. A graph (CUDA, HIP), or a list of
//! launches (wgpu), is launched by one call, and reads and writes the memory that it was captured with. So every tensor
//! of the state must be in the same memory after the work as before: where it is not changed in place, it is copied
//! back. All memory that the work takes in between must have been taken before it is captured, so that it is launched
//! some times in the same way first.

mod memory;
mod overwrite;
mod pattern;

use std::thread::ThreadId;

use burn::{
    backend::{Backend, Dispatch},
    tensor::{Device, Tensor},
};
use cubecl::client::Client;

use self::{
    memory::Memory,
    pattern::{Call, Pattern, copies, is_unshared, places, put_all, same_places, unshare},
};
use super::observed::{is_observed, observe};
use crate::{Replayable, Time, device};

/// Launches, in the way in which work is captured, before it is.
const WARM_UPS: usize = 2;

/// Copies of the state that are kept during these launches, beside the one that is kept while work is captured: how soon
/// memory is free again depends on how far the host is ahead, and no more may be taken then.
const SPARE_COPIES: usize = 2;

/// A capture must have been replayed so often, or it was not worth it and is not made again.
const WORTH: usize = 50;

/// So often it is tried to capture work that turns out to be different each time.
const TRIALS: usize = 8;

type Graph = <Dispatch as burn::backend::BackendTypes>::GraphPrimitive;

/// [`crate::Capture`] on a GPU.
pub(crate) struct Capture<T> {
    device: Device,
    client: Client,
    thread: Option<ThreadId>,
    trials: usize,
    stage: Stage<T>,
}

enum Stage<T> {
    /// Launched once, to see what it does.
    Unknown,
    /// Launched as it will be captured.
    WarmUp(Pattern, Prepared, usize),
    /// Replayed.
    Captured(Box<Captured<T>>),
    /// Launched from now on, or in the middle of a step.
    Launched,
}

struct Captured<T> {
    graph: Graph,
    pattern: Pattern,
    /// Where the tensors of the state are.
    places: Vec<Memory>,
    output: T,
    replays: usize,
}

/// The stream of this thread while it is prepared for a capture.
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
    /// To stop a capture that was not started ends its preparation.
    fn drop(&mut self) {
        let _ = Dispatch::graph_stop_capture(self.0.as_dispatch());
    }
}

impl<T> Capture<T> {
    /// `None` for a CPU, and within work that is captured itself.
    pub(crate) fn new(device: &Device) -> Option<Self> {
        let client = device::client(device).filter(|_| !is_observed())?;
        Some(Self {
            client,
            device: device.clone(),
            thread: None,
            trials: 0,
            stage: Stage::Unknown,
        })
    }

    pub(crate) fn output(&self) -> Option<&T> {
        match &self.stage {
            Stage::Captured(captured) => Some(&captured.output),
            _ => None,
        }
    }

    pub(crate) fn pause(&mut self) {
        if let Stage::WarmUp(..) = self.stage {
            self.stage = Stage::Unknown;
        }
    }

    pub(crate) fn finish<S: Replayable>(self, mut state: S) -> S {
        // What was never captured may have another float type, and belongs to no graph.
        if matches!(self.stage, Stage::Captured(_)) {
            let copies = copies(&mut state);
            put_all(&mut state, copies);
        }
        state
    }

    /// Whether this is the thread of all steps, and one on which the kernels launch themselves: streams belong to threads.
    fn is_at_home(&mut self) -> bool {
        let here = std::thread::current().id();
        rayon::current_thread_index().is_some() && *self.thread.get_or_insert(here) == here
    }

    pub(crate) fn step<S: Replayable>(
        &mut self,
        mut state: S,
        inputs: &[Tensor<2>],
        time: &Time<'_>,
        mut work: impl FnMut(S, &[Tensor<2>]) -> (S, T),
    ) -> (S, Option<T>) {
        let is_open = !matches!(self.stage, Stage::Launched) && self.is_at_home();
        let places = is_open.then(|| places(&mut state)).flatten();
        let (Some(places), Some(call)) = (places, Call::new(inputs, time)) else {
            self.pause();
            let (state, output) = work(state, inputs);
            return (state, Some(output));
        };
        match std::mem::replace(&mut self.stage, Stage::Launched) {
            Stage::Launched => unreachable!("it is open"),
            Stage::Unknown => self.look(state, &call, work),
            Stage::WarmUp(pattern, ..) if !pattern.takes(&call) => {
                self.stage = Stage::Unknown;
                let (state, output) = work(state, inputs);
                (state, Some(output))
            }
            Stage::WarmUp(pattern, prepared, count) if count < WARM_UPS => {
                let _spare: Vec<_> = (0..=SPARE_COPIES).map(|_| copies(&mut state)).collect();
                // The host is not ahead when work is captured.
                let _ = Dispatch::sync(self.device.as_dispatch());
                pattern.prepare(&call);
                let (state, output, is_same) = pattern.launch(state, &places, time, &mut work);
                match is_same {
                    true => self.stage = Stage::WarmUp(pattern, prepared, count + 1),
                    false => self.again(false),
                }
                (state, Some(output))
            }
            Stage::WarmUp(pattern, prepared, _) => {
                self.capture((pattern, prepared), (state, &places), &call, work)
            }
            Stage::Captured(captured) if captured.places != places || !is_unshared(&mut state) => {
                self.again(captured.replays >= WORTH);
                let (state, output) = work(state, inputs);
                (state, Some(output))
            }
            Stage::Captured(mut captured) if captured.pattern.takes(&call) => {
                captured.pattern.prepare(&call);
                captured.replay(&self.device);
                self.stage = Stage::Captured(captured);
                state.count(1);
                (state, None)
            }
            // Such as a smaller batch at the end of an epoch.
            Stage::Captured(captured) => {
                let work = |state| work(state, inputs);
                let (state, output, is_same) = captured.pattern.in_places(state, &places, work);
                match is_same {
                    true => self.stage = Stage::Captured(captured),
                    false => self.again(captured.replays >= WORTH),
                }
                (state, Some(output))
            }
        }
    }

    /// Launches work to see what it does.
    fn look<S: Replayable>(
        &mut self,
        mut state: S,
        call: &Call<'_>,
        mut work: impl FnMut(S, &[Tensor<2>]) -> (S, T),
    ) -> (S, Option<T>) {
        // What others share now would be copied, and would not be changed in place.
        unshare(&mut state);
        let before = places(&mut state);
        let (done, sources) = observe(call.time, None, || work(state, call.inputs));
        let (mut state, output) = done;
        unshare(&mut state);
        let pair = before.zip(places(&mut state));
        let in_place = pair.and_then(|(before, after)| same_places(&before, &after));
        match (sources, in_place, Prepared::new(&self.device)) {
            (Some(sources), Some(in_place), Some(prepared)) => {
                let pattern = Pattern::new(&self.client, in_place, sources, call);
                self.stage = Stage::WarmUp(pattern, prepared, 0);
            }
            _ => self.again(false),
        }
        (state, Some(output))
    }

    /// Begins again, or gives up.
    fn again(&mut self, was_worth_it: bool) {
        self.trials = if was_worth_it { 0 } else { self.trials + 1 };
        self.stage = match self.trials < TRIALS {
            true => Stage::Unknown,
            false => Stage::Launched,
        };
    }

    fn capture<S: Replayable>(
        &mut self,
        (pattern, prepared): (Pattern, Prepared),
        (mut state, places): (S, &[Memory]),
        call: &Call<'_>,
        mut work: impl FnMut(S, &[Tensor<2>]) -> (S, T),
    ) -> (S, Option<T>) {
        // A capture that fails leaves what it would have written unreadable.
        let copies = copies(&mut state);
        pattern.prepare(call);
        if !prepared.start() {
            self.again(false);
            let (state, output) = work(state, call.inputs);
            return (state, Some(output));
        }
        let (mut state, output, is_same) = pattern.launch(state, places, call.time, &mut work);
        let graph = prepared.stop();
        if let (Some(graph), true, Some(places)) = (graph, is_same, self::places(&mut state)) {
            let mut captured = Captured {
                graph,
                pattern,
                places,
                output,
                replays: 0,
            };
            captured.replay(&self.device);
            self.stage = Stage::Captured(Box::new(captured));
            return (state, None);
        }
        // Nothing was done yet.
        self.again(false);
        put_all(&mut state, copies);
        state.count(-1);
        let (state, output) = work(state, call.inputs);
        (state, Some(output))
    }
}

impl<T> Captured<T> {
    /// Does the work, after its pattern was prepared.
    fn replay(&mut self, device: &Device) {
        // SAFETY: the tensors of the state are where they were when it was captured, and nobody shares them; inputs and
        // words are kept, and all other memory of the capture by the device. All of it is used on this thread alone.
        #[allow(unsafe_code)]
        let replayed = unsafe { Dispatch::graph_replay(device.as_dispatch(), &self.graph) };
        replayed.expect("the device replays what it has captured");
        self.replays += 1;
    }
}
