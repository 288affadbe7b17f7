//! Faults of the system: a full disk, a folder that cannot be written, too few file handles, a killed writer.
//!
//! Each is one line that names the file, and what was there before is left as it was.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod program;

use std::{fs, process::Stdio, thread, time::Duration};

use program::{BARS, Desk, Outcome};

/// A training of some epochs; its files take 40 kB.
fn training(epochs: usize) -> String {
    format!(
        "train {BARS} --hidden 6 --epochs {epochs} --chains 500 --metrics-every 1 --checkpoint-every 1 \
         --schedule constant --no-figures --out run"
    )
}

/// No file may be larger than 8 kB.
const FULL: &str = "trap '' XFSZ; ulimit -f 16";

/// As a user whom permissions bind: root has the capability to write anywhere.
const BOUND: &str =
    "if [ $(id -u) = 0 ]; then set -- setpriv --bounding-set=-all --inh-caps=-all \"$@\"; fi";

/// A run that fails with one line that has all these parts.
fn fails(outcome: &Outcome, parts: &[&str]) {
    assert!(matches!(outcome.status, Some(1 | 2)), "{outcome:?}");
    let errors = outcome.stderr.lines();
    let errors: Vec<&str> = errors
        .filter(|line| line.starts_with("paysage: "))
        .collect();
    let [error] = errors[..] else {
        panic!("{outcome:?}");
    };
    assert_eq!(error, outcome.last_line());
    for part in parts {
        assert!(error.contains(part), "{part:?} is not in {error:?}");
    }
}

#[test]
fn a_full_disk_leaves_the_last_checkpoint() {
    let desk = Desk::new();
    desk.must(&training(4));
    let whole = desk.read("run/model.safetensors");
    fs::remove_dir_all(desk.path("run")).unwrap();
    desk.must(&training(2));
    let before = desk.content();
    let outcome = desk.within(FULL, "train --resume --epochs 4 --out run");
    fails(
        &outcome,
        &["run/checkpoint/state.safetensors", "File too large"],
    );
    let state = "run/checkpoint/state.safetensors";
    assert_eq!(Some(&Some(desk.read(state))), before.get(&desk.path(state)));
    let names = ["lock", "state.previous.safetensors", "state.safetensors"];
    assert_eq!(desk.names("run/checkpoint"), names);
    desk.must("train --resume --epochs 4 --out run");
    assert!(desk.read("run/model.safetensors") == whole);
}

#[test]
fn a_full_disk_leaves_the_output_before() {
    let desk = Desk::with_model();
    desk.write("old.csv", "what was there\n");
    let before = desk.content();
    for out in ["old.csv", "new.npy", "new.tsv"] {
        let words = format!("sample run/model.safetensors --count 3000 --sweeps 1 --out {out}");
        fails(&desk.within(FULL, &words), &[out, "File too large"]);
        assert!(desk.content() == before, "{out}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let desk = Desk::with_model();
    fs::create_dir(desk.path("closed")).unwrap();
    let folders = ["closed", "run", "run/checkpoint", "run/figures"];
    let allow = |mode: u32| {
        for folder in folders {
            use fs::{Permissions, set_permissions};
            use std::os::unix::fs::PermissionsExt as _;
            set_permissions(desk.path(folder), Permissions::from_mode(mode)).unwrap();
        }
    };
    let before = desk.content();
    allow(0o555);
    let cases = [
        (
            format!("train {BARS} --hidden 3 --epochs 1 --out closed/run"),
            "closed/run",
        ),
        (
            format!("train {BARS} --hidden 3 --epochs 1 --out closed"),
            "closed",
        ),
        ("train --resume --epochs 9 --out run".to_owned(), "run"),
        ("report run".to_owned(), "run"),
        (
            "sample run/model.safetensors --count 9 --sweeps 1 --out closed/a.npy".to_owned(),
            "closed/a.npy",
        ),
        (
            format!("transform run/model.safetensors {BARS} --out closed/a.csv"),
            "closed/a.csv",
        ),
    ];
    for (words, name) in &cases {
        let outcome = desk.within(BOUND, words);
        fails(&outcome, &[name, "Permission denied"]);
    }
    allow(0o755);
    assert!(desk.content() == before);
}

#[test]
fn too_few_file_handles_are_one_line() {
    let desk = Desk::with_model();
    fs::create_dir(desk.path("parts")).unwrap();
    for part in 0..40 {
        desk.write(&format!("parts/{part}.csv"), "0,1,0,1\n1,0,1,1\n");
    }
    let mut failed = 0;
    for handles in 4..30 {
        let limit = format!("ulimit -n {handles}");
        let cases = [
            "inspect run/model.safetensors".to_owned(),
            format!("evaluate run/model.safetensors {BARS}"),
            format!("sample run/model.safetensors --count 9 --sweeps 1 --out {handles}.npy"),
            format!("train parts --hidden 3 --epochs 1 --no-figures --out {handles}"),
            format!(
                "train parts --hidden 3 --epochs 1 --no-figures --memory 10kB --out {handles}m"
            ),
        ];
        for words in cases {
            let outcome = desk.within(&limit, &words);
            assert!(!outcome.stderr.contains("panicked"), "{words}: {outcome:?}");
            // The loader of programs needs a handle as well.
            if outcome.status != Some(0) && !outcome.stderr.contains("shared libraries") {
                fails(&outcome, &["Too many open files"]);
                failed += 1;
            }
        }
    }
    assert!(failed > 0, "the limit holds");
}

#[test]
fn a_killed_writer_leaves_the_output_before() {
    let desk = Desk::with_model();
    let words = "sample run/model.safetensors --count 40000 --sweeps 1 --out out.csv";
    desk.must(words);
    let whole = desk.read("out.csv");
    let left = || {
        let mut names = desk.names("");
        names.retain(|name| name.starts_with(".paysage"));
        names
    };
    let mut killed = 0;
    for moment in 0..10 {
        desk.write("out.csv", "what was there\n");
        let mut command = desk.command(words);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while child.try_wait().unwrap().is_none() && left().is_empty() {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_millis(10 * moment));
        child.kill().unwrap();
        child.wait().unwrap();
        let found = desk.read("out.csv");
        assert!(found == b"what was there\n" || found == whole, "{moment}");
        killed += left().len();
        // All but the last one, which the next command removes.
        if moment < 9 {
            left()
                .iter()
                .for_each(|name| fs::remove_file(desk.path(name)).unwrap());
        }
    }
    assert!(killed > 0, "no process was killed while it wrote");
    // What the killed ones left behind is removed by the next one.
    desk.must(words);
    assert!(left().is_empty(), "{:?}", left());
}

/// A disk of 1 MB that is really full, in a name space of its own.
#[test]
#[ignore = "mounts a file system, which needs the right to make name spaces"]
fn a_full_file_system_leaves_the_last_checkpoint() {
    let desk = Desk::new();
    let script = format!(
        "mkdir disk && mount -t tmpfs -o size=1m none disk && cd disk || exit 3
         \"$0\" {} && cp -r run ../before || exit 4
         cat /dev/zero > filler; truncate -s -20480 filler
         \"$0\" train --resume --epochs 4 --out run; echo \"status $?\" >&2
         cmp run/checkpoint/state.safetensors ../before/checkpoint/state.safetensors || exit 5
         rm filler && \"$0\" train --resume --epochs 4 --out run && cp run/model.safetensors ..",
        training(2)
    );
    let mut command = std::process::Command::new("unshare");
    command.args(["-rm", "sh", "-c", &script, env!("CARGO_BIN_EXE_paysage")]);
    let outcome = Outcome::of(command.current_dir(desk.path("")).output().unwrap());
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    let error = "paysage: epoch 3: run/checkpoint/state.safetensors: No space left on device (os error 28): choose a \
                 folder that exists, can be written and has room";
    assert!(outcome.stderr.contains(error), "{outcome:?}");
    assert!(outcome.stderr.contains("status 1"), "{outcome:?}");
    let resumed = desk.read("model.safetensors");
    desk.must(&training(4));
    assert!(desk.read("run/model.safetensors") == resumed);
}
