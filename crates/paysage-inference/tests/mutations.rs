//! Effects of single mutations against exact log-likelihoods.

use paysage_data::Table;
use paysage_inference::{InferenceError, SingleMutations};
use paysage_kernels::RandomKey;
use paysage_models::{BoltzmannMachine, Exact, Silent};
use paysage_testkit::{Precision, machines};

fn log_likelihood(machine: &BoltzmannMachine, row: &[f32]) -> f64 {
    let table = Table::new("a row", row.len(), row.to_vec()).expect("finite");
    let exact = Exact::new(machine).expect("small");
    exact.mean_log_likelihood(&table).expect("small")
}

/// Every mutation of a site is in the table, with its change of ln p.
#[test]
fn changes_are_those_of_the_log_likelihood() {
    let precision = Precision::of_sums(machines::dtype());
    for (number, kinds) in [
        "onehot:3x4,3",
        "onehot:2x3,gaussian:2",
        "spin:3,onehot:1x3",
        "3,2,2",
    ]
    .into_iter()
    .enumerate()
    {
        for centered in [false, true] {
            let key = RandomKey::new(830).split(number as u64);
            let kinds = machines::kinds_of(kinds);
            let machine = machines::chain(&kinds, 0.8, centered, key);
            let state = machine.random_state(1, key.split(9));
            let row: Vec<f32> = machine.visible_of(&state).to_data().iter().collect();
            let question = SingleMutations::default();
            let effects = question
                .run(&machine, &row, key, &mut Silent)
                .expect("effects");
            let domain = paysage_layers::Layer::domain(&machine.layers[0]);
            let reference = log_likelihood(&machine, &row);
            assert_eq!(effects.annealing, None);
            assert_eq!(effects.sites.len(), row.len() / domain.width());
            for site in &effects.sites {
                assert_eq!(Some(site.changes.len()), domain.states());
                for (state, change) in site.changes.iter().enumerate() {
                    let mut mutant = row.clone();
                    domain.write_state(state, &mut mutant[site.units.clone()]);
                    assert_eq!(state == site.wild_type, mutant == row);
                    let expected = reference - log_likelihood(&machine, &mutant);
                    precision.assert_close(change.value, expected, "ΔF");
                }
            }
        }
    }
}

/// Missing sites are summed over: p is that of the observed part.
#[test]
fn missing_sites_are_summed_over() {
    let precision = Precision::of_sums(machines::dtype());
    for (kinds, missing) in [
        ("onehot:3x4,3", &[1][..]),
        ("onehot:4x3,gaussian:2", &[0, 2]),
        ("spin:3,onehot:1x3", &[2]),
        ("onehot:3x2,2,2", &[0, 1]),
    ] {
        let kinds = machines::kinds_of(kinds);
        let machine = machines::chain(&kinds, 0.8, true, RandomKey::new(836));
        let state = machine.random_state(1, RandomKey::new(837));
        let mut row: Vec<f32> = machine.visible_of(&state).to_data().iter().collect();
        let domain = paysage_layers::Layer::domain(&machine.layers[0]);
        let (width, states) = (domain.width(), domain.states().expect("finite"));
        // ln Σ p over the states of the missing sites.
        let observed = |row: &[f32]| {
            let mut rows = vec![row.to_vec()];
            for &site in missing {
                let filled = |row: Vec<f32>| {
                    let domain = domain.clone();
                    (0..states).map(move |state| {
                        let mut row = row.clone();
                        domain.write_state(state, &mut row[width * site..][..width]);
                        row
                    })
                };
                rows = rows.into_iter().flat_map(filled).collect();
            }
            let sum: f64 = rows
                .iter()
                .map(|row| log_likelihood(&machine, row).exp())
                .sum();
            sum.ln()
        };
        let reference = observed(&row);
        for &site in missing {
            row[width * site..][..width].fill(f32::NAN);
        }
        let effects =
            SingleMutations::default().run(&machine, &row, RandomKey::new(0), &mut Silent);
        let effects = effects.expect("effects");
        assert_eq!(effects.annealing, None);
        assert_eq!(effects.sites.len(), row.len() / width - missing.len());
        for site in &effects.sites {
            assert!(!missing.contains(&(site.units.start / width)));
            for (state, change) in site.changes.iter().enumerate() {
                let mut mutant = row.clone();
                domain.write_state(state, &mut mutant[site.units.clone()]);
                precision.assert_close(change.value, reference - observed(&mutant), "ΔF");
            }
        }
    }
}

/// More mutants than a batch has rows.
#[test]
fn long_rows_are_scored_in_batches() {
    let kinds = machines::kinds_of("onehot:70x21,2");
    let machine = machines::chain(&kinds, 0.3, false, RandomKey::new(831));
    let state = machine.random_state(1, RandomKey::new(832));
    let row: Vec<f32> = machine.visible_of(&state).to_data().iter().collect();
    let (mut last, key) = ((0, 0), RandomKey::new(833));
    let mut progress = |_, done: usize, total: usize| last = (done, total);
    let question = SingleMutations::default();
    let effects = question
        .run(&machine, &row, key, &mut progress)
        .expect("effects");
    assert_eq!((effects.sites.len(), last), (70, (70, 70)));
    for site in [0, 46, 47, 48, 69] {
        let site = &effects.sites[site];
        let mut mutant = row.clone();
        mutant[site.units.clone()].fill(0.0);
        mutant[site.units.start + 20] = 1.0;
        let expected = log_likelihood(&machine, &row) - log_likelihood(&machine, &mutant);
        assert!((site.changes[20].value - expected).abs() < 1e-4);
    }
}

#[test]
fn invalid_rows_and_machines_are_refused() {
    let run = |kinds: &str, row: &[f32]| {
        let kinds = machines::kinds_of(kinds);
        let machine = machines::chain(&kinds, 0.3, false, RandomKey::new(834));
        SingleMutations::default().run(&machine, row, RandomKey::new(835), &mut Silent)
    };
    let short = run("onehot:2x2,2", &[1.0, 0.0]).expect_err("too short");
    assert!(matches!(short, InferenceError::GivenWidth { found: 2, .. }));
    let other = run("onehot:1x2,2", &[1.0, 1.0]).expect_err("two states");
    assert!(matches!(other, InferenceError::Data(_)));
    let part = run("onehot:2x2,2", &[1.0, f32::NAN, 0.0, 1.0]).expect_err("a part of a site");
    assert!(matches!(part, InferenceError::Data(_)));
    let none = run("onehot:2x2,2", &[f32::NAN; 4]).expect_err("nothing is observed");
    assert!(matches!(none, InferenceError::NoObservedSite));
    let real = run("gaussian:2,2", &[1.0, 1.0]).expect_err("no states");
    assert!(matches!(real, InferenceError::InfiniteStates { layer: 0 }));
}
