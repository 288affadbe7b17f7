//! Helpers of several tests.

#![allow(dead_code, reason = "each test uses some")]

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_models::{BoltzmannMachine, Info, Phase, Step};

/// A step whose gradient is that of the energies of two states.
pub fn gradient_step(machine: &BoltzmannMachine) -> Step {
    let [data, model] = [1, 2].map(|key| {
        let state = machine.random_state(4, RandomKey::new(701).split(key));
        Phase::of(state)
    });
    Step {
        gradient: machine.gradient(&data, &model),
        weight: 4.0,
        data,
        model,
        info: Info::new(),
    }
}

pub fn flat<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.to_data().iter().collect()
}

pub fn norm(values: &[f64]) -> f64 {
    values.iter().map(|x| x * x).sum::<f64>().sqrt()
}
