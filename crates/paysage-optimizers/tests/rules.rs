//! The adapted rules against their formulas, and a resumed optimizer against one that never stopped.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, LayerKind};
use paysage_models::{BoltzmannMachine, Gradient, ParameterId, RecordError, Recorded};
use paysage_optimizers::{Optimizer, OptimizerKind, OptimizerState};
use paysage_testkit::machines;

const KINDS: [OptimizerKind; 4] = [
    OptimizerKind::Sgd,
    OptimizerKind::Momentum,
    OptimizerKind::Adam,
    OptimizerKind::RmsProp,
];

fn machine() -> BoltzmannMachine {
    let kinds = [LayerKind::bernoulli(1), LayerKind::gaussian(1)];
    machines::chain(&kinds, 0.0, false, RandomKey::new(80))
}

/// The same derivative for every parameter.
fn gradient(machine: &BoltzmannMachine, derivative: f64) -> Gradient {
    let options = (&machine.device(), machine.dtype());
    let vector = || Tensor::<1>::full([1], derivative, options);
    let ids = [(0, "loc"), (1, "loc"), (1, "log_var")];
    let ids = ids.map(|(layer, name)| ParameterId::layer(layer, name));
    Gradient {
        vectors: ids.into_iter().map(|id| (id, vector())).collect(),
        matrices: BTreeMap::from([(
            ParameterId::weight(0),
            Tensor::full([1, 1], derivative, options),
        )]),
    }
}

fn parameters(machine: &BoltzmannMachine) -> [f64; 2] {
    let AnyLayer::Bernoulli(layer) = &machine.layers[0] else {
        unreachable!("the first layer is Bernoulli")
    };
    let weight = machine.connections[0].weight.clone();
    [layer.loc.clone().into_scalar(), weight.into_scalar()]
}

fn fresh(kind: OptimizerKind) -> OptimizerState {
    Optimizer::<AnyLayer>::init(&kind)
}

/// Two steps with derivatives 2 and −1 at a rate of 0.1, by hand.
fn by_hand(kind: OptimizerKind) -> f64 {
    let (rate, [g1, g2]) = (0.1, [2.0_f64, -1.0]);
    match kind {
        OptimizerKind::Sgd => -rate * (g1 + g2),
        OptimizerKind::Momentum => -rate * (g1 + (0.9 * g1 + g2)),
        OptimizerKind::Adam => {
            let step = |m: f64, v: f64, t: i32| {
                let (m, v) = (m / (1.0 - 0.9_f64.powi(t)), v / (1.0 - 0.999_f64.powi(t)));
                rate * m / (v.sqrt() + 1e-8)
            };
            let (m1, v1) = (0.1 * g1, 0.001 * g1 * g1);
            let (m2, v2) = (0.9 * m1 + 0.1 * g2, 0.999 * v1 + 0.001 * g2 * g2);
            -(step(m1, v1, 1) + step(m2, v2, 2))
        }
        OptimizerKind::RmsProp => {
            // The running square starts at zero, without correction.
            let v1 = 0.01 * g1 * g1;
            let v2 = 0.99 * v1 + 0.01 * g2 * g2;
            -(rate * g1 / (v1.sqrt() + 1e-8) + rate * g2 / (v2.sqrt() + 1e-8))
        }
    }
}

#[test]
fn rules_follow_their_formulas() {
    for kind in KINDS {
        let mut machine = machine();
        let mut state = fresh(kind);
        for derivative in [2.0, -1.0] {
            let gradient = gradient(&machine, derivative);
            state = kind.step(&mut machine, gradient, state, 0.1);
        }
        for found in parameters(&machine) {
            let expected = by_hand(kind);
            assert!(
                (found - expected).abs() < 1e-5,
                "{kind}: {found}, by hand {expected}"
            );
        }
    }
}

#[test]
fn parameters_without_a_gradient_stay() {
    let mut machine = machine();
    let mut partial = gradient(&machine, 1.0);
    partial.matrices.clear();
    let kind = OptimizerKind::Adam;
    kind.step(&mut machine, partial, fresh(kind), 0.1);
    let [loc, weight] = parameters(&machine);
    assert_ne!(loc, 0.0);
    assert_eq!(weight, 0.0);
}

#[test]
fn a_restored_optimizer_goes_on_as_if_it_had_not_stopped() {
    for kind in KINDS {
        // burn restores what it remembered in the device's own float type.
        let mut machine = machine().cast(burn::tensor::FloatDType::F32);
        let mut steady = fresh(kind);
        for derivative in [2.0, 0.5] {
            let gradient = gradient(&machine, derivative);
            steady = kind.step(&mut machine, gradient, steady, 0.1);
        }
        let mut other = machine.clone();
        let record = Recorded::<AnyLayer>::record(&steady);
        let restored = Recorded::restore(record, &machine).expect("restored");
        let next = gradient(&machine, -0.3);
        kind.step(&mut machine, next.clone(), steady, 0.1);
        kind.step(&mut other, next, restored, 0.1);
        assert_eq!(parameters(&machine), parameters(&other), "{kind}");
    }
}

#[test]
fn records_that_do_not_fit_are_refused() {
    let mut machine = machine().cast(burn::tensor::FloatDType::F32);
    let kind = OptimizerKind::Adam;
    let gradient = gradient(&machine, 1.0);
    let state = kind.step(&mut machine, gradient, fresh(kind), 0.1);
    let whole = Recorded::<AnyLayer>::record(&state);
    let restore = |record| -> Result<OptimizerState, RecordError> {
        Recorded::<AnyLayer>::restore(record, &machine)
    };
    assert!(restore(whole.clone()).is_ok());
    let mut wide = whole.clone();
    let name = wide.tensors.keys().next().expect("moments").clone();
    wide.tensors
        .insert(name, burn::tensor::TensorData::new(vec![0.0_f32; 2], [2]));
    assert!(matches!(restore(wide), Err(RecordError::Shape { .. })));
    let mut short = whole.clone();
    short.tensors.pop_first();
    assert!(matches!(restore(short), Err(RecordError::Missing { .. })));
    let mut other = whole;
    other.nest("layers.7", Recorded::<AnyLayer>::record(&state));
    assert!(matches!(
        restore(other),
        Err(RecordError::Unexpected { .. })
    ));
}
