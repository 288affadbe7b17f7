//! The MNIST examples run, print finite metrics and write their pictures.
//!
//! The programs are those that `cargo test --workspace` builds; `cargo build --workspace --examples`
//! builds them for a run of this test alone.

mod example;

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Output},
};

use example::{program, text};
use paysage::data::Digits;

/// Metrics of all examples; those of deep machines have no pseudo-log-likelihood.
const METRICS: [&str; 6] = [
    "training_seconds",
    "seconds",
    "reconstruction_error",
    "energy_distance",
    "frechet_distance",
    "log_likelihood",
];

const PICTURES: [&str; 4] = ["samples", "reconstructions", "weights", "weight_histogram"];

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

fn run(name: &str, out: &Path, options: &[&str]) -> Output {
    let mut command = Command::new(program(name));
    let command = command.args(["--quick", "--out"]).arg(out).args(options);
    command.output().expect("the program starts")
}

/// The metrics of a successful run, whose pictures are checked.
fn metrics(name: &str, options: &[&str]) -> BTreeMap<String, f64> {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("pictures");
    let output = run(name, &out, options);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{stdout}\n{stderr}");
    for picture in PICTURES {
        let path = out.join(picture).with_extension("png");
        let bytes = fs::read(&path).expect("a picture");
        assert!(bytes.starts_with(PNG), "{}", path.display());
    }
    let value = |line: &str| {
        let mut cells = line.split_whitespace();
        let name = cells.next()?.to_owned();
        Some((name, cells.next()?.parse().ok()?))
    };
    let metrics: BTreeMap<String, f64> = stdout.lines().filter_map(value).collect();
    for name in METRICS {
        assert!(
            metrics.get(name).is_some_and(|value| value.is_finite()),
            "{name}: {stdout}"
        );
    }
    metrics
}

/// Checks metrics of binary pixels after one epoch against those of fair coins and of other digits.
fn check_binary(metrics: &BTreeMap<String, f64>) {
    let coins = -784.0 * 2.0_f64.ln();
    let between = |name: &str, low: f64, high: f64| {
        let value = metrics[name];
        assert!(low < value && value < high, "{name}: {value}");
    };
    between("log_likelihood", 0.5 * coins, 0.0);
    between("reconstruction_error", 0.0, 0.1);
    between("energy_distance", -0.01, 0.1);
}

#[test]
fn bernoulli_rbm() {
    let found = metrics("bernoulli_rbm", &[]);
    check_binary(&found);
    // Equal for independent units, which this machine still resembles after one epoch.
    let difference = found["pseudo_log_likelihood"] - found["log_likelihood"];
    assert!(difference.abs() < 10.0, "{difference}");
}

#[test]
fn gaussian_rbm() {
    let found = metrics("gaussian_rbm", &[]);
    assert!(found["pseudo_log_likelihood"].is_finite());
}

#[test]
fn hopfield() {
    check_binary(&metrics("hopfield", &[]));
}

#[test]
fn onehot_rbm() {
    check_binary(&metrics("onehot_rbm", &[]));
}

#[test]
fn dbm() {
    let found = metrics("dbm", &[]);
    check_binary(&found);
    assert!(!found.contains_key("pseudo_log_likelihood"));
}

#[test]
fn dbm_layerwise() {
    check_binary(&metrics("dbm_layerwise", &[]));
}

#[test]
fn tap_bernoulli() {
    let found = metrics("tap_bernoulli", &[]);
    check_binary(&found);
    // Weights are small after one epoch, so that the expansion is accurate.
    let difference = found["log_likelihood_tap"] - found["log_likelihood"];
    assert!(difference.abs() < 2.0, "{difference}");
}

#[test]
fn tap_gaussian() {
    let found = metrics("tap_gaussian", &[]);
    assert!(found["log_likelihood_tap"].is_finite());
}

/// A folder with an IDX file of digits.
fn mnist(rows: usize) -> tempfile::TempDir {
    let digits = Digits {
        rows,
        gray: true,
        ..Digits::default()
    };
    let mut bytes = vec![0, 0, 8, 3];
    for size in [rows as u32, 28, 28] {
        bytes.extend(size.to_be_bytes());
    }
    let table = digits.generate();
    bytes.extend(table.values().iter().map(|x| (255.0 * x).round() as u8));
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("train-images-idx3-ubyte"), bytes).expect("a file");
    folder
}

#[test]
fn data_and_epochs_are_options() {
    let folder = mnist(40);
    let data = folder.path().to_str().expect("a path in UTF-8");
    let out = tempfile::tempdir().expect("a folder");
    let options = ["--data", data, "--epochs", "3"];
    let output = run("bernoulli_rbm", out.path(), &options);
    let stderr = text(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(stderr.contains("epoch 3/3"), "{stderr}");
}

#[test]
fn a_folder_without_data_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("a path in UTF-8");
    let output = run("bernoulli_rbm", folder.path(), &["--data", data]);
    assert!(!output.status.success());
    let stderr = text(&output.stderr);
    assert!(stderr.contains("train-images-idx3-ubyte"), "{stderr}");
}
