//! Throughput of exact sums of ln Z over the smaller layer, in states per second.

mod common;

use common::machine;
use criterion::{BenchmarkId, Criterion, Throughput};
use paysage::prelude::*;

fn log_partition(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ln Z");
    // The largest sums take seconds on a slow device.
    group.sample_size(10);
    for (visible, hidden) in [(784, 16), (20, 20)] {
        let machine = machine(visible, hidden);
        group.throughput(Throughput::Elements(1 << hidden));
        let name = BenchmarkId::from_parameter(format!("{visible}x{hidden}"));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let exact = Exact::new(&machine).expect("few enough states");
                let log_partition = exact.log_partition();
                assert!(log_partition.is_finite(), "ln Z is {log_partition}");
                log_partition
            });
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    log_partition(&mut criterion);
    criterion.final_summary();
}
