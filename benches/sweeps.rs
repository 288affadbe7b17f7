//! One Gibbs sweep over a machine of 784 × 500 units, in chains a second.
//!
//! `gibbs` is Paysage's; `plain burn` is the same work in burn's own operations, with burn's own
//! random numbers; `products alone` are its two matrix products, a floor for whoever computes them
//! as matrix products.

mod common;

use burn::tensor::{Distribution, Tensor, activation::sigmoid};
use common::{device, finish, machine};
use criterion::{BenchmarkId, Criterion, Throughput};
use paysage::prelude::*;

fn sweeps(criterion: &mut Criterion) {
    let (device, machine) = (device(), machine(784, 500));
    let weight = &machine.connections[0].weight;
    let loc = |layer: usize| machine.layers[layer].parameters()[0].1.clone();
    let (visible_loc, hidden_loc) = (loc(0), loc(1));
    let mut group = criterion.benchmark_group("sweep 784x500");
    for batch in [100, 500, 1000] {
        group.throughput(Throughput::Elements(batch as u64));
        let state = machine.random_state(batch, RandomKey::new(2));
        let [visible, hidden] = [0, 1].map(|layer: usize| &state.layers[layer]);

        group.bench_function(BenchmarkId::new("gibbs", batch), |bencher| {
            bencher.iter(|| {
                let conditions = Conditions::default();
                let state = Gibbs.sweep(&machine, state.clone(), &conditions, RandomKey::new(3));
                finish(state, &device)
            });
        });

        group.bench_function(BenchmarkId::new("plain burn", batch), |bencher| {
            bencher.iter(|| {
                let hidden = draw(visible.clone().matmul(weight.clone()), &hidden_loc);
                let field = hidden.clone().matmul(weight.clone().transpose());
                finish((draw(field, &visible_loc), hidden), &device)
            });
        });

        group.bench_function(BenchmarkId::new("products alone", batch), |bencher| {
            bencher.iter(|| {
                let up = visible.clone().matmul(weight.clone());
                let down = hidden.clone().matmul(weight.clone().transpose());
                finish((up, down), &device)
            });
        });
    }
    group.finish();
}

/// Bernoulli units under a field, in burn's own operations.
fn draw(field: Tensor<2>, loc: &Tensor<1>) -> Tensor<2> {
    let probability = sigmoid(field + loc.clone().unsqueeze());
    let uniform = probability.random_like(Distribution::Uniform(0.0, 1.0));
    uniform.lower(probability).float()
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    sweeps(&mut criterion);
    criterion.final_summary();
}
