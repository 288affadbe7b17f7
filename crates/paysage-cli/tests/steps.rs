//! Penalties, constraints, frozen parameters, schedules and gradient clipping of a run.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, outside #[test] functions"
)]

mod program;

use paysage::{
    kernels::default_device,
    layers::AnyLayer,
    models::{BoltzmannMachine, Model},
};
use program::{BARS, Desk};

fn machine(desk: &Desk, run: &str) -> BoltzmannMachine {
    let path = desk.path(&format!("{run}/model.safetensors"));
    let device = default_device().unwrap();
    Model::<AnyLayer>::load(&path, &device).unwrap().machine
}

/// The weights of the first connection, row by row, and the biases of the visible units.
fn parameters(desk: &Desk, run: &str) -> (Vec<f64>, Vec<f64>) {
    let machine = machine(desk, run);
    let AnyLayer::Bernoulli(visible) = &machine.layers[0] else {
        unreachable!("visible units of bars and stripes")
    };
    let weights = machine.connections[0].weight.to_data().iter().collect();
    (weights, visible.loc.to_data().iter().collect())
}

fn square(values: &[f64]) -> f64 {
    values.iter().map(|x| x * x).sum()
}

fn train(options: &str) -> String {
    format!("train {BARS} --hidden 6 --epochs 4 --batch-size 4 --no-figures {options}")
}

#[test]
fn penalties_constraints_and_frozen_parameters_do_what_they_say() {
    let desk = Desk::new();
    desk.must(&train("--learning-rate 0.5 --out free"));
    desk.must(&train(
        "--learning-rate 0.5 --penalty l2=0.5 --penalty l1=0.01@connections.0.weight[0:3] \
         --constraint non-negative --constraint zero@connections.0.weight[:,2] \
         --freeze layers.0.loc --out held",
    ));
    let (free, held) = (parameters(&desk, "free"), parameters(&desk, "held"));
    assert!(square(&held.0) < 0.5 * square(&free.0));
    assert!(free.0.iter().any(|&x| x < 0.0));
    assert!(held.0.iter().all(|&x| x >= 0.0));
    for (position, weight) in held.0.iter().enumerate() {
        assert!(position % 6 != 2 || *weight == 0.0);
    }
    // The initial biases are the log odds of the columns, which are ln 1 here.
    assert!(free.1.iter().any(|x| x.abs() > 1e-3));
    assert!(held.1.iter().all(|x| x.abs() < 1e-6), "{:?}", held.1);
    let shown = desk.must("inspect held/model.safetensors");
    let frozen = shown.lines().filter(|line| line.ends_with("frozen"));
    assert_eq!(frozen.count(), 1, "{shown}");

    // The settings repeat the run to the bit, also when it is resumed.
    let config = desk.text("held/config.toml");
    for line in [
        "penalty = [\"l2=0.5\", \"l1=0.01@connections.0.weight[:3]\"]",
        "constraint = [\"non-negative\", \"zero@connections.0.weight[:,2:3]\"]",
        "freeze = [\"layers.0.loc\"]",
        "schedule = \"cosine:0.01\"",
    ] {
        assert!(config.contains(line), "{line} is not in {config}");
    }
    desk.must("train --config held/config.toml --out again");
    assert_eq!(
        desk.read("held/model.safetensors"),
        desk.read("again/model.safetensors")
    );
    assert_eq!(
        desk.read("held/config.toml"),
        desk.read("again/config.toml")
    );
    desk.must("train --resume --epochs 6 --out again");
    let (weights, biases) = parameters(&desk, "again");
    assert!(weights.iter().all(|&x| x >= 0.0) && biases == held.1);
    desk.refuses(
        "train --resume --epochs 8 --penalty l2=1 --out again",
        &["again: penalty is", "not [\"l2=1\"]"],
    );
}

#[test]
fn schedules_and_clipping_change_the_steps() {
    let desk = Desk::new();
    desk.must(&train("--out usual"));
    desk.must(&train("--schedule cosine --out cosine"));
    desk.must(&train("--schedule constant --out constant"));
    desk.must(&train("--schedule warmup:0.5,linear:0 --out warm"));
    desk.must(&train(
        "--schedule constant --learning-rate 0.05 --center none --clip-norm 1e-6 --out clipped",
    ));
    let model = |run: &str| desk.read(&format!("{run}/model.safetensors"));
    assert_eq!(model("usual"), model("cosine"));
    assert_ne!(model("usual"), model("constant"));
    assert_ne!(model("usual"), model("warm"));
    // 16 steps at 0.05 with gradients of norm 1e-6 move no bias, initially 0, by more than 1e-6.
    let (_, biases) = parameters(&desk, "clipped");
    assert!(biases.iter().all(|x| x.abs() < 1e-6), "{biases:?}");
    assert!(desk.text("clipped/config.toml").contains("clip-norm = "));
}

#[test]
fn masks_are_read_from_files() {
    let desk = Desk::new();
    let line = |row: usize| {
        if row == 4 {
            "1,1,1,1,1,1\n"
        } else {
            "0,0,1,0,0,0\n"
        }
    };
    desk.write("mask.csv", (0..9).map(line).collect::<String>());
    desk.must(&train("--constraint zero-mask=mask.csv --out run"));
    let (weights, _) = parameters(&desk, "run");
    for (position, weight) in weights.iter().enumerate() {
        let masked = position / 6 == 4 || position % 6 == 2;
        assert_eq!(*weight == 0.0, masked, "{position}");
    }
    desk.write("small.csv", "0,1\n1,0\n");
    desk.write("numbers.csv", "0,1\n1,0.5\n");
    for (options, parts) in [
        (
            "zero-mask=small.csv",
            &[
                "small.csv has 2 rows and 2 columns",
                "connections.0.weight has 9 and 6",
            ][..],
        ),
        ("zero-mask=numbers.csv", &["numbers.csv", "0.5", "0 or 1"]),
        ("zero-mask=gone.csv", &["gone.csv: no such file"]),
    ] {
        desk.refuses(
            &train(&format!("--constraint {options} --out other")),
            parts,
        );
    }
}

/// Penalties of a parameter apply to its copies in each stage.
#[test]
fn layerwise_pretraining_has_penalties_and_constraints() {
    let desk = Desk::new();
    desk.must(&format!(
        "train {BARS} --hidden 5,4 --pretrain-epochs 2 --epochs 1 --batch-size 4 --no-figures \
         --penalty l2=0.1@connections.1.weight[0:2] --penalty l1=0.1@layers.2.loc \
         --constraint non-negative --clip-norm 1 --freeze connections.0.weight --out run"
    ));
    let machine = machine(&desk, "run");
    for connection in &machine.connections {
        let weights: Vec<f64> = connection.weight.to_data().iter().collect();
        assert!(weights.iter().all(|&x| x >= 0.0));
        assert!(weights.iter().any(|&x| x > 0.0));
    }
}

/// Centers move the biases of their neighbours, before the constraints.
#[test]
fn constraints_of_biases_hold_in_centered_machines() {
    let desk = Desk::new();
    desk.must(&train(
        "--center both --constraint zero@layers.0.loc --constraint \
         non-negative@layers.1.loc --out run",
    ));
    let machine = machine(&desk, "run");
    let loc = |layer: usize| -> Vec<f64> {
        let AnyLayer::Bernoulli(layer) = &machine.layers[layer] else {
            unreachable!("binary units in both layers")
        };
        layer.loc.to_data().iter().collect()
    };
    assert!(machine.is_centered());
    assert!(loc(0).iter().all(|&x| x == 0.0), "{:?}", loc(0));
    assert!(loc(1).iter().all(|&x| x >= 0.0), "{:?}", loc(1));
}

#[test]
fn what_does_not_fit_is_refused_with_what_would() {
    let desk = Desk::new();
    let known = "the machine has layers.0.loc, layers.1.loc, connections.0.weight";
    for (options, parts) in [
        (
            "--freeze layers.2.loc",
            &["--freeze: ", "\"layers.2.loc\"", known][..],
        ),
        (
            "--penalty l2=1@layers.0.log_var",
            &["--penalty: l2=1@layers.0.log_var: ", known],
        ),
        (
            "--constraint zero@connections.0.weight[7:10]",
            &["--constraint: zero@", "has 9 rows", "7:10"],
        ),
        (
            "--clip-norm 0",
            &["--clip-norm: expected", "above 0", "got 0"],
        ),
    ] {
        desk.refuses(&train(&format!("{options} --out run")), parts);
    }
    for (options, parts) in [
        ("--penalty l3=1", &["--penalty", "use one of l2, l1"][..]),
        ("--penalty l2", &["such as l2=0.001"]),
        ("--penalty l2=-1", &["--penalty", "at least 0"]),
        ("--constraint convex", &["use one of non-negative"]),
        (
            "--constraint max-column-norm",
            &["such as max-column-norm=3"],
        ),
        (
            "--schedule cosin",
            &["--schedule", "use constant, linear, cosine"],
        ),
        ("--schedule step:2", &["from 0 to 1"]),
    ] {
        desk.misreads(&train(&format!("{options} --out run")), parts);
    }
    desk.write("my.toml", "epochs = 3\npenalty = [\"l2\"]\n");
    desk.refuses(
        &format!("train {BARS} --config my.toml --out run"),
        &["my.toml: line 2", "such as l2=0.001"],
    );
}
