//! Penalties against closed forms and finite differences.

mod common;

use burn::tensor::Tensor;
use common::{flat, gradient_step};
use paysage_kernels::RandomKey;
use paysage_layers::AnyLayer;
use paysage_models::{BoltzmannMachine, Gradient, ParameterId, SettingError};
use paysage_optimizers::{
    AdaptiveL1, ExpL2, GradientTransform, L1, L2, LogBarrier, LogDet, LogNorm, Penalty, PenaltySum,
    Selected, Selection, StudentT, TargetNorm,
};
use paysage_testkit::{Precision, check_gradient, machines};

const S: f64 = 0.3;

fn all() -> Vec<(&'static str, Box<dyn Penalty>)> {
    let sum = PenaltySum {
        terms: vec![
            Box::new(L1 { strength: S }),
            Box::new(LogNorm { strength: 2.0 * S }),
        ],
    };
    vec![
        ("l2", Box::new(L2 { strength: S })),
        ("l1", Box::new(L1 { strength: S })),
        ("adaptive l1", Box::new(AdaptiveL1 { strength: S })),
        ("exp l2", Box::new(ExpL2 { strength: S })),
        ("log barrier", Box::new(LogBarrier { strength: S })),
        ("log det", Box::new(LogDet { strength: S })),
        ("log norm", Box::new(LogNorm { strength: S })),
        (
            "target norm",
            Box::new(TargetNorm {
                strength: S,
                norm: 1.5,
            }),
        ),
        (
            "student t",
            Box::new(StudentT {
                strength: S,
                scale: 0.7,
            }),
        ),
        ("sum", Box::new(sum)),
    ]
}

fn matrix(rows: [[f64; 2]; 2]) -> Tensor<2> {
    Tensor::from_data(rows, (&machines::device(), machines::dtype()))
}

fn assert_value(penalty: &dyn Penalty, parameter: &Tensor<2>, expected: f64) {
    let found = penalty.value(parameter).into_scalar::<f64>();
    assert!(
        (found - expected).abs() < 1e-5,
        "{found} where {expected} was expected"
    );
}

#[test]
fn values_follow_their_formulas() {
    let w = matrix([[1.0, -2.0], [2.0, 2.0]]);
    let strength = 0.5;
    assert_value(&L2 { strength }, &w, 0.25 * 13.0);
    assert_value(&L1 { strength }, &w, 0.5 * 7.0);
    assert_value(&AdaptiveL1 { strength }, &w, 0.25 * (9.0 + 16.0));
    let powers = [2.0_f64, -4.0, 4.0, 4.0].map(f64::exp);
    let exp_l2 = ExpL2 { strength };
    let found = exp_l2.value(&w).into_scalar::<f64>();
    let expected = 0.25 * powers.iter().sum::<f64>();
    assert!((found / expected - 1.0).abs() < 1e-6, "{found}, {expected}");
    assert_value(&LogDet { strength }, &w, -0.5 * 36.0_f64.ln());
    let norms = [5.0_f64, 8.0];
    let logs: f64 = norms.iter().map(|square| 0.5 * square.ln()).sum();
    assert_value(&LogNorm { strength }, &w, -0.5 * logs);
    let norm = 2.0;
    let distances = norms.iter().map(|square| (square.sqrt() - norm).powi(2));
    let expected = 0.25 * distances.sum::<f64>();
    assert_value(&TargetNorm { strength, norm }, &w, expected);
    let scale = 3.0;
    let logs = norms.iter().map(|square| (1.0 + square / 18.0).ln());
    let expected = 0.25 * 18.0 * logs.sum::<f64>();
    assert_value(&StudentT { strength, scale }, &w, expected);
    let positive = matrix([[1.0, 2.0], [2.0, 4.0]]);
    assert_value(&LogBarrier { strength }, &positive, -0.5 * 16.0_f64.ln());
    let terms: Vec<Box<dyn Penalty>> = vec![Box::new(L2 { strength }), Box::new(L1 { strength })];
    assert_value(&PenaltySum { terms }, &w, 3.25 + 3.5);
    assert_value(&PenaltySum::default(), &w, 0.0);
}

/// What a penalty adds to a gradient.
fn added<P: Penalty>(penalty: &Selected<P>, machine: &BoltzmannMachine) -> Gradient {
    let before = gradient_step(machine);
    let after = penalty.apply(machine, before.clone());
    after.gradient + -before.gradient
}

fn check<P: Penalty>(penalty: Selected<P>, machine: &BoltzmannMachine) {
    let added = added(&penalty, machine);
    let value = |moved: &BoltzmannMachine| penalty.value(moved).into_scalar::<f64>();
    check_gradient(machine, &added, Precision::of(machine.dtype()), value);
}

/// On weights with more rows than columns and with fewer, and on parameters of layers.
#[test]
fn gradients_are_derivatives_of_values() {
    let machine = machines::chain(
        &machines::kinds_of("3,gaussian:2,4"),
        1.0,
        false,
        RandomKey::new(702),
    );
    for (name, penalty) in all() {
        println!("{name}");
        check(penalty.on(Selection::of(machine.parameters())), &machine);
    }
    for (name, penalty) in all() {
        println!("{name} on a slice");
        check(
            penalty.on(Selection::default().rows(1..).columns(0..2)),
            &machine,
        );
    }
}

#[test]
fn other_parameters_get_no_penalty() {
    let machine = machines::chain(
        &machines::kinds_of("3,2,2"),
        1.0,
        false,
        RandomKey::new(703),
    );
    let selection = Selection::of([ParameterId::weight(0)]).rows(1..2);
    let added = added(&L2 { strength: S }.on(selection), &machine);
    for (id, derivative) in &added.vectors {
        assert!(flat(derivative).iter().all(|&x| x == 0.0), "{id}");
    }
    assert!(
        flat(&added.matrices[&ParameterId::weight(1)])
            .iter()
            .all(|&x| x == 0.0)
    );
    let (found, weight) = (
        flat(&added.matrices[&ParameterId::weight(0)]),
        flat(&machine.connections[0].weight),
    );
    for (i, (found, weight)) in found.iter().zip(&weight).enumerate() {
        let expected = if i / 2 == 1 { S * weight } else { 0.0 };
        assert!((found - expected).abs() < 1e-5, "{i}: {found}, {expected}");
    }
}

#[test]
fn frozen_parameters_get_no_penalty() {
    let mut machine = machines::chain(
        &machines::kinds_of("3,2,2"),
        1.0,
        false,
        RandomKey::new(703),
    );
    machine.freeze(ParameterId::weight(1)).expect("a parameter");
    let step = L2 { strength: S }.apply(&machine, gradient_step(&machine));
    assert!(!step.gradient.matrices.contains_key(&ParameterId::weight(1)));
}

/// Zeros, where norms have no derivative and logarithms no value.
#[test]
fn zero_parameters_have_finite_penalties() {
    let zeros = matrix([[0.0; 2]; 2]);
    for (name, penalty) in all() {
        let value = penalty.value(&zeros).into_scalar::<f64>();
        assert!(value.is_finite(), "{name}");
        for derivative in flat(&penalty.gradient(&zeros)) {
            assert!(derivative.is_finite(), "{name}");
        }
    }
    let l1 = L1 { strength: S }.gradient(&zeros);
    assert!(flat(&l1).iter().all(|&x| x == 0.0), "{l1}");
    // A negative entry is moved towards positive values.
    let barrier = LogBarrier { strength: S }.gradient(&matrix([[-1.0, -1e-9], [-5.0, 0.0]]));
    assert!(flat(&barrier).iter().all(|&x| x < 0.0), "{barrier}");
}

#[test]
fn settings_out_of_range_are_refused() {
    let transforms: [Box<dyn GradientTransform<AnyLayer>>; 4] = [
        Box::new(L2 { strength: -0.1 }),
        Box::new(LogDet { strength: f64::NAN }),
        Box::new(TargetNorm {
            strength: 1.0,
            norm: 0.0,
        }),
        Box::new(
            PenaltySum {
                terms: vec![Box::new(L1 {
                    strength: f64::INFINITY,
                })],
            }
            .on(Selection::default()),
        ),
    ];
    for transform in transforms {
        let error = transform.check().expect_err("out of range");
        assert!(matches!(error, SettingError::OutOfRange { .. }), "{error}");
    }
}
