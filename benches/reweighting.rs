//! Weights of aligned sequences by identity: pairs of sequences per second, for sequences of 100 sites.

use criterion::{Criterion, Throughput};
use paysage::data::identity_weights;

const SITES: usize = 100;

/// Sequences of 21 symbols, each a mutated copy of an earlier one, as in a family.
fn family(count: usize) -> Vec<u8> {
    let mut state = 1u64;
    let mut below = |bound: u64| {
        // A linear congruential generator: any sequences will do.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((state >> 33) % bound) as usize
    };
    let mut symbols: Vec<u8> = (0..SITES).map(|_| below(21) as u8).collect();
    for sequence in 1..count {
        let parent = below(sequence as u64) * SITES;
        for site in 0..SITES {
            let symbol = match below(8) {
                0 => below(21) as u8,
                _ => symbols[parent + site],
            };
            symbols.push(symbol);
        }
    }
    symbols
}

fn reweighting(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("weights by identity");
    for count in [5_000, 50_000] {
        let symbols = family(count);
        group.sample_size(10);
        group.throughput(Throughput::Elements((count * (count + 1) / 2) as u64));
        group.bench_function(format!("{count} sequences"), |bencher| {
            bencher.iter(|| identity_weights(&symbols, SITES, 0.8));
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    reweighting(&mut criterion);
    criterion.final_summary();
}
