//! Output files: their format, and what must not be overwritten.

#![allow(clippy::unwrap_used)]

mod program;

use std::{fs, io::Read};

use flate2::read::GzDecoder;
use paysage::data::read;
use program::Desk;

const MODEL: &str = "run/model.safetensors";

/// A model of a table with a header.
fn named() -> Desk {
    let desk = Desk::new();
    let rows = (0..40).map(|row| format!("{},{},{}\n", row % 2, row % 2, (row / 2) % 2));
    desk.write(
        "t.csv",
        format!("left,right,\"a, b\"\n{}", rows.collect::<String>()),
    );
    desk.must("train t.csv --hidden 4 --epochs 20 --out run");
    desk
}

#[test]
fn the_format_follows_the_ending() {
    let desk = named();
    let sample = |out: &str| {
        desk.must(&format!("sample {MODEL} --count 5 --sweeps 3 --out {out}"));
    };
    sample("s.csv");
    let text = desk.text("s.csv");
    assert_eq!(text.lines().next(), Some("left,right,\"a, b\""));
    assert_eq!(text.lines().count(), 6);
    sample("s.tsv");
    assert_eq!(
        desk.text("s.tsv"),
        text.replacen("\"a, b\"", "a; b", 1)
            .replace(',', "\t")
            .replace("a; b", "a, b")
    );
    sample("s.csv.gz");
    let mut unpacked = String::new();
    GzDecoder::new(&desk.read("s.csv.gz")[..])
        .read_to_string(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, text);
    sample("s.npy");
    let table = read(desk.path("s.npy").to_str().unwrap()).unwrap();
    let written = read(desk.path("s.csv").to_str().unwrap()).unwrap();
    assert_eq!(table.values(), written.values());
    for out in ["s.txt", "s", "s.parquet", "s.gz"] {
        desk.refuses(
            &format!("sample {MODEL} --count 5 --sweeps 3 --out {out}"),
            &["--out", out, ".npy", ".csv"],
        );
    }
}

#[test]
fn names_of_a_plain_table_work_in_options() {
    let desk = named();
    desk.must(&format!(
        "predict {MODEL} t.csv --columns right --out p.csv"
    ));
    desk.must(&format!(
        "counterfactual {MODEL} t.csv --set left=1 --out c.csv"
    ));
    let text = desk.text("c.csv");
    assert_eq!(text.lines().next(), Some("left,right,\"a, b\""));
    assert!(text.lines().skip(1).all(|line| line.starts_with("1,")));
    let command = format!("predict {MODEL} t.csv --columns middle");
    desk.refuses(&command, &["--columns", "middle", "\"left\", \"right\""]);
}

#[test]
fn inputs_and_other_outputs_are_not_overwritten() {
    let desk = Desk::with_model();
    fs::hard_link(desk.path(MODEL), desk.path("other_name.npy")).unwrap();
    desk.write("gaps.csv", "1,1,1,0,0,0,1,1,\n");
    desk.must("train gaps.csv --missing --hidden 2 --epochs 1 --out gaps");
    for (options, parts) in [
        (
            "sample MODEL --count 3 --sweeps 1 --out other_name.npy",
            ["--out", "model"],
        ),
        (
            "impute gaps/model.safetensors gaps.csv --out gaps.csv",
            ["--out", "gaps.csv"],
        ),
        (
            "impute gaps/model.safetensors gaps.csv --out x.npy --spread x.npy",
            ["--spread", "x.npy"],
        ),
        (
            "impute gaps/model.safetensors gaps.csv --out x.npy --spread ./x.npy",
            ["--spread", "x.npy"],
        ),
    ] {
        desk.refuses(&options.replace("MODEL", MODEL), &parts);
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_pipes_written_through() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let desk = Desk::with_model();
    fs::create_dir(desk.path("real")).unwrap();
    symlink("real/s.npy", desk.path("link.npy")).unwrap();
    desk.must(&format!(
        "sample {MODEL} --count 3 --sweeps 1 --out link.npy"
    ));
    assert!(
        fs::symlink_metadata(desk.path("link.npy"))
            .unwrap()
            .is_symlink()
    );
    let written = desk.read("real/s.npy");
    assert_eq!(written.len(), 128 + 4 * 3 * 9);

    let made = std::process::Command::new("mkfifo")
        .arg(desk.path("pipe.npy"))
        .status()
        .unwrap();
    assert!(made.success());
    let path = desk.path("pipe.npy");
    let reader = std::thread::spawn(move || fs::read(path).unwrap());
    desk.must(&format!(
        "sample {MODEL} --count 3 --sweeps 1 --out pipe.npy"
    ));
    assert_eq!(reader.join().unwrap(), written);
    assert!(
        fs::symlink_metadata(desk.path("pipe.npy"))
            .unwrap()
            .file_type()
            .is_fifo()
    );

    fs::create_dir(desk.path("folder.npy")).unwrap();
    let command = format!("sample {MODEL} --count 3 --sweeps 1 --out folder.npy");
    desk.refuses(&command, &["--out", "folder.npy"]);
}

#[test]
fn temporary_files_of_a_killed_process_are_removed() {
    let desk = Desk::with_model();
    // Of another machine: the process may live as long as the file is new.
    for name in [".paysage-0-1-a", ".paysage-0-1-b"] {
        desk.write(name, "half a file");
    }
    let two_days = std::time::Duration::from_secs(48 * 60 * 60);
    let old = fs::File::options()
        .write(true)
        .open(desk.path(".paysage-0-1-a"))
        .unwrap();
    old.set_modified(std::time::SystemTime::now() - two_days)
        .unwrap();
    desk.must(&format!("sample {MODEL} --count 3 --sweeps 1 --out s.npy"));
    assert!(!desk.path(".paysage-0-1-a").exists());
    assert!(desk.path(".paysage-0-1-b").exists());
    assert!(desk.path("s.npy").exists());
}
