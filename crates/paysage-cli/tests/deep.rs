//! Deep machines: layers one by one, then together; and what the data phase may be.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, outside #[test] functions"
)]

mod program;

use std::{fs, process::Stdio, thread, time::Duration};

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

/// A training whose layers take long enough to interrupt them.
#[cfg(unix)]
fn slow_layers() -> String {
    format!(
        "train {BARS} --hidden 6,4 --pretrain-epochs 2000 --epochs 2 --no-figures --checkpoint-every 100"
    )
}

#[cfg(unix)]
#[test]
fn a_run_goes_on_within_the_training_of_its_layers() {
    let desk = Desk::new();
    let words = slow_layers();
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
    // A resumption that is refused leaves it, too.
    let states = desk.names("run/checkpoint");
    let outcome = desk.run("train --resume --learning-rate 0.2 --device gpu --out run");
    assert_eq!(outcome.status, Some(2), "{outcome:?}");
    assert_eq!(desk.names("run/checkpoint"), states);
    let settings = desk.read("run/config.toml");
    fs::remove_file(desk.path("run/config.toml")).unwrap();
    desk.refuses(
        &other,
        &["run/checkpoint/layer-1.safetensors", "no config.toml"],
    );
    desk.write("run/config.toml", settings);
    // A damaged state: the one before it.
    desk.write("run/checkpoint/layer-1.safetensors", "damaged");
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

/// Of a layer whose states are damaged, and of those above it, the training begins again.
#[cfg(unix)]
#[test]
fn layers_without_a_whole_state_are_trained_again() {
    let desk = Desk::new();
    let words = slow_layers();
    desk.must(&format!("{words} --out whole"));
    desk.interrupted(&format!("{words} --out run"), "layer 2 of 2, epoch 20/");
    for name in ["layer-1", "layer-1.previous"] {
        desk.write(&format!("run/checkpoint/{name}.safetensors"), "damaged");
    }
    let outcome = desk.run("train --resume --out run");
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    assert!(
        outcome.stderr.contains("this layer is trained again"),
        "{outcome:?}"
    );
    let model = |run: &str| desk.read(&format!("{run}/model.safetensors"));
    assert!(model("run") == model("whole"));
}

/// Killed after its layers were trained, before the first checkpoint of all of them together.
#[cfg(unix)]
#[test]
fn layers_are_kept_until_the_first_checkpoint_of_the_whole_machine() {
    let desk = Desk::new();
    let words = format!(
        "train {BARS} --hidden 6,4 --pretrain-epochs 20 --epochs 3000 --metrics-every 1 --no-figures \
         --checkpoint-every 1000s"
    );
    desk.must(&format!("{words} --out whole"));
    let mut child = desk
        .command(&format!("{words} --out run"))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let epochs = || fs::read_to_string(desk.path("run/metrics.jsonl")).unwrap_or_default();
    while epochs().is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "it runs");
        thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!desk.path("run/checkpoint/state.safetensors").exists());
    let outcome = desk.run("train --resume --out run");
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    assert!(
        outcome.stderr.contains("layerwise pretraining goes on"),
        "{outcome:?}"
    );
    let model = |run: &str| desk.read(&format!("{run}/model.safetensors"));
    assert!(model("run") == model("whole"));
}

#[cfg(unix)]
#[test]
fn at_another_learning_rate_layers_are_trained_again() {
    let desk = Desk::new();
    let words = slow_layers();
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
