//! Factual and counterfactual samples differ only in effects of the change.

mod common;

use burn::tensor::Tensor;
use common::{conditional, machines_of_six, mask, means, read, rows, table};
use paysage_inference::{AverageEffect, Counterfactual, CounterfactualSamples, InferenceError};
use paysage_kernels::RandomKey;
use paysage_layers::LayerKind;
use paysage_models::{BoltzmannMachine, Silent};
use paysage_testkit::{machines, statistics};

/// Number of equal rows.
const ROWS: usize = 400;

/// Samples rows with their first units at other values.
fn ask(
    machine: &BoltzmannMachine,
    row: &[f64],
    values: &[f64],
    question: Counterfactual,
) -> CounterfactualSamples {
    let changed = (0..row.len()).map(|i| i < values.len()).collect();
    let mut other = row.to_vec();
    other[..values.len()].copy_from_slice(values);
    let (row, other) = (rows(&[row.to_vec()]), rows(&[other]));
    let (row, key) = (row.repeat_dim(0, ROWS), RandomKey::new(90));
    let found = question.run_batch(machine, row, &mask(&[changed]), other, key);
    found.expect("whole sites")
}

fn question(sweeps: usize, repeats: usize) -> Counterfactual {
    Counterfactual {
        abduction: 30,
        sweeps,
        repeats,
    }
}

#[test]
fn a_change_to_the_observed_values_has_no_effect() {
    for (name, machine) in machines_of_six() {
        let row = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
        let found = ask(&machine, &row, &[1.0, 0.0], question(7, 2));
        for (here, there) in found.factual.iter().zip(&found.counterfactual) {
            assert_eq!(here.to_data(), there.to_data(), "{name}");
        }
        let error = found.standard_error.expect("two repeats");
        let zeros = [found.effect, error].map(|x| read(&x).concat());
        assert!(
            zeros.concat().iter().all(|&x| x == 0.0),
            "{name}: {zeros:?}"
        );
    }
}

/// Columns of factual and counterfactual samples that are equal to the bit, and others that are not.
fn check_apart(found: &CounterfactualSamples, apart: std::ops::Range<usize>, what: &str) {
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
fn units_that_are_not_connected_with_the_change_stay_as_they_are() {
    let coins = LayerKind::bernoulli(3);
    let normal = LayerKind::gaussian(2);
    // Two machines side by side.
    let kinds = [coins, LayerKind::bernoulli(4), normal, coins];
    let edges = [(0, 1), (2, 3)];
    let machine = machines::graph(&kinds, &edges, vec![0, 2], 1.5, true, RandomKey::new(91));
    let row = [1.0, 0.0, 1.0, 0.3, -0.2];
    check_apart(
        &ask(&machine, &row, &[0.0], question(10, 2)),
        3..5,
        "two layers",
    );

    // Two halves of the same layers.
    let kinds = [LayerKind::bernoulli(6), LayerKind::bernoulli(4)];
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
            let errors = found.standard_error.as_ref().expect("several repeats");
            let (effects, errors) = (column(&found.effect, i), column(errors, i));
            statistics::assert_mean(&effects, exact, &what);
            // A squared standard error is right on average.
            let excess = effects.iter().zip(&errors);
            let excess = excess.map(|(effect, error)| (effect - exact).powi(2) - error.powi(2));
            statistics::assert_mean(
                &excess.collect::<Vec<f64>>(),
                0.0,
                &format!("{what}, error"),
            );
            for (samples, mean) in [(&found.factual, here[i]), (&found.counterfactual, there[i])] {
                let draws = samples.iter().flat_map(|x| column(x, i));
                statistics::assert_mean(&draws.collect::<Vec<f64>>(), mean, &what);
            }
        }
    }
}

/// Chains with the same keys differ less than chains with their own.
#[test]
fn common_random_numbers_reduce_the_variance_of_effects() {
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

/// A data set that is read in chunks gives what its rows give in one batch, and their average.
#[test]
fn a_data_set_is_sampled_as_one_batch_of_its_rows() {
    let (_, machine) = machines_of_six().swap_remove(1);
    let pattern = [
        vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0],
        vec![0.0, 1.0, 1.0, 1.0, 0.0, 0.0],
    ];
    let all: Vec<Vec<f64>> = pattern.iter().cycle().take(1300).cloned().collect();
    let (question, key) = (question(3, 2), RandomKey::new(93));
    let changed = mask(&[vec![true, false, false, true, true, true]]);
    let values = rows(&[vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0]]);
    let whole = question
        .run_batch(&machine, rows(&all), &changed, values, key)
        .expect("whole sites");

    let gap = f32::NAN;
    let change = [1.0, gap, gap, 0.0, 1.0, 0.0];
    let (table, mut average, mut progress) = (table(&all), AverageEffect::default(), Silent);
    let answers = question.run(&machine, &table, &change, key, &mut progress);
    let (mut effects, mut last) = (Vec::new(), Vec::new());
    for part in answers.expect("valid settings") {
        let part = part.expect("complete rows");
        assert_eq!(part.first_row, effects.len());
        average.add(&part);
        effects.extend(read(&part.effect));
        last.extend(read(&part.counterfactual[1]));
    }
    assert_eq!(effects, read(&whole.effect));
    assert_eq!(last, read(&whole.counterfactual[1]));

    let errors = read(&whole.standard_error.expect("two repeats"));
    let (rows, error) = (all.len() as f64, average.standard_error().expect("errors"));
    assert_eq!(average.rows(), all.len());
    for unit in 0..6 {
        let mean = effects.iter().map(|row| row[unit]).sum::<f64>() / rows;
        assert!((average.effect()[unit] - mean).abs() < 1e-6, "unit {unit}");
        let squares: f64 = errors.iter().map(|row| row[unit].powi(2)).sum();
        assert!(
            (error[unit] - squares.sqrt() / rows).abs() < 1e-6,
            "unit {unit}"
        );
    }
}

#[test]
fn a_single_repeat_has_no_standard_error() {
    let (_, machine) = machines_of_six().swap_remove(0);
    let row = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
    let found = ask(&machine, &row, &[0.0], question(3, 1));
    assert!(found.standard_error.is_none());
    let mut average = AverageEffect::default();
    average.add(&found);
    assert!(average.standard_error().is_none());
    assert!(average.effect().iter().all(|effect| effect.is_finite()));
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let (_, machine) = machines_of_six().swap_remove(0);
    let row = vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
    let shown = rows(std::slice::from_ref(&row));
    let changed = mask(&[vec![false, false, false, true, false, false]]);
    let ask = |question: Counterfactual| {
        let key = RandomKey::new(0);
        question
            .run_batch(&machine, shown.clone(), &changed, shown.clone(), key)
            .expect_err("a fault")
    };
    assert!(matches!(
        ask(question(1, 1)),
        InferenceError::PartOfSite {
            row: 1,
            column: 4,
            width: 3,
        }
    ));
    assert!(matches!(ask(question(1, 0)), InferenceError::NoRepeats));
    assert!(matches!(ask(question(0, 1)), InferenceError::NoSweeps));

    let gap = f32::NAN;
    let run = |row: &[f64], change: &[f32]| {
        let (table, mut progress) = (table(&[row.to_vec()]), Silent);
        let answers =
            question(1, 1).run(&machine, &table, change, RandomKey::new(0), &mut progress);
        match answers {
            Err(error) => error.to_string(),
            Ok(mut answers) => match answers.next() {
                Some(Err(error)) => error.to_string(),
                _ => panic!("no fault"),
            },
        }
    };
    let change = [1.0, gap, gap, gap, gap, gap];
    let mut missing = row.clone();
    missing[2] = f64::NAN;
    assert_eq!(
        run(&missing, &change),
        "rows: row 1, column 3: the value is missing, but a counterfactual needs it: impute missing \
         values first"
    );
    assert_eq!(
        run(&row, &[0.5, gap, gap, gap, gap, gap]),
        "given values: row 1, column 1 holds 0.5, but a Bernoulli unit takes 0 or 1"
    );
    assert_eq!(
        run(&row, &[gap; 5]),
        "5 values are given, but the machine has 6 visible units"
    );
}
