//! Best model, numbered models and early stopping of `paysage train`.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, outside #[test] functions"
)]

mod program;

use program::{BARS, Desk};
use serde_json::{Map, Value};

/// A run whose validation error rises early: few rows, many hidden units, a large learning rate.
const OVERFITS: &str = "builtin:digits?rows=40 --hidden 60 --batch-size 5 --learning-rate 0.3 \
    --schedule constant --validation 0.5 --no-figures";

const METRIC: &str = "pseudo_log_likelihood_validation";

/// The lines of a run's metrics without times.
fn metrics(desk: &Desk, run: &str) -> Vec<Map<String, Value>> {
    let text = desk.text(&format!("{run}/metrics.jsonl"));
    let lines = text.lines().map(|line| {
        let mut line: Map<String, Value> = serde_json::from_str(line).unwrap();
        line.remove("seconds").unwrap();
        line
    });
    lines.collect()
}

/// The first epoch with the highest value of a metric.
fn highest(lines: &[Map<String, Value>], metric: &str) -> u64 {
    let mut best: Option<(u64, f64)> = None;
    for line in lines {
        let (epoch, value) = (
            line["epoch"].as_u64().unwrap(),
            line[metric].as_f64().unwrap(),
        );
        if best.is_none_or(|(_, highest)| value > highest) {
            best = Some((epoch, value));
        }
    }
    best.unwrap().0
}

#[test]
fn training_stops_early_and_the_best_model_is_saved() {
    let desk = Desk::new();
    let outcome = desk.run(&format!(
        "train {OVERFITS} --epochs 200 --patience 4 --save-best {METRIC} --save-every 1 --out run"
    ));
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    let lines = metrics(&desk, "run");
    let (best, last) = (highest(&lines, METRIC), lines.len() as u64);
    assert_eq!(last, best + 4, "of 200 epochs");
    assert_eq!(lines.last().unwrap()["best_epoch"].as_u64(), Some(best));
    assert_eq!(
        desk.read("run/best.safetensors"),
        desk.read(&format!("run/models/epoch-{best:06}.safetensors"))
    );
    assert_eq!(
        desk.read("run/model.safetensors"),
        desk.read(&format!("run/models/epoch-{last:06}.safetensors"))
    );
    assert_eq!(desk.names("run/models").len() as u64, last);
    for part in [
        format!("best epoch: {best} of {last} ({METRIC} "),
        format!(
            "end of training: stopped early after epoch {last}: {METRIC} has not improved since \
             epoch {best} (patience 4)"
        ),
    ] {
        assert!(outcome.stderr.contains(&part), "{part}: {outcome:?}");
    }
    let page = desk.text("run/report.html");
    assert!(page.contains("stopped early after epoch") && page.contains("best epoch"));
    // The metric that was chosen is part of the settings.
    assert!(
        desk.text("run/config.toml")
            .contains(&format!("stop-on = \"{METRIC}\""))
    );

    let stopped = format!("stopped early after epoch {last}");
    desk.refuses(
        "train --resume --out run",
        &[&stopped, "continue with a larger --patience"],
    );
    // A run that was killed before its report gets it, and no epoch more.
    std::fs::remove_file(desk.path("run/report.html")).unwrap();
    desk.must("train --resume --out run");
    assert_eq!(metrics(&desk, "run"), lines);
    assert!(desk.path("run/report.html").exists());

    desk.must("train --resume --patience 6 --out run");
    let more = metrics(&desk, "run");
    assert_eq!(more[..lines.len()], lines);
    assert_eq!(more.len() as u64, highest(&more, METRIC) + 6);
}

/// The schedule is constant, so that a run of fewer epochs is the beginning of a longer one.
#[test]
fn a_resumed_run_has_the_same_best_epoch_and_stops_at_the_same_epoch() {
    let desk = Desk::new();
    let options = format!("train {OVERFITS} --patience 5 --save-best {METRIC} --save-every 3");
    desk.must(&format!("{options} --epochs 200 --out whole"));
    let whole = metrics(&desk, "whole");
    let best = highest(&whole, METRIC) as usize;
    assert!(best >= 2 && whole.len() == best + 5);
    // Stopped before, at and after the best epoch.
    for epochs in [best - 1, best, best + 2] {
        let run = format!("run{epochs}");
        desk.must(&format!("{options} --epochs {epochs} --out {run}"));
        assert_eq!(metrics(&desk, &run), whole[..epochs]);
        desk.must(&format!("train --resume --epochs 200 --out {run}"));
        assert_eq!(metrics(&desk, &run), whole, "{run}");
        for file in ["model.safetensors", "best.safetensors"] {
            let of = |run: &str| desk.read(&format!("{run}/{file}"));
            assert_eq!(of(&run), of("whole"), "{run}/{file}");
        }
        let models = |run: &str| desk.names(&format!("{run}/models"));
        assert_eq!(models(&run), models("whole"));
    }
}

#[test]
fn a_run_that_reaches_its_last_epoch_says_when_it_improved_last() {
    let desk = Desk::new();
    let outcome = desk.run(&format!(
        "train {BARS} --hidden 4 --epochs 3 --patience 50 --stop-on log_likelihood_exact \
         --save-every 2 --out run"
    ));
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    let best = highest(&metrics(&desk, "run"), "log_likelihood_exact");
    let end = format!(
        "end of training: 3 of 3 epochs are done: log_likelihood_exact improved last in epoch \
         {best} (patience 50)"
    );
    assert!(outcome.stderr.contains(&end), "{outcome:?}");
    assert_eq!(desk.names("run/models"), ["epoch-000002.safetensors"]);
    assert!(!desk.path("run/best.safetensors").exists());
}

#[test]
fn metrics_that_are_not_measured_are_refused() {
    let desk = Desk::new();
    for (options, parts) in [
        (
            "--patience 3",
            ["--patience cannot be combined with validation 0", "stop-on"],
        ),
        (
            "--save-best pseudo_log_likelihood_validation",
            ["--save-best", "validation 0"],
        ),
        (
            "--stop-on energy_distance",
            ["--stop-on has no effect", "patience"],
        ),
        ("--patience 0", ["--patience", "at least 1"]),
        ("--save-every 0", ["--save-every", "at least 1"]),
        (
            "--save-best energy_distance",
            [
                "--save-best: energy_distance is not measured",
                "add it to metrics",
            ],
        ),
        (
            "--save-best log_likelihood_ais",
            [
                "--save-best: log_likelihood_ais is not measured",
                "likelihood-every",
            ],
        ),
        (
            "--patience 3 --validation 0.5 --metrics mean_square_weight",
            [
                "--patience: a metric of validation rows is not measured",
                "stop-on",
            ],
        ),
    ] {
        desk.refuses(&format!("train {BARS} {options} --out run"), &parts);
    }
    for (options, parts) in [
        (
            "--save-best free_energy",
            ["--save-best", "neither low nor high"],
        ),
        (
            "--patience 3 --stop-on energy-distance",
            ["--stop-on", "did you mean \"energy_distance\"?"],
        ),
    ] {
        desk.misreads(&format!("train {BARS} {options} --out run"), &parts);
    }
    desk.must(&format!(
        "train {BARS} --hidden 4 --epochs 2 --metrics energy_distance --save-best energy_distance \
         --out run"
    ));
}

#[test]
fn the_best_model_cannot_change_its_metric() {
    let desk = Desk::with_model();
    desk.refuses(
        "train --resume --epochs 4 --save-best reconstruction_error --out run",
        &[
            "save-best is not given in this run",
            "not reconstruction_error",
        ],
    );
}
