//! Runs that are killed at random moments, and resumed until they are done.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod program;

use std::{
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use program::{BARS, Desk};

/// Number of times that each of six runs is killed: 102 times together.
const KILLS: usize = 17;

/// Trains without a stop, then kills and resumes the same run again and again. The model and the metrics
/// of every run that was killed are those of the whole one.
fn check(words: &str, seed: u64) {
    let desk = Desk::new();
    desk.write("rows.csv", rows());
    let started = Instant::now();
    desk.must(&format!("train {words} --out whole"));
    let whole = started.elapsed().as_secs_f64();
    let mut random = seed;
    let (mut kills, mut run) = (0, 0);
    while kills < KILLS {
        run += 1;
        let name = format!("run{run}");
        let mut next = format!("train {words} --out {name}");
        loop {
            let mut command = desk.command(&next);
            let command = command.stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().unwrap();
            let share = if kills < KILLS {
                uniform(&mut random)
            } else {
                3.0
            };
            thread::sleep(Duration::from_secs_f64(0.7 * whole * share));
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success(), "{next}: {status}");
                break;
            }
            if kills == KILLS {
                assert!(child.wait().unwrap().success(), "{next}");
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
            if desk.path(&format!("{name}/report.html")).exists() {
                break;
            }
            // Where it was killed before its folder was made, there is nothing to resume.
            if desk.path(&format!("{name}/config.toml")).exists() {
                next = format!("train --resume --out {name}");
            }
        }
        let model = |run: &str| desk.read(&format!("{run}/model.safetensors"));
        assert!(model(&name) == model("whole"), "{words}, {name}");
        assert_eq!(
            desk.metrics(&name),
            desk.metrics("whole"),
            "{words}, {name}"
        );
    }
}

/// 600 rows of four numbers.
fn rows() -> String {
    let number = |index: usize| ((index * 7919 + index * index * 31) % 1009) as f64 / 250.0;
    let row = |row: usize| {
        let cells: Vec<String> = (4 * row..4 * row + 4)
            .map(|index| number(index).to_string())
            .collect();
        cells.join(",") + "\n"
    };
    (0..600).map(row).collect()
}

/// A number from 0 to 1 (SplitMix64).
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut bits = *state;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

#[test]
fn chains_are_resumed_within_long_epochs() {
    let words = "builtin:ising?size=4&rows=3000&sweeps=1 --hidden 9 --batch-size 4 --epochs 3 \
                 --chains 20 --checkpoint-every 0.001s --metrics-every 1 --no-figures";
    check(words, 1);
}

#[test]
fn layers_that_are_trained_one_by_one() {
    let words = format!(
        "{BARS} --hidden 6,5 --pretrain-epochs 40 --epochs 60 --checkpoint-every 3 --metrics-every 1 \
         --no-figures"
    );
    check(&words, 2);
}

#[test]
fn tempered_chains() {
    let words = format!(
        "{BARS} --hidden 8 --epochs 80 --tempering 4 --metrics-every 1 --save-best \
         pseudo_log_likelihood --no-figures"
    );
    check(&words, 3);
}

#[test]
fn a_ladder_of_past_machines() {
    let words = format!(
        "{BARS} --hidden 8 --epochs 120 --method ptt --ladder 5 --learning-rate 0.1 \
         --metrics-every 1 --save-every 10 --no-figures"
    );
    check(&words, 4);
}

#[test]
fn data_that_stay_on_disk() {
    let words = "rows.csv --visible gaussian --hidden 6,4 --pretrain-epochs 10 --batch-size 20 --epochs 20 \
                 --memory 4kB --validation 0.1 --checkpoint-every 0.001s --metrics-every 1 --no-figures";
    check(words, 6);
}

#[test]
fn likelihoods_are_estimated_between() {
    let words = "builtin:ising?size=5&rows=300&sweeps=2 --hidden 30 --batch-size 10 --epochs 12 \
                 --likelihood-every 2 --metrics-every 1 --no-figures";
    check(words, 5);
}
