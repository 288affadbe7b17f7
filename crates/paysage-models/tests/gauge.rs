//! The gauge may change: the distribution stays the same.

mod common;

use burn::tensor::Tensor;
use common::{all_close, all_machines, close, log_likelihoods, log_probabilities, values};
use paysage_kernels::RandomKey;
use paysage_layers::{Domain, Layer, Trainable};
use paysage_models::{BoltzmannMachine, Exact, HiddenScale};
use paysage_testkit::machines;

/// Sums over the states of each site of all one-hot layers: of the weights, and of the biases.
fn sums_over_states(machine: &BoltzmannMachine) -> Vec<f64> {
    let mut sums = Vec::new();
    for (number, layer) in machine.layers.iter().enumerate() {
        let Domain::OneHot { states } = layer.domain() else {
            continue;
        };
        let mut add = |rows: Tensor<2>| {
            let [units, width] = rows.dims();
            let split = rows.reshape([units / states, states, width]);
            sums.extend(split.sum_dim(1).to_data().iter::<f64>());
        };
        let parameters = layer.parameters();
        let loc = parameters.iter().find(|(name, _)| *name == "loc");
        add(loc.expect("biases").1.clone().unsqueeze_dim(1));
        for connection in &machine.connections {
            match (connection.target == number, connection.domain == number) {
                (true, _) => add(connection.weight.clone()),
                (_, true) => add(connection.weight.clone().transpose()),
                _ => {}
            }
        }
    }
    sums
}

#[test]
fn the_zero_sum_gauge_leaves_the_distribution() {
    let mut with_sites = 0;
    for (name, machine) in all_machines() {
        let state = machine.random_state(6, RandomKey::new(820));
        let mut moved = machine.clone();
        moved.zero_sum();
        let sums = sums_over_states(&moved);
        with_sites += usize::from(!sums.is_empty());
        all_close(&sums, &vec![0.0; sums.len()], &name);
        let before = log_probabilities(&machine, &state);
        all_close(&log_probabilities(&moved, &state), &before, &name);
        let relative = |machine| common::relative_free_energies(machine, &state);
        if let (Some(before), Some(after)) = (relative(&machine), relative(&moved)) {
            all_close(&after, &before, &name);
        }
        // A second time changes nothing.
        let mut again = moved.clone();
        again.zero_sum();
        for (first, second) in moved.connections.iter().zip(&again.connections) {
            all_close(&values(&second.weight), &values(&first.weight), &name);
        }
    }
    // The pairs with a one-hot layer, and the two deep machines.
    let pairs = 2 * machines::kinds().len() - 1;
    assert_eq!(with_sites, 2 * (pairs + 2));
}

/// ln Z changes by the constant of the energies.
#[test]
fn the_partition_function_changes_by_the_constant_of_the_energy() {
    let kinds = machines::kinds_of("onehot:2x3,onehot:1x4");
    for centered in [false, true] {
        let machine = machines::chain(&kinds, 0.8, centered, RandomKey::new(821));
        let mut moved = machine.clone();
        moved.zero_sum();
        let state = machine.random_state(5, RandomKey::new(822));
        let [before, after] = [&machine, &moved].map(|machine| values(&machine.energy(&state)));
        let change = after[0] - before[0];
        for (after, before) in after.iter().zip(&before) {
            close(after - before, change, "energy");
        }
        let log_partition = |machine| Exact::new(machine).expect("small").log_partition();
        close(
            log_partition(&moved) - log_partition(&machine),
            -change,
            "ln Z",
        );
    }
}

#[test]
fn scales_and_signs_of_hidden_units_leave_the_visible_distribution() {
    for (name, machine) in all_machines() {
        let state = machine.random_state(6, RandomKey::new(823));
        let before = log_likelihoods(&machine, &machine, &state);
        for scale in [HiddenScale::UnitVariance, HiddenScale::UnitWeights] {
            let mut moved = machine.clone();
            moved.normalize_hidden(scale);
            assert_eq!(moved.is_centered(), machine.is_centered(), "{name}");
            let after = log_likelihoods(&moved, &machine, &state);
            all_close(&after, &before, &format!("{name}, {scale:?}"));
            for layer in moved.hidden() {
                check_hidden(&moved, layer, scale, &name);
            }
        }
    }
}

/// Checks scale and sign of the units of a hidden layer.
fn check_hidden(machine: &BoltzmannMachine, layer: usize, scale: HiddenScale, name: &str) {
    let below = |other: usize| machine.visible.contains(&other) || other < layer;
    let mut weights = vec![Vec::new(); machine.layers[layer].units()];
    for connection in &machine.connections {
        let weight = match (connection.target, connection.domain) {
            (target, domain) if domain == layer && below(target) => connection.weight.clone(),
            (target, domain) if target == layer && below(domain) => {
                connection.weight.clone().transpose()
            }
            _ => continue,
        };
        let width = weights.len();
        for (place, w) in values(&weight).into_iter().enumerate() {
            weights[place % width].push(w);
        }
    }
    let own = &machine.layers[layer];
    let is_binary = matches!(own.domain(), Domain::Finite { values, .. } if values.len() == 2);
    let signed = weights
        .iter()
        .filter(|_| is_binary || own.mirrored().is_some());
    for unit in signed {
        let cubes: f64 = unit.iter().map(|w| w.powi(3)).sum();
        assert!(cubes >= 0.0, "{name}: {cubes}");
    }
    if let Some(scales) = own.interaction_scale() {
        for (unit, own) in weights.iter().zip(values(&scales)) {
            let norm = unit.iter().map(|w| w * w).sum::<f64>().sqrt();
            match scale {
                HiddenScale::UnitVariance => close(own, 1.0, name),
                HiddenScale::UnitWeights => close(norm, 1.0, name),
            }
        }
    }
}

/// Rectified units in deep machines: between layers of discrete units, and beside direct connections.
#[test]
fn rectified_units_have_a_scale_and_a_sign() {
    for kind in ["relu", "drelu", "prelu", "xrelu", "nsrelu"] {
        let kinds = machines::kinds_of(&format!("3,{kind}:2,spin:2"));
        for centered in [false, true] {
            let machine = machines::chain(&kinds, 0.4, centered, RandomKey::new(826));
            check_unchanged(&machine, kind);
        }
        // A second time changes nothing.
        let machine = machines::chain(&kinds[..2], 0.4, true, RandomKey::new(827));
        let mut once = machine.clone();
        assert!(once.normalize_hidden(HiddenScale::UnitWeights).is_empty());
        let mut twice = once.clone();
        twice.normalize_hidden(HiddenScale::UnitWeights);
        for (once, twice) in once.layers.iter().zip(&twice.layers) {
            for ((name, once), (_, twice)) in once.parameters().into_iter().zip(twice.parameters())
            {
                all_close(&values(twice), &values(once), name);
            }
        }
        // ln Z changes by −Σ ln s where weights are multiplied by s.
        let factors = Tensor::from_data([0.25, 3.0], (&machine.device(), machine.dtype()));
        let mut moved = machine.clone();
        moved.scale_units(1, factors);
        let state = machine.random_state(5, RandomKey::new(828));
        let relative = |machine: &BoltzmannMachine| common::relative_free_energies(machine, &state);
        let (before, after) = (relative(&machine), relative(&moved));
        all_close(
            &after.expect("restricted"),
            &before.expect("restricted"),
            kind,
        );
        let change =
            |machine: &BoltzmannMachine| Exact::new(machine).expect("small").log_partition();
        close(change(&moved) - change(&machine), -0.75_f64.ln(), kind);
    }
}

/// One side a million times as steep as the other one.
#[test]
fn steep_sides_keep_their_digits() {
    for kind in ["drelu", "xrelu", "nsrelu"] {
        let kinds = machines::kinds_of(&format!("3,{kind}:1"));
        let mut machine = machines::chain(&kinds, 0.4, true, RandomKey::new(829));
        for (name, parameter) in machine.layers[1].parameters_mut() {
            match name {
                "xi" => parameter.inplace(|xi| xi * 0.0 - 1e6),
                "log_gamma_plus" => parameter.inplace(|log_gamma| log_gamma + 1e6_f64.ln()),
                _ => {}
            }
        }
        check_unchanged(&machine, kind);
    }
}

/// Checks that scales and signs leave the visible distribution.
fn check_unchanged(machine: &BoltzmannMachine, name: &str) {
    let state = machine.random_state(6, RandomKey::new(830));
    let before = log_likelihoods(machine, machine, &state);
    for scale in [HiddenScale::UnitVariance, HiddenScale::UnitWeights] {
        for sign in [1.0, -1.0] {
            // Either sign of the weights is reflected once.
            let mut moved = machine.clone();
            let layer = &moved.layers[1];
            let signs = Tensor::<1>::ones([layer.units()], (&moved.device(), moved.dtype())) * sign;
            moved.reflect_units(1, signs);
            moved.normalize_hidden(scale);
            let after = log_likelihoods(&moved, machine, &state);
            all_close(&after, &before, &format!("{name}, {scale:?}, {sign}"));
            check_hidden(&moved, 1, scale, name);
        }
    }
}

/// Kinds whose units have values of a fixed scale and no reflection.
#[test]
fn layers_that_stay_are_named() {
    for (kind, stays) in [
        ("onehot:1x3", true),
        ("binomial:2x3", true),
        ("poisson:2", true),
        ("truncexp:2", true),
        ("3", false),
        ("spin:2", false),
        ("gaussian:2", false),
        ("relu:2", false),
        ("drelu:2", false),
    ] {
        let kinds = machines::kinds_of(&format!("2,spin:2,{kind}"));
        let mut machine = machines::chain(&kinds, 0.4, false, RandomKey::new(831));
        let before = machine.clone();
        let unchanged = machine.normalize_hidden(HiddenScale::UnitWeights);
        assert_eq!(
            unchanged,
            if stays { vec![2] } else { Vec::new() },
            "{kind}"
        );
        if stays {
            let of = |machine: &BoltzmannMachine| -> Vec<f64> {
                let parameters = machine.layers[2].parameters();
                parameters.iter().flat_map(|(_, x)| values(x)).collect()
            };
            assert_eq!(of(&machine), of(&before), "{kind}");
        }
    }
}

/// Units whose weights are all zero have no norm and no sign.
#[test]
fn units_without_weights_stay() {
    let kinds = machines::kinds_of("onehot:2x3,gaussian:2");
    let mut machine = machines::chain(&kinds, 0.7, true, RandomKey::new(824));
    machine.connections[0].weight = machine.connections[0].weight.zeros_like();
    let before = machine.clone();
    machine.normalize_hidden(HiddenScale::UnitWeights);
    machine.zero_sum_weights(0, 0);
    for layer in [0, 1] {
        let of = |machine: &BoltzmannMachine| -> Vec<f64> {
            let parameters = machine.layers[layer].parameters();
            parameters.iter().flat_map(|(_, x)| values(x)).collect()
        };
        all_close(&of(&machine), &of(&before), "parameters");
    }
}
