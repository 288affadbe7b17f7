//! Weights of rows: `--weights`.

#![allow(clippy::unwrap_used)]

mod program;

use program::Desk;
use serde_json::Value;

/// Rows with a column of weights.
const TABLE: &str = "a,w,b,c\n0,1,0,1\n1,3,1,0\n1,2,0,0\n0,0,1,1\n1,1,1,1\n";

/// The same rows, repeated, without the column.
const REPEATED: &str = "a,b,c\n0,0,1\n1,1,0\n1,1,0\n1,1,0\n1,0,0\n1,0,0\n1,1,1\n";

const MODEL: &str = "run/model.safetensors";

const TRAIN: &str = "--hidden 2 --epochs 3 --out run";

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("table.csv", TABLE);
    desk.write("repeated.csv", REPEATED);
    desk.write("weights.txt", "1\n3\n2\n0\n1\n");
    desk
}

#[test]
fn weights_of_a_column_equal_repeated_rows_in_evaluation() {
    let desk = desk();
    desk.must(&format!(
        "train table.csv --weights w --metrics-every 1 {TRAIN}"
    ));
    let config = desk.text("run/config.toml");
    assert!(config.contains("weights = \"w\"\n"), "{config}");
    // The default penalty of seven rows.
    assert!(config.contains("student-t=0.05:1"), "{config}");
    let report = desk.text("run/report.html");
    assert!(report.contains("equally weighted rows"), "{report}");
    let inspected = desk.must(&format!("inspect {MODEL}"));
    assert!(
        inspected.contains("\"w\" (weights of the rows)"),
        "{inspected}"
    );
    let evaluate = |words: &str| -> Value {
        let text = desk.must(&format!("evaluate {MODEL} {words} --json"));
        serde_json::from_str(&text).unwrap()
    };
    let weighted = evaluate("table.csv --weights w");
    let repeated = evaluate("repeated.csv");
    let from_file = evaluate("table.csv --weights weights.txt");
    // The row of weight 0 is left out.
    assert_eq!(
        (&weighted["rows"], &repeated["rows"]),
        (&4.into(), &7.into())
    );
    for key in [
        "log_likelihood_exact",
        "free_energy",
        "pseudo_log_likelihood",
        "reconstruction_error",
    ] {
        let number = |found: &Value| found[key].as_f64().unwrap();
        let expected = number(&repeated);
        for found in [&weighted, &from_file] {
            assert!(
                (number(found) - expected).abs() < 1e-5,
                "{key}: {found} {repeated}"
            );
        }
    }
    // Without the option, all five rows count once.
    let plain = evaluate("table.csv");
    assert_eq!(plain["rows"], 5);
    assert_ne!(plain["free_energy"], weighted["free_energy"]);
    desk.must("report run");
}

#[test]
fn runs_with_weights_resume_and_hold_rows_out() {
    let desk = desk();
    desk.write("plain.csv", "a,b,c\n0,0,1\n1,1,0\n1,0,0\n0,1,1\n1,1,1\n");
    let train = "--hidden 2 --epochs 2 --validation 0.4 --metrics-every 1";
    desk.must(&format!(
        "train plain.csv --weights weights.txt {train} --out run"
    ));
    desk.must("train --resume --epochs 4 --out run");
    assert_eq!(desk.text("run/metrics.jsonl").lines().count(), 4);
    desk.write("weights.txt", "1\n3\n2\n5\n1\n");
    let outcome = desk.run("train --resume --epochs 6 --out run");
    assert_eq!(outcome.status, Some(2), "{outcome:?}");
    for method in ["cd", "tap"] {
        desk.must(&format!(
            "train table.csv --weights w --method {method} {train} --out {method}"
        ));
    }
    desk.must(&format!(
        "train table.csv --weights w --schema infer {train} --out mixed"
    ));
    desk.must("evaluate mixed/model.safetensors table.csv --weights w");
    desk.must("train table.csv --weights w --hidden 3,2 --pretrain-epochs 1 --epochs 2 --out deep");
}

#[test]
fn what_is_no_weight_is_refused_in_one_line() {
    let desk = desk();
    for (weights, parts) in [
        ("1\n-3\n2\n1\n1\n", &["line 2", "-3"][..]),
        ("1\nnan\n2\n1\n1\n", &["line 2", "nan"]),
        ("1\ninf\n2\n1\n1\n", &["line 2", "inf"]),
        ("1\nx\n2\n1\n1\n", &["line 2", "x"]),
        ("0\n0\n0\n0\n0\n", &["all weights are 0"]),
        ("1\n2\n", &["has 2 rows", "table.csv has 5"]),
        ("1,2\n1,2\n", &["2 columns", "expected 1"]),
    ] {
        desk.write("bad.txt", weights);
        let all = [&["bad.txt"], parts].concat();
        desk.refuses(&format!("train table.csv --weights bad.txt {TRAIN}"), &all);
    }
    desk.write("bad.csv", "a,w\n0,1\n1,-1\n");
    desk.refuses(
        &format!("train bad.csv --weights w {TRAIN}"),
        &[
            "bad.csv",
            "line 3, column 2 (\"w\")",
            "\"-1\"",
            "expected a weight",
        ],
    );
    desk.refuses(
        &format!("train table.csv --weights v {TRAIN}"),
        &["--weights: \"v\" is no file and no column", "\"w\""],
    );
    desk.refuses(
        &format!("train table.csv --weights w --reweight 0.8 {TRAIN}"),
        &["--weights", "reweight"],
    );
}
