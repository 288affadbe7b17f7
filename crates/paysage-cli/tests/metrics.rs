//! `--metrics` of `paysage train` and `paysage evaluate`.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, outside #[test] functions"
)]

mod program;

use program::{BARS, Desk};
use serde_json::{Map, Value};

const MODEL: &str = "run/model.safetensors";
const DIGITS: &str = "builtin:digits?rows=60";

/// The metrics of the last epoch.
fn last(desk: &Desk) -> Map<String, Value> {
    let text = desk.text("run/metrics.jsonl");
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

fn keys(values: &Map<String, Value>) -> Vec<&str> {
    values.keys().map(String::as_str).collect()
}

#[test]
fn training_measures_the_metrics_that_are_named() {
    let desk = Desk::new();
    desk.must(&format!(
        "train {DIGITS} --hidden 8 --epochs 1 --validation 0.5 --metrics \
         energy_distance,weight_sparsity,free_energy_gap,energy_distance --out run"
    ));
    let found = last(&desk);
    let expected = [
        "energy_distance",
        "energy_distance_validation",
        "epoch",
        "free_energy_gap",
        "metrics_rows",
        "metrics_rows_validation",
        "seconds",
        "weight_sparsity",
    ];
    let is_value = |key: &&str| !key.ends_with("_standard_error");
    let found: Vec<&str> = keys(&found).into_iter().filter(is_value).collect();
    assert_eq!(found, expected);
    let config = desk.text("run/config.toml");
    assert!(config.contains("\"energy_distance\""), "{config}");
    // Metrics do not change the training.
    desk.must("train --resume --epochs 2 --metrics frechet_distance --out run");
    let resumed = last(&desk);
    assert!(resumed["frechet_distance"].as_f64().unwrap() > 0.0);
    assert!(!resumed.contains_key("energy_distance"));
}

#[test]
fn contrastive_divergence_is_measured_with_chains_of_its_own() {
    let desk = Desk::new();
    let all = "adversarial_accuracy,jensen_shannon_divergence,heat_capacity,hidden_activity";
    desk.must(&format!(
        "train {DIGITS} --hidden 8 --method cd --epochs 1 --metrics {all} --out run"
    ));
    let found = last(&desk);
    for name in all.split(',') {
        assert!(found[name].as_f64().unwrap().is_finite(), "{found:?}");
    }
}

#[test]
fn fantasy_particles_and_reconstructions_are_compared_with_rows() {
    let desk = Desk::new();
    let names = "energy_distance,energy_distance_reconstructions";
    for method in ["pcd", "cd"] {
        desk.must(&format!(
            "train {DIGITS} --hidden 8 --method {method} --epochs 1 --validation 0.5 --metrics {names} \
             --save-best energy_distance_reconstructions_validation --out {method}"
        ));
        let text = desk.text(&format!("{method}/metrics.jsonl"));
        let found: Map<String, Value> = serde_json::from_str(text.trim()).unwrap();
        for name in names.split(',') {
            for suffix in ["", "_validation"] {
                let value = &found[&format!("{name}{suffix}")];
                assert!(value.as_f64().unwrap().is_finite(), "{found:?}");
            }
        }
        // Rows are nearer to their reconstructions than to samples of a machine that has learnt little.
        let value = |name: &str| found[name].as_f64().unwrap();
        assert!(value("energy_distance_reconstructions") < value("energy_distance"));
        let page = desk.text(&format!("{method}/report.html"));
        assert!(page.contains("<dt>energy distance, reconstructions</dt>"));
        assert!(page.contains("<dt>energy distance, reconstructions, validation</dt>"));
    }
    let words =
        "evaluate pcd/model.safetensors builtin:digits?rows=60 --likelihood none --json --metrics";
    let found: Map<String, Value> =
        serde_json::from_str(&desk.must(&format!("{words} {names} --sweeps 10"))).unwrap();
    assert!(found["energy_distance_reconstructions"].as_f64().unwrap() > -1.0);
    desk.refuses(
        &format!("{words} energy_distance_reconstructions --sweeps 10"),
        &["--sweeps", "no effect"],
    );
}

#[test]
fn evaluation_prints_the_metrics_that_are_named() {
    let desk = Desk::new();
    desk.must(&format!("train {DIGITS} --hidden 8 --epochs 1 --out run"));
    let names = [
        "adversarial_accuracy",
        "adversarial_accuracy_synthetic",
        "adversarial_accuracy_truth",
        "dead_hidden_units",
        "energy_distance",
        "frechet_distance",
        "heat_capacity",
        "hidden_activity",
        "jensen_shannon_divergence",
        "kl_divergence",
        "maximum_mean_discrepancy",
        "mean_square_weight",
        "pseudo_log_likelihood",
        "reverse_kl_divergence",
        "saturated_hidden_units",
        "weight_sparsity",
    ];
    let words = format!(
        "evaluate {MODEL} {DIGITS} --likelihood none --samples 50 --sweeps 20 --metrics {}",
        names.join(",")
    );
    let text = desk.must(&words);
    let found: Map<String, Value> =
        serde_json::from_str(&desk.must(&format!("{words} --json"))).unwrap();
    let mut expected = names.to_vec();
    expected.push("rows");
    expected.sort_unstable();
    let is_value = |key: &&str| !key.ends_with("_standard_error");
    let keys: Vec<&str> = keys(&found).into_iter().filter(is_value).collect();
    assert_eq!(keys, expected);
    for name in names {
        assert!(found[name].as_f64().unwrap().is_finite(), "{name}");
        // A long name, too, ends before the value.
        let name = format!("{}  ", name.replace('_', " "));
        assert!(text.contains(&name), "{name}: {text}");
    }
    assert!(found["energy_distance_standard_error"].as_f64().unwrap() > 0.0);
    // The order of the names does not matter.
    let reversed: Vec<&str> = names.into_iter().rev().collect();
    let again = desk.must(&format!(
        "evaluate {MODEL} {DIGITS} --likelihood none --samples 50 --sweeps 20 --json --metrics {}",
        reversed.join(",")
    ));
    let again: Map<String, Value> = serde_json::from_str(&again).unwrap();
    assert_eq!(again, found);
}

#[test]
fn names_and_options_that_have_no_meaning_are_refused() {
    let desk = Desk::with_model();
    let known = ["\"energy\"", "energy_distance", "weight_sparsity"];
    desk.misreads(
        &format!("train {BARS} --metrics energy --out other"),
        &known,
    );
    desk.misreads(&format!("evaluate {MODEL} {BARS} --metrics energy"), &known);
    desk.misreads(
        &format!("evaluate {MODEL} {BARS} --metrics free_energy_gap"),
        &["free_energy_gap", "expected one of"],
    );
    desk.refuses(
        &format!("train {BARS} --metrics free_energy_gap --out other"),
        &["free_energy_gap", "validation"],
    );
    for option in ["--samples 10", "--sweeps 10"] {
        let part = option.split(' ').next().unwrap();
        desk.refuses(
            &format!("evaluate {MODEL} {BARS} {option} --metrics free_energy"),
            &[part, "no effect"],
        );
    }
    desk.refuses(
        &format!("evaluate {MODEL} {BARS} --metrics energy_distance --samples 0"),
        &["--samples", "got 0"],
    );
}

/// Rows that equal one another have no density by nearest neighbours.
#[test]
fn a_metric_that_is_not_defined_says_why() {
    let desk = Desk::with_model();
    desk.write("equal.csv", "a,b,c\n".to_owned() + &"1,0,1\n".repeat(20));
    let parts = ["kl_divergence", "row 1 equals at least 5 rows"];
    desk.refuses(
        "train equal.csv --hidden 3 --metrics kl_divergence --out other",
        &parts,
    );
    desk.refuses(
        &format!("evaluate {MODEL} {BARS} --sweeps 10 --samples 5000 --metrics kl_divergence"),
        &["kl_divergence", "equals at least 5 rows"],
    );
    // Three chains have no five neighbours; the other metrics are measured.
    let words = format!(
        "train {DIGITS} --hidden 8 --epochs 2 --chains 3 --metrics-every 1 --metrics \
         kl_divergence,energy_distance --out few"
    );
    let outcome = desk.run(&words);
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    let notes = outcome.stderr.matches("no value of kl_divergence").count();
    assert_eq!(notes, 1, "{outcome:?}");
    let metrics = desk.text("few/metrics.jsonl");
    assert!(
        metrics.contains("energy_distance") && !metrics.contains("kl_divergence"),
        "{metrics}"
    );
}
