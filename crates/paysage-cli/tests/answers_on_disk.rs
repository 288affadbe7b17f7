//! Queries of models on data that stay on disk (`--memory`): the same outputs as from memory.

#![allow(clippy::unwrap_used)]

mod program;

use std::fs;

use program::{Desk, numbers};

/// Enough for two chunks of rows.
const ROWS: usize = 1_200;

/// Chains that are short enough for a test.
const CHAINS: &str = "--chains 2 --burn-in 2 --sweeps 2";

/// Numbers with and without gaps, as an array, as text and with identifiers of rows, and models of them.
fn desk() -> Desk {
    let desk = Desk::new();
    let values = numbers(ROWS, 4);
    desk.write_numbers("a", 4, &values);
    let mut with_gaps = values.clone();
    with_gaps.iter_mut().step_by(7).for_each(|x| *x = f32::NAN);
    desk.write_numbers("gaps", 4, &with_gaps);
    for (name, values) in [("ids.csv", &values), ("gaps_ids.csv", &with_gaps)] {
        let line = |(row, values): (usize, &[f32])| {
            let cell = |x: &f32| {
                if x.is_nan() {
                    String::new()
                } else {
                    x.to_string()
                }
            };
            let [a, b, c, d] = [0, 1, 2, 3].map(|column| cell(&values[column]));
            format!("{a},\"u{row}, x\",{b},{c},{row},{d}\n")
        };
        let lines: String = values.chunks(4).enumerate().map(line).collect();
        desk.write(name, format!("a,user,b,c,n,d\n{lines}"));
    }
    let common = "--epochs 1 --no-figures";
    for (run, options) in [
        ("binary", "a.npy --threshold 0 --hidden 3"),
        ("real", "a.npy --visible gaussian --hidden 3"),
        ("deep", "a.npy --threshold 0 --hidden 3,2"),
        ("named", "ids.csv --drop user,n --threshold 0 --hidden 3"),
        (
            "real_named",
            "ids.csv --drop user,n --visible gaussian --hidden 3",
        ),
        ("gaps", "gaps.npy --missing --threshold 0 --hidden 3"),
    ] {
        desk.must(&format!("train {options} {common} --out {run}"));
    }
    desk
}

/// Runs a command on data in memory and on disk: its outputs and what it prints are the same.
fn check(desk: &Desk, words: &str, outputs: &[&str]) {
    let (command, options) = words.split_once(' ').unwrap();
    let (run, options) = options.split_once(' ').unwrap();
    let words = format!("{command} {run}/model.safetensors {options}");
    let found = |words: &str| {
        let printed = desk.run(words);
        assert_eq!(printed.status, Some(0), "{words}: {printed:?}");
        let content = outputs.iter().map(|name| {
            let content = desk.read(name);
            fs::remove_file(desk.path(name)).unwrap();
            content
        });
        (content.collect::<Vec<_>>(), printed.stdout, printed.stderr)
    };
    let in_memory = found(&words);
    let on_disk = found(&format!("{words} --memory 20kB"));
    assert!(on_disk == in_memory, "{words}: {on_disk:?}");
}

#[test]
fn hidden_representations_are_those_in_memory() {
    let desk = desk();
    for (words, out) in [
        ("binary a.npy", "h.npy"),
        ("binary a.csv --sample --seed 3", "h.csv"),
        ("real a.npy", "h.tsv.gz"),
        ("deep a.npy --layer 1", "h.npy.gz"),
        ("named ids.csv", "h.csv"),
        ("named a.npy", "h.csv"),
        (&format!("gaps gaps.npy {CHAINS}"), "h.npy"),
        (&format!("gaps gaps.csv {CHAINS}"), "h.csv"),
    ] {
        check(&desk, &format!("transform {words} --out {out}"), &[out]);
    }
}

#[test]
fn scores_are_those_in_memory() {
    let desk = desk();
    for (words, out) in [
        ("binary a.npy", "s.csv"),
        ("binary a.csv --likelihood none", "s.npy"),
        (
            "real a.npy --likelihood ais --chains 20 --temperatures 20 --budget 0",
            "s.tsv",
        ),
        ("named ids.csv", "s.csv.gz"),
        ("gaps gaps.npy", "s.csv"),
    ] {
        check(&desk, &format!("score {words} --out {out}"), &[out]);
    }
    let words = "score named/model.safetensors ids.csv --memory 10kB --out s.npy";
    desk.refuses(words, &["--out", "\"user\"", "\"u0, x\""]);
}

/// Whether rows have bounds is known before the first one is written.
#[test]
fn scores_have_bounds_if_any_row_has() {
    let desk = Desk::new();
    let mut values = numbers(1_010, 20);
    desk.write_numbers("complete", 20, &values);
    // More missing values than an exact sum takes, in the last row alone.
    values[20 * 1_009 + 1..].fill(f32::NAN);
    desk.write_numbers("gaps", 20, &values);
    let common = "--threshold 0 --hidden 18 --epochs 1 --no-figures";
    desk.must(&format!("train complete.npy {common} --out complete"));
    desk.must(&format!("train gaps.npy --missing {common} --out run"));
    desk.refuses(
        "score complete/model.safetensors gaps.npy --memory 1MB --out s.csv",
        &["gaps.npy", "row 1010"],
    );
    let model = "score run/model.safetensors";
    for (data, bounds) in [("complete.npy", false), ("gaps.npy", true)] {
        desk.must(&format!("{model} {data} --memory 1MB --out s.csv"));
        let text = desk.text("s.csv");
        let header = text.lines().next().unwrap();
        assert_eq!(header.contains("free_energy_low"), bounds, "{header}");
        assert_eq!(text.lines().count(), 1_011);
        check(&desk, &format!("score run {data} --out s.csv"), &["s.csv"]);
    }
}

#[test]
fn predictions_are_those_in_memory() {
    let desk = desk();
    // Without the column that is predicted, and with gaps in it.
    let without: String = desk
        .text("ids.csv")
        .lines()
        .map(|line| line.rsplit_once(',').unwrap().0.to_owned() + "\n")
        .collect();
    desk.write("without.csv", without);
    let gaps: String = (0..ROWS)
        .map(|row| ["1,0,1,\n", "0,1,1,0\n"][row % 2])
        .collect();
    desk.write("some.csv", gaps);
    for (words, out) in [
        ("binary a.npy --columns 2", "p.csv"),
        ("binary a.csv --columns 2,4 --json", "p.tsv.gz"),
        ("binary some.csv --columns 4", "p.csv"),
        ("real a.npy --columns 1,3", "p.csv"),
        ("deep a.npy --columns 1", "p.csv"),
        ("named ids.csv --columns b", "p.csv"),
        ("named without.csv --columns d", "p.csv"),
        ("real_named ids.csv --columns d,a", "p.csv"),
    ] {
        let words = format!("predict {words} {CHAINS}");
        check(&desk, &format!("{words} --out {out}"), &[out]);
        check(&desk, &words, &[]);
    }
    desk.refuses(
        "predict binary/model.safetensors some.csv --columns 1 --memory 10kB",
        &["some.csv", "line 1, column 4", "missing"],
    );
}

#[test]
fn imputations_are_those_in_memory() {
    let desk = desk();
    for (words, out) in [
        ("binary gaps.npy", "i.npy"),
        ("binary gaps.csv --fill mean", "i.csv"),
        ("real gaps.npy", "i.csv.gz"),
        ("named gaps_ids.csv", "i.csv"),
        ("real_named gaps_ids.csv", "i.tsv"),
        ("deep a.csv", "i.npy"),
    ] {
        let words = format!("impute {words} {CHAINS} --out {out}");
        check(&desk, &words, &[out]);
        check(&desk, &format!("{words} --spread s.csv"), &[out, "s.csv"]);
    }
    let draw = "gaps_ids.csv --fill draw --burn-in 2 --sweeps 2";
    check(
        &desk,
        &format!("impute named {draw} --count 1 --out i.csv"),
        &["i.csv"],
    );
    desk.refuses(
        &format!("impute named/model.safetensors {draw} --count 2 --memory 10kB --out i.csv"),
        &["--memory", "--count 1"],
    );
}

#[test]
fn counterfactuals_are_those_in_memory() {
    let desk = desk();
    for (words, out) in [
        ("binary a.npy --set 1=1", "c.npy"),
        ("binary a.csv --set 1=0 --set 3=1", "c.csv"),
        ("real a.npy --set 2=0.5", "c.tsv.gz"),
        ("named ids.csv --set b=1", "c.csv"),
        ("real_named ids.csv --set d=-1", "c.csv"),
    ] {
        let words = format!("counterfactual {words} --repeats 2");
        check(&desk, &format!("{words} --out {out}"), &[out]);
        check(&desk, &words, &[]);
    }
}

#[test]
fn data_that_cannot_stay_on_disk_are_refused() {
    let desk = Desk::new();
    let data = "builtin:bars-and-stripes?size=2";
    desk.must(&format!(
        "train {data} --hidden 2 --epochs 1 --no-figures --out run"
    ));
    let model = format!("run/model.safetensors {data} --memory 1MB");
    for words in [
        format!("transform {model} --out o.csv"),
        format!("score {model} --out o.csv"),
        format!("predict {model} --columns 1"),
        format!("impute {model} --out o.csv"),
        format!("counterfactual {model} --set 1=1"),
    ] {
        desk.refuses(
            &words,
            &[
                "a built-in data set",
                "leave the memory limit (--memory) out",
            ],
        );
    }
}

/// In memory, 22,000 more rows take 69 MB more.
#[cfg(target_os = "linux")]
#[test]
fn resident_memory_does_not_grow_with_the_rows() {
    let desk = Desk::new();
    desk.write_images("few-idx3-ubyte", 2_000);
    desk.write_images("many-idx3-ubyte", 24_000);
    desk.must("train few-idx3-ubyte --threshold 0.5 --hidden 8 --epochs 1 --no-figures --out run");
    let peak = |name: &str, out: &str| {
        let words =
            format!("impute run/model.safetensors {name}-idx3-ubyte --memory 4MB --out {out}");
        desk.peak(&words)
    };
    for ending in ["npy", "csv"] {
        let few = peak("few", &format!("few.{ending}"));
        let many = peak("many", &format!("many.{ending}"));
        assert!(many < few + 20_000_000, "{many} and {few} bytes");
    }
    // The measurement sees the rows of a table.
    let words = "impute run/model.safetensors many-idx3-ubyte --out table.npy";
    let (few, table) = (peak("few", "few.npy"), desk.peak(words));
    assert!(table > few + 40_000_000, "{table} and {few} bytes");
    assert!(desk.read("table.npy") == desk.read("many.npy"));
    assert_eq!(desk.read("many.npy").len(), 128 + 4 * 784 * 24_000);
    assert_eq!(desk.text("many.csv").lines().count(), 24_000);
}

/// Categories, numbers and identifiers; sequences; and rows with labels.
#[test]
fn queries_of_tables_sequences_and_labels_are_those_in_memory() {
    let desk = Desk::new();
    let person = |row: usize| {
        let region = ["north", "south", "", "west"][row * row % 4];
        let age = match row % 9 {
            0 => String::new(),
            _ => (row * 7 % 50).to_string(),
        };
        format!("u{row},{region},{age},{}\n", ["no", "yes"][row / 3 % 2])
    };
    let people: String = (0..ROWS).map(person).collect();
    desk.write("p.csv", format!("id,region,age,smoker\n{people}"));
    let complete = people.lines().filter(|line| !line.contains(",,"));
    let complete: String = complete.map(|line| format!("{line}\n")).collect();
    desk.write("q.csv", format!("id,region,age,smoker\n{complete}"));
    let sequence = |row: usize| {
        let letters = (0..5).map(|site| ['A', 'C', '-', 'D'][(row * site / 2) % 4]);
        format!(">s{row}\n{}\n", letters.collect::<String>())
    };
    desk.write("s.fasta", (0..100).map(sequence).collect::<String>());
    desk.write_numbers("a", 4, &numbers(ROWS, 4));
    let label = |row: usize| format!("{}\n", row * row % 3);
    desk.write("l.csv", (0..ROWS).map(label).collect::<String>());
    desk.write("x.fasta", desk.text("s.fasta").replacen("A", "X", 20));
    desk.write("ls.csv", (0..100).map(label).collect::<String>());
    for (run, data) in [
        ("people", "p.csv --schema infer"),
        ("sites", "s.fasta --alphabet protein"),
        ("families", "s.fasta --alphabet protein --labels ls.csv"),
        ("labelled", "a.npy --threshold 0 --labels l.csv"),
    ] {
        desk.must(&format!(
            "train {data} --hidden 3 --epochs 1 --no-figures --out {run}"
        ));
    }
    for words in [
        "transform people p.csv --out o.csv",
        "score people p.csv --likelihood none --out o.csv",
        "impute people p.csv --out o.csv",
        "predict people q.csv --columns smoker --out o.csv",
        "counterfactual people q.csv --set region=north --out o.csv",
        "score sites s.fasta --likelihood none --out o.csv",
        "transform sites s.fasta --out o.csv",
        "score families x.fasta --labels ls.csv --likelihood none --out o.csv",
        "predict families x.fasta --out o.csv",
        "score labelled a.npy --labels l.csv --likelihood none --out o.csv",
        "predict labelled a.npy --columns label --out o.csv",
    ] {
        check(&desk, words, &["o.csv"]);
    }
}
