//! Work that is done again and again: launched, or recorded once and replayed.

use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::{Device, Tensor};

use crate::RandomKey;

static MAY_RECORD: AtomicBool = AtomicBool::new(false);

/// Lets the [`Recorder`]s of this process record, or not, which they do not at first.
///
/// While a CUDA device records, for a millisecond or so, it refuses memory and new kernels to all other threads, whose work
/// then fails. So this is for programs that use a GPU from one thread, such as `paysage`.
pub fn allow_recording(allow: bool) {
    MAY_RECORD.store(allow, Ordering::Relaxed);
}

/// A tensor that recorded work changes.
#[derive(Debug)]
pub enum TensorMut<'a> {
    /// Of rank 1.
    Vector(&'a mut Tensor<1>),
    /// Of rank 2.
    Matrix(&'a mut Tensor<2>),
}

/// A state that work changes each time, which a [`Recorder`] does. By default such work is never recorded.
pub trait Replayable {
    /// Passes every tensor of the state, in the same order each time. Returns whether the work changes only these, and
    /// what [`count`](Self::count) does.
    fn tensors(&mut self, _visit: &mut dyn FnMut(TensorMut<'_>)) -> bool {
        false
    }

    /// Adds to the numbers that count how often the work was done.
    fn count(&mut self, _times: isize) {}
}

/// Nothing that changes.
impl Replayable for () {
    fn tensors(&mut self, _visit: &mut dyn FnMut(TensorMut<'_>)) -> bool {
        true
    }
}

/// Work that begins with nothing changes what there is.
impl<T: Replayable> Replayable for Option<T> {
    fn tensors(&mut self, visit: &mut dyn FnMut(TensorMut<'_>)) -> bool {
        self.as_mut().is_some_and(|state| state.tensors(visit))
    }

    fn count(&mut self, times: isize) {
        if let Some(state) = self {
            state.count(times);
        }
    }
}

impl Replayable for Vec<Tensor<2>> {
    fn tensors(&mut self, visit: &mut dyn FnMut(TensorMut<'_>)) -> bool {
        self.iter_mut().map(TensorMut::Matrix).for_each(visit);
        true
    }
}

/// What differs between the times that work is done, besides its tensors.
#[derive(Clone, Copy, Debug)]
pub struct Time<'a> {
    /// The keys from which those of all draws of the work descend.
    pub keys: &'a [RandomKey],
    /// The learning rate of its [`descend`](crate::descend) and [`adam`](crate::adam).
    pub rate: f64,
    /// How often the work was done before.
    pub number: usize,
}

/// Does the same work again and again. A GPU records it once and replays it, which takes the host one call in place of
/// one for each kernel, as a graph with CUDA and HIP, as a list of launches with wgpu; a CPU launches it each time.
///
/// What is computed is the same, for work that
///
/// - launches the same kernels each time: it depends on values of tensors only on the device, and on its [`Time`] only by
///   draws of this crate and by learning rates;
/// - reads nothing from the device, and uploads nothing to it.
///
/// A recording is for the memory of certain tensors. Where they have moved, as after a tensor was shared, work is
/// launched and recorded again. Nothing is recorded unless [`allow_recording`] was called, and with burn's fusion.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{
///     InverseTemperature, RandomKey, Recorder, Time, allow_recording, default_device, sample_bernoulli,
/// };
///
/// allow_recording(true);
/// let device = default_device()?;
/// let mut recorder = Recorder::new(&device);
/// let mut states = vec![Tensor::<2>::zeros([2, 3], &device)];
/// for number in 0..20 {
///     let keys = [RandomKey::new(1).split(number)];
///     let time = Time { keys: &keys, rate: 0.0, number: number as usize };
///     let loc = Tensor::<1>::zeros([3], &device);
///     (states, _) = recorder.step(states, &[], &time, |states, _| {
///         let draw = |field| sample_bernoulli(field, loc.clone(), &InverseTemperature::ONE, keys[0]);
///         (states.into_iter().map(draw).collect(), ())
///     });
/// }
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
pub struct Recorder<T> {
    #[cfg(feature = "cube")]
    on_gpu: Option<crate::gpu::Recorder<T>>,
    #[cfg(not(feature = "cube"))]
    on_gpu: std::marker::PhantomData<T>,
}

impl<T> Recorder<T> {
    /// A recorder of work on a device.
    #[must_use]
    pub fn new(device: &Device) -> Self {
        #[cfg(feature = "cube")]
        let on_gpu = match MAY_RECORD.load(Ordering::Relaxed) && !cfg!(feature = "fusion") {
            true => crate::gpu::Recorder::new(device),
            // burn's fusion decides itself when it launches what.
            false => None,
        };
        #[cfg(not(feature = "cube"))]
        let on_gpu = {
            let _ = device;
            std::marker::PhantomData
        };
        Self { on_gpu }
    }

    /// A recorder that records nothing.
    #[must_use]
    pub fn off() -> Self {
        Self {
            on_gpu: Default::default(),
        }
    }

    /// Does the work on a state and on inputs that it does not change, and returns the next state, and the other results
    /// where the work was launched: see [`output`](Self::output).
    pub fn step<S: Replayable>(
        &mut self,
        state: S,
        inputs: &[Tensor<2>],
        time: &Time<'_>,
        mut work: impl FnMut(S, &[Tensor<2>]) -> (S, T),
    ) -> (S, Option<T>) {
        #[cfg(feature = "cube")]
        if let Some(recorder) = &mut self.on_gpu {
            return recorder.step(state, inputs, time, work);
        }
        let _ = time;
        let (state, output) = work(state, inputs);
        (state, Some(output))
    }

    /// Ends the recording. The tensors of the state get memory of their own, which work on any thread may use.
    pub fn finish<S: Replayable>(self, state: S) -> S {
        #[cfg(feature = "cube")]
        if let Some(recorder) = self.on_gpu {
            return recorder.finish(state);
        }
        state
    }

    /// The other results of the recorded work, which each replay writes anew; `None` where nothing is recorded.
    #[must_use]
    pub fn output(&self) -> Option<&T> {
        #[cfg(feature = "cube")]
        if let Some(recorder) = &self.on_gpu {
            return recorder.output();
        }
        None
    }
}
