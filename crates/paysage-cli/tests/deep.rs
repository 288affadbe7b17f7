//! Deep machines: layers one by one, then together; and what the data phase may be.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, outside #[test] functions"
)]

mod program;

use program::{BARS, Desk};

const WORDS: &str = "--hidden 6,4,3 --pretrain-epochs 2 --batch-size 7";

/// A run of so many epochs, and the lines that it shows while it goes.
fn train(desk: &Desk, options: &str) -> Vec<String> {
    let outcome = desk.run(&format!("train {BARS} {WORDS} {options}"));
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    outcome.stderr.lines().map(str::to_owned).collect()
}

#[test]
fn layers_are_trained_one_by_one_and_then_together() {
    let desk = Desk::new();
    let lines = train(&desk, "--epochs 3 --out run");
    let progress: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.split(':').next())
        .filter(|name| name.contains("epoch"))
        .collect();
    let stages = [
        "layer 1 of 3, epoch 1/2",
        "layer 1 of 3, epoch 2/2",
        "layer 2 of 3, epoch 1/2",
        "layer 2 of 3, epoch 2/2",
        "layer 3 of 3, epoch 1/2",
        "layer 3 of 3, epoch 2/2",
        "epoch 1/3",
        "epoch 2/3",
        "epoch 3/3",
    ];
    assert_eq!(progress, stages);
    assert!(desk.text("run/config.toml").contains("pretrain-epochs = 2"));
    assert!(desk.path("run/report.html").exists());
    // The settings make the run again, and the epochs alone count as those of the run.
    desk.must("train --config run/config.toml --out again");
    let model = |run: &str| desk.read(&format!("{run}/model.safetensors"));
    assert_eq!(model("run"), model("again"));
    assert_eq!(desk.text("run/metrics.jsonl").lines().count(), 3);

    // Without, it is another one.
    let plain = "--hidden 6,4,3 --batch-size 7 --epochs 3";
    desk.must(&format!("train {BARS} {plain} --out plain"));
    assert_ne!(model("run"), model("plain"));
}

/// Once layers are trained together, a run goes on as if it had not stopped: with chains of rows
/// and without.
#[cfg(unix)]
#[test]
fn a_run_goes_on_after_its_layers_were_trained() {
    for data in ["mean-field", "gibbs --data-sweeps 2"] {
        let desk = Desk::new();
        let words = format!("{WORDS} --data-phase {data} --epochs 120");
        desk.must(&format!("train {BARS} {words} --out whole"));
        let outcome = desk.interrupted(&format!("train {BARS} {words} --out run"), "epoch 2/");
        assert!(outcome.last_line().contains("continue with"), "{outcome:?}");
        desk.must("train --resume --out run");
        let model = |run: &str| desk.read(&format!("{run}/model.safetensors"));
        assert_eq!(model("run"), model("whole"), "--data-phase {data}");
    }
}

#[cfg(unix)]
#[test]
fn a_run_goes_on_within_the_training_of_its_layers() {
    let desk = Desk::new();
    let words = format!(
        "train {BARS} --hidden 6,4 --pretrain-epochs 500 --epochs 2 --no-figures --checkpoint-every 10"
    );
    desk.must(&format!("{words} --out whole"));
    let stopped = "paysage: stopped during layerwise pretraining, and the state is kept in run; continue \
                   with `paysage train --resume --out run`";
    let outcome = desk.interrupted(&format!("{words} --out run"), "layer 1 of 2, epoch 20/");
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert_eq!(outcome.last_line(), stopped);
    let outcome = desk.interrupted("train --resume --out run", "layer 2 of 2, epoch 20/");
    assert!(
        outcome
            .stderr
            .contains("run: layerwise pretraining goes on"),
        "{outcome:?}"
    );
    assert!(
        !outcome.stderr.contains("layer 1 of 2, epoch 2/"),
        "{outcome:?}"
    );
    assert_eq!(outcome.last_line(), stopped);
    // What was trained is not lost by mistake.
    desk.refuses(
        &format!("{words} --out run"),
        &["run: holds a run already", "--resume"],
    );
    let other = format!("{words} --seed 3 --out run");
    desk.refuses(&other, &["run", "seed is 0 there and 3 here"]);
    // A damaged state: the one before it.
    let state = desk.read("run/checkpoint/layer-2.safetensors");
    desk.write(
        "run/checkpoint/layer-2.safetensors",
        &state[..state.len() / 2],
    );
    let outcome = desk.run("train --resume --out run");
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    assert!(
        outcome.stderr.contains("the checkpoint before it is used"),
        "{outcome:?}"
    );
    let model = |run: &str| desk.read(&format!("{run}/model.safetensors"));
    assert!(model("run") == model("whole"));
    assert_eq!(desk.names("run/checkpoint"), ["lock", "state.safetensors"]);
}

#[cfg(unix)]
#[test]
fn at_another_learning_rate_layers_are_trained_again() {
    let desk = Desk::new();
    let words = format!(
        "train {BARS} --hidden 6,4 --pretrain-epochs 500 --epochs 2 --no-figures --checkpoint-every 10"
    );
    desk.must(&format!("{words} --learning-rate 0.02 --out whole"));
    desk.interrupted(&format!("{words} --out run"), "layer 2 of 2, epoch 20/");
    let outcome = desk.run("train --resume --learning-rate 0.02 --out run");
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    let again = "run: no checkpoint yet: training starts from the beginning";
    assert!(outcome.stderr.contains(again), "{outcome:?}");
    let model = |run: &str| desk.read(&format!("{run}/model.safetensors"));
    assert!(model("run") == model("whole"));
}

#[test]
fn what_would_do_nothing_is_refused() {
    let desk = Desk::new();
    let cases: [(&str, &[&str]); 4] = [
        (
            "--hidden 5 --pretrain-epochs 3",
            &["--pretrain-epochs has no effect", "one hidden layer"],
        ),
        (
            "--hidden 5,4 --pretrain-epochs 3 --method tap",
            &["--pretrain-epochs", "method tap", "cd or pcd"],
        ),
        (
            "--hidden 5,4 --data-phase gibbs --method tap",
            &["--data-phase has no effect", "method tap"],
        ),
        (
            "--hidden 5,4 --data-sweeps 0",
            &["--data-sweeps: expected at least 1, got 0"],
        ),
    ];
    for (options, parts) in cases {
        desk.refuses(&format!("train {BARS} {options} --out run"), parts);
    }
}
