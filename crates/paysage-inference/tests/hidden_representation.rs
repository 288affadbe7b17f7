//! Hidden representations, against sums over all states.

mod common;

use common::{COINS, HIDDEN, discrete, read, shown, table};
use paysage_inference::{
    ChainSettings, HiddenInference, HiddenRepresentation, HiddenValues, InferenceError,
};
use paysage_kernels::RandomKey;
use paysage_models::{BoltzmannMachine, Silent};
use paysage_testkit::{Oracle, machines, statistics};

const NAN: f64 = f64::NAN;

/// States of a hidden layer and their probabilities given the observed units of a row.
fn posterior(machine: &BoltzmannMachine, row: &[f64], layer: usize) -> Vec<(Vec<f64>, f64)> {
    let mut found: Vec<(Vec<f64>, f64)> = Vec::new();
    for (state, p) in Oracle::of(machine).probabilities() {
        let visible = machine.visible.iter().flat_map(|&l| state[l].clone());
        let agrees = visible.zip(row).all(|(x, y)| y.is_nan() || x == *y);
        match found.iter_mut().find(|(other, _)| *other == state[layer]) {
            _ if !agrees => {}
            Some((_, sum)) => *sum += p,
            None => found.push((state[layer].clone(), p)),
        }
    }
    let total: f64 = found.iter().map(|(_, p)| p).sum();
    found.into_iter().map(|(x, p)| (x, p / total)).collect()
}

fn means(posterior: &[(Vec<f64>, f64)]) -> Vec<f64> {
    let mean = |unit: usize| posterior.iter().map(|(x, p)| x[unit] * p).sum();
    (0..posterior[0].0.len()).map(mean).collect()
}

/// The units and standard errors of all rows.
fn represent(
    settings: HiddenRepresentation,
    machine: &BoltzmannMachine,
    rows: &[Vec<f64>],
    seed: u64,
) -> (Vec<Vec<f64>>, Vec<Option<Vec<f64>>>) {
    let (table, mut progress) = (table(rows), Silent);
    let answers = settings.run(machine, &table, RandomKey::new(seed), &mut progress);
    let (mut units, mut errors) = (Vec::new(), Vec::new());
    for part in answers.expect("valid settings") {
        let part = part.expect("valid rows");
        assert_eq!(part.first_row, units.len());
        let count = part.units.dims()[0];
        units.extend(read(&part.units));
        match part.standard_error {
            Some(error) => errors.extend(read(&error).into_iter().map(Some)),
            None => errors.extend(vec![None; count]),
        }
    }
    (units, errors)
}

const SHORT: ChainSettings = ChainSettings {
    chains: 4,
    burn_in: 30,
    sweeps: 10,
};

/// Rows with missing values: a bit, a site, bits and a site, everything.
fn incomplete() -> Vec<Vec<f64>> {
    vec![
        vec![1.0, NAN, 0.0, 0.0, 1.0, 0.0],
        vec![1.0, 0.0, 1.0, NAN, NAN, NAN],
        vec![NAN, 1.0, NAN, NAN, NAN, NAN],
        vec![NAN; 6],
    ]
}

#[test]
fn means_of_restricted_machines_are_exact() {
    for (name, machine) in discrete().into_iter().filter(|(name, _)| *name != "deep") {
        let (units, errors) = represent(HiddenRepresentation::default(), &machine, &shown(), 0);
        for ((row, found), error) in shown().iter().zip(&units).zip(&errors) {
            assert!(error.is_none());
            let exact = means(&posterior(&machine, row, 1));
            for (exact, found) in exact.iter().zip(found) {
                assert!(
                    (exact - found).abs() < 1e-6,
                    "{name}, {row:?}: {exact} {found}"
                );
            }
        }
    }
}

#[test]
fn chains_have_the_posterior_means() {
    const ALIKE: usize = 300;
    for (name, machine) in discrete() {
        let settings = HiddenRepresentation {
            inference: HiddenInference::Chains,
            chains: SHORT,
            ..Default::default()
        };
        let complete = vec![1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
        let mut questions = incomplete();
        if name == "deep" {
            questions.push(complete);
        }
        for (place, layer) in machine.hidden().into_iter().enumerate() {
            let settings = HiddenRepresentation {
                hidden_layer: Some(place + 1),
                ..settings
            };
            for row in &questions {
                let (units, errors) = represent(settings, &machine, &vec![row.clone(); ALIKE], 1);
                assert!(errors.iter().all(Option::is_some));
                let exact = means(&posterior(&machine, row, layer));
                for (unit, exact) in exact.into_iter().enumerate() {
                    let sample: Vec<f64> = units.iter().map(|row| row[unit]).collect();
                    let what = format!("{name}, layer {layer}, {row:?}, unit {unit}");
                    statistics::assert_mean(&sample, exact, &what);
                    // A squared standard error is right on average.
                    let excess = units.iter().zip(&errors).map(|(units, errors)| {
                        let error = errors.as_ref().expect("several chains")[unit];
                        (units[unit] - exact).powi(2) - error.powi(2)
                    });
                    let excess: Vec<f64> = excess.collect();
                    statistics::assert_mean(&excess, 0.0, &format!("{what}, error"));
                }
            }
        }
    }
}

#[test]
fn samples_have_the_posterior_distribution() {
    const DRAWS: usize = 4000;
    let settings = HiddenRepresentation {
        values: HiddenValues::Sample,
        chains: ChainSettings {
            chains: 1,
            burn_in: 30,
            sweeps: 1,
        },
        ..Default::default()
    };
    let complete = vec![1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
    for (name, machine) in discrete() {
        let layer = *machine.hidden().last().expect("a hidden layer");
        for row in incomplete().into_iter().chain([complete.clone()]) {
            let (units, _) = represent(settings, &machine, &vec![row.clone(); DRAWS], 2);
            let exact = posterior(&machine, &row, layer);
            let mut counts = vec![0; exact.len()];
            for draw in &units {
                let place = exact.iter().position(|(state, _)| state == draw);
                counts[place.expect("a state")] += 1;
            }
            let probabilities: Vec<f64> = exact.into_iter().map(|(_, p)| p).collect();
            let what = format!("{name}, {row:?}");
            statistics::assert_distribution(&counts, &probabilities, &what);
        }
    }
}

/// The error of mean field is of second order in the weights between hidden units.
#[test]
fn mean_field_is_close_for_weak_weights() {
    let key = RandomKey::new(130);
    let machine = machines::chain(&[COINS, HIDDEN, HIDDEN], 0.4, true, key);
    let rows = [vec![1.0, 0.0, 1.0], vec![0.0, 0.0, 0.0]];
    for (place, layer) in [(1, 1), (2, 2)] {
        let settings = HiddenRepresentation {
            hidden_layer: Some(place),
            ..Default::default()
        };
        let (units, errors) = represent(settings, &machine, &rows, 0);
        assert!(errors.iter().all(Option::is_none));
        for (row, found) in rows.iter().zip(&units) {
            for (exact, found) in means(&posterior(&machine, row, layer)).iter().zip(found) {
                assert!((exact - found).abs() < 5e-3, "{row:?}: {exact} {found}");
            }
        }
    }
}

/// Complete rows are represented exactly, whatever rows are processed together with them.
#[test]
fn complete_rows_are_exact_among_incomplete_ones() {
    let (_, machine) = discrete().swap_remove(1);
    let mut rows: Vec<Vec<f64>> = shown().into_iter().cycle().take(1300).collect();
    for row in rows.iter_mut().skip(3).step_by(9) {
        row[1] = NAN;
    }
    let settings = HiddenRepresentation {
        chains: SHORT,
        ..Default::default()
    };
    let (units, errors) = represent(settings, &machine, &rows, 3);
    assert_eq!(units.len(), rows.len());
    let exact: Vec<Vec<f64>> = shown()
        .iter()
        .map(|row| means(&posterior(&machine, row, 1)))
        .collect();
    let (mut incomplete, mut uncertain) = (0, 0);
    for (row, (found, errors)) in units.iter().zip(&errors).enumerate() {
        let certain = errors.iter().flatten().all(|&error| error == 0.0);
        if rows[row][1].is_nan() {
            incomplete += 1;
            uncertain += usize::from(!certain);
            continue;
        }
        assert!(certain, "row {row}");
        for (exact, found) in exact[row % exact.len()].iter().zip(found) {
            assert!((exact - found).abs() < 1e-6, "row {row}: {exact} {found}");
        }
    }
    // Chains may agree by chance.
    assert!(
        uncertain * 10 > incomplete * 9,
        "{uncertain} of {incomplete}"
    );
}

#[test]
fn layers_are_named_and_missing_ones_refused() {
    let (_, machine) = discrete().swap_remove(2);
    let names = |hidden_layer| {
        let settings = HiddenRepresentation {
            hidden_layer,
            ..Default::default()
        };
        settings.names(&machine)
    };
    assert_eq!(names(None).expect("the last"), ["hidden2_1", "hidden2_2"]);
    assert_eq!(
        names(Some(1)).expect("the first"),
        ["hidden1_1", "hidden1_2"]
    );
    for layer in [0, 3] {
        let error = names(Some(layer)).expect_err("no such layer");
        assert!(
            matches!(error, InferenceError::NoSuchHiddenLayer { layer: l, layers: 2 } if l == layer),
            "{error}"
        );
    }
    let alone = machines::chain(&[COINS], 0.5, false, RandomKey::new(131));
    let error = HiddenRepresentation::default().names(&alone);
    assert!(error.is_err());
}
