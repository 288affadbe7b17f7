//! Throughput of the sampling kernels and of the same work in burn's operations, in units per second.

mod common;

use burn::tensor::{Distribution, Tensor, activation::softmax};
use common::{BATCHES, SIZES, criterion, noise, plain_draw, timed_with};
use criterion::{BenchmarkId, Criterion, Throughput};
use paysage::{
    kernels::{sample_bernoulli, sample_categorical, sample_gaussian},
    prelude::*,
};

/// Number of states of a one-hot site, as for amino acids.
const STATES: usize = 20;

fn draws(criterion: &mut Criterion) {
    for units in SIZES.map(|[_, hidden]| hidden) {
        let loc = noise([1, units]).squeeze_dim::<1>(0);
        let deviation = loc.clone().exp();
        for batch in BATCHES {
            let field = noise([batch, units]);
            let mut group = criterion.benchmark_group(format!("{batch} x {units} units"));
            group.throughput(Throughput::Elements((batch * units) as u64));
            // A kernel consumes its field, so each iteration gets a copy.
            let mut run = |kind: &str, by: &str, work: &(dyn Fn(Tensor<2>) -> Tensor<2> + Sync)| {
                group.bench_function(BenchmarkId::new(kind, by), |bencher| {
                    on_workers(|| {
                        bencher
                            .iter_custom(|calls| timed_with(calls, || field.clone() + 0.0, work));
                    });
                });
            };
            let (one, key) = (InverseTemperature::ONE, RandomKey::new(3));
            run("bernoulli", "paysage", &|field| {
                sample_bernoulli(field, loc.clone(), &one, key)
            });
            run("bernoulli", "burn", &|field| plain_draw(field, &loc));
            run("gaussian", "paysage", &|field| {
                sample_gaussian(field, loc.clone(), deviation.clone(), &one, key)
            });
            run("gaussian", "burn", &|field| {
                let noise = field.random_like(Distribution::Normal(0.0, 1.0));
                field + loc.clone().unsqueeze() + noise * deviation.clone().unsqueeze()
            });
            run("one-hot", "paysage", &|field| {
                sample_categorical(field, loc.clone(), STATES, &one, key)
            });
            run("one-hot", "burn", &|field| {
                // Gumbel-max trick.
                let logits = softmax(
                    (field + loc.clone().unsqueeze()).reshape([batch, units / STATES, STATES]),
                    2,
                );
                let uniform = logits.random_like(Distribution::Uniform(0.0, 1.0));
                let chosen = (logits.log() - uniform.log().neg().log()).argmax(2);
                chosen.float().reshape([batch, units / STATES])
            });
            group.finish();
        }
    }
}

fn main() {
    let mut criterion = criterion();
    draws(&mut criterion);
    criterion.final_summary();
}
