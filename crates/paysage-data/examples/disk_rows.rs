//! Rows per second of one epoch in random order: from memory, from bits, and from disk within several
//! memory limits.
//!
//! `cargo run --release -p paysage-data --example disk_rows -- [ROWS] [COLUMNS]`

use std::error::Error;
use std::time::Instant;

use paysage_data::{BitRows, DiskOptions, Order, ReadOptions, Rows, Table, write_npy};

const BATCH: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let number = |place, default| {
        let text = std::env::args().nth(place);
        text.map_or(Ok(default), |text| text.parse::<usize>())
    };
    let (rows, columns) = (number(1, 60_000)?, number(2, 784)?);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("rows.npy");
    let bit = |index: usize| f32::from(index.wrapping_mul(0x9E37_79B9) >> 7 & 3 == 0);
    let values: Vec<f32> = (0..rows * columns).map(bit).collect();
    write_npy(&path, rows, columns, &values)?;
    let table = Table::new("rows", columns, values)?;
    let expected = measure("table in memory", &table)?;
    if let Some(bits) = BitRows::of(&table)? {
        let name = format!("bits in memory, {:.1} MB", bits.bytes() as f64 / 1e6);
        assert_eq!(measure(&name, &bits)?, expected);
    }
    drop(table);
    let options = ReadOptions::new(path.to_str().ok_or("the path is no text")?);
    for memory in [1 << 30, 64 << 20, 16 << 20, 4 << 20] {
        let start = Instant::now();
        let disk = DiskOptions {
            memory,
            ..DiskOptions::default()
        };
        let data = options.open(&disk)?.rows;
        let opened = start.elapsed().as_secs_f64();
        let name = format!(
            "on disk within {} MiB (opened in {opened:.2} s)",
            memory >> 20
        );
        assert_eq!(measure(&name, &data)?, expected);
    }
    Ok(())
}

/// Prints the rows per second of one epoch; returns the sum of a value of each batch.
fn measure(name: &str, rows: &dyn Rows) -> Result<f64, Box<dyn Error>> {
    let mut sum = 0.0;
    let start = Instant::now();
    for (number, chunk) in rows
        .chunks(Order::Shuffled { seed: 0, epoch: 0 }, BATCH)
        .enumerate()
    {
        sum += f64::from(chunk?.values[number % rows.columns()]) * number as f64;
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{:>12.0} rows/s  {name}", rows.count() as f64 / seconds);
    Ok(sum)
}
