//! Centers may be anywhere: the distribution, and what is computed from it, stays the same.

mod common;

use burn::tensor::{FloatDType, Tensor};
use common::{all_close, all_machines, log_probabilities, values};
use paysage_data::Table;
use paysage_kernels::{RandomKey, normal};
use paysage_layers::{Centered, Layer, LayerKind};
use paysage_models::{BoltzmannMachine, ParameterId, Phase, State};
use paysage_testkit::machines;

/// A center of order one.
fn center(units: usize, key: RandomKey) -> Tensor<1> {
    let noise = normal([1, units], key, &machines::device());
    let noise: Tensor<1> = noise.squeeze_dim(0);
    noise.cast(FloatDType::from(machines::dtype()))
}

#[test]
fn the_distribution_does_not_depend_on_centers() {
    for (name, machine) in all_machines() {
        let state = machine.random_state(6, RandomKey::new(803));
        let before = log_probabilities(&machine, &state);
        let mut moved = machine.clone();
        for layer in 0..moved.layers.len() {
            let key = RandomKey::new(804).split(layer as u64);
            let center = center(moved.layers[layer].units(), key);
            moved.move_center(layer, center.clone());
            let after = log_probabilities(&moved, &state);
            all_close(&after, &before, &format!("{name}, layer {layer} moved"));
            let found = moved.layers[layer].center().expect("it was set");
            assert_eq!(values(found), values(&center));
        }
        let plain = moved.without_centers();
        assert!(!plain.is_centered());
        let after = log_probabilities(&plain, &state);
        all_close(&after, &before, &format!("{name}, without centers"));
    }
}

/// The likelihood of rows, free energies up to a constant, and the fields of a machine without centers.
#[test]
fn what_is_computed_from_the_machine_does_not_either() {
    for (name, machine) in all_machines() {
        let mut moved = machine.clone();
        for layer in 0..moved.layers.len() {
            let key = RandomKey::new(805).split(layer as u64);
            moved.move_center(layer, center(machine.layers[layer].units(), key));
        }
        let state = machine.random_state(3, RandomKey::new(806));
        let likelihood =
            |moved: &BoltzmannMachine| common::log_likelihoods(moved, &machine, &state);
        all_close(&likelihood(&moved), &likelihood(&machine), &name);
        for layer in 0..machine.layers.len() {
            let mean = |machine: &BoltzmannMachine| {
                let field = machine.field(layer, &state);
                values(&paysage_layers::Conditional::mean(
                    &machine.layers[layer],
                    field,
                    &paysage_layers::InverseTemperature::ONE,
                ))
            };
            all_close(&mean(&moved), &mean(&machine), &name);
        }
        let relative = |machine| common::relative_free_energies(machine, &state);
        if let (Some(before), Some(after)) = (relative(&machine), relative(&moved)) {
            all_close(&after, &before, &name);
        }
    }
}

/// The derivatives in the weights of a centered machine are those of the machine without centers, less
/// the product of the center with the derivatives in biases: the chain rule of the reparametrisation.
#[test]
fn gradients_follow_the_change_of_parameters() {
    let kinds = [LayerKind::bernoulli(40), LayerKind::bernoulli(30)];
    let plain = machines::chain(&kinds, 0.3, false, RandomKey::new(807));
    let mut moved = plain.clone();
    let centers = [0, 1].map(|l| center(kinds[l].units(), RandomKey::new(808).split(l as u64)));
    for (layer, center) in centers.iter().enumerate() {
        moved.move_center(layer, center.clone());
    }
    let phases = [20, 25].map(|rows: u64| {
        Phase::of(plain.random_state(rows as usize, RandomKey::new(809).split(rows)))
    });
    let [before, after] = [&plain, &moved].map(|m| m.gradient(&phases[0], &phases[1]));
    let loc = |layer| ParameterId::layer(layer, "loc");
    for layer in [0, 1] {
        let (found, expected) = (&after.vectors[&loc(layer)], &before.vectors[&loc(layer)]);
        all_close(&values(found), &values(expected), "biases");
    }
    let column = |x: &Tensor<1>| x.clone().unsqueeze_dim::<2>(1);
    let expected = before.matrices[&ParameterId::weight(0)].clone()
        - column(&centers[0]).matmul(column(&before.vectors[&loc(1)]).transpose())
        - column(&before.vectors[&loc(0)]).matmul(column(&centers[1]).transpose());
    let found = values(&after.matrices[&ParameterId::weight(0)]);
    all_close(&found, &values(&expected), "weights");
    // The fast products of f32 agree with those of f64.
    let narrow = moved.clone().cast(FloatDType::F32);
    let phases = phases.map(|phase| {
        let layers = phase.state.layers.iter();
        let layers = layers.map(|x| x.clone().cast(FloatDType::F32)).collect();
        Phase::of(State { layers })
    });
    let narrow = narrow.gradient(&phases[0], &phases[1]);
    let narrow = values(&narrow.matrices[&ParameterId::weight(0)]);
    for (found, expected) in narrow.into_iter().zip(found) {
        assert!(
            (found - expected).abs() < 1e-5,
            "{found}, expected {expected}"
        );
    }
}

#[test]
fn centers_start_at_the_means() {
    let kinds = machines::kinds_of("2,gaussian:2,3,spin:2");
    let edges = [(0, 2), (1, 2), (2, 3)];
    let key = RandomKey::new(810);
    let mut machine = machines::graph(&kinds, &edges, vec![0, 1], 0.0, false, key);
    let gap = f32::NAN;
    let rows = vec![1.0, 0.0, 2.0, gap, 0.0, 0.0, 4.0, gap];
    let table = Table::with_missing("rows", 4, rows).expect("rows");
    machine.center_visible(&table).expect("in memory");
    machine.center_hidden();
    let centers: Vec<Vec<f64>> = machine
        .layers
        .iter()
        .map(|layer| values(layer.center().expect("centered")))
        .collect();
    assert_eq!(
        centers,
        [vec![0.5, 0.0], vec![3.0, 0.0], vec![0.5; 3], vec![0.0; 2]]
    );
}
