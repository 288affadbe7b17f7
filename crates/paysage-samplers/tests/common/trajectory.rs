//! Steps of chains, and machines of a trajectory.

use paysage_kernels::RandomKey;
use paysage_layers::AnyLayer;
use paysage_models::{BoltzmannMachine, Info, State};
use paysage_samplers::{Chain, Conditions, Trajectory, TrajectoryTempering};

use super::Scale;

pub fn run<C: Chain<AnyLayer>>(
    chain: &C,
    machine: &BoltzmannMachine,
    state: C::State,
    conditions: &Conditions,
    steps: u64,
    key: RandomKey,
) -> (C::State, Info) {
    (0..steps).fold((state, Info::new()), |(state, _), step| {
        chain.step(machine, state, conditions, key.split(step))
    })
}

pub fn samples(state: &Trajectory) -> &State {
    <TrajectoryTempering as Chain<AnyLayer>>::samples(state)
}

pub fn scaled(machine: &BoltzmannMachine, factor: f64) -> BoltzmannMachine {
    let mut machine = machine.clone();
    machine.map(&mut Scale(factor));
    machine
}
