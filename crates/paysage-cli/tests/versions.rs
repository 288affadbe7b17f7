//! Files that earlier programs wrote, in every version of the formats, are read for ever: `versions/README.md`.

#![allow(clippy::unwrap_used)]

mod program;

use std::{fs, path::Path};

use program::{BARS, Desk};
use serde_json::Value;

/// A desk with copies of the files.
fn desk() -> Desk {
    fn copy(from: &Path, to: &Path) {
        for entry in fs::read_dir(from).unwrap() {
            let from = entry.unwrap().path();
            let to = to.join(from.file_name().unwrap());
            match from.is_dir() {
                true => {
                    fs::create_dir(&to).unwrap();
                    copy(&from, &to);
                }
                false => drop(fs::copy(&from, &to).unwrap()),
            }
        }
    }
    let desk = Desk::new();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/versions");
    copy(&kept, &desk.path(""));
    desk
}

/// A model has these exact values of ln Z and of the mean log-likelihood of data.
fn check(desk: &Desk, model: &str, data: &str, expected: [f64; 2]) {
    let text = desk.must(&format!("evaluate {model} {data} --json"));
    let found: Value = serde_json::from_str(&text).unwrap();
    let found =
        ["log_partition_exact", "log_likelihood_exact"].map(|name| found[name].as_f64().unwrap());
    for (found, expected) in found.into_iter().zip(expected) {
        assert!(
            (found - expected).abs() < 1e-5,
            "{model}: {found} and {expected}"
        );
    }
}

#[test]
fn models_of_version_1() {
    let desk = desk();
    check(&desk, "model-1.safetensors", BARS, [10.286742, -6.339634]);
    check(
        &desk,
        "model-1-deep.safetensors",
        "real.csv",
        [13.822131, -6.794649],
    );
    let described = desk.must("inspect model-1-deep.safetensors");
    assert!(
        described.contains("layer 1: onehot:2x3 (hidden)"),
        "{described}"
    );
    assert!(
        described.contains("version 1, which has no layout"),
        "{described}"
    );
}

#[test]
fn models_of_version_2() {
    let desk = desk();
    check(
        &desk,
        "run/model.safetensors",
        "table.csv",
        [4.237592, -4.522952],
    );
    desk.must("sample run/model.safetensors --count 2 --sweeps 1 --out samples.csv");
    assert_eq!(
        desk.text("samples.csv").lines().next(),
        Some("colour,size,weight,old")
    );
}

/// Settings of the first version make the same run.
#[test]
fn settings_of_the_first_program() {
    let desk = desk();
    desk.must("train --config config-1.toml --epochs 1 --no-figures --out again");
    let settings = desk.text("again/config.toml");
    for line in desk.text("config-1.toml").lines() {
        // The number of epochs is another one here, and what has no effect is not written.
        if !line.starts_with("epochs") && line != "validation = 0.0" {
            assert!(settings.contains(line), "{line} is not in\n{settings}");
        }
    }
}

#[test]
fn training_states_of_version_1() {
    let desk = desk();
    let before = desk.text("run/metrics.jsonl");
    desk.must("train --resume --epochs 5 --out run");
    let metrics = desk.text("run/metrics.jsonl");
    assert!(metrics.starts_with(&before));
    assert_eq!(metrics.lines().count(), 5);
    let last: Value = serde_json::from_str(metrics.lines().last().unwrap()).unwrap();
    let likelihood = last["log_likelihood_exact"].as_f64().unwrap();
    // The program that wrote it went on to −4.57344.
    assert!((likelihood + 4.573).abs() < 0.01, "{likelihood}");
}
