use paysage_optimizers::{Factor, L2, MaxColumnNorm};

use super::*;
use crate::SelectionText;

fn fault(change: impl FnOnce(&mut Settings)) -> String {
    let mut settings = Settings::default();
    change(&mut settings);
    settings.check().expect_err("a fault").to_string()
}

#[test]
fn settings_without_effect_are_refused_by_name() {
    assert_eq!(
        fault(|s| {
            s.method = MethodName::Tap;
            s.gibbs_steps = Some(50);
        }),
        "gibbs-steps has no effect with method tap: leave it out"
    );
    assert_eq!(
        fault(|s| s.tap_order = Some(3)),
        "tap-order has no effect without method tap: leave it out"
    );
    assert_eq!(
        fault(|s| {
            s.method = MethodName::Cd;
            s.chains = Some(7);
        }),
        "chains has no effect with method cd: leave it out"
    );
    for method in [MethodName::Cd, MethodName::Tap] {
        assert_eq!(
            fault(|s| {
                s.method = method;
                s.tempering = Some(12);
            }),
            "tempering has no effect without method pcd: leave it out"
        );
    }
    let phase = "has no effect with one hidden layer and no missing values: leave it out";
    assert_eq!(
        fault(|s| s.data_phase = Some(DataPhaseName::Gibbs)),
        format!("data-phase {phase}")
    );
    assert_eq!(
        fault(|s| s.data_sweeps = Some(3)),
        format!("data-sweeps {phase}")
    );
    assert_eq!(
        fault(|s| s.pretrain_epochs = Some(3)),
        "pretrain-epochs has no effect with one hidden layer: leave it out"
    );
    assert_eq!(
        fault(|s| s.no_standardize = true),
        "no-standardize has no effect without Gaussian visible units: leave it out"
    );
}

#[test]
fn settings_that_have_an_effect_are_taken() {
    let deep = Settings {
        hidden: "5,4".into(),
        data_phase: Some(DataPhaseName::Gibbs),
        data_sweeps: Some(3),
        pretrain_epochs: Some(2),
        chains: Some(7),
        tempering: Some(5),
        ..Settings::default()
    };
    assert_eq!(deep.check(), Ok(()));
    let tap = Settings {
        method: MethodName::Tap,
        chains: Some(7),
        tap_order: Some(3),
        ..Settings::default()
    };
    assert_eq!(tap.check(), Ok(()));
}

#[test]
fn numbers_out_of_range_are_refused() {
    assert_eq!(
        fault(|s| s.epochs = Some(0)),
        "epochs: expected at least 1, got 0"
    );
    assert_eq!(
        fault(|s| s.learning_rate = Some(f64::INFINITY)),
        "learning-rate: expected a finite number above 0, got inf"
    );
    assert_eq!(
        fault(|s| s.clip_norm = Some(0.0)),
        "clip-norm: expected a finite number above 0, got 0"
    );
    assert_eq!(
        fault(|s| s.schedule = Some(Schedule {
            factors: vec![Factor::Linear { end: -1.0 }]
        })),
        "schedule: the last factor of the learning rate is -1, expected a finite number of at least 0"
    );
    assert_eq!(
        fault(|s| s.penalty = vec![RuleSetting {
            kind: PenaltyKind::L2(L2 { strength: f64::NAN }),
            on: SelectionText::default(),
        }]),
        "penalty: the strength of the penalty is NaN, expected a finite number of at least 0"
    );
    assert_eq!(
        fault(|s| s.constraint = vec![RuleSetting {
            kind: ConstraintKind::MaxColumnNorm(MaxColumnNorm { norm: 0.0 }),
            on: SelectionText::default(),
        }]),
        "constraint: the largest norm of a column is 0, expected a finite number greater than 0"
    );
    assert_eq!(
        fault(|s| s.validation = 1.0),
        "validation: expected a fraction of at least 0 and below 1, got 1"
    );
    assert_eq!(
        fault(|s| {
            s.method = MethodName::Tap;
            s.tap_order = Some(4);
        }),
        "tap-order: expected 1, 2 or 3, got 4"
    );
    for (replicas, found) in [(1, "1"), (20_000, "20000")] {
        assert_eq!(
            fault(|s| s.tempering = Some(replicas)),
            format!("tempering: expected 2 to 10000 replicas, got {found}")
        );
    }
    assert_eq!(
        fault(|s| s.chains = Some(usize::MAX)),
        format!("chains: expected at most 1000000000, got {}", usize::MAX)
    );
}

#[test]
fn differences_are_named_with_both_values() {
    let first = Settings::default();
    let second = Settings {
        chains: Some(3),
        method: MethodName::Cd,
        ..Settings::default()
    };
    let found = first.differences(&second);
    let shown: Vec<_> = found
        .iter()
        .map(|d| (d.setting.as_str(), d.first.as_str(), d.second.as_str()))
        .collect();
    assert_eq!(
        shown,
        [("chains", "not given", "3"), ("method", "pcd", "cd")]
    );
}

#[test]
fn settled_settings_come_back_from_their_text() {
    let settings = Settings {
        data: Some("a.csv".into()),
        columns: vec!["a".into(), "b c".into()],
        schedule: Some("warmup:0.1,linear".parse().expect("a schedule")),
        clip_norm: Some(0.1 + 0.2),
        penalty: vec!["l2=0.1@layers.0.loc[:3]".parse().expect("a penalty")],
        constraint: vec!["max-column-norm=0.3".parse().expect("a constraint")],
        freeze: vec!["layers.1.loc".into()],
        earlier: vec![Earlier {
            until_epoch: 2,
            epochs: 10,
            learning_rate: 0.1 + 0.2,
        }],
        ..Settings::default()
    };
    let settings = settings.settled();
    assert_eq!(
        Settings::from_toml(&settings.to_toml()).expect("settings"),
        settings
    );
}
