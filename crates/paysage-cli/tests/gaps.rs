//! Tables with missing values, in which no row may be complete.

#![allow(clippy::unwrap_used)]

mod program;

use program::Desk;
use serde_json::Value;

const ALL_GAPS: &str = "a,b,c\n0,1,\n1,,0\n,0,1\n1,0,\n0,,1\n,1,0\n";

#[test]
fn training_where_no_row_is_complete_ends_with_metrics_and_a_report() {
    let desk = Desk::new();
    desk.write("gaps.csv", ALL_GAPS);
    desk.must("train gaps.csv --schema infer --hidden 2 --epochs 3 --out run");
    assert!(desk.path("run/report.html").exists());
    let metrics = desk.text("run/metrics.jsonl");
    let last: Value = serde_json::from_str(metrics.lines().last().unwrap()).unwrap();
    assert_eq!(last["epoch"], 3);
    assert!(last["reconstruction_error"].as_f64().unwrap().is_finite());
    desk.must("report run");
}

#[test]
fn models_trained_with_gaps_evaluate_and_score_rows_with_gaps() {
    let desk = Desk::new();
    desk.write("gaps.csv", ALL_GAPS);
    desk.must("train gaps.csv --schema infer --hidden 2 --epochs 3 --out run");
    let model = "run/model.safetensors";
    let found: Value =
        serde_json::from_str(&desk.must(&format!("evaluate {model} gaps.csv --json"))).unwrap();
    assert_eq!(found["rows"], 6);
    let value = |key: &str| found[key].as_f64().unwrap();
    // Missing values are summed over.
    let exact = value("log_likelihood_exact");
    assert!((exact + value("free_energy") + value("log_partition_exact")).abs() < 1e-5);
    assert!(exact < 0.0 && exact > -3.0, "{exact}");
    let annealed = "--likelihood ais --chains 200 --temperatures 100";
    let text = desk.must(&format!("evaluate {model} gaps.csv --json {annealed}"));
    let annealed: Value = serde_json::from_str(&text).unwrap();
    let bound = |end: &str| {
        annealed[format!("log_likelihood_ais_{end}")]
            .as_f64()
            .unwrap()
    };
    assert!(bound("low") <= exact && exact <= bound("high"), "{text}");
    let printed = desk.must(&format!("evaluate {model} gaps.csv"));
    assert!(printed.contains("(exact)\n"), "{printed}");
    assert!(
        printed.contains("of the observed values of each row"),
        "{printed}"
    );
    desk.refuses(
        &format!("evaluate {model} gaps.csv --tap-order 2"),
        &["--tap-order", "gaps.csv", "missing values", "impute"],
    );
    desk.must(&format!("score {model} gaps.csv --out scores.csv"));
    let text = desk.text("scores.csv");
    assert_eq!(text.lines().count(), 7);
    let mut mean = 0.0;
    for line in text.lines().skip(1) {
        let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        assert!(cells.iter().all(|x| x.is_finite()), "{line}");
        mean += cells[2] / 6.0;
    }
    assert!(
        text.starts_with("row,free_energy,log_likelihood\n"),
        "{text}"
    );
    assert!((mean - exact).abs() < 1e-4, "{mean} is not {exact}");
}

#[test]
fn models_of_complete_data_refuse_gaps_with_a_remedy() {
    let desk = Desk::new();
    desk.write("whole.csv", "a,b\n0,1\n1,0\n1,1\n");
    desk.write("gaps.csv", "a,b\n0,\n1,0\n");
    desk.must("train whole.csv --hidden 2 --epochs 1 --out run");
    desk.refuses(
        "evaluate run/model.safetensors gaps.csv",
        &["gaps.csv", "line 2", "\"b\"", "impute"],
    );
}
