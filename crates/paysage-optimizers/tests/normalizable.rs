//! Gaussian layers that stay normalizable.

use faer::Mat;
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, Layer};
use paysage_models::{BoltzmannMachine, ParameterId};
use paysage_optimizers::{Constraint, Normalizable};
use paysage_testkit::machines;

fn limit(machine: &mut BoltzmannMachine, largest: f64) {
    let constraint: Box<dyn Constraint<AnyLayer>> = Box::new(Normalizable { largest });
    constraint.check().expect("in range");
    constraint.project(machine);
}

fn machine(kinds: &str, scale: f64) -> BoltzmannMachine {
    let kinds = machines::kinds_of(kinds);
    machines::chain(&kinds, scale, false, RandomKey::new(730))
}

fn entries(machine: &BoltzmannMachine, connection: usize) -> Vec<f64> {
    machine.connections[connection]
        .weight
        .to_data()
        .iter()
        .collect()
}

/// The singular values of W_ij/(σ_i σ_j), by a decomposition of the whole matrix.
fn singular_values(machine: &BoltzmannMachine, number: usize) -> Vec<f64> {
    let connection = &machine.connections[number];
    let variance = |layer: usize| machine.layers[layer].gaussian().expect("Gaussian").variance;
    let (target, domain) = (variance(connection.target), variance(connection.domain));
    let entries = entries(machine, number);
    let couplings = Mat::from_fn(target.len(), domain.len(), |i, j| {
        entries[i * domain.len() + j] / (target[i] * domain[j]).sqrt()
    });
    couplings.singular_values().expect("a decomposition")
}

#[test]
fn only_singular_values_above_the_largest_change() {
    for kinds in ["gaussian:5,gaussian:3", "gaussian:3,gaussian:6"] {
        let before = machine(kinds, 3.0);
        assert!(before.check_normalizable().is_err());
        let mut after = before.clone();
        limit(&mut after, 0.9);
        after.check_normalizable().expect("a finite sum");
        let pairs = singular_values(&before, 0)
            .into_iter()
            .zip(singular_values(&after, 0));
        for (old, new) in pairs {
            assert!(
                (new - old.min(0.9)).abs() < 1e-5,
                "{kinds}: {old} became {new}"
            );
        }
    }
}

#[test]
fn small_weights_other_kinds_and_frozen_weights_stay() {
    for (kinds, scale) in [
        ("gaussian:5,gaussian:3", 0.01),
        ("gaussian:4,3", 5.0),
        ("4,gaussian:3", 5.0),
        ("4,3", 5.0),
    ] {
        let before = machine(kinds, scale);
        let mut after = before.clone();
        limit(&mut after, 0.999);
        assert_eq!(entries(&before, 0), entries(&after, 0), "{kinds}");
    }
    let mut frozen = machine("gaussian:5,gaussian:3", 3.0);
    frozen
        .freeze(ParameterId::Weight { connection: 0 })
        .expect("a parameter");
    let before = entries(&frozen, 0);
    limit(&mut frozen, 0.5);
    assert_eq!(entries(&frozen, 0), before);
}

#[test]
fn a_layer_between_two_shares_the_largest() {
    let mut deep = machine("gaussian:4,gaussian:4,gaussian:4", 3.0);
    limit(&mut deep, 0.999);
    deep.check_normalizable().expect("a finite sum");
    for number in [0, 1] {
        let largest = singular_values(&deep, number)[0];
        assert!((largest - 0.4995).abs() < 1e-5, "{largest}");
    }
}

#[test]
fn a_largest_value_of_one_and_more_is_refused() {
    for largest in [0.0, 1.0, f64::NAN] {
        let constraint: Box<dyn Constraint<AnyLayer>> = Box::new(Normalizable { largest });
        constraint.check().expect_err("out of range");
    }
}
