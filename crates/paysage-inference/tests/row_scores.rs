//! Scores of rows, against sums over all states and integrals by grid.

mod common;

use burn::tensor::Tensor;
use common::{COINS, discrete, enumerated, shown, table};
use paysage_data::Rows;
use paysage_inference::{InferenceError, PartitionFunction, RowScores, Scores};
use paysage_kernels::{RandomKey, default_device};
use paysage_layers::{AnyLayer, Bernoulli, LayerKind};
use paysage_metrics::{Annealing, Doubt, Interval, Method};
use paysage_models::{BoltzmannMachine, ExactError, Silent};
use paysage_testkit::{Oracle, machines};

const NAN: f64 = f64::NAN;

fn score(
    settings: RowScores,
    machine: &BoltzmannMachine,
    rows: &dyn Rows,
    key: RandomKey,
) -> Result<Vec<Scores>, InferenceError> {
    let mut progress = Silent;
    settings.run(machine, rows, key, &mut progress)?.collect()
}

/// Complete rows, and rows with missing values: a bit, a site, most, everything.
fn questions() -> Vec<Vec<f64>> {
    let mut rows = shown();
    rows.extend([
        vec![1.0, NAN, 0.0, 0.0, 1.0, 0.0],
        vec![1.0, 0.0, 1.0, NAN, NAN, NAN],
        vec![NAN, 1.0, NAN, NAN, NAN, NAN],
        vec![NAN; 6],
    ]);
    rows
}

/// ln p of the observed units of a row.
fn log_probability(states: &[(Vec<f64>, f64)], row: &[f64]) -> f64 {
    let agrees = |other: &[f64]| row.iter().zip(other).all(|(x, y)| x.is_nan() || x == y);
    let kept = states.iter().filter(|(other, _)| agrees(other));
    kept.map(|(_, p)| p).sum::<f64>().ln()
}

#[test]
fn scores_are_those_of_enumeration() {
    for (name, machine) in discrete() {
        let (states, log_z) = (enumerated(&machine), Oracle::of(&machine).log_partition());
        let rows = table(&questions());
        let scores = score(RowScores::default(), &machine, &rows, RandomKey::new(0));
        let [scores] = &scores.expect("scores")[..] else {
            panic!("one chunk");
        };
        assert_eq!((scores.first_row, scores.annealing), (0, None));
        let log_likelihood = scores.log_likelihood.as_ref().expect("a small machine");
        let both = scores.free_energy.iter().zip(log_likelihood);
        for (row, (free_energy, log_likelihood)) in questions().iter().zip(both) {
            let exact = log_probability(&states, row);
            let what = format!("{name}, {row:?}: {exact} {log_likelihood:?}");
            assert!((log_likelihood.value - exact).abs() < 1e-6, "{what}");
            assert!((free_energy.value + exact + log_z).abs() < 1e-6, "{what}");
            assert_eq!((log_likelihood.width(), free_energy.width()), (0.0, 0.0));
        }
    }
}

/// A missing real value is integrated over.
#[test]
fn missing_real_values_are_integrated_over() {
    let kinds = [LayerKind::gaussian(2), COINS];
    let machine = machines::chain(&kinds, 0.7, true, RandomKey::new(140));
    let oracle = Oracle::of(&machine);
    let grid = (-200..=200).map(|k| 0.1 * f64::from(k));
    let integral: f64 = grid
        .map(|y| oracle.log_sum_given(&[(0, vec![0.6, y])]).exp() * 0.1)
        .sum();
    let exact = [
        oracle.log_sum_given(&[(0, vec![0.6, -1.0])]),
        integral.ln(),
        oracle.log_partition(),
    ];
    let rows = table(&[vec![0.6, -1.0], vec![0.6, NAN], vec![NAN, NAN]]);
    let scores = score(RowScores::default(), &machine, &rows, RandomKey::new(0));
    let scores = scores.expect("scores").remove(0);
    for (found, exact) in scores.free_energy.iter().zip(exact) {
        assert!((found.value + exact).abs() < 1e-5, "{found:?} and {exact}");
    }
    // The probability of nothing at all is 1.
    let log_likelihood = scores.log_likelihood.expect("a small machine");
    assert!(log_likelihood[2].value.abs() < 1e-5);
}

/// With many seeds: exact values within the annealed bounds, which are narrow.
#[test]
fn annealed_bounds_hold() {
    let (_, machine) = discrete().swap_remove(2);
    let (states, rounds) = (enumerated(&machine), 10);
    let settings = RowScores {
        method: Method::Annealing,
        steps: 64,
        log_partition: PartitionFunction::Annealing(Annealing {
            chains: 200,
            temperatures: 50,
            ..Default::default()
        }),
        ..Default::default()
    };
    let (questions, mut held) = (questions(), 0);
    for seed in 0..rounds {
        let key = RandomKey::new(141).split(seed);
        let scores = score(settings, &machine, &table(&questions), key);
        let scores = scores.expect("scores").remove(0);
        assert_eq!(
            scores.annealing.map(|a| (a.rows, a.steps)),
            Some((questions.len(), 64))
        );
        let found = scores.log_likelihood.expect("an estimate");
        for (row, found) in questions.iter().zip(found) {
            let exact = log_probability(&states, row);
            held += usize::from(found.low <= exact && exact <= found.high);
            assert!(
                (found.value - exact).abs() < 0.4,
                "{row:?}: {exact} {found:?}"
            );
        }
    }
    let all = questions.len() * rounds as usize;
    assert!(held * 100 >= all * 95, "{held} of {all} rows");
}

#[test]
fn the_bounds_of_the_partition_function_widen_the_log_likelihood() {
    let (_, machine) = discrete().swap_remove(0);
    let rows = table(&shown());
    let known = Interval {
        low: 4.0,
        value: 4.5,
        high: 6.0,
    };
    let run = |log_partition| {
        let settings = RowScores {
            log_partition,
            ..Default::default()
        };
        let scores = score(settings, &machine, &rows, RandomKey::new(0));
        scores.expect("scores").remove(0)
    };
    let scores = run(PartitionFunction::Known(known));
    let log_likelihood = scores.log_likelihood.expect("a known ln Z");
    for (free_energy, found) in scores.free_energy.iter().zip(log_likelihood) {
        let log = -free_energy.value;
        let expected = [log - 6.0, log - 4.5, log - 4.0];
        assert_eq!([found.low, found.value, found.high], expected);
    }
    let none = run(PartitionFunction::IfExact { states: 1 });
    assert_eq!(none.log_likelihood, None);
    assert_eq!(none.free_energy, scores.free_energy);
}

/// Rows of a data set are scored alike, in whatever chunk.
#[test]
fn rows_are_scored_alike_in_every_chunk() {
    let (_, machine) = discrete().swap_remove(2);
    let rows: Vec<Vec<f64>> = questions().into_iter().cycle().take(1210).collect();
    let scores = score(
        RowScores::default(),
        &machine,
        &table(&rows),
        RandomKey::new(0),
    );
    let scores = scores.expect("scores");
    assert!(scores.len() > 1);
    let mut all = Vec::new();
    for part in scores {
        assert_eq!(part.first_row, all.len());
        all.extend(part.free_energy);
    }
    assert_eq!(all.len(), rows.len());
    for (row, found) in all.iter().enumerate() {
        let first = all[row % questions().len()];
        assert!((found.value - first.value).abs() < 1e-9, "row {row}");
    }
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let (_, machine) = discrete().swap_remove(2);
    let run = |settings: RowScores, rows: &[Vec<f64>]| {
        score(settings, &machine, &table(rows), RandomKey::new(0)).expect_err("a fault")
    };
    let exact = RowScores {
        method: Method::Exact,
        exact_states: 1,
        ..Default::default()
    };
    let error = run(exact, &shown());
    assert!(
        matches!(
            error,
            InferenceError::Exact(ExactError::TooManyStates { limit: 1, .. })
        ),
        "{error}"
    );
    let none = RowScores {
        steps: 0,
        ..Default::default()
    };
    run(none, &shown());
    // The row of the data set and not of the chunk.
    let mut rows: Vec<Vec<f64>> = shown().into_iter().cycle().take(1100).collect();
    rows[1050][2] = 0.5;
    let error = run(RowScores::default(), &rows);
    assert_eq!(
        error.to_string(),
        "rows: row 1051, column 3 holds 0.5, but a Bernoulli unit takes 0 or 1"
    );
}

#[test]
fn doubts_about_the_partition_function_are_kept() {
    let device = default_device().expect("a device");
    let layers = [30, 20].map(|units| Bernoulli::new(units, &device).into());
    let mut machine = BoltzmannMachine::<AnyLayer>::chain(layers.into()).expect("a machine");
    let rows = table(&[vec![1.0; 30], vec![0.0; 30]]);
    machine.connections[0].weight = Tensor::full([30, 20], 0.5, &device);
    let scores = |chains| {
        let settings = RowScores {
            log_partition: PartitionFunction::Annealing(Annealing {
                chains,
                temperatures: 1,
                ..Default::default()
            }),
            ..Default::default()
        };
        let scores = score(settings, &machine, &rows, RandomKey::new(3));
        scores.expect("scores").remove(0).log_partition_doubts
    };
    // Two chains are fewer than ten effective ones.
    let few = |doubt: &Doubt| matches!(doubt, Doubt::FewChains { effective } if *effective <= 2.0);
    assert!(scores(4).iter().any(few));
    let exact = score(RowScores::default(), &machine, &rows, RandomKey::new(3)).expect("scores");
    assert!(exact[0].log_partition_doubts.is_empty());
}
