//! Past machines of a run: `train --method ptt` and `sample --trajectory`; other methods of training.

#![allow(clippy::unwrap_used)]

mod program;

use program::{BARS, Desk};
use serde_json::Value;

fn last_metrics(desk: &Desk, run: &str) -> Value {
    let lines = desk.text(&format!("{run}/metrics.jsonl"));
    serde_json::from_str(lines.lines().last().unwrap()).unwrap()
}

#[test]
fn past_models_of_a_run_are_a_ladder() {
    let desk = Desk::new();
    desk.must(&format!(
        "train {BARS} --hidden 8 --epochs 400 --learning-rate 0.2 --schedule constant --save-every 20 \
         --no-figures --out run"
    ));
    let words = "sample run/model.safetensors --count 50 --sweeps 400 --trajectory run";
    let outcome = desk.run(&format!("{words} --diagnose --out a.npy"));
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    let line = |start: &str| {
        let line = outcome
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix(start));
        line.unwrap_or_else(|| panic!("{start}: {}", outcome.stdout))
            .to_owned()
    };
    let machines: usize = line("ladder: ").split(' ').next().unwrap().parse().unwrap();
    let rates = line("swap rates: ");
    let rates: Vec<f64> = rates.split(' ').map(|x| x.parse().unwrap()).collect();
    assert_eq!(rates.len(), machines);
    assert!(rates.iter().all(|&rate| rate > 0.15), "{rates:?}");
    let partition = line("ln Z along the ladder: ");
    let numbers: Vec<f64> = partition
        .replace('−', "-")
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    let exact = desk.run(&format!("evaluate run/model.safetensors {BARS} --json"));
    let exact: Value = serde_json::from_str(&exact.stdout).unwrap();
    let exact = exact["log_partition_exact"].as_f64().unwrap();
    let (value, error) = (numbers[0], numbers[1]);
    assert!(
        error < 0.5 && (value - exact).abs() < 5.0 * error + 0.01,
        "{partition}, {exact}"
    );

    // The folder of the models, and an early model, for which later ones are no past.
    let early = "sample run/models/epoch-000100.safetensors --count 5 --sweeps 20";
    desk.must(&format!("{early} --trajectory run/models --out b.npy"));
    // With clamped columns there is no ln Z.
    let given = desk.run(&format!("{words} --given 1=1 --diagnose --out c.npy"));
    assert_eq!(given.status, Some(0), "{given:?}");
    assert!(given.stdout.contains("swap rates: ") && !given.stdout.contains("ln Z"));

    desk.must(&format!(
        "train {BARS} --hidden 7 --epochs 2 --save-every 1 --out other"
    ));
    let sample = "sample run/model.safetensors --count 2 --sweeps 2 --out d.npy";
    desk.refuses(
        &format!("{sample} --trajectory other"),
        &["epoch-000001.safetensors", "--trajectory", "other layers"],
    );
    desk.must("train builtin:bars-and-stripes --hidden 8 --epochs 1 --out none");
    desk.refuses(
        &format!("{sample} --trajectory none"),
        &["--trajectory", "none", "--save-every"],
    );
    desk.misreads(
        &format!("{sample} --trajectory run --tempering 4"),
        &["--trajectory", "--tempering"],
    );
}

#[test]
fn methods_report_their_quantities_and_are_resumed() {
    let desk = Desk::new();
    for (options, names) in [
        (
            "--method ptt --ladder 4",
            &["ladder_machines", "log_partition_ladder"][..],
        ),
        (
            "--method ucd --max-sweeps 50",
            &["meeting_sweeps", "unmet_chains"][..],
        ),
        (
            "--jarzynski",
            &["log_partition_jarzynski", "jarzynski_effective_chains"][..],
        ),
        ("--method cd --chain-start noise --gibbs-steps 5", &[][..]),
    ] {
        let words = format!("train {BARS} --hidden 5 --no-figures {options}");
        desk.must(&format!("{words} --epochs 6 --out whole"));
        desk.must(&format!(
            "{words} --epochs 3 --schedule constant --out part"
        ));
        let metrics = last_metrics(&desk, "whole");
        for name in names {
            assert!(metrics[*name].is_number(), "{options}: {metrics}");
        }
        desk.must("train --resume --epochs 4 --out part");
        for run in ["whole", "part"] {
            std::fs::remove_dir_all(desk.path(run)).unwrap();
        }
    }
}

#[test]
fn options_of_other_methods_are_refused() {
    let desk = Desk::new();
    for (options, parts) in [
        ("--chain-start noise", ["--chain-start", "cd"]),
        ("--max-sweeps 9", ["--max-sweeps", "ucd"]),
        ("--ladder 9", ["--ladder", "ptt"]),
        ("--method ucd --chains 9", ["--chains", "ucd"]),
        (
            "--method ucd --hidden gaussian:3",
            ["--method", "discrete units"],
        ),
        (
            "--method ucd --gibbs-steps 9 --max-sweeps 8",
            ["--method", "8"],
        ),
        ("--method ptt --ladder 1", ["--ladder", "2 to 10000"]),
        ("--method ptt --tempering 3", ["--tempering", "pcd"]),
        ("--method cd --jarzynski", ["--jarzynski", "pcd"]),
        ("--jarzynski --tempering 3", ["--jarzynski", "tempering"]),
    ] {
        desk.refuses(&format!("train {BARS} {options} --out run"), &parts);
        assert!(!desk.path("run").exists(), "{options}");
    }
}
