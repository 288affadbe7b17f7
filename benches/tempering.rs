//! Cost of a step of parallel tempering, in replicas per second.
//!
//! `gibbs` is a sweep of as many chains at β = 1, `per-chain β` the same sweep with another β in each row,
//! and `tempering` a step with swaps and the adaptation of temperatures.

mod common;

use burn::tensor::Tensor;
use common::{SIZES, criterion, machine, noise, sweeps, tempering_step, timed};
use criterion::{BenchmarkId, Criterion, Throughput};
use paysage::prelude::*;

const REPLICAS: usize = 12;
const CHAINS: usize = 100;

fn tempering(criterion: &mut Criterion) {
    let rows = CHAINS * REPLICAS;
    for [visible, hidden] in SIZES {
        let machine = machine(visible, hidden);
        let mut group = criterion.benchmark_group(format!("tempering {visible}x{hidden}"));
        group.throughput(Throughput::Elements(rows as u64));

        group.bench_function(BenchmarkId::new("gibbs", rows), |bencher| {
            let mut sweep = sweeps([visible, hidden], rows, 1);
            on_workers(|| bencher.iter_custom(|calls| timed(calls, &mut sweep)));
        });

        group.bench_function(BenchmarkId::new("per-chain β", rows), |bencher| {
            let betas: Tensor<1> = noise([rows, 1]).abs().squeeze_dim(1);
            let conditions = Conditions {
                beta: InverseTemperature::PerChain(betas.clamp(0.05, 1.0)),
                ..Conditions::default()
            };
            let mut state = Some(machine.random_state(rows, RandomKey::new(2)));
            let mut keys = (0..).map(|step| RandomKey::new(3).split(step));
            on_workers(|| {
                bencher.iter_custom(|calls| {
                    timed(calls, || {
                        let key = keys.next().expect("no end of keys");
                        let before = state.take().expect("put back below");
                        let after = Gibbs.sweep(&machine, before, &conditions, key);
                        state.insert(after).layers[0].clone()
                    })
                });
            });
        });

        group.bench_function(BenchmarkId::new("tempering", rows), |bencher| {
            let mut work = tempering_step([visible, hidden], CHAINS, REPLICAS);
            on_workers(|| bencher.iter_custom(|calls| timed(calls, &mut work)));
        });
        group.finish();
    }
}

fn main() {
    let mut criterion = criterion();
    tempering(&mut criterion);
    criterion.final_summary();
}
