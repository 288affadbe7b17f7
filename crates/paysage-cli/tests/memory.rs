//! Data that stay on disk (`--memory`): the same run as from memory, within the memory limit.

#![allow(clippy::unwrap_used)]

mod program;

use std::{
    fmt::Write as _,
    fs::{self, OpenOptions},
    process::Stdio,
    thread,
    time::Duration,
};

use program::{Desk, Outcome, numbers};

/// Two runs have the same model, metrics, training state and figures.
fn check_same(desk: &Desk, run: &str, other: &str) {
    for file in ["model.safetensors", "checkpoint/state.safetensors"] {
        let [found, expected] = [run, other].map(|run| desk.read(&format!("{run}/{file}")));
        assert!(found == expected, "{run}/{file}");
    }
    assert_eq!(desk.metrics(run), desk.metrics(other), "{run}");
    let figures = desk.names(&format!("{other}/figures"));
    assert_eq!(desk.names(&format!("{run}/figures")), figures, "{run}");
    for figure in figures {
        let [found, expected] =
            [run, other].map(|run| desk.read(&format!("{run}/figures/{figure}")));
        assert!(found == expected, "{run}: {figure}");
    }
}

/// Trains on `a.npy` in memory, then on the same rows on disk.
fn check(desk: &Desk, words: &str) {
    check_all(
        desk,
        &[("a.npy", "10kB"), ("a.csv", "10kB"), ("a.npy", "1GiB")],
        words,
    );
}

/// Trains on the first data in memory, then on all on disk, with their memory limits.
fn check_all(desk: &Desk, data: &[(&str, &str)], words: &str) {
    let common = "--metrics-every 1 --checkpoint-every 1";
    desk.must(&format!("train {} {words} {common} --out table", data[0].0));
    for (data, memory) in data {
        let run = format!("{data}-{memory}");
        let words = format!("train {data} {words} {common} --memory {memory} --out {run}");
        let outcome = desk.run(&words);
        assert_eq!(outcome.status, Some(0), "{words}: {outcome:?}");
        check_same(desk, &run, "table");
        let config = desk.text(&format!("{run}/config.toml"));
        assert!(
            config.contains(&format!("memory = \"{memory}\"")),
            "{config}"
        );
    }
}

#[test]
fn binary_data_on_disk_give_the_same_run() {
    let desk = Desk::new();
    desk.write_numbers("a", 12, &numbers(300, 12));
    check(
        &desk,
        "--threshold 0 --hidden 6 --epochs 3 --batch-size 32 --validation 0.2",
    );
}

#[test]
fn real_columns_are_standardized_alike() {
    let desk = Desk::new();
    desk.write_numbers("a", 5, &numbers(200, 5));
    check(
        &desk,
        "--visible gaussian --hidden 4 --epochs 2 --init pca --save-best pseudo_log_likelihood \
         --likelihood-every 2",
    );
}

#[test]
fn weights_are_those_of_the_rows() {
    let desk = Desk::new();
    desk.write_numbers("a", 6, &numbers(150, 6));
    let weights = (0..150).map(|row| (row % 4) as f32 * 0.5);
    desk.write_numbers("w", 1, &weights.collect::<Vec<f32>>());
    check(
        &desk,
        "--threshold 0 --weights w.csv --hidden 5 --epochs 3 --validation 0.1",
    );
}

/// Identifiers, categories, numbers in another notation and missing cells.
fn people(rows: usize) -> String {
    let row = |row: usize| {
        let region = ["north", "south", "", "west, far"][row * row % 4];
        let smoker = ["no", "yes"][row / 3 % 2];
        let age = match row % 9 {
            0 => "NA".into(),
            _ => (row * 7 % 50).to_string(),
        };
        let price = row * 37 % 900;
        format!("u{row},\"{region}\",\"{price},50 €\",{age},{smoker}\n")
    };
    let rows: String = (0..rows).map(row).collect();
    format!("id,region,price,age,smoker\n{rows}")
}

#[test]
fn tables_with_a_schema_give_the_same_run() {
    let desk = Desk::new();
    desk.write("a.csv", people(200));
    check_all(
        &desk,
        &[("a.csv", "20kB"), ("a.csv", "1GiB")],
        "--schema infer --hidden 4 --epochs 2 --validation 0.2 --batch-size 30",
    );
    assert_eq!(
        desk.text("a.csv-20kB/schema.toml"),
        desk.text("table/schema.toml")
    );
}

#[test]
fn alignments_give_the_same_run() {
    let desk = Desk::new();
    let sequence = |row: usize| {
        let letters = (0..6).map(|site| ['A', 'C', '-', 'X'][(row * site / 2) % 4]);
        format!(">s{row}\n{}\n", letters.collect::<String>())
    };
    desk.write("a.fasta", (0..150).map(sequence).collect::<String>());
    let words = "--hidden 4 --epochs 2 --alphabet protein";
    check_all(&desk, &[("a.fasta", "20kB")], words);
}

#[test]
fn labels_give_the_same_run() {
    let desk = Desk::new();
    desk.write_numbers("a", 6, &numbers(150, 6));
    let label = |row: usize| format!("{}\n", ["u", "v", "w"][row * row % 3]);
    desk.write("l.csv", (0..150).map(label).collect::<String>());
    check(&desk, "--threshold 0 --labels l.csv --hidden 5 --epochs 2");
}

/// A sequence with an unknown letter is left out with its label.
#[test]
fn labels_of_sequences_give_the_same_run() {
    let desk = Desk::new();
    let sequence = |row: usize| {
        let letter = |site: usize| match (row % 10, site) {
            (3, 2) => 'X',
            _ => ['A', 'C', '-', 'D'][row * (site + 1) / 2 % 4],
        };
        format!(">s{row}\n{}\n", (0..6).map(letter).collect::<String>())
    };
    desk.write("a.fasta", (0..150).map(sequence).collect::<String>());
    let label = |row: usize| format!("{}\n", ["u", "v", "w"][row * row % 3]);
    desk.write("l.csv", (0..150).map(label).collect::<String>());
    let words = "--labels l.csv --hidden 4 --epochs 2 --alphabet protein";
    check_all(&desk, &[("a.fasta", "20kB")], words);
}

#[test]
fn missing_values_are_sampled_alike() {
    let desk = Desk::new();
    let mut values = numbers(120, 6);
    values.iter_mut().step_by(7).for_each(|x| *x = f32::NAN);
    desk.write_numbers("a", 6, &values);
    check(&desk, "--threshold 0 --missing --hidden 4 --epochs 2");
}

#[test]
fn layers_are_pretrained_alike() {
    let desk = Desk::new();
    desk.write_numbers("a", 8, &numbers(160, 8));
    check(
        &desk,
        "--threshold 0 --hidden 6,4 --pretrain-epochs 2 --epochs 2 --batch-size 20",
    );
}

/// A resumed run may change its memory limit, or get one.
#[test]
fn resumed_runs_are_those_without_a_stop() {
    let desk = Desk::new();
    desk.write_numbers("a", 8, &numbers(160, 8));
    let words = "--visible gaussian --hidden 5 --schedule constant --batch-size 30 --validation 0.1 \
                 --metrics-every 1 --checkpoint-every 1";
    desk.must(&format!("train a.npy {words} --epochs 4 --out table"));
    for (run, first, second) in [
        ("kept", "a.npy --memory 4kB", ""),
        ("text", "a.csv --memory 4kB", ""),
        ("other", "a.npy --memory 4kB", "--memory 1MiB"),
        ("first", "a.npy", "--memory 4kB"),
    ] {
        desk.must(&format!("train {first} {words} --epochs 2 --out {run}"));
        desk.must(&format!("train --resume --epochs 4 {second} --out {run}"));
        check_same(&desk, run, "table");
    }
    // The report is drawn again from the data on disk.
    fs::remove_file(desk.path("text/report.html")).unwrap();
    desk.must("report text");
    check_same(&desk, "text", "table");
}

#[test]
fn a_file_that_changed_before_it_is_resumed_is_refused() {
    let desk = Desk::new();
    let values = numbers(90, 4);
    desk.write_numbers("a", 4, &values);
    desk.must("train a.npy --threshold 0 --hidden 3 --epochs 2 --memory 2kB --out run");
    let whole = desk.read("a.npy");
    let words = "train --resume --epochs 3 --out run";
    let mut other = values.clone();
    other[17] = -other[17];
    desk.write_numbers("a", 4, &other);
    desk.refuses(words, &["a.npy", "continue with the data of the first run"]);
    desk.write_numbers("a", 3, &values[..270]);
    desk.refuses(words, &["a.npy", "3 columns, expected 4"]);
    desk.write("a.npy", &whole[..whole.len() - 7]);
    desk.refuses(words, &["a.npy"]);
    fs::remove_file(desk.path("a.npy")).unwrap();
    desk.refuses(words, &["a.npy", "no such file"]);
    desk.write("a.npy", whole);
    desk.must(words);
}

/// Starts a run on a file, waits for two epochs, changes the file, and returns how the run ends.
#[cfg(unix)]
fn changed(desk: &Desk, epochs: usize, change: impl Fn(&Desk)) -> Outcome {
    let words = format!(
        "train a.npy --threshold 0 --hidden 3 --epochs {epochs} --memory 2kB --no-figures \
         --metrics-every 1 --checkpoint-every 1 --out run"
    );
    let mut command = desk.command(&words);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let epochs = || fs::read_to_string(desk.path("run/metrics.jsonl")).unwrap_or_default();
    while epochs().lines().count() < 2 {
        assert!(child.try_wait().unwrap().is_none(), "it runs");
        thread::sleep(Duration::from_millis(10));
    }
    change(desk);
    Outcome::of(child.wait_with_output().unwrap())
}

#[cfg(unix)]
#[test]
fn a_file_that_changes_in_use_stops_the_run_with_its_checkpoint() {
    let truncated = |desk: &Desk| {
        let file = OpenOptions::new().write(true).open(desk.path("a.npy"));
        file.unwrap().set_len(400).unwrap();
    };
    let overwritten = |desk: &Desk| {
        let whole = desk.read("a.npy");
        desk.write("a.npy", [&whole[..], b"!"].concat());
    };
    for change in [&truncated as &dyn Fn(&Desk), &overwritten] {
        let desk = Desk::new();
        desk.write_numbers("a", 4, &numbers(90, 4));
        let whole = desk.read("a.npy");
        let outcome = changed(&desk, 1_000_000, change);
        assert_eq!(outcome.status, Some(1), "{outcome:?}");
        let line = outcome.last_line();
        for part in [
            "paysage: a.npy: changed or truncated while it was in use",
            "the last checkpoint is kept",
            "`paysage train --resume --out run`",
        ] {
            assert!(line.contains(part), "{outcome:?}");
        }
        assert!(!outcome.stderr.contains("panicked"), "{outcome:?}");
        // State and model can be read.
        desk.write("a.npy", whole);
        desk.must("report run");
        desk.must("evaluate run/model.safetensors a.npy --likelihood none");
    }
}

/// The program has the file open until it ends; the checkpoint needs it under its name again.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_is_removed_in_use_is_read_to_the_end() {
    let desk = Desk::new();
    desk.write_numbers("a", 4, &numbers(90, 4));
    let whole = desk.read("a.npy");
    let outcome = changed(&desk, 150, |desk| {
        fs::remove_file(desk.path("a.npy")).unwrap()
    });
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    desk.refuses(
        "train --resume --epochs 160 --out run",
        &["a.npy", "no such file"],
    );
    desk.write("a.npy", whole);
    desk.must("train --resume --epochs 160 --out run");
    desk.must(
        "train a.npy --threshold 0 --hidden 3 --epochs 150 --memory 2kB --no-figures --metrics-every 1 \
         --out again",
    );
    desk.must("train --resume --epochs 160 --out again");
    check_same(&desk, "run", "again");
}

#[test]
fn data_that_cannot_stay_on_disk_are_refused_with_the_remedy() {
    let desk = Desk::new();
    desk.write_numbers("a", 3, &numbers(9, 3));
    desk.write("s.fasta", ">a\nACDE\n>b\nACDF\n");
    desk.write("l.csv", "0\n1\n");
    let remedy = "leave the memory limit (--memory) out";
    for (data, what) in [
        ("builtin:digits", "a built-in data set"),
        ("s.fasta --reweight 0.8", "--reweight"),
    ] {
        let words = format!("train {data} --memory 1GiB --hidden 3 --out run");
        desk.refuses(&words, &[what, "cannot be read from disk in parts", remedy]);
    }
    desk.refuses(
        "train a.npy --threshold 0 --memory 50 --hidden 3 --out run",
        &[
            "memory limit of 50 bytes is too small for 9 rows",
            "--memory",
        ],
    );
    for size in ["0", "much", "-1", "1 GiB/s"] {
        let mut command = desk.command("train a.npy --out run --memory");
        let outcome = Outcome::of(command.arg(size).output().unwrap());
        assert_eq!(outcome.status, Some(2), "{outcome:?}");
        assert!(
            outcome.stderr.contains("--memory") && outcome.stderr.contains("such as 1GiB or 500MB"),
            "{outcome:?}"
        );
    }
}

/// Results are those of rows in memory, also of another file with other columns and their order.
#[test]
fn models_are_evaluated_on_data_that_stay_on_disk() {
    let desk = Desk::new();
    let values = numbers(300, 4);
    let table = |header: &str, order: [usize; 4]| {
        let mut text = format!("{header}\n");
        for row in values.chunks(4) {
            let cells = order.map(|column| row[column].to_string());
            writeln!(text, "{}", cells.join(",")).unwrap();
        }
        text
    };
    desk.write("a.csv", table("a,b,c,d", [0, 1, 2, 3]));
    desk.write("b.csv", table("c,d,a,b", [2, 3, 0, 1]));
    for (run, options) in [("real", "--visible gaussian"), ("binary", "--threshold 0")] {
        desk.must(&format!(
            "train a.csv {options} --drop d --hidden 3 --epochs 2 --memory 10kB --out {run}"
        ));
        let words = format!("evaluate {run}/model.safetensors b.csv --json --tap-order 2");
        let table = desk.must(&words);
        assert!(table.contains("reconstruction_error") && table.contains("log_likelihood_exact"));
        assert_eq!(desk.must(&format!("{words} --memory 10kB")), table);
        desk.refuses(
            &format!("{words} --memory 10kB --metrics energy_distance"),
            &["--memory: the metric energy_distance needs all rows in memory"],
        );
    }
}

/// In memory, 22,000 more rows take 69 MB more.
#[cfg(target_os = "linux")]
#[test]
fn resident_memory_does_not_grow_with_the_rows() {
    const MOST: u64 = 20_000_000;
    let desk = Desk::new();
    desk.write_images("few-idx3-ubyte", 2_000);
    desk.write_images("many-idx3-ubyte", 24_000);
    let of = |name: &str, run: &str, memory: &str| {
        let words = format!(
            "train {name}-idx3-ubyte --threshold 0.5 --hidden 8 --epochs 1 --batch-size 200 \
             --validation 0.1 {memory} --out {run}"
        );
        desk.peak(&words)
    };
    let few = of("few", "few", "--memory 4MB");
    let many = of("many", "many", "--memory 4MB");
    assert!(many < few + MOST, "{many} and {few} bytes");
    // The measurement sees the rows of a table.
    let table = of("many", "table", "");
    assert!(table > few + 2 * MOST, "{table} and {few} bytes");
    let model = |run: &str| desk.read(&format!("{run}/model.safetensors"));
    assert!(model("many") == model("table"));
}

/// In memory, 140,000 more rows have 28 MB.
#[cfg(target_os = "linux")]
#[test]
fn resident_memory_does_not_grow_with_the_cells() {
    const MOST: u64 = 12_000_000;
    let desk = Desk::new();
    desk.write("few.csv", people(5_000));
    desk.write("many.csv", people(145_000));
    let of = |name: &str, memory: &str| {
        let words = format!(
            "train {name}.csv --schema infer --hidden 2 --epochs 1 --batch-size 5000 --no-figures \
             {memory} --out {name}{}",
            memory.len()
        );
        desk.peak(&words)
    };
    let (few, many) = (of("few", "--memory 4MB"), of("many", "--memory 4MB"));
    assert!(many < few + MOST, "{many} and {few} bytes");
    // The measurement sees the cells of a table.
    let table = of("many", "");
    assert!(table > few + 2 * MOST, "{table} and {few} bytes");
}

/// 30,000 more samples have 94 MB.
#[cfg(target_os = "linux")]
#[test]
fn resident_memory_does_not_grow_with_the_samples() {
    let desk = Desk::new();
    desk.write_images("few-idx3-ubyte", 500);
    desk.must("train few-idx3-ubyte --threshold 0.5 --hidden 8 --epochs 1 --no-figures --out run");
    let peak = |count: usize, out: &str| {
        let words = format!("sample run/model.safetensors --count {count} --sweeps 1 --out {out}");
        desk.peak(&words)
    };
    for ending in ["npy", "csv"] {
        let few = peak(3_000, &format!("few.{ending}"));
        let many = peak(33_000, &format!("many.{ending}"));
        assert!(many < few + 20_000_000, "{many} and {few} bytes");
    }
    // The first samples are the same.
    let [few, many] = ["few.csv", "many.csv"].map(|name| desk.text(name));
    assert!(many.starts_with(&few));
    assert_eq!(many.lines().count(), 33_000);
    let [few, many] = ["few.npy", "many.npy"].map(|name| desk.read(name));
    assert!(many[128..].starts_with(&few[128..]));
    assert_eq!(many.len(), 128 + 4 * 784 * 33_000);
}

/// A run whose data segment (the writable memory that it asks for) is limited by the system.
#[cfg(target_os = "linux")]
#[test]
fn a_run_on_disk_trains_under_a_limit_that_its_table_exceeds() {
    let desk = Desk::new();
    desk.write_images("many-idx3-ubyte", 50_000);
    // The table has 157 MB.
    let within = |words: &str| desk.within("ulimit -d 150000", words);
    let words = "train many-idx3-ubyte --threshold 0.5 --hidden 8 --epochs 1 --batch-size 500";
    let outcome = within(&format!("{words} --memory 4MB --out run"));
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    let outcome = within(&format!("{words} --out table"));
    assert_ne!(outcome.status, Some(0), "the limit holds");
}
