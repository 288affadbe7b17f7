//! Time of the iterations to the fixed points of the second-order TAP expansion, and of a training step
//! with them, compared with the same work in burn's operations.

mod common;

use burn::tensor::{Tensor, activation::sigmoid};
use common::{binary, criterion, fixed_points, machine, tap_solver, timed};
use criterion::{BenchmarkId, Criterion};
use paysage::{prelude::*, tap::TapState};

const SIZES: [[usize; 2]; 2] = [[784, 256], [784, 500]];
const STARTS: usize = 100;
const ITERATIONS: usize = 10;

/// The moments after [`ITERATIONS`] damped updates, for machines with zero `loc`.
fn plain_fixed_point(weight: &Tensor<2>, visible: Tensor<2>) -> [Tensor<2>; 2] {
    let square = weight.clone().square() * 0.5;
    let variance = |mean: &Tensor<2>| mean.clone() * (-mean.clone() + 1.0);
    let field = |own: &Tensor<2>, other: &Tensor<2>, weight: Tensor<2>, square: Tensor<2>| {
        let reaction = variance(other).matmul(square) * (own.clone() * -2.0 + 1.0);
        other.clone().matmul(weight) + reaction
    };
    let (weight_back, square_back) = (weight.clone().transpose(), square.clone().transpose());
    let mut v_field = visible.clone() * 0.0;
    let mut h_field = visible.clone().matmul(weight.clone());
    let (mut v, mut h) = (visible, sigmoid(h_field.clone()));
    for _ in 0..ITERATIONS {
        let target = field(&h, &v, weight.clone(), square.clone());
        h_field = (h_field + target) * 0.5;
        h = sigmoid(h_field.clone());
        let target = field(&v, &h, weight_back.clone(), square_back.clone());
        v_field = (v_field + target) * 0.5;
        v = sigmoid(v_field.clone());
    }
    [v, h]
}

fn all_fixed_points(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fixed point");
    for [visible, hidden] in SIZES {
        let (machine, rows) = (machine(visible, hidden), binary([STARTS, visible]));
        let name = |way| BenchmarkId::new(way, format!("{visible}x{hidden}"));
        group.bench_function(name("solver"), |bencher| {
            let mut work = fixed_points([visible, hidden], STARTS, ITERATIONS);
            bencher.iter_custom(|calls| timed(calls, &mut work));
        });
        let weight = &machine.connections[0].weight;
        group.bench_function(name("burn"), |bencher| {
            bencher.iter_custom(|calls| timed(calls, || plain_fixed_point(weight, rows.clone())));
        });
    }
    group.finish();
}

fn steps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("TAP step");
    for [visible, hidden] in SIZES {
        let (mut machine, rows) = (machine(visible, hidden), binary([STARTS, visible]));
        let name = |way| BenchmarkId::new(way, format!("{visible}x{hidden}"));
        let batch = Batch::from(rows.clone());
        let tap = TapGradient {
            solver: tap_solver(ITERATIONS),
            starts: STARTS,
            ..Default::default()
        };
        group.bench_function(name("estimator"), |bencher| {
            bencher.iter_custom(|calls| {
                timed(calls, || {
                    let state = TapState::default();
                    let (step, _) = tap.step(&machine, &batch, state, RandomKey::new(1));
                    GradientDescent.step(&mut machine, step.gradient, (), 1e-6);
                    machine.connections[0].weight.clone()
                })
            });
        });
        let mut weight = machine.connections[0].weight.clone();
        let mut model = rows.clone();
        group.bench_function(name("burn"), |bencher| {
            bencher.iter_custom(|calls| {
                timed(calls, || {
                    let means = sigmoid(rows.clone().matmul(weight.clone()));
                    let data = rows.clone().transpose().matmul(means);
                    let [v, h] = plain_fixed_point(&weight, model.clone());
                    let variance = |mean: &Tensor<2>| mean.clone() * (-mean.clone() + 1.0);
                    let second = variance(&v).transpose().matmul(variance(&h)) * weight.clone();
                    let negative = v.clone().transpose().matmul(h) + second;
                    weight = weight.clone() + (data - negative) * (1e-6 / STARTS as f64);
                    model = v;
                    weight.clone()
                })
            });
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = criterion();
    all_fixed_points(&mut criterion);
    steps(&mut criterion);
    criterion.final_summary();
}
