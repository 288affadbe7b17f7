//! Conditional log-likelihoods, against sums over all states.

mod common;

use burn::tensor::{Bool, Tensor};
use common::{COINS, HIDDEN, discrete, enumerated, exact, mask, rows, shown, table};
use paysage_inference::{ConditionalLikelihood, ConditionalLogLikelihood, InferenceError};
use paysage_kernels::RandomKey;
use paysage_layers::LayerKind;
use paysage_metrics::{LikelihoodError, Method};
use paysage_models::{BoltzmannMachine, Exact, ExactError, Silent};
use paysage_testkit::{Oracle, machines};

const KEY: RandomKey = RandomKey::new(0);

/// A mask of the units that have a letter in patterns of `a` (target), `b` (given) and `.` (summed
/// over), one letter per unit.
fn letters(patterns: &[&str], letter: char) -> Tensor<2, Bool> {
    let row = |pattern: &&str| pattern.chars().map(|c| c == letter).collect();
    mask(&patterns.iter().map(row).collect::<Vec<Vec<bool>>>())
}

fn estimate(
    estimator: ConditionalLikelihood,
    machine: &BoltzmannMachine,
    rows: &Tensor<2>,
    patterns: &[&str],
    key: RandomKey,
) -> Result<ConditionalLogLikelihood, InferenceError> {
    let (target, given) = (letters(patterns, 'a'), letters(patterns, 'b'));
    estimator.run_batch(machine, rows, &target, &given, key)
}

const EXACT: ConditionalLikelihood = ConditionalLikelihood {
    method: Method::Exact,
    exact_states: 16,
    steps: 256,
};

/// Target and given units among six, other ones in every row.
const PATTERNS: [&str; 7] = [
    "aabbbb", "bbbaaa", "ab.bbb", "a..aaa", "aaaaaa", "bbbbbb", "..b...",
];

#[test]
fn sums_agree_with_enumeration() {
    let shown = shown();
    for (name, machine) in discrete() {
        let states = enumerated(&machine);
        let found = estimate(EXACT, &machine, &rows(&shown), &PATTERNS, KEY).expect("a small sum");
        assert_eq!(found.annealing, None);
        let mut sum = 0.0;
        for ((row, pattern), interval) in shown.iter().zip(PATTERNS).zip(found.rows()) {
            let exact = exact(&states, row, pattern);
            assert!(
                (interval.value - exact).abs() < 1e-6,
                "{name}, {pattern}: {exact} {interval:?}"
            );
            assert_eq!(interval.width(), 0.0);
            sum += exact;
        }
        assert!(
            (found.mean().value - sum / PATTERNS.len() as f64).abs() < 1e-6,
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
        let found = estimate(
            ConditionalLikelihood::default(),
            &machine,
            &table,
            &["aaaaaa"],
            KEY,
        );
        for (interval, exact) in found.expect("a small sum").rows().iter().zip(likelihoods) {
            assert!(
                (interval.value - exact).abs() < 1e-5,
                "{name}: {exact} {interval:?}"
            );
        }
    }
}

/// ln p(a, b | c) = ln p(a | b, c) + ln p(b | c).
fn check_chain_rule(
    machine: &BoltzmannMachine,
    shown: &Tensor<2>,
    patterns: [&str; 3],
    what: &str,
) {
    let mean = |pattern| {
        let found = estimate(EXACT, machine, shown, &[pattern], KEY);
        found.expect("a small sum").mean().value
    };
    let [both, first, second] = patterns.map(mean);
    assert!(
        (both - first - second).abs() < 1e-5,
        "{what}: {both} is not {first} + {second}"
    );
}

#[test]
fn conditional_likelihoods_obey_the_chain_rule() {
    for (name, machine) in discrete() {
        let patterns = ["aabaaa", "aabbbb", "..baaa"];
        check_chain_rule(&machine, &rows(&shown()), patterns, name);
    }
    // Real units as well: layers of two each, so that one is left to be given.
    let real = LayerKind::gaussian(3);
    for (seed, hidden) in [HIDDEN, LayerKind::onehot(2, 3)].into_iter().enumerate() {
        let key = RandomKey::new(105 + seed as u64);
        let machine = machines::chain(&[real, hidden], 0.6, true, key);
        let shown = rows(&[vec![0.3, -0.8, 1.0], vec![-1.4, 0.2, 0.5]]);
        check_chain_rule(&machine, &shown, ["aab", "abb", ".ab"], "real units");
    }
}

/// Σ over a grid of exp(ln p(a | b)): a density has the integral 1.
#[test]
fn densities_of_real_units_integrate_to_one() {
    let kinds = [LayerKind::gaussian(2), COINS];
    let machine = machines::chain(&kinds, 0.5, true, RandomKey::new(107));
    let (spacing, reach) = (0.1, 120);
    let shown: Vec<Vec<f64>> = (-reach..=reach)
        .map(|k| vec![0.4, f64::from(k) * spacing])
        .collect();
    let estimator = ConditionalLikelihood::default();
    let found = estimate(estimator, &machine, &rows(&shown), &["ba"], KEY);
    let densities = found.expect("a small sum").rows();
    let integral: f64 = densities.iter().map(|d| d.value.exp() * spacing).sum();
    assert!((integral - 1.0).abs() < 1e-5, "{integral}");
}

#[test]
fn a_single_state_is_certain() {
    let kinds = [LayerKind::onehot(1, 1), COINS];
    let machine = machines::chain(&kinds, 0.8, true, RandomKey::new(114));
    let shown = rows(&[vec![1.0]]);
    let found = estimate(
        ConditionalLikelihood::default(),
        &machine,
        &shown,
        &["a"],
        KEY,
    );
    assert!(found.expect("one state").mean().value.abs() < 1e-6);
}

/// With many seeds: exact values within the annealed bounds, which are narrow.
#[test]
fn annealed_bounds_hold() {
    let (shown, rounds) = (shown(), 10);
    for (name, machine) in discrete() {
        let states = enumerated(&machine);
        let exact: Vec<f64> = {
            let pairs = shown.iter().zip(PATTERNS);
            pairs
                .map(|(row, pattern)| exact(&states, row, pattern))
                .collect()
        };
        let (mut held, mut held_means) = (0, 0);
        for seed in 0..rounds {
            let estimator = ConditionalLikelihood {
                method: Method::Annealing,
                steps: 64,
                ..Default::default()
            };
            let key = RandomKey::new(108).split(seed);
            let found = estimate(estimator, &machine, &rows(&shown), &PATTERNS, key);
            let found = found.expect("an estimate");
            assert_eq!(found.annealing.map(|a| a.steps), Some(64));
            for (interval, exact) in found.rows().iter().zip(&exact) {
                let (low, high) = (interval.low - 1e-5, interval.high + 1e-5);
                held += usize::from(low <= *exact && *exact <= high);
                assert!(
                    (interval.value - exact).abs() < 0.3,
                    "{name}: {exact} {interval:?}"
                );
            }
            let mean = exact.iter().sum::<f64>() / exact.len() as f64;
            let found = found.mean();
            held_means += u64::from(found.low <= mean && mean <= found.high);
            assert!(found.width() < 0.3, "{name}: {found:?}");
        }
        let all = exact.len() * rounds as usize;
        assert!(held * 100 >= all * 95, "{name}: {held} of {all} rows");
        assert!(
            held_means >= rounds - 1,
            "{name}: {held_means} of {rounds} means"
        );
    }
}

/// Gaussian units connected to Gaussian ones: no sum here, but bounds, and the integral by a grid.
#[test]
fn sums_without_a_closed_form_are_annealed() {
    let kinds = [LayerKind::gaussian(2), LayerKind::gaussian(1)];
    let machine = machines::chain(&kinds, 0.3, false, RandomKey::new(109));
    let oracle = Oracle::of(&machine);
    let first = |x: f64, y: f64| oracle.log_sum_given(&[(0, vec![x, y])]);
    let grid = (-100..=100).map(|k| first(0.5, 0.1 * f64::from(k)).exp() * 0.1);
    let exact = first(0.5, -0.2) - grid.sum::<f64>().ln();

    let shown = rows(&vec![vec![0.5, -0.2]; 20]);
    let estimator = ConditionalLikelihood::default();
    let found = estimate(estimator, &machine, &shown, &["ba"], KEY).expect("bounds");
    assert!(found.annealing.is_some_and(|a| a.is_reliable()));
    let mean = found.mean();
    assert!(
        mean.low <= exact && exact <= mean.high && mean.width() < 0.1,
        "{exact}: {mean:?}"
    );

    let error = estimate(EXACT, &machine, &shown, &["ba"], KEY).expect_err("no sum");
    assert!(matches!(
        error,
        InferenceError::Exact(ExactError::NoClosedForm)
    ));
}

/// Machines of visible layers alone: independent, connected, and of one layer.
#[test]
fn machines_without_hidden_layers_have_conditional_likelihoods() {
    let site = LayerKind::onehot(1, 3);
    let graph = |kinds: &[LayerKind], edges: &[(usize, usize)], seed| {
        let visible = (0..kinds.len()).collect();
        machines::graph(kinds, edges, visible, 0.8, true, RandomKey::new(seed))
    };
    let shown = shown();
    for (name, machine) in [
        ("independent", graph(&[COINS, site], &[], 115)),
        ("connected", graph(&[COINS, site], &[(0, 1)], 116)),
        ("one layer", graph(&[LayerKind::bernoulli(6)], &[], 117)),
    ] {
        let states = enumerated(&machine);
        for method in [Method::Auto, Method::Exact, Method::Annealing] {
            let estimator = ConditionalLikelihood {
                method,
                ..Default::default()
            };
            let found = estimate(estimator, &machine, &rows(&shown), &PATTERNS, KEY);
            let found = found.expect("an answer").rows();
            for ((row, pattern), interval) in shown.iter().zip(PATTERNS).zip(found) {
                let exact = exact(&states, row, pattern);
                let margin = 1e-5
                    + if method == Method::Annealing {
                        0.1
                    } else {
                        0.0
                    };
                assert!(
                    (interval.value - exact).abs() < margin,
                    "{name}, {pattern}, {method:?}: {exact} {interval:?}"
                );
            }
        }
    }
    // Real-valued: the normal density of a unit, whatever the other is.
    let machine = graph(&[LayerKind::gaussian(2)], &[], 118);
    let oracle = Oracle::of(&machine);
    let exact = -oracle.energy(&[vec![0.3, -0.7]]) - oracle.log_partition();
    for method in [Method::Auto, Method::Exact, Method::Annealing] {
        let estimator = ConditionalLikelihood {
            method,
            ..Default::default()
        };
        let mean = |pattern| {
            let shown = rows(&[vec![0.3, -0.7]]);
            let found = estimate(estimator, &machine, &shown, &[pattern], KEY);
            found.expect("an answer").mean().value
        };
        let both = mean("aa");
        assert!(
            (both - exact).abs() < 1e-5,
            "{method:?}: {both} and {exact}"
        );
        assert!((mean("ab") + mean("ba") - both).abs() < 1e-5, "{method:?}");
    }
}

/// Chunks of a data set have the values of its rows in one batch, with gaps summed over.
#[test]
fn a_data_set_has_the_likelihoods_of_one_batch_of_its_rows() {
    let (_, machine) = discrete().swap_remove(2);
    let mut pattern = shown();
    pattern[1][1] = f64::NAN;
    let all: Vec<Vec<f64>> = pattern.iter().cycle().take(1200).cloned().collect();
    let (target, given) = (
        [false, false, false, true, true, true],
        [true, true, false, false, false, false],
    );
    let patterns: Vec<&str> = (0..all.len())
        .map(|row| if row % 7 == 1 { "b..aaa" } else { "bb.aaa" })
        .collect();
    let mut filled = all.clone();
    filled.iter_mut().flatten().for_each(|x| {
        if x.is_nan() {
            *x = 0.0;
        }
    });
    let whole = estimate(EXACT, &machine, &rows(&filled), &patterns, KEY).expect("small sums");

    let (table, mut progress) = (table(&all), Silent);
    let answers = EXACT.run(&machine, &table, &target, &given, KEY, &mut progress);
    let parts: Result<Vec<_>, _> = answers.expect("valid").collect();
    let mut parts = parts.expect("valid rows").into_iter();
    let mut found = parts.next().expect("a chunk");
    parts.for_each(|part| found.append(part));
    let pairs = found.rows().into_iter().zip(whole.rows());
    for (row, (part, whole)) in pairs.enumerate() {
        assert!((part.value - whole.value).abs() < 1e-9, "row {row}");
    }
    assert_eq!(found.rows().len(), all.len());
    assert!((found.mean().value - whole.mean().value).abs() < 1e-9);

    let mut progress = Silent;
    let mut answers = EXACT
        .run(&machine, &table, &given, &target, KEY, &mut progress)
        .expect("valid");
    let error = answers
        .next()
        .expect("a chunk")
        .expect_err("a missing target");
    let expected = paysage_data::Position::row(2, 2);
    assert!(
        matches!(&error, InferenceError::Missing { position, .. } if *position == expected),
        "{error}"
    );
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let (_, machine) = discrete().swap_remove(0);
    let shown = rows(&shown());
    let ask = |estimator: ConditionalLikelihood, pattern: &str| {
        estimate(estimator, &machine, &shown, &[pattern], KEY).expect_err("a fault")
    };
    let estimator = ConditionalLikelihood::default();
    assert!(matches!(
        ask(estimator, "bbbabb"),
        InferenceError::PartOfSite {
            row: 1,
            column: 4,
            width: 3,
        }
    ));
    let none = ConditionalLikelihood {
        steps: 0,
        ..estimator
    };
    assert!(matches!(
        ask(none, "abbbbb"),
        InferenceError::Likelihood(LikelihoodError::NoTemperatures)
    ));
    let small = ConditionalLikelihood {
        exact_states: 1,
        ..EXACT
    };
    assert!(matches!(
        ask(small, "aaabbb"),
        InferenceError::Exact(ExactError::TooManyStates { limit: 1, .. })
    ));
}
