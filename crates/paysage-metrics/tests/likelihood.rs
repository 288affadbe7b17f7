//! Annealed likelihoods against exact ones.

use std::{sync::Mutex, time::Duration};

use paysage_data::{Rows, Table};
use paysage_kernels::RandomKey;
use paysage_layers::{LayerKind, Trainable};
use paysage_metrics::{
    Annealer, Annealing, Doubt, How, LikelihoodError, LikelihoodEstimator, Method, Metric,
    PseudoLogLikelihood, Sites, Spacing, Starts,
};
use paysage_models::{BoltzmannMachine, Exact, ExactError, Silent, Stage};
use paysage_testkit::machines;

/// The key where one estimate is made.
const KEY: RandomKey = RandomKey::new(0);

/// Seeds with which an interval of 95 % confidence must hold the exact value in all but two.
const SEEDS: u64 = 20;

fn pairs() -> impl Iterator<Item = (String, BoltzmannMachine)> {
    let pairs = machines::pairs().into_iter().enumerate();
    pairs.map(|(count, kinds)| {
        let key = RandomKey::new(200).split(count as u64);
        let name = format!("{} – {}", kinds[0], kinds[1]);
        // Gaussian layers that meet must not be coupled too strongly to have a sum.
        (name, machines::chain(&kinds, 0.4, count % 2 == 0, key))
    })
}

/// Rows that the machine made.
fn rows_of(machine: &BoltzmannMachine, rows: usize) -> Table {
    let exact = Exact::new(machine).expect("a small machine");
    let state = exact.sample(rows, RandomKey::new(201));
    let values = machine.visible_of(&state).into_data().iter().collect();
    Table::new("samples", machine.visible_units(), values).expect("finite")
}

/// For many seeds: forward and combined estimates within three standard errors and 0.05 nat, and the
/// exact value within the interval.
fn check(name: &str, machine: &BoltzmannMachine, table: Option<&Table>, annealing: &Annealing) {
    let exact = Exact::new(machine)
        .expect("a small machine")
        .log_partition();
    let (mut held, mut near) = (0, 0);
    for seed in 0..SEEDS {
        let key = RandomKey::new(202).split(seed);
        let mut annealer = Annealer::new(machine, table.map(|table| table as &dyn Rows), key)
            .expect("normalizable");
        let run = annealer.run(annealing, &mut Silent);
        let run = run.expect("an estimate");
        assert_eq!(run.starts, Starts::Exact);
        let error = (run.first.forward.value - exact).abs();
        // Beyond three standard errors comes one in 370; a rounding error is none of them.
        near += usize::from(error <= 3.0 * run.first.forward.standard_error + 1e-5);
        assert!(error <= 0.05, "{name}, seed {seed}: {exact} and {run:?}");
        assert!(
            (run.first.bennett.value - exact).abs() <= 0.05,
            "{name}: {exact} and {run:?}"
        );
        let interval = run.interval();
        held += u64::from(interval.low - 1e-5 <= exact && exact <= interval.high + 1e-5);
    }
    assert!(
        near >= 19,
        "{name}: {near} of {SEEDS} within three standard errors"
    );
    assert!(
        held >= 18,
        "{name}: {held} of {SEEDS} intervals hold {exact}"
    );
}

#[test]
fn every_pair_of_kinds_is_estimated_within_its_bounds() {
    let annealing = Annealing {
        chains: 500,
        temperatures: 40,
        spacing: Spacing::Linear,
    };
    for (name, machine) in pairs() {
        check(&name, &machine, None, &annealing);
    }
}

/// Counts, intervals and rectified units, on either side.
#[test]
fn further_kinds_are_annealed() {
    let annealing = Annealing {
        chains: 300,
        temperatures: 30,
        spacing: Spacing::Linear,
    };
    let pairs = [
        "binomial:3x4,2",
        "2,poisson:2",
        "truncexp:3,2",
        "2,relu:1",
        "drelu:1,2",
    ];
    for (count, names) in pairs.into_iter().enumerate() {
        let key = RandomKey::new(202).split(count as u64);
        let machine = machines::chain(&machines::kinds_of(names), 0.4, count % 2 == 0, key);
        let table = rows_of(&machine, 300);
        check(names, &machine, (count > 2).then_some(&table), &annealing);
    }
}

#[test]
fn the_base_may_be_fitted_to_data_and_the_spacing_be_any() {
    let spacings = [Spacing::Geometric, Spacing::Adaptive];
    for ((name, machine), spacing) in pairs().zip(spacings.into_iter().cycle()) {
        let table = rows_of(&machine, 300);
        let annealing = Annealing {
            chains: 400,
            temperatures: 40,
            spacing,
        };
        let name = format!("{name}, {spacing:?}");
        check(&name, &machine, Some(&table), &annealing);
    }
}

/// ln Z alone is that of a likelihood with the same key; rows with missing values bound it too.
#[test]
fn the_partition_function_is_found_alone() {
    for (name, machine) in pairs() {
        let table = rows_of(&machine, 300);
        let exact = Exact::new(&machine)
            .expect("a small machine")
            .log_partition();
        let found = |method, table: &Table| {
            let estimator = LikelihoodEstimator {
                method,
                annealing: Annealing {
                    chains: 300,
                    temperatures: 40,
                    ..Annealing::default()
                },
                gap: 10.0,
                ..LikelihoodEstimator::default()
            };
            let alone = estimator.log_partition(&machine, table, KEY, &mut Silent);
            (estimator, alone.expect("an estimate").0)
        };
        for method in [Method::Exact, Method::Annealing] {
            let (estimator, alone) = found(method, &table);
            let both = estimator.run(&machine, &table, KEY, &mut Silent);
            assert_eq!(alone, both.expect("an estimate").log_partition, "{name}");
            let is_exact = estimator.is_exact(&machine, &[]);
            assert_eq!(is_exact, Ok(method == Method::Exact), "{name}");
        }
        let rest = (1..table.rows()).flat_map(|row| table.row(row).to_vec());
        let first = std::iter::repeat_n(f32::NAN, table.columns());
        let values = first.chain(rest).collect();
        let gaps = Table::with_missing("gaps", table.columns(), values).expect("rows");
        let (_, found) = found(Method::Annealing, &gaps);
        assert!(
            (found.value - exact).abs() < 0.2,
            "{name}: {found:?} {exact}"
        );
    }
}

fn deep() -> Vec<BoltzmannMachine> {
    let chain = [
        LayerKind::bernoulli(3),
        LayerKind::onehot(1, 3),
        LayerKind::gaussian(1),
    ];
    let ring = [LayerKind::bernoulli(2); 3];
    let edges = [(0, 1), (2, 1), (0, 2)];
    let mixed = [
        LayerKind::gaussian(2),
        LayerKind::bernoulli(3),
        LayerKind::gaussian(2),
        LayerKind::onehot(1, 3),
    ];
    vec![
        machines::chain(&chain, 0.6, true, RandomKey::new(203)),
        machines::graph(&ring, &edges, vec![0], 0.8, false, RandomKey::new(204)),
        machines::chain(&mixed, 0.5, false, RandomKey::new(205)),
    ]
}

#[test]
fn deep_and_looped_machines_are_estimated_too() {
    let annealing = Annealing {
        chains: 500,
        temperatures: 80,
        spacing: Spacing::Linear,
    };
    for (count, machine) in deep().iter().enumerate() {
        check(&format!("machine {count}"), machine, None, &annealing);
    }
}

#[test]
fn rows_of_deep_machines_lie_within_their_bounds() {
    for machine in deep() {
        let table = rows_of(&machine, 40);
        let exact = Exact::new(&machine).expect("small");
        let exact = exact.mean_log_likelihood(&table).expect("small");
        let estimator = LikelihoodEstimator {
            method: Method::Annealing,
            gap: 0.1,
            budget: Duration::from_secs(1000),
            ..Default::default()
        };
        let found = estimator.run(&machine, &table, KEY, &mut Silent);
        let found = found.expect("an estimate");
        assert!(
            matches!(found.how, How::Annealing { reached: true, .. }),
            "{found:?}"
        );
        let interval = found.log_likelihood;
        assert!(
            interval.low <= exact && exact <= interval.high,
            "{exact}: {found:?}"
        );
        assert!((interval.value - exact).abs() < 0.05, "{exact}: {found:?}");
    }
}

#[test]
fn the_shortest_way_is_taken() {
    let kinds = [LayerKind::bernoulli(4), LayerKind::bernoulli(3)];
    let machine = machines::chain(&kinds, 1.5, false, RandomKey::new(206));
    let table = rows_of(&machine, 50);
    let exact = LikelihoodEstimator::default();
    let exact = exact
        .run(&machine, &table, KEY, &mut Silent)
        .expect("small");
    assert_eq!(exact.how, How::Exact);
    assert_eq!(exact.log_likelihood.width(), 0.0);

    // A narrow gap takes longer than the first run; without time, the first run is all there is.
    let estimator = LikelihoodEstimator {
        method: Method::Annealing,
        gap: 0.02,
        annealing: Annealing {
            temperatures: 2,
            ..Default::default()
        },
        ..Default::default()
    };
    let stages = Mutex::new(Vec::new());
    let mut watch = |stage: Stage, done: usize, all: usize| {
        stages.lock().expect("sound").push((stage, done, all))
    };
    let found = estimator
        .run(&machine, &table, KEY, &mut watch)
        .expect("an estimate");
    let How::Annealing {
        log_partition,
        reached,
        ..
    } = found.how
    else {
        panic!("{found:?} was not annealed");
    };
    assert!(reached && found.log_likelihood.width() <= 0.02, "{found:?}");
    assert!(log_partition.annealing.temperatures > 2);
    let stages = stages.into_inner().expect("sound");
    assert!(
        stages.contains(&(Stage::ForwardAnnealing, 2, 2))
            && stages.contains(&(Stage::ReverseAnnealing, 4, 4))
    );
    let difference = found.log_likelihood.value - exact.log_likelihood.value;
    assert!(difference.abs() < 0.02, "{found:?}");

    let hurried = LikelihoodEstimator {
        budget: Duration::ZERO,
        ..estimator
    };
    let found = hurried
        .run(&machine, &table, KEY, &mut Silent)
        .expect("an estimate");
    assert!(matches!(
        found.how,
        How::Annealing { log_partition, reached: false, .. } if log_partition.annealing.temperatures == 2
    ));
}

#[test]
fn bounds_from_replicas_say_so() {
    let kinds = [LayerKind::bernoulli(20), LayerKind::bernoulli(18)];
    let machine = machines::chain(&kinds, 0.1, false, RandomKey::new(207));
    let annealing = Annealing {
        chains: 200,
        temperatures: 100,
        spacing: Spacing::Adaptive,
    };
    let mut annealer = Annealer::new(&machine, None, RandomKey::new(208)).expect("normalizable");
    let exact = Exact::new(&machine).expect("2¹⁸ states").log_partition();
    for runs in 1..=2 {
        let run = annealer.run(&annealing, &mut Silent).expect("an estimate");
        // They go on from run to run.
        let Starts::Replicas {
            sweeps, arrivals, ..
        } = run.starts
        else {
            panic!("{run:?} has exact starts");
        };
        assert_eq!(sweeps, 25 * runs);
        assert!(arrivals > 100 && run.is_reliable(), "{run:?}");
        assert_eq!(run.second, None);
        let interval = run.interval();
        assert!(
            interval.low <= exact && exact <= interval.high,
            "{exact}: {run:?}"
        );
        assert!(interval.width() < 0.1, "{run:?}");
    }
}

/// A machine of spins with two modes, all of one sign, of which a field makes that of +1 heavier, and rows
/// from the lighter one. The sum has 2¹⁷ states, too many for exact samples.
fn tilted(coupling: f64, tilt: f64) -> (BoltzmannMachine, Table) {
    let kinds = [40, 17].map(LayerKind::spin);
    let mut machine = machines::chain(&kinds, 0.0, false, RandomKey::new(211));
    let loc = machine.layers[0].parameters_mut().swap_remove(0).1;
    *loc = loc.ones_like() * tilt;
    let weight = coupling / (40.0_f64 * 17.0).sqrt();
    machine.connections[0].weight = machine.connections[0].weight.ones_like() * weight;
    let rows = (0..20 * 40).map(|unit| if unit % 13 == 0 { 1.0 } else { -1.0 });
    let table = Table::new("lighter mode", 40, rows.collect()).expect("finite");
    (machine, table)
}

/// The marginals of rows hide the other mode from the chains of their base, and the rows are in the lighter
/// one: chains from the uniform base find the heavier one.
#[test]
fn rows_from_the_lighter_mode_do_not_hide_the_heavier_one() {
    for (coupling, tilt) in [(1.5, 0.05), (1.5, 0.25)] {
        let (machine, table) = tilted(coupling, tilt);
        let exact = Exact::new(&machine).expect("2¹⁷ states").log_partition();
        let annealing = Annealing {
            chains: 400,
            temperatures: 1000,
            spacing: Spacing::Adaptive,
        };
        let mut held = 0;
        for seed in 0..4 {
            let key = RandomKey::new(212).split(seed);
            let mut annealer = Annealer::new(&machine, Some(&table), key).expect("normalizable");
            let run = annealer.run(&annealing, &mut Silent).expect("an estimate");
            let interval = run.interval();
            assert!(run.is_reliable() && interval.width() < 0.5, "{run:?}");
            // The chains of the base with the marginals of the rows do not find the heavier mode.
            let first = run.first.forward;
            assert!(first.low() < exact - 0.5, "{exact}: {run:?}");
            held += u32::from(interval.low <= exact && exact <= interval.high);
        }
        assert!(held >= 3, "{held} of 4 intervals hold ln Z");
    }
}

/// Estimates that do not support their claim say why.
#[test]
fn intervals_without_evidence_are_not_reliable() {
    let (machine, table) = tilted(3.0, 0.1);
    let exact = Exact::new(&machine).expect("2¹⁷ states").log_partition();
    let estimator = LikelihoodEstimator {
        method: Method::Annealing,
        annealing: Annealing {
            chains: 40,
            temperatures: 8,
            spacing: Spacing::Linear,
        },
        gap: 10.0,
        budget: Duration::ZERO,
        ..Default::default()
    };
    let found = estimator.run(&machine, &table, KEY, &mut Silent);
    let found = found.expect("an estimate");
    assert!(matches!(found.how, How::Annealing { reached: false, .. }));
    let doubts = found.how.doubts();
    let few = |doubt: &Doubt| {
        matches!(doubt, Doubt::FewArrivals { effective } | Doubt::FewChains { effective }
            if *effective < 10.0)
    };
    assert!(doubts.iter().any(few), "{doubts:?}");
    let z = found.log_partition;
    assert!(z.low <= exact && z.width() > 1.0, "{exact}: {found:?}");
}

/// The hidden layers of a deep machine have two modes given a row in which no sign prevails: both are
/// sampled from independent units, though mean-field means are in one of them.
#[test]
fn rows_of_deep_machines_are_annealed_from_both_ends() {
    let kinds = [8, 6, 8].map(LayerKind::spin);
    let mut machine = machines::chain(&kinds, 0.0, false, RandomKey::new(213));
    for connection in &mut machine.connections {
        connection.weight = connection.weight.ones_like() * 0.3;
    }
    let loc = machine.layers[2].parameters_mut().swap_remove(0).1;
    *loc = loc.ones_like() * 0.05;
    let rows = (0..12 * 8).map(|unit| {
        if (unit / 3 + unit) % 2 == 0 {
            1.0
        } else {
            -1.0
        }
    });
    let table = Table::new("both signs", 8, rows.collect()).expect("finite");
    let exact = Exact::new(&machine).expect("a small machine");
    let exact = exact.log_likelihood(&table).expect("complete");
    let exact = exact.iter().sum::<f64>() / exact.len() as f64;
    let mut held = 0;
    for seed in 0..5 {
        let estimator = LikelihoodEstimator {
            method: Method::Annealing,
            annealing: Annealing {
                chains: 200,
                temperatures: 200,
                ..Default::default()
            },
            ..Default::default()
        };
        let key = RandomKey::new(214).split(seed);
        let found = estimator.run(&machine, &table, key, &mut Silent);
        let found = found.expect("an estimate");
        assert!(
            matches!(found.how, How::Annealing { reached: true, .. }),
            "{found:?}"
        );
        let rows = found.log_likelihood;
        held += u32::from(rows.low <= exact && exact <= rows.high);
    }
    assert!(held >= 4, "{held} of 5 intervals hold {exact}");
}

#[test]
fn what_is_not_finite_is_refused() {
    let kinds = [LayerKind::gaussian(2), LayerKind::bernoulli(2)];
    let mut machine = machines::chain(&kinds, 0.4, false, RandomKey::new(213));
    for parameter in machine.layers[0].parameters_mut() {
        *parameter.1 = parameter.1.clone() * f64::NAN;
    }
    let table = Table::new("row", 2, vec![0.5, 1.0]).expect("finite");
    for method in [Method::Exact, Method::Annealing] {
        let estimator = LikelihoodEstimator {
            method,
            budget: Duration::MAX,
            ..Default::default()
        };
        let error = estimator.run(&machine, &table, KEY, &mut Silent);
        assert_eq!(error.expect_err("NaN"), LikelihoodError::NotFinite);
    }
    let score = PseudoLogLikelihood { sites: Sites::All };
    let score = score.run(&machine, &table, KEY, &mut Silent);
    assert!(score.expect("a restricted machine").value.is_nan());
}

#[test]
fn what_has_no_likelihood_is_refused() {
    let pair = [LayerKind::gaussian(1); 2];
    let mut machine = machines::chain(&pair, 0.0, false, RandomKey::new(209));
    machine.connections[0].weight = machine.connections[0].weight.ones_like() * 1.01;
    let refused = ExactError::NotNormalizable { layers: vec![0, 1] };
    let table = Table::new("row", 1, vec![0.5]).expect("finite");
    for method in [Method::Auto, Method::Exact, Method::Annealing] {
        let estimator = LikelihoodEstimator {
            method,
            ..Default::default()
        };
        let error = estimator.run(&machine, &table, KEY, &mut Silent);
        assert_eq!(error.expect_err("no sum"), refused.clone().into());
    }

    let wide = [LayerKind::bernoulli(26); 2];
    let machine = machines::chain(&wide, 0.1, false, RandomKey::new(210));
    let table = Table::new("row", 26, vec![0.0; 26]).expect("finite");
    let estimator = LikelihoodEstimator {
        method: Method::Exact,
        ..Default::default()
    };
    let error = estimator.run(&machine, &table, KEY, &mut Silent);
    assert!(matches!(
        error.expect_err("too many states"),
        LikelihoodError::Exact(ExactError::TooManyStates { limit: 25, .. })
    ));
    let few = LikelihoodEstimator {
        annealing: Annealing {
            chains: 1,
            ..Default::default()
        },
        ..Default::default()
    };
    let error = few.run(&machine, &table, KEY, &mut Silent);
    assert_eq!(
        error.expect_err("one chain"),
        LikelihoodError::TooFewChains { chains: 1 }
    );
}
