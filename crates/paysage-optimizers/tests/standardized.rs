//! The standardized gradient is that of standardized units, and does not depend on their units of
//! measurement.

use burn::tensor::{Tensor, TensorData};
use paysage_data::{Moments, Table};
use paysage_kernels::{RandomKey, normal};
use paysage_layers::{AnyLayer, Centered, Gaussian, LayerKind};
use paysage_models::{Batch, BoltzmannMachine, Estimator, ParameterId, Step};
use paysage_optimizers::{GradientDescent, GradientTransform, Optimizer, StandardizedGradient};
use paysage_samplers::PersistentContrastiveDivergence;
use paysage_testkit::{ExactGradient, Precision, machines};

fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.to_data().iter().collect()
}

fn vector(values: &[f64]) -> Tensor<1> {
    let data = TensorData::new(values.to_vec(), [values.len()]);
    Tensor::from_data(data, (&machines::device(), machines::dtype()))
}

fn close(found: &[f64], expected: &[f64], what: &str) {
    let precision = Precision::of(machines::dtype());
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        precision.assert_close(*found, *expected, what);
    }
}

fn batch(machine: &BoltzmannMachine, table: &Table) -> Batch {
    machine.batch(table, &(0..table.rows()).collect::<Vec<_>>())
}

fn transform(table: &Table) -> StandardizedGradient {
    StandardizedGradient {
        moments: Moments::of(table).expect("in memory"),
        epsilon: 0.0,
    }
}

/// Correlated columns of unequal frequencies.
const BITS: [[f32; 4]; 6] = [
    [1.0, 1.0, 0.0, 0.0],
    [1.0, 1.0, 1.0, 0.0],
    [1.0, 0.0, 0.0, 1.0],
    [1.0, 1.0, 0.0, 0.0],
    [0.0, 0.0, 1.0, 0.0],
    [1.0, 1.0, 1.0, 0.0],
];

fn bits(flipped: [bool; 4]) -> Table {
    let bit = |row: &[f32; 4]| -> Vec<f32> {
        let pairs = row.iter().zip(flipped);
        pairs
            .map(|(x, flip)| if flip { 1.0 - x } else { *x })
            .collect()
    };
    let rows = BITS.iter().flat_map(bit).collect();
    Table::new("bits", 4, rows).expect("rows")
}

/// Trains with plain gradient descent along the exact gradient.
fn descend(
    machine: &mut BoltzmannMachine,
    table: &Table,
    steps: usize,
    transform: Option<&StandardizedGradient>,
) {
    for _ in 0..steps {
        let batch = batch(machine, table);
        let (mut step, ()): (Step, ()) = ExactGradient.step(machine, &batch, (), RandomKey::new(1));
        if let Some(transform) = transform {
            step = transform.apply(machine, step);
        }
        GradientDescent.step(machine, step.gradient, (), 0.05);
    }
}

/// ln p of the four columns, of all rows of the table: shifted by a constant.
fn free_energies(machine: &BoltzmannMachine, table: &Table) -> Vec<f64> {
    let rows = batch(machine, table).rows;
    let free = values(&machine.free_energy(rows).expect("restricted"));
    free.iter().map(|x| x - free[0]).collect()
}

#[test]
fn a_flip_of_bits_flips_the_result() {
    let kinds = [LayerKind::bernoulli(4), LayerKind::bernoulli(3)];
    let start = machines::chain(&kinds, 0.4, false, RandomKey::new(730));
    let flips = [true, false, true, false];
    // The same distribution of flipped units: x = 1 − y.
    let mut flipped = start.clone();
    flipped.move_center(0, vector(&flips.map(|flip| f64::from(u8::from(flip)))));
    flipped.layers[0].set_center(None);
    let signs = vector(&flips.map(|flip| if flip { -1.0 } else { 1.0 }));
    flipped.connections[0].weight =
        flipped.connections[0].weight.clone() * signs.clone().unsqueeze_dim(1);
    if let AnyLayer::Bernoulli(layer) = &mut flipped.layers[0] {
        layer.loc = layer.loc.clone() * signs;
    }
    let (table, other) = (bits([false; 4]), bits(flips));
    let difference = |standardized: bool| {
        let (mut first, mut second) = (start.clone(), flipped.clone());
        let transforms = [&table, &other].map(transform);
        let [one, two] = [0, 1].map(|i: usize| standardized.then_some(&transforms[i]));
        descend(&mut first, &table, 40, one);
        descend(&mut second, &other, 40, two);
        let pairs = [
            free_energies(&first, &table),
            free_energies(&second, &other),
        ];
        let gaps = pairs[0].iter().zip(&pairs[1]).map(|(a, b)| (a - b).abs());
        gaps.fold(0.0, f64::max)
    };
    let tolerance = Precision::of(machines::dtype()).tolerance;
    assert!(difference(true) < tolerance, "{}", difference(true));
    assert!(difference(false) > 0.01, "{}", difference(false));
}

/// One step is that of gradient descent in a machine with centers at the means whose units have the
/// standard deviation 1: computed here in its own parameters.
#[test]
fn a_step_is_one_of_standardized_units() {
    let table = bits([false; 4]);
    let kinds = [LayerKind::bernoulli(4), LayerKind::bernoulli(3)];
    let machine = machines::chain(&kinds, 0.6, false, RandomKey::new(731));
    let (step, ()) = ExactGradient.step(&machine, &batch(&machine, &table), (), RandomKey::new(1));
    let hidden_mean = step.data.mean(1);
    let visible = transform(&table);
    let mut centered = machine.clone();
    centered.move_center(0, vector(&visible.moments.mean));
    centered.move_center(1, hidden_mean.clone());
    // A Bernoulli unit of mean m has the variance m (1 − m).
    let variance = |mean: Tensor<1>| mean.clone() * (-mean + 1.0);
    let scales = [
        variance(vector(&visible.moments.mean)),
        variance(hidden_mean),
    ];
    let mut expected = centered.clone();
    let gradient = centered.gradient(&step.data, &step.model);
    let rate = 0.3;
    let weight = gradient.matrices[&ParameterId::weight(0)].clone()
        / scales[0].clone().unsqueeze_dim::<2>(1)
        / scales[1].clone().unsqueeze_dim::<2>(0);
    expected.connections[0].weight = expected.connections[0].weight.clone() - weight * rate;
    for (layer, scale) in scales.into_iter().enumerate() {
        let derivative = gradient.vectors[&ParameterId::layer(layer, "loc")].clone();
        expected.layers[layer].add_field(derivative / scale * -rate);
    }
    let expected = expected.without_centers();

    let mut found = machine.clone();
    let step = visible.apply(&machine, step);
    GradientDescent.step(&mut found, step.gradient, (), rate);
    let flat = |machine: &BoltzmannMachine| -> Vec<f64> {
        let tensors = machine.to_file().tensors.into_values();
        tensors
            .flat_map(|data| data.iter::<f64>().collect::<Vec<_>>())
            .collect()
    };
    close(&flat(&found), &flat(&expected), "parameters after a step");
}

/// Columns of scales 10⁻³, 1 and 10³, away from zero.
fn measurements(scales: [f64; 3], shifts: [f64; 3]) -> Table {
    let noise = normal([60, 3], RandomKey::new(732), &machines::device());
    let noise = values(&noise);
    let row = |x: &[f64]| {
        let x = [x[0] + 0.5, x[1] - 0.8 * x[0], 0.3 * x[2] + x[0]];
        [0, 1, 2].map(|i: usize| (x[i] * scales[i] + shifts[i]) as f32)
    };
    let values = noise.chunks(3).flat_map(row).collect();
    Table::new("measurements", 3, values).expect("finite")
}

/// Trains by PCD and returns the parameters in the units of measurement of the first data.
fn measured(scales: [f64; 3], shifts: [f64; 3], centered: bool, standardized: bool) -> Vec<f64> {
    let table = measurements(scales, shifts);
    let kinds = [LayerKind::gaussian(3), LayerKind::bernoulli(2)];
    let mut machine = machines::chain(&kinds, 0.3, false, RandomKey::new(733));
    let scale = vector(&scales);
    if centered {
        machine.center_visible(&table).expect("in memory");
        machine.center_hidden();
    }
    let AnyLayer::Gaussian(Gaussian { loc, log_var, .. }) = &mut machine.layers[0] else {
        unreachable!("the visible layer is Gaussian")
    };
    *loc = loc.clone() * scale.clone() + vector(&shifts);
    *log_var = log_var.clone() + scale.clone().log() * 2.0;
    machine.connections[0].weight = machine.connections[0].weight.clone() * scale.unsqueeze_dim(1);
    let transform = transform(&table);
    let pcd = PersistentContrastiveDivergence {
        chains: 30,
        ..Default::default()
    };
    let mut state = pcd.init(&machine).expect("valid");
    for number in 0..25 {
        let key = RandomKey::new(734).split(number);
        let batch = batch(&machine, &table);
        let (mut step, next) = pcd.step(&machine, &batch, state, key);
        state = next;
        if standardized {
            step = transform.apply(&machine, step);
        }
        GradientDescent.step(&mut machine, step.gradient, (), 0.02);
    }
    let AnyLayer::Gaussian(Gaussian { loc, log_var, .. }) = &machine.layers[0] else {
        unreachable!("the visible layer is Gaussian")
    };
    let scale = vector(&scales);
    let loc = (loc.clone() - vector(&shifts)) / scale.clone();
    let log_var = log_var.clone() - scale.clone().log() * 2.0;
    let weight = machine.connections[0].weight.clone() / scale.unsqueeze_dim(1);
    [values(&loc), values(&log_var), values(&weight)].concat()
}

#[test]
fn the_units_of_measurement_do_not_matter() {
    if machines::dtype() != burn::tensor::DType::F64 {
        // Draws of hidden units would differ by the rounding of f32.
        return;
    }
    const ONE: [f64; 3] = [1.0; 3];
    const NONE: [f64; 3] = [0.0; 3];
    // Powers of two are exact in the f32 of a table.
    let scales = [2.0_f64.powi(-10), 1.0, 2.0_f64.powi(10)];
    let gap = |first: Vec<f64>, second: Vec<f64>| {
        let gaps = first.into_iter().zip(second).map(|(a, b)| (a - b).abs());
        // Parameters that diverged are not equal to others.
        gaps.fold(0.0, |most: f64, gap| {
            if gap.is_nan() {
                f64::INFINITY
            } else {
                most.max(gap)
            }
        })
    };
    for centered in [false, true] {
        let scaled = measured(scales, NONE, centered, true);
        let found = gap(measured(ONE, NONE, centered, true), scaled);
        assert!(found < 1e-6, "centered: {centered}: {found}");
    }
    let plain = gap(
        measured(ONE, NONE, true, false),
        measured(scales, NONE, true, false),
    );
    assert!(plain > 0.01, "the plain gradient: {plain}");
    // With centers, no more does the origin; a shift rounds the f32 of the table.
    let shifted = measured(ONE, [8.0, -4.0, 16.0], true, true);
    let found = gap(measured(ONE, NONE, true, true), shifted);
    assert!(found < 1e-4, "shifted: {found}");
}

#[test]
fn units_that_never_vary_are_not_scaled() {
    let rows = vec![1.0, 0.0, 1.0, 1.0, 1.0, 0.0];
    let table = Table::new("constant", 2, rows).expect("rows");
    let kinds = [LayerKind::bernoulli(2), LayerKind::bernoulli(2)];
    let machine = machines::chain(&kinds, 0.5, false, RandomKey::new(735));
    let (step, ()) = ExactGradient.step(&machine, &batch(&machine, &table), (), RandomKey::new(1));
    let before = step.gradient.clone();
    let after = transform(&table).apply(&machine, step).gradient;
    for tensor in after.vectors.values() {
        assert!(values(tensor).iter().all(|x| x.is_finite()));
    }
    let derivative =
        |gradient: &paysage_models::Gradient| values(&gradient.matrices[&ParameterId::weight(0)]);
    assert_eq!(derivative(&after).len(), derivative(&before).len());
    assert!(derivative(&after).iter().all(|x| x.is_finite()));
}

/// Nothing is given to frozen parameters, and offsets of units whose neighbour has a frozen bias are not
/// used.
#[test]
fn frozen_parameters_get_no_derivative() {
    let table = bits([false; 4]);
    let kinds = [LayerKind::bernoulli(4), LayerKind::bernoulli(3)];
    let mut machine = machines::chain(&kinds, 0.6, false, RandomKey::new(736));
    let frozen = ParameterId::layer(1, "loc");
    machine.freeze(frozen).expect("a parameter");
    let (step, ()) = ExactGradient.step(&machine, &batch(&machine, &table), (), RandomKey::new(1));
    let before = step.clone();
    let after = transform(&table).apply(&machine, step).gradient;
    assert!(!after.vectors.contains_key(&frozen));
    // In the direction of −g′ the likelihood rises: g·g′ > 0.
    let dot = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (weight, loc) = (ParameterId::weight(0), ParameterId::layer(0, "loc"));
    let matrices = [&before.gradient, &after].map(|g| values(&g.matrices[&weight]));
    let vectors = [&before.gradient, &after].map(|g| values(&g.vectors[&loc]));
    let [one, two] = matrices;
    let [three, four] = vectors;
    assert!(dot(one, two) + dot(three, four) > 0.0);
}
