//! What the benchmarks share.

#![allow(dead_code, reason = "no benchmark uses all of it")]

use std::{hint::black_box, time::Duration};

use burn::tensor::{Device, Distribution, Tensor, activation::sigmoid};
use criterion::Criterion;
use paysage::{
    kernels::plain,
    metrics::{Annealer, Annealing, Spacing},
    prelude::*,
};

/// Units of the machines that are timed: the pixels of MNIST and two sizes of hidden layers.
pub const SIZES: [[usize; 2]; 2] = [[784, 500], [784, 1000]];

/// Rows of a batch, or chains, that are timed.
pub const BATCHES: [usize; 4] = [100, 500, 1000, 5000];

/// A second for each figure, where criterion takes eight: there are many of them.
pub fn criterion() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1000))
        .sample_size(20)
        .configure_from_args()
}

/// The device that this build prefers.
pub fn device() -> Device {
    default_device().expect("a backend")
}

/// A machine of two binary layers with weights of the size that training gives them.
pub fn machine(visible: usize, hidden: usize) -> BoltzmannMachine {
    let device = device();
    let layers = [visible, hidden].map(|units| Bernoulli::new(units, &device).into());
    let mut machine = BoltzmannMachine::chain(layers.into()).expect("two layers");
    machine.connections[0].weight = noise([visible, hidden]) * 0.05;
    machine
}

/// Standard normals.
pub fn noise(shape: [usize; 2]) -> Tensor<2> {
    plain::normal(shape, RandomKey::new(1), &device())
}

/// Zeros and ones, three of ten ones, as the pixels of digits.
pub fn binary(shape: [usize; 2]) -> Tensor<2> {
    let uniform = plain::uniform(shape, RandomKey::new(2), &device());
    uniform.lower_scalar(0.3).float()
}

/// Waits for the device, and keeps the result from being optimised away.
pub fn finish<T>(result: T, device: &Device) {
    device.sync().expect("the device finished");
    black_box(result);
}

/// Bernoulli units under a field, in burn's own operations and with burn's own random numbers.
pub fn plain_draw(field: Tensor<2>, loc: &Tensor<1>) -> Tensor<2> {
    let probability = sigmoid(field + loc.clone().unsqueeze());
    let uniform = probability.random_like(Distribution::Uniform(0.0, 1.0));
    uniform.lower(probability).float()
}

/// How far [`step`] moves the parameters.
pub const LEARNING_RATE: f64 = 1e-3;

/// A step of training: the gradient by PCD with as many chains as rows, and the update by gradient
/// descent.
pub fn step([visible, hidden]: [usize; 2], batch: usize, steps: usize) -> impl FnMut() + Send {
    let (device, mut machine) = (device(), machine(visible, hidden));
    let rows = Batch::from(binary([batch, visible]));
    let mut pcd = PersistentContrastiveDivergence {
        chains: batch,
        steps,
        ..Default::default()
    };
    let mut optimizer: Box<dyn Optimizer<AnyLayer>> = OptimizerKind::Sgd.build();
    let mut keys = (0..).map(|step| RandomKey::new(2).split(step));
    move || {
        let key = keys.next().expect("no end of keys");
        let gradient = pcd.estimate(&machine, &rows, key);
        optimizer.step(&mut machine, gradient, LEARNING_RATE);
        finish((), &device);
    }
}

/// A Gibbs sweep that goes on from the last.
pub fn sweep([visible, hidden]: [usize; 2], batch: usize) -> impl FnMut() + Send {
    let (device, machine) = (device(), machine(visible, hidden));
    let mut state = Some(machine.random_state(batch, RandomKey::new(2)));
    let mut keys = (0..).map(|step| RandomKey::new(3).split(step));
    move || {
        let (key, free) = (keys.next().expect("no end of keys"), Conditions::default());
        let before = state.take().expect("put back below");
        state = Some(Gibbs.sweep(&machine, before, &free, key));
        finish((), &device);
    }
}

/// Annealed importance sampling from uniform units to a machine.
pub fn annealing(
    [visible, hidden]: [usize; 2],
    chains: usize,
    temperatures: usize,
) -> impl FnMut() + Send {
    let (device, machine) = (device(), machine(visible, hidden));
    let annealing = Annealing {
        chains,
        temperatures,
        spacing: Spacing::Linear,
    };
    move || {
        let mut annealer = Annealer::new(&machine, None, RandomKey::new(4)).expect("normalizable");
        let estimate = annealer.forward(&annealing, &mut Silent);
        finish(estimate.expect("enough chains"), &device);
    }
}
