//! Projections: laws on random matrices, and which parameters they change.

mod common;

use burn::tensor::{FloatDType, Tensor, TensorData};
use common::{flat, norm};
use paysage_kernels::{RandomKey, normal};
use paysage_layers::AnyLayer;
use paysage_models::{BoltzmannMachine, ParameterId};
use paysage_optimizers::{
    Constraint, Diagonal, EqualColumnNorms, FixedColumnNorm, MaxColumnNorm, NonNegative,
    NonPositive, Projection, Selection, SelectionError, Zero, ZeroMask,
};
use paysage_testkit::machines;

const SHAPE: [usize; 2] = [4, 3];
const CLOSE: f64 = 1e-5;

/// The columns of a matrix of [`SHAPE`].
fn columns(matrix: &[f64]) -> [Vec<f64>; 3] {
    [0, 1, 2].map(|j| (0..SHAPE[0]).map(|i| matrix[i * SHAPE[1] + j]).collect())
}

fn norms(matrix: &[f64]) -> [f64; 3] {
    columns(matrix).map(|column| norm(&column))
}

/// Every third entry.
fn is_masked(position: usize) -> bool {
    position.is_multiple_of(3) && position > 0
}

/// Whether a matrix of [`SHAPE`] is in the set of a projection.
type InSet = fn(&[f64]) -> bool;

fn all() -> Vec<(&'static str, Box<dyn Projection>, InSet)> {
    let mask = (0..SHAPE[0] * SHAPE[1]).map(is_masked).collect();
    let mask = TensorData::new::<bool, _>(mask, SHAPE);
    let mask = Tensor::from_data(mask, &machines::device());
    vec![
        ("non-negative", Box::new(NonNegative), |w| {
            w.iter().all(|&x| x >= 0.0)
        }),
        ("non-positive", Box::new(NonPositive), |w| {
            w.iter().all(|&x| x <= 0.0)
        }),
        ("diagonal", Box::new(Diagonal), |w| {
            let entries = w.iter().enumerate();
            let mut others = entries.filter(|(i, _)| i / SHAPE[1] != i % SHAPE[1]);
            others.all(|(_, &x)| x == 0.0)
        }),
        ("zero", Box::new(Zero), |w| w.iter().all(|&x| x == 0.0)),
        ("zero mask", Box::new(ZeroMask { mask }), |w| {
            let mut masked = w.iter().enumerate().filter(|(i, _)| is_masked(*i));
            masked.all(|(_, &x)| x == 0.0)
        }),
        ("maximum norm", Box::new(MaxColumnNorm { norm: 1.7 }), |w| {
            norms(w).iter().all(|&norm| norm <= 1.7 + CLOSE)
        }),
        ("fixed norm", Box::new(FixedColumnNorm { norm: 1.7 }), |w| {
            norms(w).iter().all(|norm| (norm - 1.7).abs() < CLOSE)
        }),
        ("equal norms", Box::new(EqualColumnNorms), |w| {
            norms(w)
                .iter()
                .all(|norm| (norm - norms(w)[0]).abs() < CLOSE)
        }),
    ]
}

fn random(key: u64) -> Tensor<2> {
    let key = RandomKey::new(704).split(key);
    normal(SHAPE, key, &machines::device()).cast(FloatDType::from(machines::dtype()))
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    norm(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>())
}

/// The result is in the set, no other matrix of the set is nearer, and a matrix of the set stays.
#[test]
fn projections_obey_their_laws() {
    for (name, projection, in_set) in all() {
        let mut inside = Vec::new();
        for key in 0..20 {
            let nearest = projection.nearest(random(key));
            assert!(in_set(&flat(&nearest)), "{name}: {nearest}");
            let again = projection.nearest(nearest.clone());
            let moved = distance(&flat(&again), &flat(&nearest));
            assert!(moved < CLOSE, "{name}: moved by {moved}");
            inside.push(flat(&nearest));
        }
        for (key, nearest) in (0..20).zip(&inside) {
            let start = flat(&random(key));
            let shortest = distance(&start, nearest);
            for other in &inside {
                assert!(distance(&start, other) >= shortest - CLOSE, "{name}");
            }
        }
    }
}

#[test]
fn projections_change_random_matrices() {
    for (name, projection, in_set) in all() {
        let start = flat(&random(1));
        assert!(!in_set(&start), "{name}");
        assert!(
            distance(&start, &flat(&projection.nearest(random(1)))) > 0.1,
            "{name}"
        );
    }
}

#[test]
fn columns_of_zeros_stay_finite() {
    let zeros = random(0).zeros_like();
    for (name, projection, in_set) in all() {
        let nearest = flat(&projection.nearest(zeros.clone()));
        assert!(nearest.iter().all(|x| x.is_finite()), "{name}");
        assert!(in_set(&nearest), "{name}: {nearest:?}");
    }
    let fixed = FixedColumnNorm { norm: 3.0 }.nearest(zeros);
    assert!(
        flat(&fixed).iter().all(|x| (x - 1.5).abs() < CLOSE),
        "{fixed}"
    );
}

fn machine() -> BoltzmannMachine {
    let kinds = machines::kinds_of("3,gaussian:2,2");
    machines::chain(&kinds, 1.0, false, RandomKey::new(700))
}

fn weights(machine: &BoltzmannMachine) -> Vec<Vec<f64>> {
    machine
        .connections
        .iter()
        .map(|c| flat(&c.weight))
        .collect()
}

fn locs(machine: &BoltzmannMachine) -> Vec<Vec<f64>> {
    let locs = machine.layers.iter().map(|layer| match layer {
        AnyLayer::Bernoulli(layer) => flat(&layer.loc),
        AnyLayer::Gaussian(layer) => flat(&layer.loc),
        _ => unreachable!("layers of the machine"),
    });
    locs.collect()
}

#[test]
fn weights_are_projected_unless_they_are_frozen() {
    let mut machine = machine();
    machine.freeze(ParameterId::weight(1)).expect("a parameter");
    let (before, biases) = (weights(&machine), locs(&machine));
    assert!(
        before
            .iter()
            .all(|weights| weights.iter().any(|&x| x < 0.0))
    );
    NonNegative.project(&mut machine);
    let after = weights(&machine);
    let expected: Vec<f64> = before[0].iter().map(|x| x.max(0.0)).collect();
    assert_eq!(after, [expected, before[1].clone()]);
    assert_eq!(locs(&machine), biases);
}

#[test]
fn selected_slices_are_projected() {
    let mut machine = machine();
    let (before, biases) = (weights(&machine), locs(&machine));
    let row = Zero.on(Selection::of([ParameterId::weight(0)]).rows(2..));
    row.project(&mut machine);
    let column = Zero.on(Selection::of([ParameterId::weight(1)]).columns(..1));
    column.project(&mut machine);
    let bias = Zero.on(Selection::of([ParameterId::layer(0, "loc")]).rows(1..2));
    bias.project(&mut machine);
    let after = weights(&machine);
    assert_eq!(after[0][..4], before[0][..4]);
    assert_eq!(after[0][4..], [0.0, 0.0]);
    assert_eq!(after[1], [0.0, before[1][1], 0.0, before[1][3]]);
    let loc = &biases[0];
    assert_eq!(locs(&machine)[0], [loc[0], 0.0, loc[2]]);
    assert_eq!(locs(&machine)[1..], biases[1..]);
}

#[test]
fn selections_that_do_not_fit_are_refused() {
    let machine = machine();
    let check = |selection: Selection| selection.check(&machine);
    assert_eq!(check(Selection::default().rows(..2).columns(1..)), Ok(()));
    let unknown = check(Selection::of([ParameterId::layer(0, "log_var")]));
    let unknown = unknown.expect_err("no such parameter");
    assert!(matches!(unknown, SelectionError::Parameter(_)), "{unknown}");
    let long = check(Selection::of([ParameterId::weight(0)]).rows(1..4));
    assert_eq!(
        long.expect_err("too long").to_string(),
        "connections.0.weight has 3 rows, counted from 0, and no slice 1:4 of them"
    );
    let empty = check(Selection::of([ParameterId::layer(0, "loc")]).columns(1..));
    assert_eq!(
        empty.expect_err("empty").to_string(),
        "layers.0.loc has 1 columns, counted from 0, and no slice 1: of them"
    );
}

#[test]
fn norms_out_of_range_are_refused() {
    let constraints: [Box<dyn Constraint<AnyLayer>>; 2] = [
        Box::new(MaxColumnNorm { norm: -1.0 }),
        Box::new(FixedColumnNorm { norm: f64::NAN }.on(Selection::default())),
    ];
    let errors = constraints.map(|constraint| constraint.check().expect_err("out of range"));
    assert_eq!(
        errors[0].to_string(),
        "the largest norm of a column is -1, expected a finite number greater than 0"
    );
}
