//! What differs between two worlds follows from the change alone.

mod common;

use burn::tensor::Tensor;
use common::{conditional, machines_of_six, mask, means, read, rows};
use paysage_kernels::RandomKey;
use paysage_layers::LayerKind;
use paysage_models::BoltzmannMachine;
use paysage_samplers::{ConditioningError, Counterfactual, Worlds};
use paysage_testkit::{machines, statistics};

/// Rows that are asked about, all alike.
const ROWS: usize = 400;

/// Asks what rows would be like with their first units at other values.
fn ask(
    machine: &BoltzmannMachine,
    row: &[f64],
    values: &[f64],
    question: Counterfactual,
) -> Worlds {
    let changed = (0..row.len()).map(|i| i < values.len()).collect();
    let mut other = row.to_vec();
    other[..values.len()].copy_from_slice(values);
    let (row, other) = (rows(&[row.to_vec()]), rows(&[other]));
    let found = question.ask(machine, row.repeat_dim(0, ROWS), &mask(&[changed]), other);
    found.expect("whole sites")
}

fn question(sweeps: usize, repeats: usize) -> Counterfactual {
    Counterfactual {
        abduction: 30,
        sweeps,
        repeats,
        key: RandomKey::new(90),
    }
}

#[test]
fn values_that_are_there_change_nothing() {
    for (name, machine) in machines_of_six() {
        let row = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
        let found = ask(&machine, &row, &[1.0, 0.0], question(7, 2));
        for (here, there) in found.factual.iter().zip(&found.counterfactual) {
            assert_eq!(here.to_data(), there.to_data(), "{name}");
        }
        let zeros = [found.effect, found.standard_error].map(|x| read(&x).concat());
        assert!(
            zeros.concat().iter().all(|&x| x == 0.0),
            "{name}: {zeros:?}"
        );
    }
}

/// Columns of two worlds that should be alike to the bit, and others that should not.
fn check_apart(found: &Worlds, apart: std::ops::Range<usize>, what: &str) {
    let columns = |x: &Tensor<2>| x.clone().narrow(1, apart.start, apart.len());
    for (here, there) in found.factual.iter().zip(&found.counterfactual) {
        assert_eq!(columns(here).to_data(), columns(there).to_data(), "{what}");
    }
    assert!(
        read(&columns(&found.effect))
            .concat()
            .iter()
            .all(|&x| x == 0.0),
        "{what}"
    );
    let moved = read(&found.effect)
        .concat()
        .iter()
        .filter(|&&x| x != 0.0)
        .count();
    assert!(moved > 5, "{what}: only what was changed has changed");
}

#[test]
fn what_is_not_connected_with_the_change_stays_as_it_is() {
    let coins = LayerKind::Bernoulli { units: 3 };
    let normal = LayerKind::Gaussian { units: 2 };
    // Two machines side by side.
    let kinds = [coins, LayerKind::Bernoulli { units: 4 }, normal, coins];
    let edges = [(0, 1), (2, 3)];
    let machine = machines::graph(&kinds, &edges, vec![0, 2], 1.5, true, RandomKey::new(91));
    let row = [1.0, 0.0, 1.0, 0.3, -0.2];
    check_apart(
        &ask(&machine, &row, &[0.0], question(10, 2)),
        3..5,
        "two layers",
    );

    // Two halves of the same layers.
    let kinds = [
        LayerKind::Bernoulli { units: 6 },
        LayerKind::Bernoulli { units: 4 },
    ];
    let mut machine = machines::chain(&kinds, 1.5, true, RandomKey::new(92));
    let half = |i: usize, j: usize| f64::from((i < 3) == (j < 2));
    let halves: Vec<Vec<f64>> = (0..6)
        .map(|i| (0..4).map(|j| half(i, j)).collect())
        .collect();
    let weight = &mut machine.connections[0].weight;
    *weight = weight.clone() * rows(&halves);
    let row = [1.0, 0.0, 1.0, 0.0, 1.0, 1.0];
    check_apart(
        &ask(&machine, &row, &[0.0, 1.0], question(10, 2)),
        3..6,
        "two halves",
    );
}

#[test]
fn after_many_sweeps_the_effect_is_that_of_conditioning() {
    let row = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
    let values = [0.0, 1.0];
    let known = [true, true, false, false, false, false];
    for (name, machine) in machines_of_six() {
        let found = ask(&machine, &row, &values, question(40, 8));
        let mut changed = row;
        changed[..2].copy_from_slice(&values);
        let here = means(&conditional(&machine, &row, &known));
        let there = means(&conditional(&machine, &changed, &known));
        let column = |x: &Tensor<2>, i: usize| -> Vec<f64> {
            read(x).into_iter().map(|row| row[i]).collect()
        };
        for i in 0..6 {
            let (what, exact) = (format!("{name}, unit {i}"), there[i] - here[i]);
            let (effects, errors) = (column(&found.effect, i), column(&found.standard_error, i));
            statistics::assert_mean(&effects, exact, &what);
            // A squared standard error is right on average.
            let excess = effects.iter().zip(&errors);
            let excess = excess.map(|(effect, error)| (effect - exact).powi(2) - error.powi(2));
            statistics::assert_mean(
                &excess.collect::<Vec<f64>>(),
                0.0,
                &format!("{what}, error"),
            );
            for (world, mean) in [(&found.factual, here[i]), (&found.counterfactual, there[i])] {
                let draws = world.iter().flat_map(|x| column(x, i));
                statistics::assert_mean(&draws.collect::<Vec<f64>>(), mean, &what);
            }
        }
    }
}

/// Chains with the same keys differ less than chains with their own.
#[test]
fn common_chance_makes_effects_sure() {
    let (_, machine) = machines_of_six().swap_remove(0);
    let row = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
    let found = ask(&machine, &row, &[0.0], question(10, 5));
    let squares = |pairs: &mut dyn Iterator<Item = (&Tensor<2>, &Tensor<2>)>| -> f64 {
        let distance = |(a, b): (&Tensor<2>, &Tensor<2>)| {
            let difference = a.clone().slice([0..ROWS, 1..6]) - b.clone().slice([0..ROWS, 1..6]);
            difference.square().sum().into_scalar::<f64>()
        };
        pairs.map(distance).sum()
    };
    let (here, there) = (&found.factual, &found.counterfactual);
    let coupled = squares(&mut here.iter().zip(there));
    let apart = squares(&mut here.iter().zip(there.iter().skip(1)));
    assert!(coupled < 0.5 * apart, "{coupled} and {apart}");
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let (_, machine) = machines_of_six().swap_remove(0);
    let shown = rows(&[vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0]]);
    let changed = mask(&[vec![false, false, false, true, false, false]]);
    let ask = |question: Counterfactual| {
        question
            .ask(&machine, shown.clone(), &changed, shown.clone())
            .expect_err("a fault")
    };
    let part = ConditioningError::PartOfSite {
        row: 1,
        column: 4,
        width: 3,
    };
    assert_eq!(ask(question(1, 1)), part);
    assert_eq!(ask(question(1, 0)), ConditioningError::NoChains);
    assert_eq!(ask(question(0, 1)), ConditioningError::NoSweeps);
}
