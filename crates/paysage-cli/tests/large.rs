//! A file that is larger than the memory of the run. Slow, and needs as much disk space as the file:
//!
//! `PAYSAGE_LARGE_GB=20 cargo test --workspace --test large -- --ignored --nocapture`

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod program;

use std::time::Instant;

use paysage::data::{Layout, RowsWriter};
use program::Desk;

/// Number of columns, and of rows that are made at a time.
const COLUMNS: usize = 784;
const PART: usize = 10_000;

/// The most resident memory: 1 GiB.
const MOST: u64 = 1 << 30;

/// Gray values of stripes of a random slope and width, as `f32`.
fn stripes(first: usize, rows: usize) -> Vec<f32> {
    let pixel = |index: usize| {
        let (row, column) = (first + index / COLUMNS, index % COLUMNS);
        let mixed = row.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        let (slope, width, shift) = (mixed % 5, mixed / 5 % 4 + 2, mixed / 20 % 28);
        let place = column % 28 + slope * (column / 28) + shift;
        (place / width % 3) as f32 / 2.0
    };
    (0..rows * COLUMNS).map(pixel).collect()
}

#[test]
#[ignore = "makes a file of PAYSAGE_LARGE_GB gigabytes (2)"]
fn a_file_of_many_gigabytes_trains_within_one_gibibyte() {
    let gigabytes = std::env::var("PAYSAGE_LARGE_GB").map_or(2.0, |text| text.parse().unwrap());
    let rows = (gigabytes * 1e9 / (4 * COLUMNS) as f64) as usize / PART * PART;
    let desk = Desk::new();
    let started = Instant::now();
    let layout = Layout::units(COLUMNS);
    let writer = RowsWriter::new(desk.path("large.npy"), &layout).unwrap();
    let mut parts = writer.start(rows).unwrap();
    for first in (0..rows).step_by(PART) {
        parts.push(&stripes(first, PART)).unwrap();
    }
    parts.finish().unwrap();
    println!(
        "{rows} rows made in {:.0} s",
        started.elapsed().as_secs_f64()
    );

    let started = Instant::now();
    let words = "train large.npy --threshold 0.25 --hidden 100 --epochs 1 --batch-size 1000 \
                 --validation 0.01 --memory 768MiB --out run";
    let peak = desk.peak(words);
    println!(
        "one epoch with checks, validation and report in {:.0} s, {:.0} MB resident at most",
        started.elapsed().as_secs_f64(),
        peak as f64 / 1e6
    );
    assert!(peak < MOST, "{peak} bytes");

    let started = Instant::now();
    let words = format!("sample run/model.safetensors --count {rows} --sweeps 1 --out made.npy");
    let peak = desk.peak(&words);
    println!(
        "{rows} samples in {:.0} s, {:.0} MB resident at most",
        started.elapsed().as_secs_f64(),
        peak as f64 / 1e6
    );
    assert!(peak < MOST, "{peak} bytes");
}
