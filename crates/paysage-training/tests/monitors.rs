//! Metrics during training: on random samples, on observed values, within their share of the time.

mod kept;

use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, LayerKind};
use paysage_metrics::{FreeEnergy, Metric, PseudoLogLikelihood, Sites};
use paysage_models::Silent;
use paysage_samplers::PersistentContrastiveDivergence;
use paysage_testkit::machines;
use paysage_training::{Callback, MonitorSchedule, Monitors, Trainer};

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
