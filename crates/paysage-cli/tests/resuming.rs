//! Runs that are resumed, and folders that two processes want.

#![allow(clippy::unwrap_used)]

mod program;

use std::{fs, process::Stdio, thread, time::Duration};

use program::{BARS, Desk};

#[test]
fn a_run_is_not_resumed_on_other_data() {
    let desk = Desk::new();
    let rows = |flip: usize| -> String {
        (0..40)
            .map(|row| format!("{},{}\n", (row + flip) % 2, row % 2))
            .collect()
    };
    desk.write("t.csv", rows(0));
    desk.must("train t.csv --hidden 3 --epochs 2 --out run");
    desk.write("t.csv", rows(1));
    desk.refuses(
        "train --resume --epochs 4 --out run",
        &["t.csv", "continue with the data of the first run"],
    );
    desk.write("t.csv", rows(0) + "1,1\n");
    desk.refuses(
        "train --resume --epochs 4 --out run",
        &["t.csv", "continue with the data of the first run"],
    );
    desk.write("t.csv", rows(0));
    desk.must("train --resume --epochs 4 --out run");
}

#[test]
fn a_run_that_was_killed_after_its_last_epoch_gets_its_report() {
    let desk = Desk::new();
    desk.must(&format!("train {BARS} --hidden 3 --epochs 2 --out run"));
    let model = desk.read("run/model.safetensors");
    fs::remove_file(desk.path("run/report.html")).unwrap();
    fs::remove_dir_all(desk.path("run/figures")).unwrap();
    desk.must("train --resume --out run");
    assert!(desk.path("run/report.html").exists());
    assert!(!desk.names("run/figures").is_empty());
    assert_eq!(desk.read("run/model.safetensors"), model);
}

#[test]
fn a_flipped_bit_of_a_checkpoint_is_noticed() {
    let desk = Desk::new();
    let words = format!("train {BARS} --hidden 3 --checkpoint-every 1");
    desk.must(&format!("{words} --epochs 4 --out whole"));
    desk.must(&format!("{words} --epochs 2 --out run"));
    let flip = |path: &str| {
        let mut bytes = desk.read(path);
        let place = bytes.len() - 5;
        bytes[place] ^= 1;
        desk.write(path, bytes);
    };
    flip("run/checkpoint/state.safetensors");
    let outcome = desk.run("train --resume --epochs 4 --out run");
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    let warning = "checksum: the file is damaged, use another copy; the checkpoint before it is used, \
                   after epoch 1";
    assert!(outcome.stderr.contains(warning), "{outcome:?}");
    assert_eq!(
        desk.read("run/model.safetensors"),
        desk.read("whole/model.safetensors")
    );
    flip("run/checkpoint/state.safetensors");
    flip("run/checkpoint/state.previous.safetensors");
    let outcome = desk.run("train --resume --epochs 5 --out run");
    assert_eq!(outcome.status, Some(2), "{outcome:?}");
    assert!(
        outcome.stderr.contains("state.safetensors") && outcome.stderr.contains("checksum"),
        "{outcome:?}"
    );
}

#[test]
fn settings_say_how_a_resumed_run_was_trained_before() {
    let desk = Desk::new();
    desk.must(&format!("train {BARS} --hidden 3 --epochs 2 --out run"));
    desk.must("train --resume --epochs 3 --learning-rate 0.5 --out run");
    let config = desk.text("run/config.toml");
    assert!(
        config.contains("learning-rate = 0.5") && config.contains("until-epoch = 2"),
        "{config}"
    );
}

#[cfg(unix)]
#[test]
fn a_second_run_in_the_same_folder_is_locked_out() {
    let desk = Desk::new();
    let mut first = desk
        .command("train builtin:digits?rows=2000 --hidden 200 --epochs 100000 --out run")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..600 {
        if desk.path("run/metrics.jsonl").exists() {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    for words in [
        "train builtin:digits?rows=2000 --hidden 3 --out run",
        "train --resume --out run",
    ] {
        let outcome = desk.run(words);
        assert_eq!(outcome.status, Some(2), "{outcome:?}");
        assert!(outcome.stderr.contains("another process"), "{outcome:?}");
    }
    first.kill().unwrap();
    first.wait().unwrap();
    desk.must("train builtin:bars-and-stripes --hidden 3 --epochs 1 --out other");
}
