//! Machines, data and work that several benchmarks use.

#![allow(dead_code, reason = "no benchmark uses all of it")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use burn::tensor::{Device, Distribution, Tensor, TensorData, activation::sigmoid};
use criterion::Criterion;
use paysage::{
    kernels::{Capture, Replayable, TensorMut, Time, allow_capture, plain},
    metrics::{Annealer, Annealing, Spacing},
    prelude::*,
    tap::{self, Order, Solver, TapGradient, Weighting},
};

/// Visible and hidden units: the pixels of MNIST, and two sizes of the hidden layer.
pub const SIZES: [[usize; 2]; 2] = [[784, 500], [784, 1000]];

/// Numbers of rows of a batch, or of chains.
pub const BATCHES: [usize; 4] = [100, 500, 1000, 5000];

/// Settings for one second per benchmark instead of criterion's eight.
pub fn criterion() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1000))
        .sample_size(20)
        .configure_from_args()
}

/// The default device of this build.
///
/// Benchmarks use it from one thread.
pub fn device() -> Device {
    allow_capture(true);
    default_device().expect("a backend")
}

/// An RBM with weights of the magnitude of trained ones.
pub fn machine(visible: usize, hidden: usize) -> BoltzmannMachine {
    let device = device();
    with_weights([visible, hidden].map(|units| Bernoulli::new(units, &device).into()))
}

/// The same with one-hot visible sites of so many states.
fn potts_machine(visible: usize, hidden: usize, states: usize) -> BoltzmannMachine {
    let device = device();
    let sites = OneHot::new(visible / states, states, &device);
    with_weights([sites.into(), Bernoulli::new(hidden, &device).into()])
}

fn with_weights(layers: [AnyLayer; 2]) -> BoltzmannMachine {
    let mut machine = BoltzmannMachine::chain(layers.into()).expect("two layers");
    let size = machine.connections[0].weight.dims();
    machine.connections[0].weight = noise(size) * 0.05;
    machine
}

/// Standard normal numbers.
pub fn noise(shape: [usize; 2]) -> Tensor<2> {
    plain::normal(shape, RandomKey::new(1), &device())
}

/// Binary states with 30 % ones, as in images of digits.
pub fn binary(shape: [usize; 2]) -> Tensor<2> {
    let uniform = plain::uniform(shape, RandomKey::new(2), &device());
    uniform.lower_scalar(0.3).float()
}

/// The time of so many calls, at least one, of which the device queues as many as it can. At the end a part of
/// the last result is read back, so that a kernel that failed has no time.
///
/// # Panics
///
/// When the result cannot be read, is not finite, or all that is read of it is the same number, as in memory that
/// no kernel wrote.
pub fn timed<R: Readable>(calls: u64, mut work: impl FnMut() -> R) -> Duration {
    let started = Instant::now();
    let mut last = None;
    for _ in 0..calls {
        // Its memory is free for this call.
        drop(last.take());
        last = Some(black_box(work()));
    }
    last.expect("at least one call").check();
    started.elapsed()
}

/// The same for work that consumes an input, without the time to make the inputs.
pub fn timed_with<I, R: Readable>(
    calls: u64,
    make: impl Fn() -> I,
    work: impl Fn(I) -> R,
) -> Duration {
    /// Inputs in memory at a time.
    const AT_ONCE: u64 = 16;
    let parts = (0..calls).step_by(AT_ONCE as usize).map(|done| {
        let part = AT_ONCE.min(calls - done);
        let mut inputs: Vec<I> = (0..part).map(|_| make()).collect();
        device().sync().expect("the device finished");
        timed(part, || work(inputs.pop().expect("one for each call")))
    });
    parts.sum()
}

/// A result on the device.
pub trait Readable {
    /// Reads a part of it back.
    fn check(&self);
}

impl<const D: usize> Readable for Tensor<D> {
    fn check(&self) {
        const MOST: usize = 1024;
        let values = self.clone().reshape([-1]);
        let part = values.dims()[0].min(MOST);
        let read = values.slice([0..part]).try_into_vec_as::<f32>();
        let read = read.unwrap_or_else(|error| panic!("the device failed: {error}"));
        let is_finite = read.iter().all(|value| value.is_finite());
        assert!(is_finite, "the device failed: a result is not finite");
        let differ = read.iter().any(|value| *value != read[0]);
        assert!(differ, "the device failed: all results are {}", read[0]);
    }
}

impl<const D: usize, const N: usize> Readable for [Tensor<D>; N] {
    fn check(&self) {
        self.iter().for_each(Readable::check);
    }
}

/// Samples Bernoulli units given a field, in burn's operations and with burn's random numbers.
pub fn plain_draw(field: Tensor<2>, loc: &Tensor<1>) -> Tensor<2> {
    let probability = sigmoid(field + loc.clone().unsqueeze());
    let uniform = probability.random_like(Distribution::Uniform(0.0, 1.0));
    uniform.lower(probability).float()
}

/// Learning rate of [`step`].
pub const LEARNING_RATE: f64 = 1e-3;

/// A training step: the gradient by PCD with one chain per row of the batch, and the update by gradient
/// descent; with centers of both layers, also their update. It returns the weights and the visible states.
pub fn step(
    [visible, hidden]: [usize; 2],
    batch: usize,
    steps: usize,
    centered: bool,
) -> impl FnMut() -> [Tensor<2>; 2] + Send {
    let (device, mut machine) = (device(), machine(visible, hidden));
    if centered {
        for (layer, center) in [0.3, 0.5].into_iter().enumerate() {
            let units = machine.layers[layer].units();
            machine.move_center(layer, Tensor::full([units], center, &device));
        }
    }
    let pcd = PersistentContrastiveDivergence {
        chains: batch,
        steps,
        ..Default::default()
    };
    let constraint = centered.then(Centering::default);
    training(machine, pcd, constraint, binary([batch, visible]))
}

/// A training step by the second-order TAP expansion with so many damped iterations, from as many starts as there are
/// rows. It returns the weights and the means of the visible units.
pub fn tap_step(
    [visible, hidden]: [usize; 2],
    batch: usize,
    iterations: usize,
) -> impl FnMut() -> [Tensor<2>; 2] + Send {
    let tap = TapGradient {
        solver: tap_solver(iterations),
        starts: batch,
        weighting: Weighting::Starts,
        ..Default::default()
    };
    training(
        machine(visible, hidden),
        tap,
        None,
        binary([batch, visible]),
    )
}

/// Steps by gradient descent on one batch, which a GPU captures. They return the weights and the visible units of the
/// negative phase.
fn training<E: Estimator<AnyLayer>>(
    machine: BoltzmannMachine,
    estimator: E,
    constraint: Option<Centering>,
    rows: Tensor<2>,
) -> impl FnMut() -> [Tensor<2>; 2] + Send {
    let (mut capture, rows) = (Capture::new(&device()), Batch::from(rows));
    let state = estimator.init(&machine).expect("valid settings");
    let mut training = Some(Training { machine, state });
    let mut number = 0;
    move || {
        let key = RandomKey::new(2).split(number as u64);
        let time = Time {
            keys: &[key],
            rate: LEARNING_RATE,
            numbers: &[],
            number,
        };
        number += 1;
        let before = training.take().expect("put back below");
        let inputs = [rows.rows.clone()];
        let (after, step) = capture.step(before, &inputs, &time, |before, inputs| {
            let Training { mut machine, state } = before;
            let rows = Batch {
                rows: inputs[0].clone(),
                ..rows.clone()
            };
            let (mut step, state) = estimator.step(&machine, &rows, state, key);
            let gradient = std::mem::take(&mut step.gradient);
            GradientDescent.step(&mut machine, gradient, (), LEARNING_RATE);
            if let Some(centering) = &constraint {
                centering.after_step(&mut machine, &step);
            }
            (Training { machine, state }, step)
        });
        let step = step.as_ref().or(capture.output()).expect("a step");
        let visible = step.model.state.layers[0].clone();
        let weight = training.insert(after).machine.connections[0].weight.clone();
        [weight, visible]
    }
}

/// What changes in the steps of a training.
struct Training<S> {
    machine: BoltzmannMachine,
    state: S,
}

impl<S: Replayable> Replayable for Training<S> {
    fn tensors(&mut self, visit: &mut dyn FnMut(TensorMut<'_>)) -> bool {
        self.machine.tensors(visit) && self.state.tensors(visit)
    }
}

/// A number of Gibbs sweeps that continue from the previous ones. They return the states of the visible units.
pub fn sweeps(
    [visible, hidden]: [usize; 2],
    batch: usize,
    count: usize,
) -> impl FnMut() -> Tensor<2> + Send {
    let machine = machine(visible, hidden);
    sweeps_under(Conditions::default(), machine, batch, count)
}

/// The same with one-hot visible sites of so many states.
pub fn potts_sweeps(
    [visible, hidden]: [usize; 2],
    batch: usize,
    states: usize,
    count: usize,
) -> impl FnMut() -> Tensor<2> + Send {
    let machine = potts_machine(visible, hidden, states);
    sweeps_under(Conditions::default(), machine, batch, count)
}

/// The same with every other visible unit clamped, as where missing values are imputed.
pub fn clamped_sweeps(
    [visible, hidden]: [usize; 2],
    batch: usize,
    count: usize,
) -> impl FnMut() -> Tensor<2> + Send {
    let is_odd: Vec<bool> = (0..visible).map(|unit| unit % 2 == 1).collect();
    let clamped = TensorData::new(is_odd, [1, visible]);
    let clamp = Clamp::none().units(0, Tensor::from_data(clamped, &device()));
    let machine = machine(visible, hidden);
    sweeps_under(Conditions::clamped(clamp), machine, batch, count)
}

fn sweeps_under(
    conditions: Conditions,
    machine: BoltzmannMachine,
    batch: usize,
    count: usize,
) -> impl FnMut() -> Tensor<2> + Send {
    let mut state = Some(machine.random_state(batch, RandomKey::new(2)));
    let mut capture = Capture::new(&device());
    let mut number = 0;
    move || {
        let key = |sweep| RandomKey::new(3).split((number * count + sweep) as u64);
        let keys: Vec<_> = (0..count).map(key).collect();
        let time = Time::of_keys(&keys, number);
        number += 1;
        let before = state.take().expect("put back below");
        let (after, _) = capture.step(before, &[], &time, |before, _| {
            let sweep = |state, key: &RandomKey| Gibbs.sweep(&machine, state, &conditions, *key);
            (keys.iter().fold(before, sweep), ())
        });
        state.insert(after).layers[0].clone()
    }
}

/// A step of parallel tempering of chains with so many replicas, whose temperatures adapt. It returns the visible units.
pub fn tempering_step(
    [visible, hidden]: [usize; 2],
    chains: usize,
    replicas: usize,
) -> impl FnMut() -> Tensor<2> + Send {
    let machine = machine(visible, hidden);
    let tempering = ParallelTempering {
        replicas,
        adaptation: usize::MAX,
        ..Default::default()
    };
    let start = machine.random_state(chains, RandomKey::new(2));
    let mut state = Some(tempering.start(&machine, start));
    let (mut capture, mut number, free) = (Capture::new(&device()), 0, Conditions::default());
    move || {
        let key = RandomKey::new(3).split(number as u64);
        let keys = [key];
        let time = Time::of_keys(&keys, number);
        number += 1;
        let before = state.take().expect("put back below");
        let (after, _) = capture.step(before, &[], &time, |before, _| {
            (tempering.step(&machine, before, &free, key).0, ())
        });
        let after = state.insert(after);
        <ParallelTempering as Chain<AnyLayer>>::samples(after).layers[0].clone()
    }
}

/// The solver of the second-order TAP expansion with so many damped iterations.
pub fn tap_solver(iterations: usize) -> Solver {
    Solver {
        order: Order::Second,
        method: tap::Method::SelfConsistent { damping: 0.5 },
        tolerance: 0.0,
        iterations,
    }
}

/// Iterations towards the fixed points of the TAP expansion from binary states. They return the means of the visible units.
pub fn fixed_points(
    [visible, hidden]: [usize; 2],
    starts: usize,
    iterations: usize,
) -> impl FnMut() -> Tensor<2> + Send {
    let machine = machine(visible, hidden);
    let starts = machine.state_from_visible(binary([starts, visible]));
    move || {
        let solution = tap_solver(iterations).solve(&machine, &starts, &[]);
        solution.point.into_iter().next().expect("a layer").mean
    }
}

/// Annealed importance sampling (AIS) from the uniform distribution to a machine: its estimate of ln Z.
pub fn annealing(
    [visible, hidden]: [usize; 2],
    chains: usize,
    temperatures: usize,
) -> impl FnMut() -> f64 + Send {
    let machine = machine(visible, hidden);
    let annealing = Annealing {
        chains,
        temperatures,
        spacing: Spacing::Linear,
    };
    move || {
        let mut annealer = Annealer::new(&machine, None, RandomKey::new(4)).expect("normalizable");
        let estimate = annealer.forward(&annealing, &mut Silent);
        let log_partition = estimate.expect("enough chains").value;
        assert!(
            log_partition.is_finite(),
            "the device failed: ln Z is {log_partition}"
        );
        log_partition
    }
}
