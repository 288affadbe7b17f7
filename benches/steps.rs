//! Throughput of training steps, in rows per second: the gradient by PCD with one chain per row of the
//! batch, and the update by gradient descent. `paysage centered` is the same with moving centers of both
//! layers, `plain burn` the same in burn's operations.

mod common;

use burn::tensor::{Tensor, activation::sigmoid};
use common::{BATCHES, LEARNING_RATE, SIZES, binary, criterion, machine, plain_draw, step, timed};
use criterion::{BenchmarkId, Criterion, Throughput};
use paysage::prelude::*;

fn steps(criterion: &mut Criterion) {
    for size in SIZES {
        for steps in [1, 10] {
            let [visible, hidden] = size;
            let mut group = criterion.benchmark_group(format!("PCD-{steps} {visible}x{hidden}"));
            for batch in BATCHES {
                group.throughput(Throughput::Elements(batch as u64));
                group.bench_function(BenchmarkId::new("paysage", batch), |bencher| {
                    let mut step = step(size, batch, steps, false);
                    on_workers(|| bencher.iter_custom(|calls| timed(calls, &mut step)));
                });
                group.bench_function(BenchmarkId::new("paysage centered", batch), |bencher| {
                    let mut step = step(size, batch, steps, true);
                    on_workers(|| bencher.iter_custom(|calls| timed(calls, &mut step)));
                });
                group.bench_function(BenchmarkId::new("plain burn", batch), |bencher| {
                    let mut step = plain_step(size, batch, steps);
                    on_workers(|| bencher.iter_custom(|calls| timed(calls, &mut step)));
                });
            }
            group.finish();
        }
    }
}

fn plain_step(
    [visible, hidden]: [usize; 2],
    batch: usize,
    steps: usize,
) -> impl FnMut() -> [Tensor<2>; 2] + Send {
    let machine = machine(visible, hidden);
    let rows = binary([batch, visible]);
    let mut weight = machine.connections[0].weight.clone();
    let mut locs =
        [0, 1].map(|layer: usize| machine.layers[layer].parameters().swap_remove(0).1.clone());
    let mut chains = binary([batch, hidden]);
    move || {
        let up = |v: Tensor<2>| v.matmul(weight.clone()) + locs[1].clone().unsqueeze();
        let down = |h: Tensor<2>| plain_draw(h.matmul(weight.clone().transpose()), &locs[0]);
        let means = sigmoid(up(rows.clone()));
        let mut v = down(chains.clone());
        for _ in 1..steps {
            let h = plain_draw(v.clone().matmul(weight.clone()), &locs[1]);
            v = down(h);
        }
        let field = v.clone().matmul(weight.clone());
        let chain_means = sigmoid(field.clone() + locs[1].clone().unsqueeze());
        chains = plain_draw(field, &locs[1]);
        let rate = LEARNING_RATE / batch as f64;
        let gradient = rows.clone().transpose().matmul(means.clone())
            - v.clone().transpose().matmul(chain_means.clone());
        weight = weight.clone() + gradient * rate;
        locs = [
            locs[0].clone() + (rows.clone() - v).sum_dim(0).squeeze_dim::<1>(0) * rate,
            locs[1].clone() + (means - chain_means).sum_dim(0).squeeze_dim::<1>(0) * rate,
        ];
        [weight.clone(), chains.clone()]
    }
}

fn main() {
    let mut criterion = criterion();
    steps(&mut criterion);
    criterion.final_summary();
}
