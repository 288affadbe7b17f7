//! Metrics during training: on random samples, on observed values, within their share of the time.

mod kept;

use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, LayerKind};
use paysage_metrics::{
    Evaluation, FreeEnergy, GibbsChains, Metric, MetricName, PseudoLogLikelihood, Sites,
};
use paysage_models::Silent;
use paysage_samplers::PersistentContrastiveDivergence;
use paysage_testkit::machines;
use paysage_training::{Callback, MonitorSchedule, Monitors, MonitorsError, Trainer};

use kept::Kept;

const KINDS: [LayerKind; 2] = [LayerKind::bernoulli(12), LayerKind::bernoulli(3)];

/// Rows whose number of ones rises from none to all.
fn sorted(rows: usize) -> Table {
    let value = |index: usize| {
        let (row, column) = (index / 12, index % 12);
        f32::from((column * rows) < row * 12)
    };
    Table::new("sorted", 12, (0..12 * rows).map(value).collect()).expect("finite")
}

#[test]
fn a_sample_of_sorted_rows_is_within_its_standard_error() {
    let machine = machines::chain(&KINDS, 0.5, true, RandomKey::new(700));
    let table = sorted(5000);
    let monitors = Monitors::standard(&machine, &table, None).expect("in memory");
    let found = monitors.measure(&machine, RandomKey::new(701));
    let found = found.expect("defined");
    assert_eq!(found["metrics_rows"], 250.0);
    let pseudo = PseudoLogLikelihood { sites: Sites::All };
    for (name, metric) in [
        ("free_energy", &FreeEnergy as &dyn Metric<_>),
        ("pseudo_log_likelihood", &pseudo),
    ] {
        let all = metric.run(&machine, &table, RandomKey::new(0), &mut Silent);
        let all = all.expect("defined").value;
        let error = found[&format!("{name}_standard_error")];
        let difference = (found[name] - all).abs();
        assert!(
            difference < 4.0 * error,
            "{name}: {difference}, standard error {error}"
        );
    }
}

#[test]
fn rows_that_all_have_gaps_have_metrics_of_their_observed_values() {
    let machine = machines::chain(&KINDS, 0.5, true, RandomKey::new(702));
    let mut values = sorted(60).values().to_vec();
    for (row, values) in values.chunks_mut(12).enumerate() {
        values[row % 12] = f32::NAN;
    }
    let table = Table::with_missing("gaps", 12, values).expect("numbers");
    let monitors = Monitors::standard(&machine, &table, None).expect("in memory");
    let names: Vec<&str> = monitors.metrics.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["reconstruction_error", "pseudo_log_likelihood"]);
    let found = monitors.measure(&machine, RandomKey::new(703));
    let found = found.expect("defined");
    assert!(
        (0.0..1.0).contains(&found["reconstruction_error"]),
        "{found:?}"
    );
    assert!(
        (-60.0..0.0).contains(&found["pseudo_log_likelihood"]),
        "{found:?}"
    );
}

#[test]
fn a_short_training_is_measured_after_its_last_epoch() {
    let table = sorted(40);
    let epochs = |schedule| {
        let machine = machines::chain(&KINDS, 0.1, false, RandomKey::new(704));
        let mut monitors = Monitors::standard(&machine, &table, None).expect("in memory");
        monitors.schedule = schedule;
        let kept = Kept::default();
        let trainer = Trainer {
            epochs: 4,
            monitors,
            ..Trainer::new(PersistentContrastiveDivergence {
                chains: 10,
                ..Default::default()
            })
        };
        let state = trainer.start(machine).expect("valid settings");
        let callbacks: &mut [Box<dyn Callback<AnyLayer>>] = &mut [Box::new(kept.clone())];
        trainer.fit(state, &table, callbacks).expect("trained");
        kept.values()
    };
    let last = epochs(MonitorSchedule {
        share: 0.0,
        ..MonitorSchedule::default()
    });
    let measured: Vec<bool> = last.iter().map(|values| !values.is_empty()).collect();
    assert_eq!(measured, [false, false, false, true]);
    // The values do not depend on the schedule.
    let all = epochs(MonitorSchedule::EVERY_EPOCH);
    assert!(all.iter().all(|values| !values.is_empty()));
    assert_eq!(all[3], last[3]);
}

/// The state of a training after its last epoch.
type Trained = paysage_training::TrainingState<AnyLayer, PersistentContrastiveDivergence>;

fn trained(monitors: Monitors<AnyLayer>, chains: usize, kept: &Kept) -> Trained {
    let machine = machines::chain(&KINDS, 0.1, false, RandomKey::new(705));
    let trainer = Trainer {
        epochs: 2,
        monitors,
        ..Trainer::new(PersistentContrastiveDivergence {
            chains,
            ..Default::default()
        })
    };
    let state = trainer.start(machine).expect("valid settings");
    let callbacks: &mut [Box<dyn Callback<AnyLayer>>] = &mut [Box::new(kept.clone())];
    let outcome = trainer.fit(state, &sorted(60), callbacks);
    outcome.expect("trained").state
}

/// Metrics of samples compare the persistent chains with the rows.
#[test]
fn persistent_chains_are_the_samples() {
    let machine = machines::chain(&KINDS, 0.1, false, RandomKey::new(705));
    let names = [MetricName::EnergyDistance, MetricName::HeatCapacity];
    let monitors = Monitors::named(&names, &machine, &sorted(60), None).expect("defined");
    let kept = Kept::default();
    let state = trained(monitors, 40, &kept);
    let last = kept.values().pop().expect("two epochs");
    let table = sorted(60);
    for name in names {
        let metric = name.metric(GibbsChains::default()).expect("no reference");
        let found = metric.start(Evaluation {
            machine: &state.machine,
            rows: &table,
            chains: state.chains(),
            key: RandomKey::new(0),
            progress: &mut Silent,
        });
        assert_eq!(last[name.as_str()], found.expect("defined").read().value);
    }
}

/// Without chains, the metrics of a measurement share new ones.
#[test]
fn drawn_chains_are_shared() {
    let machine = machines::chain(&KINDS, 0.5, true, RandomKey::new(706));
    let both = [MetricName::EnergyDistance, MetricName::HeatCapacity];
    let of = |names: &[MetricName]| {
        let monitors = Monitors::named(names, &machine, &sorted(60), None).expect("defined");
        monitors
            .measure(&machine, RandomKey::new(707))
            .expect("defined")
    };
    let (together, alone) = (of(&both), of(&both[1..]));
    assert_eq!(together["heat_capacity"], alone["heat_capacity"]);
}

/// Where the samples of an epoch leave a metric undefined, training goes on.
#[test]
fn a_metric_that_is_not_defined_for_an_epoch_is_left_out() {
    let machine = machines::chain(&KINDS, 0.1, false, RandomKey::new(705));
    let names = [MetricName::FrechetDistance, MetricName::MeanSquareWeight];
    let monitors = Monitors::named(&names, &machine, &sorted(60), None).expect("defined");
    let kept = Kept::default();
    trained(monitors, 1, &kept);
    let last = kept.values().pop().expect("two epochs");
    assert!(!last.contains_key("frechet_distance"), "{last:?}");
    assert!(last["mean_square_weight"] > 0.0);
}

#[test]
fn a_metric_that_is_never_defined_is_refused() {
    let kinds = [LayerKind::bernoulli(12), LayerKind::gaussian(2)];
    let machine = machines::chain(&kinds, 0.1, false, RandomKey::new(708));
    let found = Monitors::named(&[MetricName::DeadHiddenUnits], &machine, &sorted(60), None);
    let error = found.err().expect("no bounds");
    assert!(
        error
            .to_string()
            .starts_with("dead_hidden_units: the units of layer 1"),
        "{error}"
    );
    assert!(matches!(error, MonitorsError::Metric(_)));
}
