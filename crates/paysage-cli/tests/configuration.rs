//! Settings files: `--config`, `--print-config` and the `config.toml` of a run.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, outside #[test] functions"
)]

mod program;

use program::{BARS, Desk};

/// Options that set every kind of key: numbers, names, flags, lists and texts.
const OPTIONS: &str = "--hidden 5,4 --method pcd --chains 11 --gibbs-steps 2 --tempering 3 \
    --data-phase gibbs --data-sweeps 2 --pretrain-epochs 1 --epochs 3 --batch-size 7 \
    --optimizer momentum --learning-rate 0.02 --schedule warmup:0.1,linear:0.5 --clip-norm 3 \
    --penalty l2=0.001 --penalty l1=0.01@layers.1.loc --constraint max-column-norm=3 \
    --freeze layers.2.loc --init hinton --center both --validation 0.2 \
    --metrics reconstruction_error,mean_square_weight --metrics-every 1 --likelihood-every 2 \
    --no-figures --seed 9 --device cpu --threshold 0.5 --scale 0.1 --missing";

fn same_runs(desk: &Desk, first: &str, second: &str) {
    for file in ["model.safetensors", "config.toml"] {
        let of = |run: &str| desk.read(&format!("{run}/{file}"));
        assert_eq!(of(first), of(second), "{file}");
    }
    assert_eq!(desk.metrics(first), desk.metrics(second));
}

#[test]
fn a_settings_file_repeats_the_run_bit_for_bit() {
    let desk = Desk::new();
    desk.must(&format!("train {BARS} {OPTIONS} --out run"));
    desk.must("train --config run/config.toml --out again");
    same_runs(&desk, "run", "again");
    desk.must("train --config run/config.toml --seed 10 --out other");
    assert_ne!(
        desk.read("run/model.safetensors"),
        desk.read("other/model.safetensors")
    );
}

#[test]
fn printed_settings_make_the_same_run() {
    let desk = Desk::new();
    desk.must(&format!("train {BARS} {OPTIONS} --out run"));
    let before = desk.content();
    let printed = desk.must(&format!("train {BARS} {OPTIONS} --print-config"));
    assert_eq!(desk.content(), before, "nothing is written");
    desk.write("run.toml", &printed);
    desk.must("train --config run.toml --out again");
    same_runs(&desk, "run", "again");
    assert_eq!(
        desk.must("train --config run/config.toml --print-config"),
        printed
    );
    assert_eq!(
        desk.must("train --resume --print-config --out run"),
        printed
    );
}

#[test]
fn defaults_are_printed_without_data() {
    let desk = Desk::new();
    let printed = desk.must("train --print-config");
    for part in [
        "# Random seed [default: 0]\nseed = 0\n",
        "\n# data = <DATA>\n",
        "\n# chains = <N>\n",
        "\noptimizer = \"",
        "\nlearning-rate = ",
        "\nschedule = \"",
    ] {
        assert!(printed.contains(part), "{part:?}: {printed}");
    }
    assert!(!printed.contains("print-config = "), "{printed}");
    desk.write("run.toml", &printed);
    desk.must(&format!(
        "train {BARS} --config run.toml --epochs 1 --out run"
    ));
    desk.refuses("train --print-config --epochs 0", &["--epochs: expected"]);
    desk.misreads("train --print-config --resume", &["--out"]);
}

#[test]
fn options_override_the_file() {
    let desk = Desk::new();
    desk.write(
        "run.toml",
        format!(
            "data = \"{BARS}\"\nepochs = 3\nhidden = \"7\"\nmissing = true\nno-figures = true\n\
             penalty = [\"l2=1\"]\noptimizer = \"adam\"\nlearning-rate = 0.5\n"
        ),
    );
    let printed =
        |options: &str| desk.must(&format!("train --config run.toml {options} --print-config"));
    let file = printed("");
    for line in [
        "epochs = 3",
        "hidden = \"7\"",
        "missing = true",
        "penalty = [\"l2=1\"]",
        "learning-rate = 0.5",
    ] {
        assert!(file.lines().any(|found| found == line), "{line}: {file}");
    }
    let both = printed("--epochs 4 --missing=false --no-figures --penalty l1=2 --penalty l2=3");
    for line in [
        "epochs = 4",
        "hidden = \"7\"",
        "no-figures = true",
        "penalty = [\"l1=2\", \"l2=3\"]",
        "learning-rate = 0.5",
    ] {
        assert!(both.lines().any(|found| found == line), "{line}: {both}");
    }
    assert!(!both.lines().any(|line| line == "missing = true"), "{both}");
    // A learning rate of another optimizer is of no use.
    let other = printed("--optimizer sgd");
    assert!(
        !other.lines().any(|line| line == "learning-rate = 0.5"),
        "{other}"
    );
}

#[test]
fn runs_of_before_a_key_existed_are_resumed() {
    let desk = Desk::new();
    desk.must(&format!("train {BARS} --hidden 3 --epochs 2 --out run"));
    let config = desk.text("run/config.toml");
    let without = |key: &str| !["schedule", "center", "init", "device", "seed"].contains(&key);
    let lines = config
        .lines()
        .filter(|line| without(line.split(" =").next().unwrap()));
    let old: String = lines.map(|line| format!("{line}\n")).collect();
    assert!(config.contains("schedule = ") && !old.contains("schedule"));
    desk.write("run/config.toml", old);
    desk.must("report run");
    desk.must("train --resume --epochs 4 --out run");
    assert!(desk.text("run/config.toml").contains("schedule = "));
    desk.refuses(
        "train --resume --epochs 5 --schedule constant --out run",
        &["schedule is", "not constant"],
    );
}
