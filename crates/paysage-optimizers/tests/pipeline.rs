//! Gradient transforms and constraints against closed forms and finite differences.

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::AnyLayer;
use paysage_models::{BoltzmannMachine, Gradient, Info, ParameterId, Phase, SettingError, Step};
use paysage_optimizers::{
    ClipNorm, Constraint, GradientTransform, MaxColumnNorm, NonNegativeWeights, WeightDecay,
};
use paysage_testkit::{Precision, check_gradient, machines};

fn machine() -> BoltzmannMachine {
    let kinds = machines::kinds_of("3,gaussian:2,2");
    machines::chain(&kinds, 1.0, false, RandomKey::new(700))
}

/// A step whose gradient is that of the energies of two states.
fn step(machine: &BoltzmannMachine) -> Step {
    let [data, model] = [1, 2].map(|key| {
        let state = machine.random_state(4, RandomKey::new(701).split(key));
        Phase::of(state)
    });
    Step {
        gradient: machine.gradient(&data, &model),
        weight: 4.0,
        data,
        model,
        info: Info::new(),
    }
}

fn flat<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.to_data().iter().collect()
}

fn all(gradient: &Gradient) -> Vec<f64> {
    let vectors = gradient.vectors.values().flat_map(flat);
    let matrices = gradient.matrices.values().flat_map(flat);
    vectors.chain(matrices).collect()
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[test]
fn weight_decay_adds_the_gradient_of_its_penalty() {
    let machine = machine();
    let before = step(&machine);
    let after = WeightDecay { rate: 0.3 }.apply(&machine, before.clone());
    let added = after.gradient + -before.gradient;
    check_gradient(&machine, &added, Precision::of(machine.dtype()), |moved| {
        let squares = moved.connections.iter().map(|c| c.weight.clone().square());
        let sums = squares.map(|x| x.sum().into_scalar::<f64>());
        0.5 * 0.3 * sums.sum::<f64>()
    });
}

#[test]
fn frozen_weights_get_no_decay() {
    let mut machine = machine();
    machine.freeze(ParameterId::weight(1)).expect("a parameter");
    let step = WeightDecay { rate: 0.3 }.apply(&machine, step(&machine));
    assert!(!step.gradient.matrices.contains_key(&ParameterId::weight(1)));
}

#[test]
fn clipping_scales_the_whole_gradient() {
    let machine = machine();
    let before = step(&machine);
    let values = all(&before.gradient);
    let size = norm(&values);
    for (limit, factor) in [(size / 4.0, 0.25), (size * 2.0, 1.0)] {
        let after = ClipNorm { norm: limit }.apply(&machine, before.clone());
        for (found, value) in all(&after.gradient).into_iter().zip(&values) {
            assert!((found - factor * value).abs() < 1e-5 * size, "{found}");
        }
    }
    let zero = Step {
        gradient: before.gradient.clone() + -before.gradient,
        ..step(&machine)
    };
    let after = ClipNorm { norm: 1.0 }.apply(&machine, zero);
    assert!(all(&after.gradient).iter().all(|&x| x == 0.0));
}

#[test]
fn columns_are_scaled_down_to_the_largest_norm() {
    let (before, mut after) = (machine(), machine());
    let limit = 0.8;
    MaxColumnNorm { norm: limit }.project(&mut after);
    for (before, after) in before.connections.iter().zip(&after.connections) {
        let [rows, columns] = before.weight.dims();
        let (before, after) = (flat(&before.weight), flat(&after.weight));
        for column in 0..columns {
            let of = |x: &[f64]| (0..rows).map(|row| x[row * columns + column]).collect();
            let (before, after): (Vec<f64>, Vec<f64>) = (of(&before), of(&after));
            let factor = (limit / norm(&before)).min(1.0);
            for (found, value) in after.iter().zip(&before) {
                assert!((found - factor * value).abs() < 1e-6);
            }
        }
    }
    let mut zeros = machine();
    zeros.connections[0].weight = zeros.connections[0].weight.zeros_like();
    MaxColumnNorm { norm: limit }.project(&mut zeros);
    assert!(flat(&zeros.connections[0].weight).iter().all(|&x| x == 0.0));
}

#[test]
fn negative_weights_become_zero_unless_they_are_frozen() {
    let mut machine = machine();
    machine.freeze(ParameterId::weight(1)).expect("a parameter");
    let before: Vec<Vec<f64>> = machine
        .connections
        .iter()
        .map(|c| flat(&c.weight))
        .collect();
    assert!(
        before
            .iter()
            .all(|weights| weights.iter().any(|&x| x < 0.0))
    );
    NonNegativeWeights.project(&mut machine);
    let expected: Vec<f64> = before[0].iter().map(|x| x.max(0.0)).collect();
    assert_eq!(flat(&machine.connections[0].weight), expected);
    assert_eq!(flat(&machine.connections[1].weight), before[1]);
}

#[test]
fn settings_out_of_range_are_refused() {
    let transforms: [Box<dyn GradientTransform<AnyLayer>>; 4] = [
        Box::new(WeightDecay { rate: -0.1 }),
        Box::new(WeightDecay { rate: f64::NAN }),
        Box::new(ClipNorm { norm: 0.0 }),
        Box::new(ClipNorm {
            norm: f64::INFINITY,
        }),
    ];
    for transform in transforms {
        let error = transform.check().expect_err("out of range");
        assert!(matches!(error, SettingError::OutOfRange { .. }), "{error}");
    }
    let constraint: &dyn Constraint<AnyLayer> = &MaxColumnNorm { norm: -1.0 };
    assert!(constraint.check().is_err());
    assert_eq!(
        constraint.check().expect_err("negative").to_string(),
        "the largest norm of a column of weights is -1, expected a finite number greater than 0"
    );
}
