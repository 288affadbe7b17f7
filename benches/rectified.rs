//! Layers of rectified units: quantities given a field, and a training step of a small machine, by the kernel
//! for f32 and by the ordinary tensor operations for f64.

mod common;

use burn::tensor::{DType, Tensor};
use common::{criterion, device, noise, timed};
use criterion::{BenchmarkId, Criterion, Throughput};
use paysage::prelude::*;

/// Rows and units.
const SHAPES: [[usize; 2]; 2] = [[16, 50], [1000, 200]];

fn layer(name: &str, units: usize, dtype: DType) -> AnyLayer {
    let kind: LayerKind = format!("{name}:{units}").parse().expect("a kind");
    AnyLayer::from_kind(&kind, (&device(), dtype))
}

fn quantities(criterion: &mut Criterion) {
    for (shape, name) in SHAPES.into_iter().flat_map(|s| [(s, "relu"), (s, "drelu")]) {
        let [batch, units] = shape;
        let mut group = criterion.benchmark_group(format!("{name} {batch}x{units}"));
        group.throughput(Throughput::Elements((batch * units) as u64));
        for dtype in [DType::F32, DType::F64] {
            let (layer, one) = (layer(name, units, dtype), InverseTemperature::ONE);
            let field: Tensor<2> = noise(shape).cast(dtype);
            let mut run = |what: &str, compute: &(dyn Fn(Tensor<2>) -> Tensor<2> + Sync)| {
                let id = BenchmarkId::new(what, format!("{dtype:?}"));
                group.bench_function(id, |bencher| {
                    on_workers(|| {
                        bencher.iter_custom(|calls| timed(calls, || compute(field.clone())));
                    });
                });
            };
            run("mean", &|field| layer.mean(field, &one));
            run("variance", &|field| layer.variance(field, &one));
            run("log-partition", &|field| {
                layer.log_partition(field, &one).unsqueeze()
            });
            let key = RandomKey::new(3);
            run("sample", &|field| layer.sample(field, &one, key));
        }
        group.finish();
    }
}

fn main() {
    let mut criterion = criterion();
    quantities(&mut criterion);
    criterion.final_summary();
}
