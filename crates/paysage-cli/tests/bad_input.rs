//! Invalid options and invalid data: one clear line, exit status 2, and nothing written.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, outside #[test] functions"
)]

mod program;

use std::{fs, io::Write};

use flate2::{Compression, write::GzEncoder};
use paysage::{data::write_npy, prelude::*};
use program::{BARS, Desk};

/// Training on a file of this content is refused.
fn refuses_data(name: &str, content: impl AsRef<[u8]>, options: &str, parts: &[&str]) {
    let desk = Desk::new();
    desk.write(name, content);
    let mut parts = parts.to_vec();
    parts.push(name);
    desk.refuses(
        &format!("train {name} --hidden 3 {options} --out run"),
        &parts,
    );
}

/// Training on good data with these options is refused.
fn refuses_options(cases: &[(&str, &[&str])]) {
    let desk = Desk::new();
    for (options, parts) in cases {
        desk.refuses(&format!("train {BARS} {options} --out run"), parts);
    }
}

/// Images of 2 × 2 bytes.
fn idx(pixels: &[u8]) -> Vec<u8> {
    let count = u8::try_from(pixels.len() / 4).unwrap();
    let header = [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 2, 0, 0, 0, 2];
    [&header, pixels].concat()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_path_that_is_no_file() {
    let desk = Desk::new();
    let out = "--hidden 3 --out run";
    desk.refuses(
        &format!("train no.csv {out}"),
        &["no.csv: no such file", "builtin:NAME"],
    );
    desk.refuses(&format!("train . {out}"), &[".: is a folder"]);
    desk.refuses(
        &format!("train builtin:digit {out}"),
        &["builtin:digit:", "digits, bars-and-stripes, ising"],
    );
    desk.refuses(
        &format!("train builtin:digits?size=3 {out}"),
        &["no option \"size\"", "rows, seed, gray"],
    );
    let command = format!("train {out}");
    desk.refuses(&command, &["paysage: no data", "builtin:digits", "file"]);
}

#[test]
fn an_empty_file() {
    refuses_data("empty.csv", "", "", &["no rows"]);
    refuses_data("empty.npy", "", "", &["no rows"]);
    refuses_data("empty.csv.gz", gzip(b""), "", &["no rows"]);
    refuses_data("header.csv", "a,b\n", "", &["no rows"]);
}

#[test]
fn a_ragged_csv() {
    refuses_data(
        "ragged.csv",
        "a,b\n1,0\n1\n0,1\n",
        "",
        &["line 3 has 1 value, expected 2 as in the first row"],
    );
}

#[test]
fn text_in_a_number_column() {
    refuses_data(
        "text.csv",
        "age,sex\n1,0\n1,female\n",
        "",
        &[
            "line 3, column 2 (\"sex\") holds \"female\"",
            "expected a number",
            "--schema infer",
        ],
    );
}

#[test]
fn nan_and_infinity() {
    let gaussian = "--visible gaussian";
    for (value, shown) in [("inf", "inf"), ("-Infinity", "-inf")] {
        let parts = [&format!("line 2, column 1 holds {shown}"), "finite number"];
        let content = format!("1,0\n{value},1\n");
        refuses_data("a.csv", &content, "", &parts);
        refuses_data("a.csv", &content, gaussian, &parts);
    }
    // NaN is a missing value.
    for value in ["nan", "NaN"] {
        let parts = [
            "line 2, column 1: the value is missing",
            "fill it in",
            "--missing",
        ];
        let content = format!("1,0\n{value},1\n");
        refuses_data("a.csv", &content, "", &parts);
        refuses_data("a.csv", &content, gaussian, &parts);
    }
    refuses_data(
        "a.csv",
        "1,0\n0,1e39\n",
        gaussian,
        &["line 2, column 2 holds 1e39", "finite number within"],
    );
    let desk = Desk::new();
    for (value, parts) in [
        (f32::NAN, ["column 1: the value is missing", "--missing"]),
        (f32::INFINITY, ["column 1 holds inf", "finite number"]),
    ] {
        write_npy(desk.path("a.npy"), 2, 2, &[0.0, 1.0, value, 1.0]).unwrap();
        desk.refuses("train a.npy --out run", &parts);
        desk.refuses("train a.npy --out run", &["a.npy: row 2, column 1"]);
    }
}

#[test]
fn a_value_outside_the_domain_of_its_unit() {
    refuses_data(
        "three.csv",
        "1,0\n0,3\n",
        "",
        &[
            "line 2, column 2 holds 3, but a Bernoulli unit takes 0 or 1",
            "--visible gaussian",
        ],
    );
    let onehot = "--visible onehot:3";
    refuses_data(
        "two.csv",
        "1,0,0\n1,1,0\n",
        onehot,
        &[
            "line 2, column 2 holds 1",
            "one-hot site of 3 units takes a single 1",
        ],
    );
    refuses_data(
        "none.csv",
        "1,0,0\n0,0,0\n",
        onehot,
        &["line 2, column 3 holds 0", "takes a single 1"],
    );
    refuses_data(
        "width.csv",
        "1,0,0,1\n",
        onehot,
        &[
            "--visible: \"onehot:3\"",
            "4 columns",
            "whole sites of 3 states",
        ],
    );
}

#[test]
fn gray_images_without_a_threshold() {
    let images = idx(&[0, 255, 100, 0]);
    let parts = ["row 1, column 3 holds 0.39", "--threshold 0.5"];
    refuses_data("a-images-idx3-ubyte", &images, "", &parts);
    refuses_data("a-images-idx3-ubyte.gz", gzip(&images), "", &parts);
}

#[test]
fn a_truncated_file() {
    let csv = gzip("0,1\n1,0\n".repeat(100).as_bytes());
    refuses_data(
        "a.csv.gz",
        &csv[..csv.len() - 9],
        "",
        &["truncated", "gzip", "obtain the file again"],
    );
    let images = idx(&[0, 255, 0, 0, 255, 255, 0, 0]);
    refuses_data(
        "a-images-idx3-ubyte",
        &images[..images.len() - 3],
        "",
        &["truncated", "expected 24 bytes", "got 21"],
    );
    let desk = Desk::new();
    write_npy(desk.path("a.npy"), 4, 2, &[1.0; 8]).unwrap();
    let npy = desk.read("a.npy");
    for length in [3, 9, 60, npy.len() - 5] {
        desk.write("a.npy", &npy[..length]);
        desk.refuses("train a.npy --out run", &["a.npy:"]);
    }
    desk.refuses(
        "train a.npy --out run",
        &["truncated", "expected 160 bytes", "got 155"],
    );
}

#[test]
fn invalid_counts() {
    refuses_options(&[
        ("--epochs 0", &["--epochs: expected", "at least 1", "got 0"]),
        (
            "--batch-size 0",
            &["--batch-size: expected", "at least 1", "got 0"],
        ),
        ("--chains 0", &["--chains: expected", "at least 1", "got 0"]),
        (
            "--gibbs-steps 0",
            &["--gibbs-steps: expected", "at least 1", "got 0"],
        ),
        (
            "--tempering 1",
            &["--tempering: expected", "2 to 10000", "got 1"],
        ),
        (
            "--tap-order 0",
            &["--tap-order: expected", "1, 2 or 3", "got 0"],
        ),
        (
            "--tap-order 4",
            &["--tap-order: expected", "1, 2 or 3", "got 4"],
        ),
        (
            "--likelihood-every 0",
            &["--likelihood-every: expected", "at least 1", "got 0"],
        ),
        (
            "--epochs 99999999999",
            &["--epochs: expected", "at most", "got 99999999999"],
        ),
    ]);
    let desk = Desk::new();
    for option in ["--epochs", "--batch-size", "--chains", "--gibbs-steps"] {
        for value in ["-1", "1.5", "ten"] {
            let words = format!("train {BARS} {option} {value} --out run");
            desk.misreads(&words, &[value, option, "whole number"]);
        }
    }
}

#[test]
fn invalid_layers() {
    refuses_options(&[
        ("--hidden 0", &["--hidden", "\"0\"", "at least 1"]),
        ("--hidden -5", &["--hidden", "\"-5\"", "at least 1"]),
        ("--hidden 5,", &["--hidden", "at least 1"]),
        ("--hidden 5,0", &["--hidden", "\"0\"", "at least 1"]),
        (
            "--hidden potts:4",
            &["--hidden", "\"potts:4\"", "gaussian:UNITS", "spin:UNITS"],
        ),
        (
            "--visible potts",
            &["--visible: \"potts\"", "onehot:STATES"],
        ),
        (
            "--visible onehot:0",
            &["--visible: \"onehot:0\"", "at least 1"],
        ),
    ]);
}

/// Sizes are checked before memory is allocated.
#[test]
fn sizes_that_exceed_the_memory() {
    refuses_options(&[
        (
            "--hidden 99999999999",
            &[
                "--hidden",
                "bernoulli:99999999999",
                "more than 2147483648 weights",
            ],
        ),
        (
            "--hidden onehot:9999999999x9999999999",
            &["--hidden", "9999999999x9999999999"],
        ),
        (
            "--hidden 99999,99999",
            &["--hidden", "more than 2147483648 weights", "fewer units"],
        ),
        (
            "--hidden 9 --chains 999999999",
            &["--chains: expected", "at most", "got 999999999"],
        ),
        (
            "--hidden 9 --batch-size 999999999",
            &["--batch-size: expected", "at most", "got 999999999"],
        ),
    ]);
}

#[test]
fn numbers_out_of_range() {
    refuses_options(&[
        (
            "--validation 1.5",
            &["--validation: expected", "below 1", "got 1.5"],
        ),
        (
            "--validation 1",
            &["--validation: expected", "below 1", "got 1"],
        ),
        (
            "--validation -0.1",
            &["--validation: expected", "at least 0", "got -0.1"],
        ),
        (
            "--validation nan",
            &["--validation: expected", "below 1", "got NaN"],
        ),
        (
            "--learning-rate 0",
            &["--learning-rate: expected", "above 0", "got 0"],
        ),
        (
            "--learning-rate -1",
            &["--learning-rate: expected", "above 0", "got -1"],
        ),
        (
            "--learning-rate nan",
            &["--learning-rate: expected", "above 0", "got NaN"],
        ),
        (
            "--learning-rate inf",
            &["--learning-rate: expected", "above 0", "got inf"],
        ),
        (
            "--threshold nan",
            &["--threshold: expected", "finite", "got NaN"],
        ),
        ("--scale 0", &["--scale: expected", "other than 0", "got 0"]),
        ("--scale nan", &["--scale: expected", "finite", "got NaN"]),
        (
            "--chains 9223372036854775807",
            &["--chains: expected", "at most", "got 9223372036854775807"],
        ),
    ]);
    let desk = Desk::new();
    for option in ["--validation", "--learning-rate", "--threshold", "--scale"] {
        let words = format!("train {BARS} {option} much --out run");
        desk.misreads(&words, &["much", option, "number"]);
    }
    for option in ["--seed", "--chains"] {
        let words = format!("train {BARS} {option} 18446744073709551615 --out run");
        desk.misreads(&words, &[option, "at most 9223372036854775807"]);
    }
}

#[test]
fn a_low_rank_start_needs_hidden_units_of_two_values() {
    refuses_options(&[(
        "--hidden gaussian:4 --init low-rank",
        &[
            "--init cannot be combined with",
            "do not take two values",
            "use pca",
        ],
    )]);
}

#[test]
fn a_table_too_small_for_a_validation_set() {
    refuses_data(
        "one.csv",
        "1,0\n",
        "--validation 0.5",
        &["one row", "validation"],
    );
}

#[test]
fn unknown_options_and_values() {
    let desk = Desk::new();
    let cases: &[(&str, &[&str])] = &[
        ("--method contrastive", &["cd", "pcd"]),
        ("--optimizer lbfgs", &["use adam, sgd, momentum or rmsprop"]),
        (
            "--init zeros",
            &["use hinton, glorot, stddev, pca or low-rank"],
        ),
        (
            "--device tpu",
            &["expected auto, cpu, gpu or gpu:1", "got \"tpu\""],
        ),
        ("--device gpu:one", &["gpu or gpu:1", "got \"gpu:one\""]),
        ("--speed 3", &["--speed", "Usage: paysage train"]),
    ];
    for (options, parts) in cases {
        desk.misreads(&format!("train {BARS} {options} --out run"), parts);
    }
    desk.misreads(&format!("train {BARS}"), &["--out <DIR>"]);
    desk.misreads("paint", &["paint", "Usage: paysage"]);
    let outcome = desk.run("");
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""));
    assert!(outcome.stderr.contains("Commands:"));
}

#[test]
fn an_invalid_settings_file() {
    let desk = Desk::new();
    let words = format!("train {BARS} --config my.toml --out run");
    desk.refuses(
        &words,
        &["my.toml: No such file", "expected a file that can be read"],
    );
    let cases: &[(&str, &[&str])] = &[
        ("epochs = 3\nhidden = ", &["line 2, column 10", "quoted"]),
        (
            "hiden = \"3\"",
            &["line 1, column 1", "`hiden`", "did you mean `hidden`?"],
        ),
        (
            "method = \"newton\"",
            &["line 1, column 10", "`newton`", "`pcd`"],
        ),
        (
            "method = \"pdc\"",
            &["line 1, column 10", "`pdc`", "did you mean `pcd`?"],
        ),
        (
            "\nepochs = -1",
            &["line 2, column 10", "-1", "whole number"],
        ),
        ("epochs = \"many\"", &["\"many\"", "whole number"]),
        ("validation = \"half\"", &["\"half\"", "a number"]),
    ];
    for (text, parts) in cases {
        desk.write("my.toml", text);
        desk.refuses(&words, parts);
        desk.refuses(&words, &["my.toml: line "]);
    }
    // Valid TOML is checked as options are.
    desk.write("my.toml", "epochs = 0");
    desk.refuses(&words, &["--epochs: expected", "at least 1", "got 0"]);
}

#[test]
fn a_run_that_cannot_go_on() {
    let desk = Desk::with_model();
    let all = "only epochs, learning-rate, memory, metrics, metrics-every, likelihood-every, \
               save-every, checkpoint-every, patience, stop-on, no-figures, device and precision may change";
    let cases: &[(&str, &[&str])] = &[
        ("", &["run: all 2 epochs are done", "--epochs"]),
        ("--epochs 1", &["all 2 epochs are done"]),
        ("--epochs 4 --hidden 7", &["run: hidden is 6", "not 7", all]),
        ("--epochs 4 --seed 1", &["run: seed is 0", "not 1", all]),
        (
            "--epochs 4 --chains 7",
            &["run: chains is not given", "not 7"],
        ),
        (
            "--epochs 4 --optimizer momentum",
            &["run: optimizer is", "not momentum"],
        ),
        (
            "--epochs 4 builtin:digits",
            &["run: data is", BARS, "not builtin:digits"],
        ),
    ];
    for (options, parts) in cases {
        desk.refuses(&format!("train --resume {options} --out run"), parts);
    }
    desk.refuses(
        "train --resume --out nothing",
        &["nothing: no run", "config.toml"],
    );
    desk.refuses(
        &format!("train {BARS} --resume --out nothing"),
        &["nothing: no run", "config.toml"],
    );

    let checkpoint = "run/checkpoint/state.safetensors";
    let whole = desk.read(checkpoint);
    let previous = "run/checkpoint/state.previous.safetensors";
    for file in [checkpoint, previous] {
        desk.write(file, &whole[..whole.len() / 2]);
    }
    desk.refuses(
        "train --resume --epochs 4 --out run",
        &[checkpoint, "truncated"],
    );
    for file in [checkpoint, previous] {
        fs::remove_file(desk.path(file)).unwrap();
    }
    desk.refuses(
        "train --resume --epochs 4 --out run",
        &[checkpoint, "no such file", "without --resume"],
    );
}

#[test]
fn a_folder_that_holds_something_else() {
    let desk = Desk::with_model();
    desk.refuses(
        &format!("train {BARS} --hidden 7 --epochs 2 --out run"),
        &[
            "run: holds a run with other settings",
            "hidden is 6 there and 7 here",
            "choose another folder",
            "--resume",
        ],
    );
    fs::create_dir(desk.path("site")).unwrap();
    desk.write("site/report.html", "mine");
    desk.refuses(
        &format!("train {BARS} --out site"),
        &[
            "site/report.html",
            "would be overwritten",
            "choose another folder",
        ],
    );
}

/// The user of these tests may have the right to write everywhere, but nobody can write below a file.
#[test]
fn an_output_folder_that_cannot_be_written() {
    let desk = Desk::new();
    desk.write("file", "x");
    for out in ["file", "file/run", "/dev/null/run", "/proc/run"] {
        desk.refuses(
            &format!("train {BARS} --out {out}"),
            &[out, "choose a folder that exists, can be written"],
        );
    }
}

#[test]
fn an_invalid_model_file() {
    let desk = Desk::with_model();
    let whole = desk.read("run/model.safetensors");
    let mut nan = whole.clone();
    let last = nan.len() - 4;
    nan[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    desk.write("nan.safetensors", nan);
    desk.write("short.safetensors", &whole[..whole.len() - 8]);
    desk.write("stub.safetensors", &whole[..20]);
    desk.write("table.csv", "0,1\n");
    let cases: &[(&str, &[&str])] = &[
        ("no.safetensors", &["No such file"]),
        ("nan.safetensors", &["layers.1.loc holds NaN"]),
        ("short.safetensors", &["truncated"]),
        ("stub.safetensors", &["truncated"]),
        ("table.csv", &["not a whole safetensors file"]),
        ("run", &["directory"]),
    ];
    for (model, parts) in cases {
        let parts = [*parts, &[model]].concat();
        desk.refuses(&format!("evaluate {model} {BARS}"), &parts);
        desk.refuses(&format!("inspect {model}"), &parts);
        desk.refuses(
            &format!("sample {model} --count 2 --sweeps 1 --out a.npy"),
            &parts,
        );
    }
}

#[test]
fn data_that_do_not_fit_the_model() {
    let desk = Desk::with_model();
    let model = "run/model.safetensors";
    desk.write("narrow.csv", "0,1\n");
    desk.refuses(
        &format!("evaluate {model} narrow.csv"),
        &["narrow.csv: has 2 columns", "expected 9 as the model has"],
    );
    desk.write("gray.csv", "0,1,0,1,0,1,0,0.5,1\n");
    desk.refuses(
        &format!("evaluate {model} gray.csv"),
        &[
            "gray.csv: line 1, column 8 holds 0.5",
            "takes 0 or 1",
            "no --threshold",
        ],
    );
    desk.refuses(
        &format!("evaluate {model} {BARS} --scale 0"),
        &[
            "--scale is 0",
            "trained with no scale",
            "leave the option out",
        ],
    );
    desk.refuses(&format!("evaluate {model} no.csv"), &["no.csv: no such"]);
}

#[test]
fn invalid_options_of_likelihoods() {
    let desk = Desk::with_model();
    let words = |options: &str| format!("evaluate run/model.safetensors {BARS} {options}");
    for (options, parts) in [
        ("--gap 0", ["--gap: ", "above 0, got 0"]),
        ("--tap-order 9", ["--tap-order: ", "1, 2 or 3, got 9"]),
        ("--gap nan", ["--gap: ", "above 0, got NaN"]),
        (
            "--budget -1",
            ["--budget: ", "from 0 to 1000000000, got -1"],
        ),
        (
            "--budget inf",
            ["--budget: ", "seconds from 0 to 1000000000, got inf"],
        ),
        (
            "--chains 99999999999",
            ["--chains: expected at most", "got 99999999999"],
        ),
        (
            "--temperatures 99999999",
            ["--temperatures: expected at most", "got 99999999"],
        ),
        ("--likelihood ais --chains 1", ["--chains: ", "at least 2"]),
        (
            "--likelihood ais --temperatures 0",
            ["--temperatures: ", "at least 1"],
        ),
    ] {
        desk.refuses(&words(options), &parts);
    }
    desk.misreads(
        &words("--likelihood tap"),
        &["auto", "exact", "ais", "none"],
    );
    desk.misreads(&words("--gap wide"), &["--gap"]);

    let data = "builtin:bars-and-stripes?size=6";
    desk.must(&format!("train {data} --hidden 30 --epochs 1 --out wide"));
    let command = format!("evaluate wide/model.safetensors {data} --likelihood exact");
    desk.refuses(
        &command,
        &["--likelihood exact", "2^30 states", "use auto or ais"],
    );
}

#[test]
fn a_machine_that_cannot_be_normalized() {
    let desk = Desk::new();
    let device = default_device().unwrap();
    let layers: Vec<AnyLayer> = vec![
        Gaussian::new(2, &device).into(),
        Gaussian::new(2, &device).into(),
    ];
    let mut machine = BoltzmannMachine::chain(layers).unwrap();
    machine.connections[0].weight = machine.connections[0].weight.ones_like();
    machine.save(&desk.path("steep.safetensors")).unwrap();
    desk.write("rows.csv", "1.5,2\n2.5,1\n");
    let words = "evaluate steep.safetensors rows.csv";
    let parts = [
        "steep.safetensors: the layers [0, 1] of real units",
        "cannot be normalized",
    ];
    desk.refuses(words, &parts);
    desk.refuses(&format!("{words} --likelihood none"), &parts);
}

#[test]
fn samples_that_cannot_be_drawn_or_written() {
    let desk = Desk::with_model();
    let words = |options: &str| format!("sample run/model.safetensors {options}");
    desk.refuses(
        &words("--count 0 --sweeps 1 --out a.npy"),
        &["--count: ", "is 0", "expected at least 1"],
    );
    desk.refuses(
        &words("--count 99999999999 --sweeps 1 --out a.npy"),
        &["--count: expected at most", "got 99999999999"],
    );
    desk.refuses(
        &words("--count 2 --sweeps 1 --out no/a.npy"),
        &["--out: no/a.npy", "no folder no"],
    );
    desk.refuses(
        &words("--count 2 --sweeps 1 --out run"),
        &["--out: run: is a folder"],
    );
    desk.misreads(
        &words("--count -2 --sweeps 1 --out a.npy"),
        &["--count", "whole number"],
    );
    desk.misreads(&words("--count 2 --out a.npy"), &["--sweeps <S>"]);
}

#[test]
fn a_report_of_nothing() {
    let desk = Desk::with_model();
    desk.write("file", "x");
    desk.refuses("report nothing", &["nothing: no run", "config.toml"]);
    desk.refuses("report file", &["file: no run", "config.toml"]);

    let config = desk.text("run/config.toml");
    desk.write("run/config.toml", config.replace(BARS, "gone.csv"));
    desk.refuses("report run", &["gone.csv: no such file", "run/config.toml"]);
    desk.write("run/config.toml", config.replace("size=3", "size=4"));
    desk.refuses(
        "report run",
        &["has 16 columns, expected 9", "run/config.toml"],
    );
    desk.write("run/config.toml", config);

    let metrics = desk.text("run/metrics.jsonl");
    desk.write("run/metrics.jsonl", &metrics[..metrics.len() - 20]);
    desk.refuses("report run", &["run/metrics.jsonl, line 2", "incomplete"]);
    fs::remove_file(desk.path("run/metrics.jsonl")).unwrap();
    desk.refuses("report run", &["run/metrics.jsonl", "No such file"]);
    fs::remove_file(desk.path("run/model.safetensors")).unwrap();
    desk.refuses("report run", &["run/model.safetensors", "No such file"]);
}

/// The decoder of Arrow panics on this file; its message is not printed beside the line of the program.
#[test]
fn a_panic_of_a_decoder_is_an_error_of_the_file() {
    let damaged = include_bytes!("damaged/decoder.arrow");
    for memory in ["", "--memory 1MB"] {
        let options = format!("--missing {memory}");
        refuses_data(
            "a.arrow",
            damaged,
            &options,
            &["not a valid Arrow IPC file"],
        );
    }
}
