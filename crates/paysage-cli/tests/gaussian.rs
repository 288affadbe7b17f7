//! Gaussian columns in their own units: better than independent normals by default, and samples with
//! the mean and deviation of each column.

#![allow(clippy::unwrap_used)]

mod program;

use program::Desk;
use serde_json::Value;

const TAU: f64 = std::f64::consts::TAU;

/// Numbers that look normal: sums of uniform ones.
fn normals(count: usize, mut state: u64) -> Vec<f64> {
    let mut uniform = move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..count)
        .map(|_| (0..12).map(|_| uniform()).sum::<f64>() - 6.0)
        .collect()
}

fn moments(column: &[f64]) -> (f64, f64) {
    let n = column.len() as f64;
    let mean = column.iter().sum::<f64>() / n;
    let variance = column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

/// Trains by default on columns, and compares with independent normals.
fn check(columns: &[Vec<f64>]) {
    let desk = Desk::new();
    let names: Vec<String> = (0..columns.len())
        .map(|column| format!("x{column}"))
        .collect();
    let rows = (0..columns[0].len()).map(|row| {
        let cells: Vec<String> = columns
            .iter()
            .map(|column| column[row].to_string())
            .collect();
        cells.join(",") + "\n"
    });
    desk.write(
        "t.csv",
        format!("{}\n{}", names.join(","), rows.collect::<String>()),
    );
    desk.must("train t.csv --visible gaussian --hidden 10 --out run");

    // In the units of the file: a density falls with the deviation of its column.
    let independent: f64 = columns
        .iter()
        .map(|column| -0.5 * (TAU.ln() + 1.0) - moments(column).1.ln())
        .sum();
    let volume: f64 = columns.iter().map(|column| moments(column).1.ln()).sum();
    let text = desk.must("evaluate run/model.safetensors t.csv --json");
    let found: Value = serde_json::from_str(&text).unwrap();
    let standardized = found["log_likelihood_exact"].as_f64().unwrap();
    assert!(
        standardized - volume > independent - 0.05,
        "{standardized} in standardized units, {independent} for independent normals"
    );

    desk.must("sample run/model.safetensors --count 4000 --sweeps 200 --out s.csv");
    let text = desk.text("s.csv");
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect())
        .collect();
    for (index, column) in columns.iter().enumerate() {
        let sampled: Vec<f64> = rows.iter().map(|row| row[index]).collect();
        let ((mean, deviation), (found, spread)) = (moments(column), moments(&sampled));
        assert!(
            (found - mean).abs() < 0.25 * deviation,
            "column {index}: mean {found}, not {mean}"
        );
        assert!(
            (0.8..1.25).contains(&(spread / deviation)),
            "column {index}: deviation {spread}, not {deviation}"
        );
    }
}

#[test]
fn columns_of_very_different_deviations() {
    let columns = [(1e-3, 1), (1.0, 2), (1e4, 3)];
    let columns = columns.map(|(deviation, seed)| {
        let numbers = normals(500, seed).into_iter();
        numbers
            .map(|x| x * deviation + deviation)
            .collect::<Vec<f64>>()
    });
    check(&columns);
}

#[test]
fn columns_of_a_large_scale() {
    let shared = normals(500, 7);
    let columns = [4, 5, 6].map(|seed| {
        let numbers = normals(500, seed).into_iter().zip(&shared);
        numbers
            .map(|(x, y)| 5000.0 + 1000.0 * (x + 0.5 * y))
            .collect::<Vec<f64>>()
    });
    check(&columns);
}
