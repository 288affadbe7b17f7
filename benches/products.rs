//! Throughput of the three products with binary states, of those of a single row, of burn's matrix
//! products, and of the `gemm` crate on allocated memory (the roofline of a matrix product), in
//! multiply-adds per second.

mod common;

use burn::tensor::Tensor;
use common::{BATCHES, SIZES, binary, criterion, noise, timed};
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, measurement::WallTime};
use paysage::{
    kernels::{Outer, plain, times, times_transposed},
    prelude::*,
};

/// The products of a single row, such as a center, which is not binary.
fn single_rows(criterion: &mut Criterion) {
    for [visible, hidden] in SIZES {
        let weight = noise([visible, hidden]);
        let (v, h) = (noise([1, visible]), noise([1, hidden]));
        let mut group = criterion.benchmark_group(format!("{visible}x{hidden}, 1 row"));
        group.throughput(Throughput::Elements((visible * hidden) as u64));
        with_weights(&mut group, [&v, &h], &weight);
        group.finish();
    }
}

/// Products of visible and of hidden states with the weights, by the kernels and by burn.
fn with_weights(group: &mut Group<'_>, [v, h]: [&Tensor<2>; 2], weight: &Tensor<2>) {
    let [v, h, w] = [v, h, weight].map(|tensor| move || tensor.clone());
    run(group, "v W", "paysage", &|| times(v(), w()));
    run(group, "v W", "burn", &|| plain::times(v(), w()));
    run(group, "h Wt", "paysage", &|| times_transposed(h(), w()));
    run(group, "h Wt", "burn", &|| plain::times_transposed(h(), w()));
}

type Group<'a> = BenchmarkGroup<'a, WallTime>;

fn run(group: &mut Group<'_>, product: &str, by: &str, work: &(dyn Fn() -> Tensor<2> + Sync)) {
    group.bench_function(BenchmarkId::new(product, by), |bencher| {
        on_workers(|| bencher.iter_custom(|calls| timed(calls, work)));
    });
}

fn products(criterion: &mut Criterion) {
    for [visible, hidden] in SIZES {
        let weight = noise([visible, hidden]);
        for batch in BATCHES {
            let (v, h) = (binary([batch, visible]), binary([batch, hidden]));
            let mut group = criterion.benchmark_group(format!("{visible}x{hidden}, {batch} rows"));
            group.throughput(Throughput::Elements((batch * visible * hidden) as u64));
            with_weights(&mut group, [&v, &h], &weight);
            let outer = |left: &Tensor<2>, right: &Tensor<2>| Outer {
                left: left.clone(),
                right: right.clone(),
                scale: 1.0,
            };
            run(&mut group, "vt h", "paysage", &|| outer(&v, &h).sum());
            run(&mut group, "vt h", "burn", &|| plain::outer(outer(&v, &h)));

            let read = |tensor: &Tensor<2>| -> Vec<f32> {
                tensor.clone().try_into_vec_as::<f32>().expect("readable")
            };
            let (v, h, w) = (read(&v), read(&h), read(&weight));
            let straight = |values, [rows, columns]: [usize; 2]| Operand {
                values,
                shape: [rows, columns],
                strides: [columns, 1],
            };
            let turned = |values, [rows, columns]: [usize; 2]| Operand {
                values,
                shape: [columns, rows],
                strides: [1, columns],
            };
            for (product, left, right) in [
                (
                    "v W",
                    straight(&v, [batch, visible]),
                    straight(&w, [visible, hidden]),
                ),
                (
                    "h Wt",
                    straight(&h, [batch, hidden]),
                    turned(&w, [visible, hidden]),
                ),
                (
                    "vt h",
                    turned(&v, [batch, visible]),
                    straight(&h, [batch, hidden]),
                ),
            ] {
                let mut result = vec![0.0; left.shape[0] * right.shape[1]];
                group.bench_function(BenchmarkId::new(product, "gemm"), |bencher| {
                    on_workers(|| bencher.iter(|| multiply(left, right, &mut result)));
                });
            }
            group.finish();
        }
    }
}

/// A matrix in memory.
#[derive(Clone, Copy)]
struct Operand<'a> {
    values: &'a [f32],
    shape: [usize; 2],
    /// Strides of rows and of columns.
    strides: [usize; 2],
}

fn multiply(left: Operand<'_>, right: Operand<'_>, result: &mut [f32]) {
    let ([rows, inner], columns) = (left.shape, right.shape[1]);
    assert_eq!((inner, rows * columns), (right.shape[0], result.len()));
    let stride = |operand: Operand<'_>, dimension: usize| operand.strides[dimension] as isize;
    // SAFETY: shapes and strides are those of the slices.
    #[allow(unsafe_code)]
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            result.as_mut_ptr(),
            1,
            columns as isize,
            false,
            left.values.as_ptr(),
            stride(left, 1),
            stride(left, 0),
            right.values.as_ptr(),
            stride(right, 1),
            stride(right, 0),
            0.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::Rayon(0),
        );
    }
}

fn main() {
    let mut criterion = criterion();
    single_rows(&mut criterion);
    products(&mut criterion);
    criterion.final_summary();
}
