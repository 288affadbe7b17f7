//! Centers that move during training.

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, Centered};
use paysage_models::{
    Batch, BoltzmannMachine, Estimator, Exact, ParameterId, Recorded, SettingError, Step,
};
use paysage_optimizers::{Centering, Constraint, Optimizer, OptimizerKind, StandardizedGradient};
use paysage_testkit::{ExactGradient, Precision, machines};

fn machine() -> BoltzmannMachine {
    let kinds = machines::kinds_of("3,spin:2");
    machines::chain(&kinds, 0.7, true, RandomKey::new(720))
}

fn step(machine: &BoltzmannMachine) -> Step {
    let rows = machine.visible_of(&machine.random_state(5, RandomKey::new(721)));
    let key = RandomKey::new(722);
    ExactGradient.step(machine, &Batch::from(rows), (), key).0
}

fn values(tensor: &Tensor<1>) -> Vec<f64> {
    tensor.to_data().iter().collect()
}

fn center(machine: &BoltzmannMachine, layer: usize) -> Vec<f64> {
    values(machine.layers[layer].center().expect("a center"))
}

fn centering(visible: bool) -> Box<dyn Constraint<AnyLayer>> {
    Box::new(Centering {
        rate: 0.25,
        visible,
    })
}

#[test]
fn centers_move_towards_the_means_of_the_positive_phase() {
    let precision = Precision::of(machines::dtype());
    for visible in [false, true] {
        let before = machine();
        let step = step(&before);
        let mut after = before.clone();
        centering(visible).after_step(&mut after, &step);
        for layer in [0, 1] {
            let rate = if layer == 1 || visible { 0.25 } else { 0.0 };
            let mean = values(&step.data.mean(layer));
            let (found, old) = (center(&after, layer), center(&before, layer));
            for ((found, old), mean) in found.into_iter().zip(old).zip(mean) {
                precision.assert_close(found, old + rate * (mean - old), "center");
            }
        }
        let means = |machine| Exact::new(machine).expect("small").means();
        for (found, expected) in means(&after).iter().zip(&means(&before)) {
            for (found, expected) in values(found).into_iter().zip(values(expected)) {
                precision.assert_close(found, expected, "means of the distribution");
            }
        }
        let mut projected = before.clone();
        centering(visible).project(&mut projected);
        assert_eq!(center(&projected, 1), center(&before, 1));
    }
}

#[test]
fn layers_without_a_center_get_none() {
    let mut plain = machine().without_centers().into_owned();
    let step = step(&plain);
    centering(true).after_step(&mut plain, &step);
    assert!(!plain.is_centered());
}

#[test]
fn frozen_parameters_keep_their_values() {
    for frozen in [
        ParameterId::layer(1, "center"),
        ParameterId::layer(0, "loc"),
    ] {
        let mut machine = machine();
        machine.freeze(frozen).expect("a parameter");
        let (before, step) = (machine.clone(), step(&machine));
        centering(false).after_step(&mut machine, &step);
        let values = |machine: &BoltzmannMachine| -> Vec<_> {
            let file = machine.to_file();
            file.tensors.into_values().collect()
        };
        assert_eq!(values(&machine), values(&before), "{frozen}");
    }
}

/// Centers have no gradient, so no optimizer changes them or keeps a state for them.
#[test]
fn centers_are_not_trained() {
    let mut machine = machine();
    let before = [0, 1].map(|layer| center(&machine, layer));
    let gradient = step(&machine).gradient;
    let named = |id: &ParameterId| id.to_string().ends_with("center");
    assert!(!gradient.vectors.keys().any(named));
    for kind in [OptimizerKind::Adam, OptimizerKind::Momentum] {
        let state = Optimizer::<AnyLayer>::init(&kind);
        let state = kind.step(&mut machine, gradient.clone(), state, 0.1);
        let record = Recorded::<AnyLayer>::record(&state);
        let names: Vec<&String> = record.tensors.keys().collect();
        assert!(names.iter().any(|name| name.contains("loc")), "{names:?}");
        assert!(!names.iter().any(|name| name.contains("center")));
    }
    assert_eq!([0, 1].map(|layer| center(&machine, layer)), before);
}

#[test]
fn settings_out_of_range_are_errors() {
    for rate in [0.0, -0.1, 1.5, f64::NAN] {
        let centering = Centering {
            rate,
            visible: true,
        };
        let error = Constraint::<AnyLayer>::check(&centering).expect_err("out of range");
        assert!(matches!(error, SettingError::OutOfRange { .. }));
    }
    let moments = paysage_data::Moments::of(&paysage_data::BarsAndStripes { size: 2 }.generate());
    let transform = StandardizedGradient {
        moments: moments.expect("in memory"),
        epsilon: -1.0,
    };
    let check = paysage_optimizers::GradientTransform::<AnyLayer>::check(&transform);
    assert!(check.is_err());
}
