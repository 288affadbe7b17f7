//! `paysage train --center`.

#![allow(clippy::unwrap_used)]

mod program;

use paysage::{
    data::MatchOptions,
    layers::AnyLayer,
    models::Model,
    prelude::{Exact, default_device},
};
use program::{BARS, Desk};
use serde_json::Value;

fn inspected(desk: &Desk, run: &str) -> Value {
    let text = desk.must(&format!("inspect {run}/model.safetensors --json"));
    serde_json::from_str(&text).unwrap()
}

#[test]
fn inspect_names_the_centered_layers() {
    let desk = Desk::new();
    let cases: [(&str, &[u64], &str, &str); 3] = [
        ("none", &[], "(visible)", "(hidden)"),
        ("data", &[0], "(visible, centered)", "(hidden)"),
        ("both", &[0, 1], "(visible, centered)", "(hidden, centered)"),
    ];
    for (center, layers, visible, hidden) in cases {
        desk.must(&format!(
            "train {BARS} --hidden 4 --epochs 2 --center {center} --out {center}"
        ));
        let found = inspected(&desk, center);
        assert_eq!(found["centered"], Value::from(layers.to_vec()));
        let text = desk.must(&format!("inspect {center}/model.safetensors"));
        assert!(
            text.contains(&format!("layer 0: bernoulli:9 {visible}")),
            "{text}"
        );
        assert!(
            text.contains(&format!("layer 1: bernoulli:4 {hidden}")),
            "{text}"
        );
        let config = desk.text(&format!("{center}/config.toml"));
        assert!(
            config.contains(&format!("center = \"{center}\"")),
            "{config}"
        );
    }
    // Without the option, all layers are centered.
    desk.must(&format!("train {BARS} --hidden 4 --epochs 2 --out plain"));
    let model = |run: &str| desk.read(&format!("{run}/model.safetensors"));
    assert_eq!(model("plain"), model("both"));
    // The settings file makes the same run.
    desk.must("train --config both/config.toml --out again");
    assert_eq!(model("again"), model("both"));
    desk.misreads(
        &format!("train {BARS} --center hidden --out wrong"),
        &["--center", "data, both, none"],
    );
}

/// The numbers that `evaluate` prints are those of the machine in the file and of the same machine
/// without centers.
#[test]
fn a_model_file_of_a_centered_machine_has_the_same_distribution() {
    let desk = Desk::new();
    desk.must(&format!(
        "train {BARS} --hidden 4 --epochs 30 --learning-rate 0.3 --center both --out run"
    ));
    let text = desk.must(&format!("evaluate run/model.safetensors {BARS} --json"));
    let found: Value = serde_json::from_str(&text).unwrap();
    let device = default_device().unwrap();
    let model = Model::<AnyLayer>::load(&desk.path("run/model.safetensors"), &device).unwrap();
    let data = model.layout.read(&MatchOptions::new(BARS)).unwrap();
    assert!(model.machine.is_centered());
    let rows: Vec<usize> = (0..data.table.rows()).collect();
    let batch = model.machine.batch(&data.table, &rows).rows;
    let free = model.machine.free_energy(batch).unwrap();
    let mean: f64 = free.mean().into_scalar();
    let printed = found["free_energy"].as_f64().unwrap();
    assert!((printed - mean).abs() < 1e-3, "{printed}, expected {mean}");
    let plain = Exact::new(&model.machine.without_centers()).unwrap();
    let expected = plain.mean_log_likelihood(&data.table).unwrap();
    let printed = found["log_likelihood_exact"].as_f64().unwrap();
    assert!(
        (printed - expected).abs() < 1e-4,
        "{printed}, expected {expected}"
    );
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_with_centers_continues_exactly() {
    let desk = Desk::new();
    let words = "builtin:ising?size=5&rows=300&sweeps=2 --hidden 17 --batch-size 10 --center both \
                 --optimizer adam --epochs 120";
    desk.must(&format!("train {words} --out whole"));
    let outcome = desk.interrupted(&format!("train {words} --out run"), "epoch 2/");
    assert!(outcome.last_line().contains("continue with"), "{outcome:?}");
    desk.must("train --resume --out run");
    let model = |run: &str| desk.read(&format!("{run}/model.safetensors"));
    assert_eq!(model("run"), model("whole"));
    desk.refuses(
        "train --resume --center none --epochs 130 --out run",
        &["center"],
    );
}

#[test]
fn all_kinds_of_runs_are_centered() {
    let desk = Desk::new();
    let table: String = (0..40)
        .map(|row| format!("{},{},{}\n", row % 2, row % 3 + 5, 0.1 * f64::from(row)))
        .collect();
    desk.write("t.csv", format!("a,b,c\n{table}"));
    for words in [
        format!("{BARS} --hidden 6,4 --pretrain-epochs 2"),
        format!("{BARS} --hidden 4 --method tap"),
        format!("{BARS} --hidden 4 --method cd"),
        "t.csv --schema infer --hidden 4,gaussian:2".into(),
        "t.csv --visible gaussian --hidden 4".into(),
    ] {
        desk.must(&format!(
            "train {words} --center both --epochs 2 --no-figures --out run"
        ));
        let layers = inspected(&desk, "run")["layers"].as_array().unwrap().len();
        let expected: Vec<usize> = (0..layers).collect();
        assert_eq!(inspected(&desk, "run")["centered"], Value::from(expected));
        std::fs::remove_dir_all(desk.path("run")).unwrap();
    }
}
