//! Held units stay, and the others follow their conditional distribution.

use burn::tensor::{Bool, Tensor, TensorData};
use paysage_kernels::RandomKey;
use paysage_layers::{InverseTemperature, LayerKind};
use paysage_models::{BoltzmannMachine, Exact, State};
use paysage_samplers::{Clamp, Conditions, Gibbs, MeanField, Mode, Sampler};
use paysage_testkit::{Oracle, machines, statistics};

const CHAINS: usize = 20_000;

fn mask(units: &[bool]) -> Tensor<2, Bool> {
    let data = TensorData::new(units.to_vec(), [1, units.len()]);
    Tensor::from_data(data, &machines::device())
}

fn flat(x: &Tensor<2>) -> Vec<f64> {
    x.to_data().iter().collect()
}

fn bernoulli_onehot() -> BoltzmannMachine {
    let kinds = [LayerKind::onehot(2, 3), LayerKind::bernoulli(2)];
    machines::chain(&kinds, 0.8, true, RandomKey::new(60))
}

#[test]
fn layers_that_are_held_stay() {
    let machine = bernoulli_onehot();
    let before = Exact::new(&machine)
        .expect("small")
        .sample(10, RandomKey::new(61));
    let held = Conditions::clamped(Clamp::none().layer(0));
    let after = Gibbs.run(&machine, before.clone(), &held, 5, RandomKey::new(62));
    assert_eq!(flat(&before.layers[0]), flat(&after.layers[0]));
    assert_ne!(flat(&before.layers[1]), flat(&after.layers[1]));
}

/// Holds some visible units of all chains at the values of a pattern, runs, and compares with the
/// conditional distribution by enumeration.
fn check_conditional(pattern: [f64; 6], held: [bool; 6], what: &str) {
    let machine = bernoulli_onehot();
    let allowed = |visible: &[f64]| {
        visible
            .iter()
            .zip(&pattern)
            .zip(held)
            .all(|((x, p), held)| !held || x == p)
    };
    let states = Oracle::of(&machine).probabilities();
    let kept: Vec<_> = states
        .into_iter()
        .filter(|(state, _)| allowed(&state[0]))
        .collect();
    let total: f64 = kept.iter().map(|(_, p)| p).sum();

    let options = (&machines::device(), machines::dtype());
    let start = TensorData::new(pattern.to_vec(), [1, 6]);
    let rows = Tensor::<2>::from_data(start, options).repeat_dim(0, CHAINS);
    let conditions = Conditions::clamped(Clamp::none().units(0, mask(&held)));
    let state = machine.state_from_visible(rows);
    let chains: State = Gibbs.run(&machine, state, &conditions, 60, RandomKey::new(63));

    let joined = flat(&Tensor::cat(chains.layers, 1));
    let mut counts = vec![0; kept.len()];
    for row in joined.chunks(8) {
        let index = kept.iter().position(|(state, _)| state.concat() == row);
        counts[index.unwrap_or_else(|| panic!("{what}: {row:?} contradicts the held units"))] += 1;
    }
    let probabilities: Vec<f64> = kept.iter().map(|(_, p)| p / total).collect();
    statistics::assert_distribution(&counts, &probabilities, what);
}

#[test]
fn units_that_are_held_condition_the_others() {
    let f = false;
    check_conditional(
        [0.0, 1.0, 0.0, 1.0, 0.0, 0.0],
        [true, true, true, f, f, f],
        "a whole site",
    );
    check_conditional(
        [0.0, 1.0, 0.0, 1.0, 0.0, 0.0],
        [f, true, f, f, f, f],
        "a single 1",
    );
    check_conditional(
        [0.0, 0.0, 1.0, 1.0, 0.0, 0.0],
        [true, f, f, f, f, f],
        "a single 0",
    );
}

#[test]
fn mean_field_finds_its_fixed_point() {
    let machine = bernoulli_onehot();
    let free = Conditions::default();
    let key = RandomKey::new(64);
    let start = machine.zeros(1);
    let fixed = MeanField.run(&machine, start, &free, 200, key);
    for layer in 0..2 {
        let field = machine.field(layer, &fixed);
        let mean = paysage_layers::Conditional::mean(
            &machine.layers[layer],
            field,
            &InverseTemperature::ONE,
        );
        for (a, b) in flat(&mean).iter().zip(flat(&fixed.layers[layer])) {
            assert!((a - b).abs() < 1e-6);
        }
    }
}

#[test]
fn mode_sweeps_never_raise_the_energy() {
    let kinds = machines::kinds_of("8,onehot:3x4,5");
    let machine = machines::chain(&kinds, 1.0, false, RandomKey::new(65));
    let free = Conditions::default();
    let mut state = Gibbs.run(&machine, machine.zeros(50), &free, 2, RandomKey::new(66));
    let mut before: Vec<f64> = machine.energy(&state).into_data().iter().collect();
    for sweep in 0..20 {
        state = Mode.sweep(&machine, state, &free, RandomKey::new(sweep));
        let after: Vec<f64> = machine.energy(&state).into_data().iter().collect();
        assert!(after.iter().zip(&before).all(|(a, b)| *a <= b + 1e-5));
        before = after;
    }
    let again = Mode.sweep(&machine, state.clone(), &free, RandomKey::new(0));
    assert_eq!(flat(&again.layers[0]), flat(&state.layers[0]));
}
