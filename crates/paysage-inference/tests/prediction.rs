//! Predictions, against sums over all states and integrals by grid.

mod common;

use burn::tensor::Tensor;
use common::{COINS, HIDDEN, discrete, enumerated, exact, read, rows, shown, table};
use paysage_data::{Column, ColumnKind, Columns, Layout, Schema};
use paysage_inference::{
    ChainSettings, DiscretePrediction, InferenceError, Prediction, PredictionScores, Predictor,
    RealValue, outcome_names,
};
use paysage_kernels::RandomKey;
use paysage_layers::{Bernoulli, LayerKind};
use paysage_models::{BoltzmannMachine, Silent};
use paysage_testkit::{Oracle, machines, statistics};

const KEY: RandomKey = RandomKey::new(0);

fn predict(
    predictor: Predictor,
    machine: &BoltzmannMachine,
    rows: &Tensor<2>,
    targets: &[usize],
    key: RandomKey,
) -> Prediction {
    let found = predictor.run_batch(machine, rows, targets, key);
    found.expect("a prediction")
}

fn predict_discrete(
    predictor: Predictor,
    machine: &BoltzmannMachine,
    rows: &Tensor<2>,
    targets: &[usize],
    key: RandomKey,
) -> DiscretePrediction {
    let found = predict(predictor, machine, rows, targets, key);
    assert!(found.real.is_none());
    found.discrete.expect("discrete targets")
}

/// Predictions by chains, whatever could be summed.
const BY_CHAINS: Predictor = Predictor {
    exact_states: 0,
    coverage: 0.9,
    chains: ChainSettings {
        chains: 4,
        burn_in: 30,
        sweeps: 10,
    },
};

#[test]
fn predictions_are_conditional_distributions() {
    let shown = shown();
    for (name, machine) in discrete() {
        let states = enumerated(&machine);
        for (columns, pattern) in [(vec![3, 4, 5], "bbbaaa"), (vec![2, 0], "ababbb")] {
            let device_rows = rows(&shown);
            let found =
                predict_discrete(Predictor::default(), &machine, &device_rows, &columns, KEY);
            assert!(found.exact && found.standard_error.is_none());
            let probabilities = read(&found.probabilities);
            let outcomes = found.outcome_values();
            let mut right = 0;
            for (place, (row, probabilities)) in shown.iter().zip(&probabilities).enumerate() {
                let sum: f64 = probabilities.iter().sum();
                assert!((sum - 1.0).abs() < 1e-6, "{name}: {sum}");
                let expected = outcomes.iter().map(|outcome| {
                    let mut row = row.clone();
                    for (&column, &value) in found.columns.iter().zip(outcome) {
                        row[column] = f64::from(value);
                    }
                    (exact(&states, &row, pattern).exp(), row)
                });
                let expected: Vec<(f64, Vec<f64>)> = expected.collect();
                for ((p, _), found) in expected.iter().zip(probabilities) {
                    assert!((p - found).abs() < 1e-6, "{name}, {pattern}: {p} {found}");
                }
                let truth = expected.iter().position(|(_, outcome)| outcome == row);
                assert_eq!(found.truth[place], truth);
                let best = expected.iter().max_by(|a, b| a.0.total_cmp(&b.0));
                right += usize::from(best.is_some_and(|(_, best)| best == row));
            }
            let accuracy = right as f64 / shown.len() as f64;
            assert_eq!(found.accuracy(), Some(accuracy), "{name}, {pattern}");
        }
    }
}

#[test]
fn a_single_outcome_is_certain() {
    let kinds = [LayerKind::onehot(1, 1), COINS];
    let machine = machines::chain(&kinds, 0.8, true, RandomKey::new(114));
    let shown = rows(&[vec![1.0]]);
    let found = predict_discrete(Predictor::default(), &machine, &shown, &[0], KEY);
    assert_eq!(read(&found.probabilities), [[1.0]]);
}

#[test]
fn chains_predict_the_same() {
    const ALIKE: usize = 300;
    for (name, machine) in discrete() {
        let deep = name == "deep";
        let row = rows(&[vec![1.0, 0.0, 1.0, 0.0, 1.0, 0.0]]);
        for columns in [vec![3, 4, 5], vec![0, 2], vec![1, 3, 4, 5]] {
            let exact = predict_discrete(Predictor::default(), &machine, &row, &columns, KEY);
            let (alike, key) = (row.clone().repeat_dim(0, ALIKE), RandomKey::new(110));
            let found = predict_discrete(BY_CHAINS, &machine, &alike, &columns, key);
            assert_eq!(found.standard_error.is_some(), deep, "{name}");
            assert_eq!(found.exact, !deep, "{name}");
            let columns = found.probabilities.dims()[1];
            let (found, exact) = (read(&found.probabilities), read(&exact.probabilities));
            for outcome in 0..columns {
                let sample: Vec<f64> = found.iter().map(|row| row[outcome]).collect();
                let what = format!("{name}, outcome {outcome} of {columns}");
                statistics::assert_mean(&sample, exact[0][outcome], &what);
            }
        }
    }
}

/// Two connected target columns below a deep machine.
#[test]
fn chains_predict_connected_columns_together() {
    let kinds = [HIDDEN; 4];
    let edges = [(0, 1), (0, 2), (1, 2), (2, 3)];
    let machine = machines::graph(&kinds, &edges, vec![0, 1], 1.2, true, RandomKey::new(111));
    let row = rows(&[vec![1.0, 0.0, 1.0, 0.0]]);
    let columns = [1, 2];
    let exact = predict_discrete(Predictor::default(), &machine, &row, &columns, KEY);
    let (rows, key) = (row.repeat_dim(0, 300), RandomKey::new(112));
    let found = predict_discrete(BY_CHAINS, &machine, &rows, &columns, key);
    assert!(found.standard_error.is_some());
    let (found, exact) = (read(&found.probabilities), read(&exact.probabilities));
    for outcome in 0..4 {
        let sample: Vec<f64> = found.iter().map(|row| row[outcome]).collect();
        statistics::assert_mean(&sample, exact[0][outcome], &format!("outcome {outcome}"));
    }
}

/// Mean, standard deviation and central interval of a density by the trapezoid rule.
fn by_grid(log_density: impl Fn(f64) -> f64, coverage: f64) -> RealValue {
    const SPACING: f64 = 0.01;
    let points: Vec<f64> = (-2500..=2500).map(|k| f64::from(k) * SPACING).collect();
    let logs: Vec<f64> = points.iter().map(|&x| log_density(x)).collect();
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logs.iter().map(|log| (log - largest).exp()).collect();
    let sum: f64 = weights.iter().sum();
    let mean_of = |f: &dyn Fn(f64) -> f64| {
        let terms = points.iter().zip(&weights).map(|(&x, w)| w * f(x));
        terms.sum::<f64>() / sum
    };
    let mean = mean_of(&|x| x);
    let quantile = |p: f64| {
        // Half of the weight of a point is below it.
        let mut below = 0.0;
        for (x, weight) in points.iter().zip(&weights) {
            let next = below + weight / sum;
            if next - 0.5 * weight / sum >= p {
                return x - SPACING * ((next - 0.5 * weight / sum - p) / (weight / sum));
            }
            below = next;
        }
        f64::NAN
    };
    RealValue {
        mean,
        standard_deviation: mean_of(&|x| (x - mean).powi(2)).sqrt(),
        low: quantile(0.5 - 0.5 * coverage),
        high: quantile(0.5 + 0.5 * coverage),
        standard_error: None,
    }
}

fn assert_close(found: &RealValue, expected: &RealValue, margin: f64, what: &str) {
    let numbers = |x: &RealValue| [x.mean, x.standard_deviation, x.low, x.high];
    for (found, expected) in numbers(found).into_iter().zip(numbers(expected)) {
        assert!(
            (found - expected).abs() < margin,
            "{what}: {found} is not {expected}"
        );
    }
}

/// Real units with strong weights, so that predictive distributions have several modes.
fn real_machine() -> BoltzmannMachine {
    let kinds = [LayerKind::gaussian(2), COINS];
    machines::chain(&kinds, 1.3, true, RandomKey::new(120))
}

#[test]
fn real_columns_have_their_predictive_distribution() {
    let machine = real_machine();
    let oracle = Oracle::of(&machine);
    let shown = [vec![0.4, f64::NAN], vec![-1.5, 2.0]];
    let found = predict(Predictor::default(), &machine, &rows(&shown), &[1], KEY);
    assert!(found.discrete.is_none());
    let real = found.real.expect("a real target");
    assert!(real.exact && real.columns == [1]);
    assert!(real.truth[0][0].is_nan() && real.truth[1][0] == 2.0);
    for (row, found) in shown.iter().zip(&real.rows) {
        let expected = by_grid(|y| oracle.log_sum_given(&[(0, vec![row[0], y])]), 0.9);
        assert_close(&found[0], &expected, 1e-3, &format!("{row:?}"));
    }
    // Both columns at once: each has its marginal distribution, whatever the row.
    let coverage = 0.5;
    let predictor = Predictor {
        coverage,
        ..Predictor::default()
    };
    let real = predict(predictor, &machine, &rows(&shown), &[0, 1], KEY).real;
    let real = real.expect("real targets");
    assert_eq!(real.rows[0], real.rows[1]);
    let marginal = |x: f64| {
        let other = (-48..=48).map(|k| oracle.log_sum_given(&[(0, vec![x, 0.25 * f64::from(k)])]));
        other.map(f64::exp).sum::<f64>().ln()
    };
    let expected = by_grid(marginal, coverage);
    assert_close(&real.rows[0][0], &expected, 1e-3, "marginal");
}

#[test]
fn chains_predict_real_columns() {
    let machine = real_machine();
    let row = vec![0.4, f64::NAN];
    let exact = predict(
        Predictor::default(),
        &machine,
        &rows(std::slice::from_ref(&row)),
        &[1],
        KEY,
    );
    let exact = exact.real.expect("a real target").rows[0][0];
    let (alike, key) = (rows(&vec![row; 300]), RandomKey::new(121));
    let found = predict(BY_CHAINS, &machine, &alike, &[1], key).real;
    let found = found.expect("a real target");
    assert!(!found.exact);
    let means: Vec<f64> = found.rows.iter().map(|row| row[0].mean).collect();
    statistics::assert_mean(&means, exact.mean, "mean");
    // About its own mean a sample varies less, by the variance of the mean.
    let variances = found.rows.iter().map(|row| {
        let error = row[0].standard_error.expect("several chains");
        row[0].standard_deviation.powi(2) + error.powi(2)
    });
    let variances: Vec<f64> = variances.collect();
    statistics::assert_mean(&variances, exact.standard_deviation.powi(2), "variance");

    // Long chains have the quantiles of the distribution.
    let long = Predictor {
        chains: ChainSettings {
            chains: 20,
            burn_in: 50,
            sweeps: 1000,
        },
        ..BY_CHAINS
    };
    let row = alike.narrow(0, 0, 1);
    let found = predict(long, &machine, &row, &[1], RandomKey::new(122)).real;
    let found = found.expect("a real target").rows[0][0];
    assert_close(&found, &exact, 0.1, "long chains");
}

/// A one-hot site and a real unit as targets: each with the other summed or integrated over.
#[test]
fn discrete_and_real_columns_are_predicted_together() {
    let kinds = [
        LayerKind::gaussian(1),
        HIDDEN,
        LayerKind::onehot(1, 3),
        LayerKind::bernoulli(2),
    ];
    let edges = [(0, 1), (2, 1), (3, 1)];
    let machine = machines::graph(
        &kinds,
        &edges,
        vec![0, 2, 3],
        1.0,
        true,
        RandomKey::new(123),
    );
    let oracle = Oracle::of(&machine);
    let row = vec![f64::NAN, f64::NAN, f64::NAN, f64::NAN, 1.0, 0.0];
    let coins = (3, vec![1.0, 0.0]);
    let site = |k: usize| (2, (0..3).map(|i| f64::from(i == k)).collect::<Vec<f64>>());
    let log_sums = [0, 1, 2].map(|k| oracle.log_sum_given(&[coins.clone(), site(k)]));
    let total: f64 = log_sums.iter().map(|log| log.exp()).sum();
    let density = |x: f64| oracle.log_sum_given(&[coins.clone(), (0, vec![x])]);
    let expected = by_grid(density, 0.9);

    let targets = [0, 1, 2, 3];
    let found = predict(
        Predictor::default(),
        &machine,
        &rows(std::slice::from_ref(&row)),
        &targets,
        KEY,
    );
    let (site, real) = (
        found.discrete.expect("a site"),
        found.real.expect("a number"),
    );
    assert!(site.exact && real.exact);
    assert_eq!((site.columns, real.columns), (vec![1, 2, 3], vec![0]));
    assert_eq!(site.truth, [None]);
    let probabilities = read(&site.probabilities).remove(0);
    for (found, log_sum) in probabilities.iter().zip(log_sums) {
        assert!((found - log_sum.exp() / total).abs() < 1e-6);
    }
    assert_close(&real.rows[0][0], &expected, 1e-3, "exact");

    let (alike, key) = (rows(&vec![row; 300]), RandomKey::new(124));
    let chains = Predictor {
        exact_states: 0,
        ..BY_CHAINS
    };
    let found = predict(chains, &machine, &alike, &targets, key);
    let real = found.real.expect("a number");
    assert!(!real.exact);
    let means: Vec<f64> = real.rows.iter().map(|row| row[0].mean).collect();
    statistics::assert_mean(&means, expected.mean, "mean by chains");
    let site = found.discrete.expect("a site");
    for (outcome, log_sum) in log_sums.into_iter().enumerate() {
        let column = read(&site.probabilities)
            .into_iter()
            .map(|row| row[outcome]);
        let sample: Vec<f64> = column.collect();
        statistics::assert_mean(
            &sample,
            log_sum.exp() / total,
            &format!("outcome {outcome}"),
        );
    }
}

#[test]
fn a_data_set_is_predicted_and_scored() {
    let (_, machine) = discrete().swap_remove(0);
    let mut all: Vec<Vec<f64>> = shown().iter().cycle().take(1200).cloned().collect();
    let whole = predict_discrete(Predictor::default(), &machine, &rows(&all), &[3, 4, 5], KEY);
    // The target is missing in some rows.
    for row in all.iter_mut().step_by(5) {
        row[3..].fill(f64::NAN);
    }
    let (table, mut progress) = (table(&all), Silent);
    let mut scores = PredictionScores::default();
    let answers = Predictor::default().run(&machine, &table, &[5, 3, 4], KEY, &mut progress);
    let (mut probabilities, mut chunks) = (Vec::new(), 0);
    for part in answers.expect("valid targets") {
        let part = part.expect("valid rows");
        assert_eq!(part.first_row, probabilities.len());
        scores.add(&part);
        probabilities.extend(read(&part.discrete.expect("a site").probabilities));
        chunks += 1;
    }
    assert_eq!(probabilities, read(&whole.probabilities));
    assert!(chunks > 1);

    let scores = scores.discrete().expect("known outcomes");
    let known: Vec<usize> = (0..all.len()).filter(|row| row % 5 != 0).collect();
    let best = whole.most_probable();
    let truth: Vec<usize> = whole.truth.iter().map(|t| t.expect("complete")).collect();
    let share = |rows: Vec<&usize>| rows.len() as f64 / known.len() as f64;
    let correct = known.iter().filter(|&&r| best[r] == truth[r]).collect();
    assert_eq!(scores.rows, known.len());
    assert!((scores.accuracy - share(correct)).abs() < 1e-12);
    let logs = known.iter().map(|&r| probabilities[r][truth[r]].ln());
    let mean = logs.sum::<f64>() / known.len() as f64;
    assert!((scores.mean_log_probability - mean).abs() < 1e-9);
    let mut most = 0.0_f64;
    for (class, found) in scores.classes.iter().enumerate() {
        let count = |f: &dyn Fn(usize) -> bool| known.iter().filter(|&&r| f(r)).count();
        let with = count(&|r| truth[r] == class);
        let predicted = count(&|r| best[r] == class);
        let correct = count(&|r| truth[r] == class && best[r] == class);
        assert_eq!((found.count, found.predicted), (with, predicted));
        let ratio = |of: usize| (of > 0).then(|| correct as f64 / of as f64);
        assert_eq!(found.precision, ratio(predicted));
        assert_eq!(found.recall, ratio(with));
        most = most.max(with as f64 / known.len() as f64);
    }
    assert_eq!(scores.most_frequent, most);

    // Without the target in any row there are predictions and no scores.
    all.iter_mut().for_each(|row| row[3..].fill(f64::NAN));
    let (table, mut scores) = (common::table(&all), PredictionScores::default());
    let answers = Predictor::default().run(&machine, &table, &[3, 4, 5], KEY, &mut progress);
    for part in answers.expect("valid targets") {
        scores.add(&part.expect("valid rows"));
    }
    assert_eq!(scores.discrete(), None);
}

#[test]
fn real_predictions_are_scored() {
    let machine = real_machine();
    // Rows of the machine itself.
    let exact = paysage_models::Exact::new(&machine).expect("small");
    let mut all = read(&machine.visible_of(&exact.sample(3000, RandomKey::new(125))));
    all[0][1] = f64::NAN;
    let (table, mut scores, mut progress) = (table(&all), PredictionScores::default(), Silent);
    let (mut squares, mut absolute, mut row) = (0.0, 0.0, 0);
    let answers = Predictor::default().run(&machine, &table, &[1], KEY, &mut progress);
    for part in answers.expect("valid targets") {
        let part = part.expect("valid rows");
        scores.add(&part);
        for found in part.real.expect("a real target").rows {
            let error = found[0].mean - f64::from(all[row][1] as f32);
            if error.is_finite() {
                squares += error * error;
                absolute += error.abs();
            }
            row += 1;
        }
    }
    let scores = scores.real();
    let [scores] = scores.as_slice() else {
        panic!("one column: {scores:?}");
    };
    let count = (all.len() - 1) as f64;
    assert_eq!((scores.column, scores.rows), (1, all.len() - 1));
    assert!((scores.root_mean_squared_error - (squares / count).sqrt()).abs() < 1e-9);
    assert!((scores.mean_absolute_error - absolute / count).abs() < 1e-9);
    // 90 % of the values of the machine are within the interval, up to five standard errors.
    let error = (0.9_f64 * 0.1 / count).sqrt();
    assert!((scores.coverage - 0.9).abs() < 5.0 * error, "{scores:?}");
}

#[test]
fn outcomes_are_named_as_in_the_data_set() {
    let column = |name: &str, kind| Column {
        name: name.to_owned(),
        kind,
    };
    let words = |of: &[&str]| of.iter().map(|&word| word.to_owned()).collect();
    let yes_no = ["no".to_owned(), "yes".to_owned()];
    let schema = Schema {
        columns: vec![
            column("smoker", ColumnKind::Binary { values: yes_no }),
            column(
                "region",
                ColumnKind::Categorical {
                    values: words(&["north", "south", "west"]),
                },
            ),
        ],
    };
    let [smoker, region] = [schema.units_of(0).start, schema.units_of(1).start];
    let layout = Layout {
        columns: Columns::Mixed(schema),
        ..Layout::units(0)
    };
    let names = outcome_names(&layout, &[smoker], &[vec![0.0], vec![1.0]]);
    assert_eq!(names, ["smoker=no", "smoker=yes"]);
    let columns = [region, region + 1, region + 2];
    let names = outcome_names(&layout, &columns, &[vec![0.0, 0.0, 1.0]]);
    assert_eq!(names, ["region=west"]);
    let columns = [&[smoker][..], &columns].concat();
    let names = outcome_names(&layout, &columns, &[vec![1.0, 0.0, 1.0, 0.0]]);
    assert_eq!(names, ["smoker=yes & region=south"]);

    let layout = Layout {
        columns: Columns::Units {
            count: 2,
            names: Some(words(&["a", "b"])),
        },
        ..Layout::units(2)
    };
    let names = outcome_names(&layout, &[1], &[vec![0.0], vec![1.0]]);
    assert_eq!(names, ["b=0", "b=1"]);
    let site = [vec![1.0, 0.0], vec![0.0, 1.0]];
    assert_eq!(outcome_names(&Layout::units(2), &[0, 1], &site), ["0", "1"]);
    let pair = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]].map(|x| x.to_vec());
    let names = outcome_names(&Layout::units(2), &[0, 1], &pair);
    assert_eq!(names, ["0 0", "0 1", "1 0", "1 1"]);
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let (_, machine) = discrete().swap_remove(0);
    let shown = shown();
    let fault = |predictor: Predictor, targets: &[usize]| {
        predictor
            .run_batch(&machine, &rows(&shown), targets, KEY)
            .expect_err("a fault")
    };
    let predictor = Predictor::default();
    assert!(matches!(fault(predictor, &[]), InferenceError::NoTargets));
    assert!(matches!(
        fault(predictor, &[0, 6]),
        InferenceError::NoSuchColumn {
            column: 6,
            columns: 6,
        }
    ));
    assert!(matches!(
        fault(predictor, &[3]),
        InferenceError::PartOfSite {
            row: 1,
            column: 4,
            width: 3,
        }
    ));
    for coverage in [0.0, 1.0, f64::NAN] {
        let predictor = Predictor {
            coverage,
            ..predictor
        };
        let error = fault(predictor, &[0]);
        assert!(matches!(error, InferenceError::Coverage { .. }), "{error}");
    }
    let device = machines::device();
    let wide = vec![Bernoulli::new(20, &device), Bernoulli::new(2, &device)];
    let wide = BoltzmannMachine::chain(wide).expect("valid");
    let columns: Vec<usize> = (0..20).collect();
    let error = predictor.run_batch(&wide, &Tensor::zeros([1, 20], &device), &columns, KEY);
    assert!(matches!(
        error.expect_err("too many"),
        InferenceError::TooManyOutcomes { limit: 16, .. }
    ));

    // Everything but the targets must be observed, in whatever chunk.
    let mut all: Vec<Vec<f64>> = shown.iter().cycle().take(1200).cloned().collect();
    all[1100][1] = f64::NAN;
    let (table, mut progress) = (table(&all), Silent);
    let answers = predictor.run(&machine, &table, &[0], KEY, &mut progress);
    let error = answers.expect("valid targets").find_map(Result::err);
    let expected = paysage_data::Position::row(1101, 2);
    assert!(
        matches!(&error, Some(InferenceError::Missing { position, .. }) if *position == expected),
        "{error:?}"
    );
}
