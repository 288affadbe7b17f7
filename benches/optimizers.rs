//! Throughput of a step of Adam on the weights of a machine, in numbers per second: in one pass, and as burn's
//! operations one after the other.

mod common;

use burn::tensor::Tensor;
use burn_optim::{AdamConfig, Optimizer};
use common::{SIZES, criterion, noise, timed};
use criterion::{BenchmarkId, Criterion, Throughput};
use paysage::{optimizers::OnePassAdam, prelude::*};

fn adam(criterion: &mut Criterion) {
    let burns = AdamConfig::new().with_epsilon(1e-8).build();
    for size in SIZES {
        let mut group = criterion.benchmark_group(format!("Adam {}x{}", size[0], size[1]));
        group.throughput(Throughput::Elements((size[0] * size[1]) as u64));
        group.bench_function(BenchmarkId::from_parameter("paysage"), |bencher| {
            let mut step = step(size, OnePassAdam);
            on_workers(|| bencher.iter_custom(|calls| timed(calls, &mut step)));
        });
        group.bench_function(BenchmarkId::from_parameter("burn"), |bencher| {
            let mut step = step(size, burns.clone());
            on_workers(|| bencher.iter_custom(|calls| timed(calls, &mut step)));
        });
        group.finish();
    }
}

fn step(size: [usize; 2], rule: impl Optimizer) -> impl FnMut() -> Tensor<2> + Send {
    let (mut weights, gradient, mut state) = (noise(size), noise(size), None);
    move || {
        // Given away, so that the step may reuse its memory.
        let tensor = std::mem::replace(&mut weights, gradient.clone());
        (weights, state) = rule.step(0.001, tensor, gradient.clone(), state.take());
        weights.clone()
    }
}

fn main() {
    let mut criterion = criterion();
    adam(&mut criterion);
    criterion.final_summary();
}
