//! `paysage train`: what it leaves, and that the same words leave the same.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, outside #[test] functions"
)]

mod program;

use std::{
    io::Read,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use program::{BARS, Desk, Outcome};
use serde_json::{Map, Value};

const MODEL: &str = "run/model.safetensors";

/// The lines of a run's metrics.
fn metrics(desk: &Desk, run: &str) -> Vec<Map<String, Value>> {
    let text = desk.text(&format!("{run}/metrics.jsonl"));
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The metrics of a run without the times it took.
fn values(desk: &Desk, run: &str) -> Vec<Map<String, Value>> {
    let mut lines = metrics(desk, run);
    for line in &mut lines {
        line.remove("seconds").unwrap();
    }
    lines
}

/// Width and height from the header of a PNG image.
fn png_size(bytes: &[u8]) -> (u32, u32) {
    assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "no PNG image");
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

/// A run has exactly the files that it should, and they hold what they should.
fn check_run(desk: &Desk, epochs: u64, figures: &[&str]) {
    assert_eq!(
        desk.names("run"),
        [
            "checkpoint",
            "config.toml",
            "figures",
            "metrics.jsonl",
            "model.safetensors",
            "report.html"
        ]
    );
    let mut checkpoint = desk.names("run/checkpoint");
    // How many there are depends on the time that writing takes.
    checkpoint.retain(|name| name != "state.previous.safetensors");
    assert_eq!(checkpoint, ["lock", "state.safetensors"]);
    let mut figures: Vec<String> = figures.iter().map(|name| format!("{name}.png")).collect();
    figures.sort();
    assert_eq!(desk.names("run/figures"), figures);

    let lines = metrics(desk, "run");
    let numbers: Vec<u64> = lines
        .iter()
        .map(|line| line["epoch"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=epochs).collect::<Vec<_>>());
    for line in &lines {
        assert!(line["seconds"].as_f64().unwrap() >= 0.0);
        assert!(line["reconstruction_error"].as_f64().unwrap() >= 0.0);
    }

    let page = desk.text("run/report.html");
    assert!(!page.contains("http://") && !page.contains("https://"));
    assert!(!page.contains("<script src"));
    for name in figures {
        let bytes = desk.read(&format!("run/figures/{name}"));
        let (width, height) = png_size(&bytes);
        for side in [width, height] {
            assert!((20..=4000).contains(&side), "{name}: {width} x {height}");
        }
        let embedded = BASE64_STANDARD.encode(&bytes);
        assert!(page.contains(&embedded), "{name} is not in the report");
    }
}

const OF_IMAGES: &[&str] = &[
    "hidden_activity",
    "learning_curves",
    "reconstructions",
    "samples",
    "weight_correlations",
    "weight_histogram",
    "weight_norms",
    "weights",
];

const OF_COLUMNS: &[&str] = &[
    "correlations",
    "hidden_activity",
    "learning_curves",
    "marginals",
    "moments",
    "weight_correlations",
    "weight_histogram",
    "weight_norms",
    "weights",
];

/// Further figures of one-hot sites.
const OF_SITES: &[&str] = &["sequence_distances", "site_statistics", "weight_logos"];

#[test]
fn a_run_leaves_its_files_and_says_where() {
    let desk = Desk::new();
    let outcome = desk.run(&format!(
        "train {BARS} --hidden 6 --epochs 3 --metrics-every 1 --out run"
    ));
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    assert_eq!(outcome.stdout, "run/report.html\n");
    let said: Vec<&str> = outcome.stderr.lines().collect();
    assert!(said[0].contains("bernoulli:9 – bernoulli:6 on 16 rows of builtin:bars"));
    assert!(said[3].starts_with("epoch 3/3: ") && said[3].contains("rows/s"));
    assert!(said[4].starts_with("metrics: ") && said.last().unwrap().starts_with("figures: "));
    check_run(&desk, 3, OF_IMAGES);
    assert!(metrics(&desk, "run")[2].contains_key("log_likelihood_exact"));
}

#[test]
fn rows_set_aside_are_measured_on_their_own() {
    let desk = Desk::new();
    desk.must(
        "train builtin:digits?rows=60 --hidden 8 --epochs 2 --batch-size 20 --validation 0.25 \
         --metrics-every 1 --out run",
    );
    check_run(&desk, 2, OF_IMAGES);
    for line in metrics(&desk, "run") {
        for key in [
            "reconstruction_error_validation",
            "free_energy_validation",
            "free_energy_gap",
        ] {
            assert!(line[key].is_f64(), "{key}: {line:?}");
        }
    }
    // The report drawn again is of the same figures, bit for bit.
    let before = desk.content();
    assert_eq!(desk.must("report run"), "run/report.html\n");
    assert_eq!(desk.content(), before);
    // A checkpoint may be thrown away to save room.
    std::fs::remove_dir_all(desk.path("run/checkpoint")).unwrap();
    desk.must("report run");
}

#[test]
fn likelihoods_are_followed_where_that_is_asked_for() {
    let desk = Desk::new();
    // 2²⁰ states: too many to sum after every epoch.
    let words = "builtin:bars-and-stripes?size=5 --hidden 20 --validation 0.2";
    desk.must(&format!(
        "train {words} --epochs 5 --metrics-every 1 --likelihood-every 2 --out run"
    ));
    check_run(&desk, 5, OF_IMAGES);
    for line in metrics(&desk, "run") {
        let due = [2, 4, 5].contains(&line["epoch"].as_u64().unwrap());
        for rows in ["", "_validation"] {
            let value = |name: &str| line.get(&format!("log_likelihood_ais{name}{rows}"));
            assert_eq!(value("").is_some(), due, "{line:?}");
            if due {
                let [low, x, high] =
                    ["_low", "", "_high"].map(|name| value(name).unwrap().as_f64().unwrap());
                assert!(low <= x && x <= high, "{line:?}");
                let mark = value("_unreliable").unwrap().as_f64();
                assert!([Some(0.0), Some(1.0)].contains(&mark), "{line:?}");
            }
        }
    }
}

#[test]
fn tables_of_numbers_and_of_categories() {
    let desk = Desk::new();
    let rows = ["1.5,20,3", "2.5,10,3", "-0.5,15,3", "0,12,3"].join("\n");
    desk.write("numbers.csv", format!("a,b,constant\n{rows}\n"));
    desk.must(
        "train numbers.csv --visible gaussian --hidden 4 --epochs 2 --metrics-every 1 --out run",
    );
    check_run(&desk, 2, OF_COLUMNS);
    assert!(metrics(&desk, "run")[0]["pseudo_log_likelihood"].is_f64());
    let scores = desk.must(&format!("evaluate {MODEL} numbers.csv --json"));
    assert!(scores.contains("\"rows\":4"), "{scores}");

    let desk = Desk::new();
    desk.write(
        "sites.csv",
        "1,0,0,0,1,0\n0,1,0,0,0,1\n0,0,1,1,0,0\n".repeat(5),
    );
    desk.must(
        "train sites.csv --visible onehot:3 --hidden 4 --epochs 2 --metrics-every 1 --out run",
    );
    check_run(&desk, 2, &[OF_COLUMNS, OF_SITES].concat());
    assert!(
        desk.must(&format!("inspect {MODEL}"))
            .contains("onehot:2x3")
    );
}

#[test]
fn every_word_that_is_listed_trains() {
    let desk = Desk::new();
    desk.write("table.csv", "2,0,0\n0,2,0\n0,0,2\n");
    for (i, options) in [
        "--scale 2 --method cd --optimizer sgd --init hinton",
        "--threshold 1 --method cd --gibbs-steps 3 --optimizer momentum --init glorot",
        "--threshold 0 --method pcd --optimizer rmsprop --init stddev --chains 30 --device cpu",
        "--scale 2 --method pcd --optimizer adam --init pca --learning-rate 0.01 --batch-size 1",
        "--visible gaussian --hidden gaussian:3 --init hinton",
        "--scale 2 --hidden 4,2 --pretrain-epochs 1 --init low-rank",
        "--scale 4 --threshold 0.25 --visible onehot:3 --hidden onehot:2x3,4",
    ]
    .iter()
    .enumerate()
    {
        desk.must(&format!(
            "train table.csv --epochs 1 {options} --out run{i}"
        ));
    }
}

/// One row, one column, one pixel, columns that never vary, fewer rows than a batch or chains.
#[test]
fn odd_tables_train() {
    let desk = Desk::new();
    desk.write("row.csv", "1,0,1\n");
    desk.write("column.csv", "1\n0\n1\n");
    desk.write("constant.csv", "2.5,1\n2.5,1\n2.5,1\n");
    for (i, words) in [
        "row.csv --init pca --chains 50",
        "row.csv --init low-rank",
        "constant.csv --visible gaussian --init low-rank",
        "row.csv --visible gaussian --init pca",
        "column.csv --batch-size 2 --validation 0.4",
        "column.csv --visible gaussian --init stddev",
        "constant.csv --visible gaussian --init stddev",
        "constant.csv --visible gaussian --init pca",
        "builtin:bars-and-stripes?size=1 --init pca",
    ]
    .iter()
    .enumerate()
    {
        desk.must(&format!("train {words} --hidden 3 --epochs 1 --out run{i}"));
    }
}

#[test]
fn settings_given_back_make_the_same_model() {
    let desk = Desk::new();
    desk.must(&format!(
        "train {BARS} --hidden 5 --epochs 3 --batch-size 7 --chains 11 --method pcd --gibbs-steps \
         2 --optimizer momentum --learning-rate 0.02 --init hinton --validation 0.2 --seed 9 \
         --metrics-every 1 --threshold 0.5 --scale 1 --device cpu --out run"
    ));
    desk.must("train --config run/config.toml --out again");
    assert_eq!(desk.read(MODEL), desk.read("again/model.safetensors"));
    assert_eq!(desk.read("run/config.toml"), desk.read("again/config.toml"));
    assert_eq!(values(&desk, "run"), values(&desk, "again"));

    desk.must("train --config run/config.toml --seed 10 --out other");
    assert_ne!(desk.read(MODEL), desk.read("other/model.safetensors"));
    assert!(desk.text("other/config.toml").contains("seed = 10"));

    // The same words again, in the same folder, do not put the run at risk.
    let model = desk.read(MODEL);
    desk.refuses(
        "train --config run/config.toml --out run",
        &["run: holds a run already", "--resume"],
    );
    assert_eq!(desk.read(MODEL), model);
}

#[test]
fn the_same_command_without_options_is_the_same_run() {
    let desk = Desk::new();
    // Epochs and penalty depend on the number of rows, and the metric of early stopping on the metrics.
    for options in ["", "--epochs 2 --validation 0.3 --patience 2"] {
        let command = format!("train {BARS} --hidden 2 --batch-size 1 --no-figures {options}");
        desk.must(&format!("{command} --out run"));
        desk.refuses(
            &format!("{command} --out run"),
            &["run: holds a run already", "--resume"],
        );
        std::fs::remove_dir_all(desk.path("run")).unwrap();
    }
}

/// Wide enough that the products of matrices are divided among threads.
#[test]
fn the_number_of_threads_changes_nothing() {
    let desk = Desk::new();
    for threads in ["1", "2", "3"] {
        let words = format!(
            "train builtin:digits?rows=150 --hidden 40 --epochs 1 --batch-size 75 --out {threads}"
        );
        let mut command = desk.command(&words);
        let outcome = Outcome::of(command.env("RAYON_NUM_THREADS", threads).output().unwrap());
        assert_eq!(outcome.status, Some(0), "{outcome:?}");
    }
    for threads in ["2", "3"] {
        let model = format!("{threads}/model.safetensors");
        assert_eq!(desk.read("1/model.safetensors"), desk.read(&model));
        assert_eq!(values(&desk, "1"), values(&desk, threads));
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_goes_on_as_if_it_had_not_been() {
    const EPOCHS: u64 = 150;
    let desk = Desk::new();
    let words = "builtin:ising?size=5&rows=300&sweeps=2 --hidden 17 --batch-size 10 \
                 --validation 0.2 --metrics-every 1 --likelihood-every 30";
    desk.must(&format!("train {words} --epochs {EPOCHS} --out whole"));

    let mut train = desk.command(&format!("train {words} --epochs {EPOCHS} --out run"));
    let train = train.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = train.spawn().unwrap();
    let started = Instant::now();
    let kept = || std::fs::read_to_string(desk.path("run/metrics.jsonl")).unwrap_or_default();
    while kept().lines().count() < 2 {
        assert!(started.elapsed() < Duration::from_secs(60), "no epoch ends");
        thread::sleep(Duration::from_millis(1));
    }
    let pid = child.id().to_string();
    let kill = Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(kill.success());
    let outcome = Outcome::of(child.wait_with_output().unwrap());
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert_eq!(outcome.stdout, "");
    let advice = outcome.last_line();
    let kept = metrics(&desk, "run").len();
    let expected = format!(
        "paysage: stopped: {kept} of {EPOCHS} epochs are done, and the state is kept in run; \
         continue with `paysage train --resume --out run`"
    );
    assert_eq!(advice, expected);
    assert!(!desk.path("run/report.html").exists());

    // What a crash may leave: the line of an epoch that no checkpoint knows of.
    let mut lines = desk.text("run/metrics.jsonl");
    lines.push_str("{\"epoch\":");
    desk.write("run/metrics.jsonl", lines);

    // The advice, word by word.
    let advised = advice.split('`').nth(1).unwrap();
    desk.must(advised.strip_prefix("paysage ").unwrap());
    assert_eq!(desk.read(MODEL), desk.read("whole/model.safetensors"));
    assert_eq!(values(&desk, "run"), values(&desk, "whole"));
    assert_eq!(desk.read("run/config.toml"), desk.read("whole/config.toml"));
    check_run(&desk, EPOCHS, OF_IMAGES);
}

#[test]
fn a_finished_run_is_trained_on() {
    let desk = Desk::with_model();
    desk.must("train --resume --epochs 4 --learning-rate 0.002 --device cpu --out run");
    check_run(&desk, 4, OF_IMAGES);
    let config = desk.text("run/config.toml");
    assert!(config.contains("epochs = 4") && config.contains("learning-rate = 0.002"));
}

#[test]
fn training_that_diverges_says_what_may_help() {
    let desk = Desk::new();
    desk.write("large.csv", "3e38,1\n-3e38,2\n1e38,3\n");
    for data in [
        format!("{BARS} --learning-rate 1e300"),
        "large.csv --visible gaussian --no-standardize".into(),
    ] {
        let outcome = desk.run(&format!("train {data} --hidden 4 --epochs 2 --out run"));
        assert_eq!(outcome.status, Some(1), "{outcome:?}");
        assert_eq!(outcome.stdout, "");
        assert!(
            outcome
                .last_line()
                .starts_with("paysage: epoch 1, step 1: layers.0.")
        );
        assert!(outcome.last_line().contains("smaller learning rate"));
        assert!(outcome.last_line().contains("--learning-rate"));
        // Nothing came of it, so the folder is free for other settings.
    }
    desk.must(&format!("train {BARS} --hidden 4 --epochs 2 --out run"));
}

/// As in `paysage train … | head` and `2>&-`.
#[test]
fn nobody_has_to_listen() {
    let desk = Desk::with_model();
    for words in [
        format!("train {BARS} --hidden 6 --epochs 2 --out heard"),
        format!("evaluate {MODEL} {BARS}"),
        format!("inspect {MODEL}"),
        format!("sample {MODEL} --count 2 --sweeps 1 --out a.npy"),
        "report run".into(),
        "train --help".into(),
    ] {
        let again = || std::fs::remove_dir_all(desk.path("heard")).ok();
        // A pipe that nobody reads is broken from the first byte on.
        let mut command = desk.command(&words);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .unwrap();
        assert!(child.wait().unwrap().success(), "{words}: {stderr}");
        assert!(!stderr.contains("panicked"), "{words}: {stderr}");

        again();
        let mut command = desk.command(&words);
        let command = command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stderr.take());
        assert!(child.wait().unwrap().success(), "{words}");
    }
}

/// Replicas at several temperatures: the run has swap rates in its metrics and its number of replicas in its
/// settings, and is resumed.
#[test]
fn chains_are_tempered() {
    let desk = Desk::new();
    desk.must(&format!(
        "train {BARS} --hidden 5 --epochs 3 --chains 9 --tempering 4 --out run"
    ));
    assert!(desk.text("run/config.toml").contains("tempering = 4"));
    let last = desk.text("run/metrics.jsonl");
    let last: serde_json::Value = serde_json::from_str(last.lines().last().unwrap()).unwrap();
    let rate = last["swap_rate"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&rate), "{rate}");
    desk.must("train --resume --epochs 4 --out run");
    desk.refuses(
        "train --resume --epochs 5 --tempering 5 --out run",
        &["tempering", "4", "5"],
    );
}
