//! Whole steps of training a machine of 784 × 500 units, in rows a second: the gradient by CD-1 or
//! PCD-1 (with as many chains as rows), and the update by Adam.

mod common;

use common::{device, finish, machine};
use criterion::{BenchmarkId, Criterion, Throughput};
use paysage::prelude::*;

fn steps(criterion: &mut Criterion) {
    for batch in [100, 500] {
        step(criterion, "CD-1", batch, ContrastiveDivergence::default());
        let pcd = PersistentContrastiveDivergence {
            chains: batch,
            ..Default::default()
        };
        step(criterion, "PCD-1", batch, pcd);
    }
}

fn step(
    criterion: &mut Criterion,
    name: &str,
    batch: usize,
    mut estimator: impl GradientEstimator<AnyLayer>,
) {
    let (device, mut machine) = (device(), machine(784, 500));
    let digits = read(&format!("builtin:digits?rows={batch}")).expect("a built-in data set");
    let indices: Vec<usize> = (0..batch).collect();
    let rows = machine.rows(&digits, &indices);
    let mut optimizer: Box<dyn Optimizer<AnyLayer>> = OptimizerKind::Adam.build();
    let mut keys = (0..).map(|step| RandomKey::new(2).split(step));

    let mut group = criterion.benchmark_group("step 784x500");
    group.throughput(Throughput::Elements(batch as u64));
    group.bench_function(BenchmarkId::new(name, batch), |bencher| {
        bencher.iter(|| {
            let key = keys.next().expect("no end of keys");
            let gradient = estimator.estimate(&machine, rows.clone(), key);
            optimizer.step(&mut machine, gradient, 1e-3);
            finish((), &device);
        });
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    steps(&mut criterion);
    criterion.final_summary();
}
