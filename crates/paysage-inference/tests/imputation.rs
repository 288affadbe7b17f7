//! Imputed values follow the conditional distribution.

mod common;

use burn::tensor::{Bool, Tensor};
use common::{conditional, machines_of_six, mask, means, read, rows, table};
use paysage_inference::{ChainSettings, Imputation, Imputed, InferenceError, check_sites};
use paysage_kernels::RandomKey;
use paysage_layers::{LayerKind, OneHot};
use paysage_models::{BoltzmannMachine, Exact, Stage};
use paysage_testkit::{Oracle, OracleLayer, machines, statistics};

const NAN: f64 = f64::NAN;

/// Rows of six visible units with other missing units in each; the last row has no observed unit.
fn questions() -> (Vec<Vec<f64>>, Vec<Vec<bool>>) {
    let rows = vec![
        vec![1.0, 0.0, NAN, 0.0, 1.0, 0.0],
        vec![NAN, 1.0, NAN, NAN, NAN, NAN],
        vec![0.0, NAN, 1.0, NAN, NAN, NAN],
        vec![NAN, NAN, NAN, 1.0, 0.0, 0.0],
        vec![NAN; 6],
    ];
    let known = |row: &Vec<f64>| row.iter().map(|x| !x.is_nan()).collect();
    let known = rows.iter().map(known).collect();
    (rows, known)
}

#[test]
fn draws_have_the_joint_distribution_of_the_missing_units() {
    const EACH: usize = 4000;
    let (asked, known) = questions();
    for (name, machine) in machines_of_six() {
        let chains = ChainSettings {
            chains: 1,
            burn_in: 30,
            sweeps: 1,
        };
        // Row by row another question.
        let all = Imputation { chains }.run_batch(
            &machine,
            rows(&vec![asked.clone(); EACH].concat()),
            &mask(&vec![known.clone(); EACH].concat()),
            RandomKey::new(80),
        );
        let draws = read(&all.expect("whole sites").draws[0]);
        for (question, (row, known)) in asked.iter().zip(&known).enumerate() {
            let exact = conditional(&machine, row, known);
            let mut counts = vec![0; exact.len()];
            for draw in draws.iter().skip(question).step_by(asked.len()) {
                let place = exact.iter().position(|(state, _)| state == draw);
                counts[place.unwrap_or_else(|| panic!("{name}: {draw:?} for {row:?}"))] += 1;
            }
            let probabilities: Vec<f64> = exact.into_iter().map(|(_, p)| p).collect();
            let what = format!("{name}, question {question}");
            statistics::assert_distribution(&counts, &probabilities, &what);
        }
    }
}

/// Number of equal rows that are imputed, with a few short chains for each.
const ALIKE: usize = 300;

fn impute(
    machine: &BoltzmannMachine,
    rows: Tensor<2>,
    observed: &Tensor<2, Bool>,
    seed: u64,
) -> Imputed {
    let chains = ChainSettings {
        chains: 4,
        burn_in: 30,
        sweeps: 10,
    };
    let imputed = Imputation { chains }.run_batch(machine, rows, observed, RandomKey::new(seed));
    imputed.expect("whole sites")
}

/// Checks the mean and the variance of one unit of rows that are all alike.
fn check_moments(imputed: &Imputed, unit: usize, mean: f64, variance: f64, what: &str) {
    let column = |x: &Tensor<2>| -> Vec<f64> { read(x).iter().map(|row| row[unit]).collect() };
    statistics::assert_mean(&column(&imputed.mean), mean, what);
    // About a mean that itself errs, the variance is too small by the variance of the error.
    let errors = imputed.standard_error.as_ref().expect("several chains");
    let pairs = column(&imputed.standard_deviation)
        .into_iter()
        .zip(column(errors));
    let variances = pairs.map(|(deviation, error)| deviation.powi(2) + error.powi(2));
    let what = format!("{what}, variance");
    statistics::assert_mean(&variances.collect::<Vec<f64>>(), variance, &what);
}

#[test]
fn means_spreads_and_modes_are_those_of_the_conditional_distribution() {
    let (asked, known) = questions();
    for (name, machine) in machines_of_six() {
        for (q, (row, known)) in asked.iter().zip(&known).enumerate() {
            let alike = rows(&vec![row.clone(); ALIKE]);
            let imputed = impute(&machine, alike, &mask(std::slice::from_ref(known)), 81);
            let exact = means(&conditional(&machine, row, known));
            for (i, mean) in exact.into_iter().enumerate() {
                let what = format!("{name}, question {q}, unit {i}");
                check_moments(&imputed, i, mean, mean * (1.0 - mean), &what);
            }
            let pairs = read(&imputed.mean).into_iter().zip(read(&imputed.mode));
            for (mean, mode) in pairs {
                let what = format!("{name}, question {q}: {mean:?} and {mode:?}");
                assert!(
                    (0..3).all(|i| mode[i] == f64::from(mean[i] >= 0.5)),
                    "{what}"
                );
                let best = mean[3..].iter().copied().fold(0.0, f64::max);
                let likeliest = |i: usize| mode[i] == f64::from(mean[i] == best);
                assert!((3..6).all(likeliest), "{what}");
            }
        }
    }
}

#[test]
fn nothing_known_gives_the_marginals_and_everything_known_gives_the_rows() {
    let (_, machine) = machines_of_six().swap_remove(1);
    let exact = Exact::new(&machine).expect("small");
    let nothing = mask(&[vec![false; 6]]);
    let imputed = impute(&machine, rows(&vec![vec![NAN; 6]; ALIKE]), &nothing, 82);
    let marginals = machine.visible.iter().flat_map(|&l| {
        let mean = exact.means().swap_remove(l);
        mean.into_data().iter::<f64>().collect::<Vec<f64>>()
    });
    for (i, mean) in marginals.enumerate() {
        check_moments(&imputed, i, mean, mean * (1.0 - mean), &format!("unit {i}"));
    }

    let shown = machine.visible_of(&exact.sample(20, RandomKey::new(83)));
    let everything = mask(&[vec![true; 6]]);
    let imputed = impute(&machine, shown.clone(), &everything, 83);
    let same = |x: &Tensor<2>| assert_eq!(x.to_data(), shown.to_data());
    imputed.draws.iter().for_each(same);
    same(&imputed.mean);
    same(&imputed.mode);
    assert!(
        read(&imputed.standard_deviation)
            .concat()
            .iter()
            .all(|&d| d == 0.0)
    );
}

/// Of Gaussian units that meet Gaussian ones: the mean and the precision of the visible units, from
/// the joint density exp(−½ xᵀΛx + l·x) by completing the square.
fn normal(machine: &BoltzmannMachine) -> (Vec<f64>, Vec<Vec<f64>>) {
    let oracle = Oracle::of(machine);
    let [
        OracleLayer::Gaussian {
            loc,
            variance,
            center,
        },
        OracleLayer::Gaussian {
            loc: b,
            variance: t,
            center: d,
        },
    ] = &oracle.layers[..]
    else {
        panic!("two Gaussian layers");
    };
    let pull = |i: usize, j: usize| oracle.connections[0].2[i][j] / (variance[i] * t[j]);
    let hidden = |j: usize| {
        let centers = (0..loc.len()).map(|i| pull(i, j) * center[i]).sum::<f64>();
        b[j] / t[j] - centers
    };
    let linear = (0..loc.len()).map(|i| {
        let pulled = (0..b.len()).map(|j| pull(i, j) * (t[j] * hidden(j) - d[j]));
        loc[i] / variance[i] + pulled.sum::<f64>()
    });
    let precision = |i: usize, k: usize| {
        let shared: f64 = (0..b.len()).map(|j| pull(i, j) * t[j] * pull(k, j)).sum();
        if i == k {
            1.0 / variance[i] - shared
        } else {
            -shared
        }
    };
    let row = |i: usize| (0..loc.len()).map(|k| precision(i, k)).collect();
    (linear.collect(), (0..loc.len()).map(row).collect())
}

#[test]
fn gaussian_units_have_their_normal_distribution() {
    let kinds = [LayerKind::gaussian(3), LayerKind::gaussian(2)];
    let machine = machines::chain(&kinds, 0.25, true, RandomKey::new(84));
    machine.check_normalizable().expect("weak weights");
    let (linear, precision) = normal(&machine);
    let asked = [vec![0.7, NAN, NAN], vec![NAN, -1.0, 0.4]];
    let known = asked
        .clone()
        .map(|row| row.iter().map(|x| !x.is_nan()).collect());
    // Λ_uu x_u = l_u − Λ_uk x_k, of one missing unit and of two.
    let rest = |row: &[f64], i: usize| {
        let known = (0..3).filter(|&k| !row[k].is_nan());
        linear[i] - known.map(|k| precision[i][k] * row[k]).sum::<f64>()
    };
    let [a, b, c] = [precision[1][1], precision[1][2], precision[2][2]];
    let determinant = a * c - b * b;
    let (first, second) = (rest(&asked[0], 1), rest(&asked[0], 2));
    let expected = [
        (
            0,
            1,
            (c * first - b * second) / determinant,
            c / determinant,
        ),
        (
            0,
            2,
            (a * second - b * first) / determinant,
            a / determinant,
        ),
        (
            1,
            0,
            rest(&asked[1], 0) / precision[0][0],
            1.0 / precision[0][0],
        ),
    ];

    for (row, unit, mean, variance) in expected {
        let alike = rows(&vec![asked[row].clone(); ALIKE]);
        let imputed = impute(&machine, alike, &mask(&known[row..=row]), 85);
        let what = format!("row {row}, unit {unit}");
        check_moments(&imputed, unit, mean, variance, &what);
        let draws = imputed.draws.iter().flat_map(read).map(|row| row[unit]);
        let draws: Vec<f64> = draws.collect();
        statistics::assert_mean(&draws, mean, &what);
        let squares: Vec<f64> = draws.iter().map(|x| (x - mean).powi(2)).collect();
        statistics::assert_mean(&squares, variance, &format!("{what}, squares"));
    }
}

#[test]
fn a_part_of_rows_is_imputed_as_within_all_of_them() {
    let (_, machine) = machines_of_six().swap_remove(0);
    let (asked, known) = questions();
    let chains = ChainSettings {
        chains: 2,
        burn_in: 3,
        sweeps: 4,
    };
    let (imputation, key) = (Imputation { chains }, RandomKey::new(86));
    let all = imputation
        .run_batch(&machine, rows(&asked), &mask(&known), key)
        .expect("whole sites");
    let (last, key) = (rows(&asked[3..]), key.starting_at(3));
    let last = imputation
        .run_batch(&machine, last, &mask(&known[3..]), key)
        .expect("whole sites");
    for (whole, part) in all.draws.iter().zip(&last.draws) {
        assert_eq!(read(whole)[3..], read(part));
    }
}

/// A data set that is read in chunks gives what its rows give in one batch.
#[test]
fn a_data_set_is_imputed_as_one_batch_of_its_rows() {
    let (_, machine) = machines_of_six().swap_remove(1);
    let (asked, _) = questions();
    // More rows than are processed at once, the first of them complete.
    let complete = vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
    let missing = asked.iter().cycle().take(1700).cloned();
    let all: Vec<Vec<f64>> = vec![complete; 1100].into_iter().chain(missing).collect();
    let known: Vec<Vec<bool>> = all
        .iter()
        .map(|row| row.iter().map(|x| !x.is_nan()).collect())
        .collect();
    let chains = ChainSettings {
        chains: 2,
        burn_in: 2,
        sweeps: 3,
    };
    let (imputation, key) = (Imputation { chains }, RandomKey::new(87));
    let whole = imputation
        .run_batch(&machine, rows(&all), &mask(&known), key)
        .expect("whole sites");

    let table = table(&all);
    let (mut done, mut next) = (Vec::new(), 0);
    let mut progress = |_: Stage, rows: usize, _: usize| done.push(rows);
    let answers = imputation.run(&machine, &table, key, &mut progress);
    for part in answers.expect("valid settings") {
        let part = part.expect("valid rows");
        let rows = part.mean.dims()[0];
        assert_eq!(part.first_row, next);
        let same = |part: &Tensor<2>, whole: &Tensor<2>| {
            let whole = whole.clone().narrow(0, next, rows);
            assert_eq!(read(part), read(&whole), "rows from {next}");
        };
        same(&part.mean, &whole.mean);
        same(&part.mode, &whole.mode);
        same(&part.standard_deviation, &whole.standard_deviation);
        let errors = part.standard_error.zip(whole.standard_error.clone());
        let (part_error, whole_error) = errors.expect("two chains");
        same(&part_error, &whole_error);
        assert_eq!(part.draws.len(), 2);
        part.draws
            .iter()
            .zip(&whole.draws)
            .for_each(|(part, whole)| same(part, whole));
        next += rows;
    }
    assert_eq!(next, all.len());
    assert!(done.len() > 1 && done.last() == Some(&all.len()));
}

#[test]
fn a_single_chain_has_no_standard_error() {
    let (_, machine) = machines_of_six().swap_remove(0);
    let (asked, known) = questions();
    let chains = ChainSettings {
        chains: 1,
        burn_in: 0,
        sweeps: 2,
    };
    let imputed = Imputation { chains }
        .run_batch(&machine, rows(&asked), &mask(&known), RandomKey::new(88))
        .expect("whole sites");
    assert!(imputed.standard_error.is_none());
    let values = [imputed.mean, imputed.standard_deviation].map(|x| read(&x).concat());
    assert!(values.concat().iter().all(|x| x.is_finite()));
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let device = machines::device();
    let machine =
        BoltzmannMachine::chain(vec![OneHot::new(2, 3, &device), OneHot::new(1, 2, &device)]);
    let machine = machine.expect("valid");
    let (yes, no) = (true, false);
    let known = mask(&[vec![no; 6], vec![yes, yes, yes, no, yes, no]]);
    let error = check_sites(&machine, &known).expect_err("half a site");
    assert_eq!(
        error.to_string(),
        "row 2: the site of 3 units that starts at column 4 is given in part: give all of its units \
         or none"
    );
    let impute = |chains: ChainSettings| {
        Imputation { chains }
            .run_batch(
                &machine,
                Tensor::zeros([2, 6], &device),
                &known,
                RandomKey::new(0),
            )
            .expect_err("a fault")
    };
    let settings = ChainSettings::default();
    assert_eq!(impute(settings).to_string(), error.to_string());
    let none = ChainSettings {
        chains: 0,
        ..settings
    };
    assert!(matches!(impute(none), InferenceError::NoChains));
    let none = ChainSettings {
        sweeps: 0,
        ..settings
    };
    assert!(matches!(impute(none), InferenceError::NoSweeps));
}
