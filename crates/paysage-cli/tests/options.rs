//! Options without effect, options that contradict the model, and preparation that leaves nothing.

#![allow(clippy::unwrap_used)]

mod program;

use program::{BARS, Desk};

#[test]
fn options_without_effect_are_refused_by_name() {
    let desk = Desk::new();
    for (options, parts) in [
        ("--method tap --gibbs-steps 50", ["--gibbs-steps", "tap"]),
        ("--tap-order 3", ["--tap-order", "tap"]),
        ("--method cd --chains 7", ["--chains", "cd"]),
        ("--method cd --tempering 12", ["--tempering", "pcd"]),
        ("--data-phase gibbs", ["--data-phase", "one hidden layer"]),
        ("--data-sweeps 3", ["--data-sweeps", "one hidden layer"]),
        (
            "--pretrain-epochs 3",
            ["--pretrain-epochs", "one hidden layer"],
        ),
        ("--no-standardize", ["--no-standardize", "Gaussian"]),
    ] {
        desk.refuses(&format!("train {BARS} {options} --out run"), &parts);
    }
    let desk = Desk::with_model();
    let model = "run/model.safetensors";
    for (words, parts) in [
        (
            "evaluate MODEL DATA --likelihood none --chains 10",
            ["--chains", "none"],
        ),
        (
            "evaluate MODEL DATA --likelihood exact --temperatures 10",
            ["--temperatures", "exact"],
        ),
        (
            "evaluate MODEL DATA --likelihood none --gap 1",
            ["--gap", "none"],
        ),
        (
            "impute MODEL DATA --count 3 --out i.npy",
            ["--count", "draw"],
        ),
    ] {
        let words = words.replace("MODEL", model).replace("DATA", BARS);
        desk.refuses(&words, &parts);
    }
}

#[test]
fn data_are_prepared_by_the_model_and_contradictions_refused() {
    let desk = Desk::new();
    desk.must(
        "train builtin:digits?rows=100&gray=true --threshold 0.5 --hidden 5 --epochs 1 --out run",
    );
    let evaluate = |options: &str| {
        format!("evaluate run/model.safetensors builtin:digits?rows=50&gray=true {options}")
    };
    desk.must(&evaluate(""));
    desk.must(&evaluate("--threshold 0.5"));
    desk.refuses(
        &evaluate("--threshold 0.25"),
        &["--threshold", "0.25", "0.5"],
    );
    desk.refuses(&evaluate("--scale 255"), &["--scale", "255"]);
}

#[test]
fn preparation_that_leaves_one_value_is_refused_with_the_range() {
    let desk = Desk::new();
    desk.refuses(
        "train builtin:digits?rows=30&gray=true --threshold 127 --hidden 3 --out run",
        &["--threshold", "0 to 1"],
    );
    let bytes: String = (0..40)
        .map(|row| format!("{},{}\n", (row * 37) % 256, (row * 91) % 256))
        .collect();
    desk.write("bytes.csv", &bytes);
    desk.refuses(
        "train bytes.csv --threshold 300 --hidden 3 --out run",
        &["--threshold", "bytes.csv"],
    );
    desk.refuses(
        "train bytes.csv --hidden 3 --out run",
        &["bytes.csv", "column 1 holds", "--scale 255"],
    );
}

#[test]
fn values_beyond_reason_are_a_divergence() {
    let desk = Desk::new();
    let outcome = desk.run(&format!(
        "train {BARS} --hidden 3 --epochs 1 --learning-rate 1e30 --out run"
    ));
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("learning rate"), "{outcome:?}");
}

#[test]
fn text_and_classes_point_to_a_schema() {
    let desk = Desk::new();
    desk.write("words.csv", "sex,age\nf,31\nm,28\n");
    desk.refuses(
        "train words.csv --hidden 4 --out run",
        &["words.csv", "line 2", "\"sex\"", "--schema infer"],
    );
    desk.write("ratings.csv", "a,b\n1,4\n0,2\n5,3\n");
    desk.refuses(
        "train ratings.csv --hidden 4 --out run",
        &["ratings.csv", "line 2", "\"b\"", "--schema infer"],
    );
}

#[test]
fn text_separated_by_spaces_is_read() {
    let desk = Desk::new();
    let line = |row: usize| {
        let cell = |bit: usize| format!("{:.18e}", ((row >> bit) % 2) as f64);
        format!("{} {} {}\n", cell(0), cell(1), cell(2))
    };
    desk.write("t.txt", (0..40).map(line).collect::<String>());
    desk.must("train t.txt --hidden 3 --epochs 1 --out run");
}
