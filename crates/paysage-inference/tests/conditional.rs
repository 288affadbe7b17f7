//! Units given others, against sums over all states.

use burn::tensor::{Bool, Tensor, TensorData};
use paysage_kernels::RandomKey;
use paysage_layers::{Bernoulli, LayerKind};
use paysage_metrics::{
    ConditionalError, ConditionalLikelihood, LikelihoodError, Method, PredictionError, Predictor,
};
use paysage_models::{BoltzmannMachine, Exact, ExactError};
use paysage_samplers::{ConditioningError, Imputation};
use paysage_testkit::{Oracle, machines, statistics};

fn rows(values: &[Vec<f64>]) -> Tensor<2> {
    let data = TensorData::new(values.concat(), [values.len(), values[0].len()]);
    Tensor::from_data(data, (&machines::device(), machines::dtype()))
}

fn mask(rows: &[Vec<bool>]) -> Tensor<2, Bool> {
    let data = TensorData::new(rows.concat(), [rows.len(), rows[0].len()]);
    Tensor::from_data(data, &machines::device())
}

/// A mask from words of `a` (asked), `b` (given) and `.` (summed over), a letter a unit.
fn letters(words: &[&str], letter: char) -> Tensor<2, Bool> {
    let row = |word: &&str| word.chars().map(|c| c == letter).collect();
    mask(&words.iter().map(row).collect::<Vec<Vec<bool>>>())
}

fn read(x: &Tensor<2>) -> Vec<Vec<f64>> {
    let flat: Vec<f64> = x.to_data().iter().collect();
    flat.chunks(x.dims()[1]).map(<[f64]>::to_vec).collect()
}

/// The visible rows of a discrete machine and their probabilities, each as often as there are hidden
/// states.
fn enumerated(machine: &BoltzmannMachine) -> Vec<(Vec<f64>, f64)> {
    let states = Oracle::of(machine).probabilities().into_iter();
    let visible = |state: &[Vec<f64>]| {
        let layers = machine
            .visible
            .iter()
            .flat_map(|&layer| state[layer].clone());
        layers.collect::<Vec<f64>>()
    };
    states.map(|(state, p)| (visible(&state), p)).collect()
}

/// ln p(units | others) of a row, by its word.
fn exact(states: &[(Vec<f64>, f64)], row: &[f64], word: &str) -> f64 {
    let sum = |known: &dyn Fn(char) -> bool| -> f64 {
        let agrees = |other: &[f64]| {
            let mut units = word.chars().zip(row.iter().zip(other));
            units.all(|(letter, (x, y))| !known(letter) || x == y)
        };
        let kept = states.iter().filter(|(other, _)| agrees(other));
        kept.map(|(_, p)| p).sum()
    };
    (sum(&|c| c != '.') / sum(&|c| c == 'b')).ln()
}

const COINS: LayerKind = LayerKind::Bernoulli { units: 3 };
const HIDDEN: LayerKind = LayerKind::Bernoulli { units: 2 };

/// Machines of three binary visible units and a visible one-hot site of three states.
fn discrete() -> Vec<(&'static str, BoltzmannMachine)> {
    let site = LayerKind::onehot(1, 3);
    let graph = |kinds: &[LayerKind], edges: &[(usize, usize)], centered, seed| {
        machines::graph(
            kinds,
            edges,
            vec![0, 2],
            0.8,
            centered,
            RandomKey::new(seed),
        )
    };
    let restricted = [(0, 1), (2, 1)];
    let deep = [(0, 1), (2, 1), (1, 3)];
    let looped = [(0, 1), (2, 1), (0, 2)];
    vec![
        (
            "restricted",
            graph(&[COINS, HIDDEN, site], &restricted, false, 100),
        ),
        (
            "centered",
            graph(&[COINS, HIDDEN, site], &restricted, true, 101),
        ),
        (
            "deep",
            graph(&[COINS, HIDDEN, site, HIDDEN], &deep, true, 102),
        ),
        ("looped", graph(&[COINS, HIDDEN, site], &looped, false, 103)),
    ]
}

/// What is asked of six units, in every row something else.
const WORDS: [&str; 7] = [
    "aabbbb", "bbbaaa", "ab.bbb", "a..aaa", "aaaaaa", "bbbbbb", "..b...",
];

fn shown() -> Vec<Vec<f64>> {
    let row = |k: usize| {
        let bit = |i: usize| (k >> i & 1) as f64;
        let site = |i: usize| f64::from(k % 3 == i);
        vec![bit(0), bit(1), bit(2), site(0), site(1), site(2)]
    };
    (0..WORDS.len()).map(row).collect()
}

#[test]
fn sums_agree_with_enumeration() {
    let shown = shown();
    for (name, machine) in discrete() {
        let states = enumerated(&machine);
        let estimator = ConditionalLikelihood {
            method: Method::Exact,
            ..Default::default()
        };
        let (asked, given) = (letters(&WORDS, 'a'), letters(&WORDS, 'b'));
        let found = estimator.estimate(&machine, &rows(&shown), &asked, &given);
        let found = found.expect("a small sum");
        assert_eq!(found.row_sweeps, None);
        let mut sum = 0.0;
        for ((row, word), interval) in shown.iter().zip(WORDS).zip(&found.rows) {
            let exact = exact(&states, row, word);
            assert!(
                (interval.value - exact).abs() < 1e-6,
                "{name}, {word}: {exact} {interval:?}"
            );
            assert_eq!(interval.width(), 0.0);
            sum += exact;
        }
        assert!(
            (found.mean.value - sum / WORDS.len() as f64).abs() < 1e-6,
            "{name}"
        );
    }
}

#[test]
fn all_units_given_none_have_the_likelihood_of_the_row() {
    for (name, machine) in discrete() {
        let exact = Exact::new(&machine).expect("small");
        let table = machine.visible_of(&exact.sample(5, RandomKey::new(104)));
        let values = table.to_data().iter::<f32>().collect();
        let likelihoods = paysage_data::Table::new("samples", 6, values).expect("finite");
        let likelihoods = exact.log_likelihood(&likelihoods).expect("small");
        let (asked, given) = (letters(&["aaaaaa"], 'a'), letters(&["aaaaaa"], 'b'));
        let found = ConditionalLikelihood::default().estimate(&machine, &table, &asked, &given);
        for (interval, exact) in found.expect("a small sum").rows.iter().zip(likelihoods) {
            assert!(
                (interval.value - exact).abs() < 1e-5,
                "{name}: {exact} {interval:?}"
            );
        }
    }
}

/// ln p(a, b | c) = ln p(a | b, c) + ln p(b | c).
fn check_chain_rule(machine: &BoltzmannMachine, shown: &Tensor<2>, words: [&str; 3], what: &str) {
    let estimator = ConditionalLikelihood {
        method: Method::Exact,
        ..Default::default()
    };
    let mean = |word| {
        let (asked, given) = (letters(&[word], 'a'), letters(&[word], 'b'));
        let found = estimator.estimate(machine, shown, &asked, &given);
        found.expect("a small sum").mean.value
    };
    let [both, first, second] = words.map(mean);
    assert!(
        (both - first - second).abs() < 1e-5,
        "{what}: {both} is not {first} + {second}"
    );
}

#[test]
fn conditional_likelihoods_obey_the_chain_rule() {
    for (name, machine) in discrete() {
        check_chain_rule(
            &machine,
            &rows(&shown()),
            ["aabaaa", "aabbbb", "..baaa"],
            name,
        );
    }
    // Real units as well: layers of two each, so that one is left to be given.
    let real = LayerKind::Gaussian { units: 3 };
    for (seed, hidden) in [HIDDEN, LayerKind::onehot(2, 3)].into_iter().enumerate() {
        let machine = machines::chain(
            &[real, hidden],
            0.6,
            true,
            RandomKey::new(105 + seed as u64),
        );
        let shown = rows(&[vec![0.3, -0.8, 1.0], vec![-1.4, 0.2, 0.5]]);
        check_chain_rule(&machine, &shown, ["aab", "abb", ".ab"], "real units");
    }
}

/// Σ over a grid of exp(ln p(a | b)): a density has the integral 1.
#[test]
fn densities_of_real_units_integrate_to_one() {
    let kinds = [LayerKind::Gaussian { units: 2 }, COINS];
    let machine = machines::chain(&kinds, 0.5, true, RandomKey::new(107));
    let (spacing, reach) = (0.1, 120);
    let shown: Vec<Vec<f64>> = (-reach..=reach)
        .map(|k| vec![0.4, f64::from(k) * spacing])
        .collect();
    let (asked, given) = (letters(&["ba"], 'a'), letters(&["ba"], 'b'));
    let found = ConditionalLikelihood::default().estimate(&machine, &rows(&shown), &asked, &given);
    let densities = found.expect("a small sum").rows;
    let integral: f64 = densities.iter().map(|d| d.value.exp() * spacing).sum();
    assert!((integral - 1.0).abs() < 1e-5, "{integral}");
}

#[test]
fn what_has_no_choice_is_certain() {
    let kinds = [LayerKind::onehot(1, 1), COINS];
    let machine = machines::chain(&kinds, 0.8, true, RandomKey::new(114));
    let shown = rows(&[vec![1.0]]);
    let (asked, given) = (letters(&["a"], 'a'), letters(&["a"], 'b'));
    let found = ConditionalLikelihood::default().estimate(&machine, &shown, &asked, &given);
    assert!(found.expect("one state").mean.value.abs() < 1e-6);
    let found = Predictor::default().predict(&machine, &shown, &[0]);
    assert_eq!(read(&found.expect("one state").probabilities), [[1.0]]);
}

/// With many seeds: exact values within the annealed bounds, which are narrow.
#[test]
fn annealed_bounds_hold() {
    let (shown, rounds) = (shown(), 10);
    for (name, machine) in discrete() {
        let states = enumerated(&machine);
        let exact: Vec<f64> = {
            let pairs = shown.iter().zip(WORDS);
            pairs.map(|(row, word)| exact(&states, row, word)).collect()
        };
        let (mut held, mut held_means) = (0, 0);
        for seed in 0..rounds {
            let estimator = ConditionalLikelihood {
                method: Method::Annealing,
                steps: 64,
                key: RandomKey::new(108).split(seed),
                ..Default::default()
            };
            let (asked, given) = (letters(&WORDS, 'a'), letters(&WORDS, 'b'));
            let found = estimator.estimate(&machine, &rows(&shown), &asked, &given);
            let found = found.expect("an estimate");
            assert_eq!(found.row_sweeps, Some(64));
            for (interval, exact) in found.rows.iter().zip(&exact) {
                let (low, high) = (interval.low - 1e-5, interval.high + 1e-5);
                held += usize::from(low <= *exact && *exact <= high);
                assert!(
                    (interval.value - exact).abs() < 0.3,
                    "{name}: {exact} {interval:?}"
                );
            }
            let mean = exact.iter().sum::<f64>() / exact.len() as f64;
            held_means += u64::from(found.mean.low <= mean && mean <= found.mean.high);
            assert!(found.mean.width() < 0.3, "{name}: {:?}", found.mean);
        }
        let all = exact.len() * rounds as usize;
        assert!(held * 100 >= all * 95, "{name}: {held} of {all} rows");
        assert!(
            held_means >= rounds - 1,
            "{name}: {held_means} of {rounds} means"
        );
    }
}

/// Gaussian units that meet Gaussian ones: no sum here, but bounds, and the integral by a grid.
#[test]
fn what_has_no_sum_is_annealed() {
    let kinds = [
        LayerKind::Gaussian { units: 2 },
        LayerKind::Gaussian { units: 1 },
    ];
    let machine = machines::chain(&kinds, 0.3, false, RandomKey::new(109));
    let oracle = Oracle::of(&machine);
    let first = |x: f64, y: f64| oracle.log_sum_given(&[(0, vec![x, y])]);
    let grid = (-100..=100).map(|k| first(0.5, 0.1 * f64::from(k)).exp() * 0.1);
    let exact = first(0.5, -0.2) - grid.sum::<f64>().ln();

    let shown = rows(&vec![vec![0.5, -0.2]; 20]);
    let (asked, given) = (letters(&["ba"], 'a'), letters(&["ba"], 'b'));
    let estimator = ConditionalLikelihood::default();
    let found = estimator
        .estimate(&machine, &shown, &asked, &given)
        .expect("bounds");
    assert!(found.row_sweeps.is_some());
    let mean = found.mean;
    assert!(
        mean.low <= exact && exact <= mean.high && mean.width() < 0.1,
        "{exact}: {mean:?}"
    );

    let strict = ConditionalLikelihood {
        method: Method::Exact,
        ..estimator
    };
    let error = strict
        .estimate(&machine, &shown, &asked, &given)
        .expect_err("no sum");
    assert_eq!(
        error,
        LikelihoodError::from(ExactError::NoClosedForm).into()
    );
}

#[test]
fn predictions_are_conditional_distributions() {
    let shown = shown();
    for (name, machine) in discrete() {
        let states = enumerated(&machine);
        for (columns, word) in [(vec![3, 4, 5], "bbbaaa"), (vec![2, 0], "ababbb")] {
            let found = Predictor::default().predict(&machine, &rows(&shown), &columns);
            let found = found.expect("a small sum");
            assert!(found.standard_error.is_none());
            let (outcomes, probabilities) = (read(&found.outcomes), read(&found.probabilities));
            let mut right = 0;
            for (row, probabilities) in shown.iter().zip(&probabilities) {
                let sum: f64 = probabilities.iter().sum();
                assert!((sum - 1.0).abs() < 1e-6, "{name}: {sum}");
                let expected = outcomes.iter().map(|outcome| {
                    let mut row = row.clone();
                    for (&column, &value) in found.columns.iter().zip(outcome) {
                        row[column] = value;
                    }
                    (exact(&states, &row, word).exp(), row)
                });
                let expected: Vec<(f64, Vec<f64>)> = expected.collect();
                for ((p, _), found) in expected.iter().zip(probabilities) {
                    assert!((p - found).abs() < 1e-6, "{name}, {word}: {p} {found}");
                }
                let best = expected.iter().max_by(|a, b| a.0.total_cmp(&b.0));
                right += usize::from(best.is_some_and(|(_, best)| best == row));
            }
            let accuracy = right as f64 / shown.len() as f64;
            assert_eq!(found.accuracy(&rows(&shown)), accuracy, "{name}, {word}");
        }
    }
}

#[test]
fn chains_predict_the_same() {
    const ALIKE: usize = 300;
    for (name, machine) in discrete() {
        let exactly = Predictor::default();
        let by_chains = Predictor {
            // Fewer states than the one that a closed form takes.
            exact_states: 0,
            chains: Imputation {
                count: 4,
                burn_in: 30,
                sweeps: 10,
                key: RandomKey::new(110),
            },
        };
        let deep = name == "deep";
        let row = rows(&[vec![1.0, 0.0, 1.0, 0.0, 1.0, 0.0]]);
        for columns in [vec![3, 4, 5], vec![0, 2], vec![1, 3, 4, 5]] {
            let exact = exactly
                .predict(&machine, &row, &columns)
                .expect("a small sum");
            let alike = row.clone().repeat_dim(0, ALIKE);
            let found = by_chains
                .predict(&machine, &alike, &columns)
                .expect("chains");
            assert_eq!(found.standard_error.is_some(), deep, "{name}");
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

/// Two columns that are connected with each other, below a deep machine.
#[test]
fn chains_predict_connected_columns_together() {
    let kinds = [HIDDEN; 4];
    let edges = [(0, 1), (0, 2), (1, 2), (2, 3)];
    let machine = machines::graph(&kinds, &edges, vec![0, 1], 1.2, true, RandomKey::new(111));
    let row = rows(&[vec![1.0, 0.0, 1.0, 0.0]]);
    let columns = [1, 2];
    let exact = Predictor::default()
        .predict(&machine, &row, &columns)
        .expect("a small sum");
    let by_chains = Predictor {
        exact_states: 0,
        chains: Imputation {
            count: 4,
            burn_in: 30,
            sweeps: 10,
            key: RandomKey::new(112),
        },
    };
    let found = by_chains
        .predict(&machine, &row.repeat_dim(0, 300), &columns)
        .expect("chains");
    assert!(found.standard_error.is_some());
    let (found, exact) = (read(&found.probabilities), read(&exact.probabilities));
    for outcome in 0..4 {
        let sample: Vec<f64> = found.iter().map(|row| row[outcome]).collect();
        statistics::assert_mean(&sample, exact[0][outcome], &format!("outcome {outcome}"));
    }
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let (_, machine) = discrete().swap_remove(0);
    let shown = rows(&shown());
    let ask = |estimator: ConditionalLikelihood, word| {
        let (asked, given) = (letters(&[word], 'a'), letters(&[word], 'b'));
        let found = estimator.estimate(&machine, &shown, &asked, &given);
        found.expect_err("a fault")
    };
    let estimator = ConditionalLikelihood::default();
    let part = ConditioningError::PartOfSite {
        row: 1,
        column: 4,
        width: 3,
    };
    assert_eq!(ask(estimator, "bbbabb"), part.clone().into());
    let none = ConditionalLikelihood {
        steps: 0,
        ..estimator
    };
    assert_eq!(ask(none, "abbbbb"), LikelihoodError::NoTemperatures.into());
    let small = ConditionalLikelihood {
        method: Method::Exact,
        exact_states: 1,
        ..estimator
    };
    assert!(matches!(
        ask(small, "aaabbb"),
        ConditionalError::Likelihood(LikelihoodError::Exact(ExactError::TooManyStates {
            limit: 1,
            ..
        }))
    ));

    let predict = |columns: &[usize]| {
        Predictor::default()
            .predict(&machine, &shown, columns)
            .expect_err("a fault")
    };
    assert_eq!(predict(&[]), PredictionError::NoColumns);
    let missing = PredictionError::NoSuchColumn {
        column: 6,
        columns: 6,
    };
    assert_eq!(predict(&[0, 6]), missing);
    assert_eq!(predict(&[3]), part.into());
    let real = machines::chain(
        &[LayerKind::Gaussian { units: 2 }, HIDDEN],
        0.5,
        false,
        RandomKey::new(113),
    );
    let error = Predictor::default().predict(&real, &rows(&[vec![0.0; 2]]), &[1]);
    assert_eq!(
        error.expect_err("real"),
        PredictionError::RealValued { column: 1 }
    );
    let device = machines::device();
    let wide = vec![Bernoulli::new(20, &device), Bernoulli::new(2, &device)];
    let wide = BoltzmannMachine::chain(wide).expect("valid");
    let columns: Vec<usize> = (0..20).collect();
    let error = Predictor::default().predict(&wide, &Tensor::zeros([1, 20], &device), &columns);
    assert!(matches!(
        error.expect_err("too many"),
        PredictionError::TooManyOutcomes { limit: 16, .. }
    ));
}
