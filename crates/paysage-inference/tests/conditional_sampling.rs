//! Samples given some units follow the conditional distribution.

mod common;

use burn::tensor::Tensor;
use common::{COINS, conditional, discrete, machines_of_six, read};
use paysage_inference::{ConditionalSampling, InferenceError};
use paysage_kernels::RandomKey;
use paysage_layers::LayerKind;
use paysage_models::{BoltzmannMachine, Exact, Silent, Stage};
use paysage_samplers::{Conditions, Gibbs, Sampler};
use paysage_testkit::{Oracle, machines, statistics};

const NAN: f32 = f32::NAN;

fn sample(
    sampling: ConditionalSampling,
    machine: &BoltzmannMachine,
    given: &[f32],
    seed: u64,
) -> Vec<Tensor<2>> {
    let (mut done, mut progress) = (Vec::new(), Vec::new());
    let mut each = |_: Stage, rows: usize, _: usize| progress.push(rows);
    let answers = sampling.run(machine, given, RandomKey::new(seed), &mut each);
    done.extend(answers.expect("valid").map(|part| part.expect("samples")));
    assert_eq!(progress.last(), Some(&sampling.samples));
    done
}

#[test]
fn samples_have_the_conditional_distribution() {
    let sampling = ConditionalSampling {
        samples: 4000,
        sweeps: 40,
    };
    let all = machines_of_six().into_iter().chain(discrete());
    for (name, machine) in all {
        for given in [
            [1.0, NAN, NAN, NAN, NAN, NAN],
            [NAN, NAN, NAN, 0.0, 1.0, 0.0],
            [NAN, 0.0, 1.0, 1.0, 0.0, 0.0],
            [NAN; 6],
        ] {
            let known: Vec<bool> = given.iter().map(|x| !x.is_nan()).collect();
            let row: Vec<f64> = given.iter().map(|&x| f64::from(x)).collect();
            let exact = conditional(&machine, &row, &known);
            let mut counts = vec![0; exact.len()];
            for draw in sample(sampling, &machine, &given, 150)
                .iter()
                .flat_map(read)
            {
                let place = exact.iter().position(|(state, _)| *state == draw);
                counts[place.unwrap_or_else(|| panic!("{name}: {draw:?} for {given:?}"))] += 1;
            }
            let probabilities: Vec<f64> = exact.into_iter().map(|(_, p)| p).collect();
            let what = format!("{name}, {given:?}");
            statistics::assert_distribution(&counts, &probabilities, &what);
        }
    }
}

/// A real unit given another: mean and variance by a grid.
#[test]
fn real_units_have_their_conditional_moments() {
    let kinds = [LayerKind::gaussian(2), COINS];
    let machine = machines::chain(&kinds, 0.6, true, RandomKey::new(151));
    let oracle = Oracle::of(&machine);
    let grid = (-1500..=1500).map(|k| 0.01 * f64::from(k));
    let density = |y: f64| oracle.log_sum_given(&[(0, vec![0.5, y])]).exp();
    let points: Vec<(f64, f64)> = grid.map(|y| (y, density(y))).collect();
    let sum: f64 = points.iter().map(|(_, p)| p).sum();
    let mean = points.iter().map(|(y, p)| y * p).sum::<f64>() / sum;
    let variance = points
        .iter()
        .map(|(y, p)| (y - mean).powi(2) * p)
        .sum::<f64>()
        / sum;

    let sampling = ConditionalSampling {
        samples: 4000,
        sweeps: 40,
    };
    let draws = sample(sampling, &machine, &[0.5, NAN], 152);
    let draws: Vec<Vec<f64>> = draws.iter().flat_map(read).collect();
    assert!(draws.iter().all(|row| row[0] == 0.5));
    let draws: Vec<f64> = draws.iter().map(|row| row[1]).collect();
    statistics::assert_mean(&draws, mean, "mean");
    let squares: Vec<f64> = draws.iter().map(|y| (y - mean).powi(2)).collect();
    statistics::assert_mean(&squares, variance, "variance");
}

/// Without given units these are the Gibbs samples of the machine, in however many chunks.
#[test]
fn chunks_are_parts_of_one_run_of_chains() {
    let kinds = [COINS, LayerKind::bernoulli(3000)];
    let machine = machines::chain(&kinds, 0.1, false, RandomKey::new(153));
    let sampling = ConditionalSampling {
        samples: 800,
        sweeps: 3,
    };
    let parts = sample(sampling, &machine, &[NAN; 3], 154);
    assert!(parts.len() > 1);
    let key = RandomKey::new(154);
    let chains = machine.random_state(sampling.samples, key.split(0));
    let free = Conditions::default();
    let chains = Gibbs.run(&machine, chains, &free, sampling.sweeps, key.split(1));
    let parts: Vec<Vec<f64>> = parts.iter().flat_map(read).collect();
    assert_eq!(parts, read(&machine.visible_of(&chains)));
}

/// Everything given: nothing is drawn. Nothing given to a machine without hidden layers.
#[test]
fn all_or_no_units_may_be_given() {
    let (_, machine) = discrete().swap_remove(2);
    let exact = Exact::new(&machine).expect("small");
    let row = read(&machine.visible_of(&exact.sample(1, RandomKey::new(155)))).remove(0);
    let given: Vec<f32> = row.iter().map(|&x| x as f32).collect();
    let sampling = ConditionalSampling {
        samples: 3,
        sweeps: 2,
    };
    for draw in sample(sampling, &machine, &given, 156)
        .iter()
        .flat_map(read)
    {
        assert_eq!(draw, row);
    }
    let alone = machines::chain(&[COINS], 0.5, false, RandomKey::new(157));
    let draws = sample(sampling, &alone, &[NAN, 1.0, NAN], 158);
    assert!(draws.iter().flat_map(read).all(|row| row[1] == 1.0));
}

/// Several rows of given values: sample i is the one that row i of them has alone.
#[test]
fn rows_of_given_values_take_turns() {
    let kinds = [COINS, LayerKind::bernoulli(3000)];
    let machine = machines::chain(&kinds, 0.1, false, RandomKey::new(159));
    let sampling = ConditionalSampling {
        samples: 800,
        sweeps: 2,
    };
    let given = [[1.0, NAN, NAN], [NAN, NAN, 0.0], [NAN; 3]];
    let draws = |given: &[f32]| -> Vec<Vec<f64>> {
        let parts = sample(sampling, &machine, given, 160);
        parts.iter().flat_map(read).collect()
    };
    let alone = given.each_ref().map(|row| draws(row));
    let found = draws(given.as_flattened());
    assert_eq!(found.len(), 800);
    for (row, found) in found.iter().enumerate() {
        assert_eq!(*found, alone[row % 3][row], "row {row}");
    }
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let (_, machine) = discrete().swap_remove(0);
    let fault = |samples, sweeps, given: &[f32]| {
        let mut progress = Silent;
        let sampling = ConditionalSampling { samples, sweeps };
        match sampling.run(&machine, given, RandomKey::new(0), &mut progress) {
            Err(error) => error,
            Ok(_) => panic!("no fault"),
        }
    };
    let free = [NAN; 6];
    assert!(matches!(fault(0, 1, &free), InferenceError::NoSamples));
    assert!(matches!(fault(1, 0, &free), InferenceError::NoSweeps));
    assert!(matches!(
        fault(1, 1, &[NAN; 5]),
        InferenceError::GivenWidth {
            found: 5,
            expected: 6,
        }
    ));
    for given in [
        [2.0, NAN, NAN, NAN, NAN, NAN],
        [NAN, NAN, NAN, 1.0, NAN, 0.0],
        [NAN, NAN, NAN, 1.0, 1.0, 0.0],
        [f32::INFINITY, NAN, NAN, NAN, NAN, NAN],
    ] {
        let error = fault(1, 1, &given);
        assert!(matches!(error, InferenceError::Data(_)), "{error}");
    }
}
