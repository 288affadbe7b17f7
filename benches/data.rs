//! Throughput of the generation of 10,000 digits and of reading them in shuffled batches of 100 (an epoch
//! without its training steps), in rows per second.

mod common;

use std::hint::black_box;

use common::{machine, timed};
use criterion::{Criterion, Throughput};
use paysage::data::{Digits, shuffled};

const ROWS: usize = 10_000;

fn data(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("10000 digits");
    group.throughput(Throughput::Elements(ROWS as u64));
    let digits = Digits {
        rows: ROWS,
        ..Digits::default()
    };
    group.bench_function("drawn", |bencher| bencher.iter(|| digits.generate()));

    let table = digits.generate();
    let machine = machine(table.columns(), 1);
    group.bench_function("shuffled batches of 100", |bencher| {
        bencher.iter_custom(|calls| {
            timed(calls, || {
                let order = shuffled(ROWS, 0, 0);
                let batches = order
                    .chunks(100)
                    .map(|batch| black_box(machine.rows(&table, batch)));
                batches.reduce(|_, batch| batch).expect("batches")
            })
        });
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    data(&mut criterion);
    criterion.final_summary();
}
