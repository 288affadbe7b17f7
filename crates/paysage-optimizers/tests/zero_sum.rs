//! The zero-sum gauge as a constraint.

use paysage_kernels::RandomKey;
use paysage_layers::AnyLayer;
use paysage_models::{BoltzmannMachine, ParameterId};
use paysage_optimizers::{Constraint, ZeroSumGauge};
use paysage_testkit::machines;

fn machine() -> BoltzmannMachine {
    let kinds = machines::kinds_of("onehot:3x4,onehot:2x3");
    machines::chain(&kinds, 0.7, true, RandomKey::new(740))
}

fn project(machine: &BoltzmannMachine) -> BoltzmannMachine {
    let constraint: Box<dyn Constraint<AnyLayer>> = Box::new(ZeroSumGauge);
    constraint.check().expect("no settings");
    let mut projected = machine.clone();
    constraint.project(&mut projected);
    projected
}

fn tensors(machine: &BoltzmannMachine) -> Vec<burn::tensor::TensorData> {
    machine.to_file().tensors.into_values().collect()
}

#[test]
fn it_is_the_gauge_of_the_machine() {
    let mut moved = machine();
    moved.zero_sum();
    assert_eq!(tensors(&project(&machine())), tensors(&moved));
    assert_ne!(tensors(&machine()), tensors(&moved));
}

#[test]
fn frozen_parameters_keep_their_values() {
    let frozen = |id: ParameterId| {
        let mut machine = machine();
        machine.freeze(id).expect("a parameter");
        (machine.clone(), project(&machine))
    };
    let weight = |machine: &BoltzmannMachine| machine.connections[0].weight.to_data();
    let loc = |machine: &BoltzmannMachine, layer: usize| match &machine.layers[layer] {
        AnyLayer::OneHot(layer) => layer.loc.to_data(),
        _ => unreachable!("one-hot layers"),
    };
    let (before, after) = frozen(ParameterId::weight(0));
    assert_eq!(weight(&after), weight(&before));
    assert_ne!(loc(&after, 0), loc(&before, 0));

    let (before, after) = frozen(ParameterId::layer(1, "loc"));
    assert_eq!(loc(&after, 1), loc(&before, 1));
    assert_ne!(loc(&after, 0), loc(&before, 0));
    // Over the states of a hidden site the shift goes into the visible biases.
    assert_ne!(weight(&after), weight(&before));

    let (before, after) = frozen(ParameterId::layer(1, "center"));
    assert_ne!(loc(&after, 1), loc(&before, 1));
}
