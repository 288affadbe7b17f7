//! Work that is done again and again: launched, or captured once and replayed.

use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::{Device, Int, Tensor};

use crate::RandomKey;

static MAY_CAPTURE: AtomicBool = AtomicBool::new(false);

/// Whether a [`Capture`] of this process captures work. At first none does.
///
/// While a CUDA device captures, for a millisecond or so, it refuses memory and new kernels to all other threads, whose work
/// then fails. So this is for programs that use a GPU from one thread, such as `paysage`.
pub fn allow_capture(allow: bool) {
    MAY_CAPTURE.store(allow, Ordering::Relaxed);
}

/// A tensor that captured work changes.
#[derive(Debug)]
pub enum TensorMut<'a> {
    /// Of rank 1.
    Vector(&'a mut Tensor<1>),
    /// Of rank 2.
    Matrix(&'a mut Tensor<2>),
    /// Of integers.
    Integers(&'a mut Tensor<2, Int>),
}

/// A state that work changes each time, which a [`Capture`] does. By default such work is never captured.
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
    /// Other numbers, such as inverse temperatures, each of which differs from one time to the next. Samples, means,
    /// log-partitions, [`scale`](crate::scale) and [`add_scaled`](crate::add_scaled) may be given them, and nothing else.
    pub numbers: &'a [f64],
    /// How often the work was done before.
    pub number: usize,
}

impl<'a> Time<'a> {
    /// The time of work without a learning rate and other numbers.
    #[must_use]
    pub const fn of_keys(keys: &'a [RandomKey], number: usize) -> Self {
        Self {
            keys,
            rate: 0.0,
            numbers: &[],
            number,
        }
    }
}

/// Does the same work again and again. A GPU captures it once and replays it, which takes the host one call in place of
/// one for each kernel, as a graph with CUDA and HIP, as a list of launches with wgpu; a CPU launches it each time.
///
/// What is computed is the same, for work that
///
/// - launches the same kernels each time, on the thread that calls: it depends on values of tensors only on the device, and
///   on its [`Time`] only by draws of this crate and by the numbers that it gives to functions of this crate;
/// - reads nothing from the device, and uploads nothing to it;
/// - uses other tensors than its state and inputs, such as the weights of a machine, where they were when it was captured.
///
/// Work is launched unless [`allow_capture`] was called, on threads other than those of [`on_workers`](crate::on_workers), and
/// with burn's fusion. A capture is for the memory of a state: where others share a tensor of it, or it has moved, the work is
/// launched and captured again.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{
///     Capture, InverseTemperature, RandomKey, Time, allow_capture, default_device, sample_bernoulli,
/// };
///
/// allow_capture(true);
/// let device = default_device()?;
/// let mut capture = Capture::new(&device);
/// let mut states = vec![Tensor::<2>::zeros([2, 3], &device)];
/// for number in 0..20 {
///     let keys = [RandomKey::new(1).split(number)];
///     let time = Time::of_keys(&keys, number as usize);
///     let loc = Tensor::<1>::zeros([3], &device);
///     (states, _) = capture.step(states, &[], &time, |states, _| {
///         let draw = |field| sample_bernoulli(field, loc.clone(), &InverseTemperature::ONE, keys[0]);
///         (states.into_iter().map(draw).collect(), ())
///     });
/// }
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
pub struct Capture<T> {
    #[cfg(all(feature = "cube", not(feature = "fusion")))]
    on_gpu: Option<crate::gpu::Capture<T>>,
    #[cfg(any(not(feature = "cube"), feature = "fusion"))]
    on_gpu: std::marker::PhantomData<T>,
}

impl<T> Capture<T> {
    /// For work on a device.
    #[must_use]
    pub fn new(device: &Device) -> Self {
        #[cfg(all(feature = "cube", not(feature = "fusion")))]
        let on_gpu = match MAY_CAPTURE.load(Ordering::Relaxed) {
            true => crate::gpu::Capture::new(device),
            false => None,
        };
        #[cfg(any(not(feature = "cube"), feature = "fusion"))]
        let on_gpu = {
            let _ = device;
            std::marker::PhantomData
        };
        Self { on_gpu }
    }

    /// One that launches everything.
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
        #[cfg(all(feature = "cube", not(feature = "fusion")))]
        if let Some(capture) = &mut self.on_gpu {
            return capture.step(state, inputs, time, work);
        }
        let _ = time;
        let (state, output) = work(state, inputs);
        (state, Some(output))
    }

    /// For a step that is launched without it: ends what was prepared for a capture.
    pub fn pause(&mut self) {
        #[cfg(all(feature = "cube", not(feature = "fusion")))]
        if let Some(capture) = &mut self.on_gpu {
            capture.pause();
        }
    }

    /// Ends the capture. The tensors of the state get memory of their own, which work on any thread may use.
    pub fn finish<S: Replayable>(self, state: S) -> S {
        #[cfg(all(feature = "cube", not(feature = "fusion")))]
        if let Some(capture) = self.on_gpu {
            return capture.finish(state);
        }
        state
    }

    /// The other results of captured work, which each replay writes anew; `None` where none is captured.
    #[must_use]
    pub fn output(&self) -> Option<&T> {
        #[cfg(all(feature = "cube", not(feature = "fusion")))]
        if let Some(capture) = &self.on_gpu {
            return capture.output();
        }
        None
    }
}
