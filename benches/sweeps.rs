//! Throughput of a Gibbs sweep, in chains per second.
//!
//! `gibbs` is the sweep of Paysage; `plain burn` is the same work in burn's operations and with burn's
//! random numbers; `products alone` are its two matrix products.

mod common;

use common::{BATCHES, SIZES, criterion, machine, plain_draw, timed};
use criterion::{BenchmarkId, Criterion, Throughput};
use paysage::prelude::*;

fn sweeps(criterion: &mut Criterion) {
    for [visible, hidden] in SIZES {
        let machine = machine(visible, hidden);
        let weight = &machine.connections[0].weight;
        let loc = |layer: usize| machine.layers[layer].parameters().swap_remove(0).1.clone();
        let (visible_loc, hidden_loc) = (loc(0), loc(1));
        let mut group = criterion.benchmark_group(format!("sweep {visible}x{hidden}"));
        for batch in BATCHES {
            group.throughput(Throughput::Elements(batch as u64));
            let state = machine.random_state(batch, RandomKey::new(2));
            let [v, h] = [0, 1].map(|layer: usize| &state.layers[layer]);

            group.bench_function(BenchmarkId::new("gibbs", batch), |bencher| {
                let mut sweep = common::sweeps([visible, hidden], batch, 1);
                on_workers(|| bencher.iter_custom(|calls| timed(calls, &mut sweep)));
            });

            group.bench_function(BenchmarkId::new("plain burn", batch), |bencher| {
                on_workers(|| {
                    bencher.iter_custom(|calls| {
                        timed(calls, || {
                            let hidden = plain_draw(v.clone().matmul(weight.clone()), &hidden_loc);
                            let field = hidden.clone().matmul(weight.clone().transpose());
                            [plain_draw(field, &visible_loc), hidden]
                        })
                    });
                });
            });

            group.bench_function(BenchmarkId::new("products alone", batch), |bencher| {
                on_workers(|| {
                    bencher.iter_custom(|calls| {
                        timed(calls, || {
                            let up = v.clone().matmul(weight.clone());
                            let down = h.clone().matmul(weight.clone().transpose());
                            [up, down]
                        })
                    });
                });
            });
        }
        group.finish();
    }
}

/// One-hot visible sites, as of a protein of 53 amino acids.
fn potts(criterion: &mut Criterion) {
    let (size, states) = ([1113, 200], 21);
    let mut group = criterion.benchmark_group("sweep of 53 sites of 21 states x200");
    for batch in BATCHES {
        group.throughput(Throughput::Elements(batch as u64));
        group.bench_function(BenchmarkId::new("gibbs", batch), |bencher| {
            let mut sweep = common::potts_sweeps(size, batch, states, 1);
            on_workers(|| bencher.iter_custom(|calls| timed(calls, &mut sweep)));
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = criterion();
    sweeps(&mut criterion);
    potts(&mut criterion);
    criterion.final_summary();
}
