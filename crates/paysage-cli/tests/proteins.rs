//! Couplings, mutations and gauges from the command line.

#![allow(clippy::unwrap_used)]

mod program;

use program::Desk;

const MODEL: &str = "run/model.safetensors";

/// A model of columns of letters, in which the first and the third are nearly always equal.
fn letters() -> Desk {
    let desk = Desk::new();
    let mut text = String::from("p1,p2,p3\n");
    for row in 0..120 {
        let (first, second) = (["A", "C", "D"][row % 3], ["A", "C", "D"][row / 3 % 3]);
        let third = if row % 20 == 0 { second } else { first };
        text += &format!("{first},{second},{third}\n");
    }
    desk.write("family.csv", text);
    desk.must(
        "train family.csv --schema infer --hidden 6 --epochs 2000 --gauge zero-sum --no-figures \
         --metrics-every 2000 --out run",
    );
    desk
}

fn table(desk: &Desk, name: &str) -> Vec<Vec<String>> {
    let text = desk.text(name);
    let cells = |line: &str| line.split(',').map(str::to_owned).collect();
    text.lines().map(cells).collect()
}

fn png(desk: &Desk, name: &str) -> bool {
    desk.read(name).starts_with(b"\x89PNG\r\n\x1a\n")
}

#[test]
fn sites_that_depend_on_each_other_are_coupled() {
    let desk = letters();
    let printed = desk.must(&format!("couplings {MODEL} --out pairs.csv"));
    assert_eq!(printed, "pairs.csv\npairs.png\n");
    let pairs = table(&desk, "pairs.csv");
    assert_eq!(pairs[0], ["site_i", "site_j", "frobenius", "apc"]);
    assert_eq!(pairs[1][..2], ["p1", "p3"]);
    assert_eq!(pairs.len(), 4);
    assert!(png(&desk, "pairs.png"));
    desk.must(&format!(
        "couplings {MODEL} --skip-state A --separation 2 --out far.tsv.gz --figure map.png"
    ));
    assert!(png(&desk, "map.png"));
    desk.refuses(
        &format!("couplings {MODEL} --skip-state X --out no.csv"),
        &["--skip-state", "A, C, D", "\"X\""],
    );
    desk.refuses(
        &format!("couplings {MODEL} --separation 0 --out no.csv"),
        &["--separation", "at least 1"],
    );
    desk.refuses(
        &format!("couplings {MODEL} --out no.csv --figure no.jpg"),
        &["--figure", "no.jpg", ".png"],
    );
    desk.refuses(
        &format!("couplings {MODEL} --out run/model.safetensors"),
        &["--out"],
    );
}

#[test]
fn mutations_have_free_energy_changes() {
    let desk = letters();
    let printed = desk.must(&format!("mutations {MODEL} CAC --out effects.csv"));
    assert_eq!(printed, "effects.csv\neffects.png\n");
    assert!(png(&desk, "effects.png"));
    let effects = table(&desk, "effects.csv");
    assert_eq!(
        effects[0],
        ["site", "wild_type", "mutant", "free_energy_change"]
    );
    assert_eq!(effects.len(), 1 + 3 * 2);
    let change = |site: &str, mutant: &str| -> f64 {
        let row = effects
            .iter()
            .find(|row| row[0] == site && row[2] == mutant);
        row.unwrap()[3].parse().unwrap()
    };
    // The third site is coupled with the first one, the second is free.
    let changes = [change("p3", "D"), change("p1", "A"), change("p2", "D")];
    let [third, first, free] = changes;
    assert!(
        third > 1.0 && first > 1.0 && free.abs() < 0.8,
        "{changes:?}"
    );

    // The same sequence as names, and as the row of a file.
    desk.must(&format!("mutations {MODEL} C,A,C --out named.csv"));
    assert_eq!(desk.text("named.csv"), desk.text("effects.csv"));
    desk.write("one.csv", "p1,p2,p3\nC,A,C\n");
    desk.must(&format!("mutations {MODEL} one.csv --out row.csv"));
    assert_eq!(desk.text("row.csv"), desk.text("effects.csv"));
    // The scores of two rows differ by the change.
    desk.write("two.csv", "p1,p2,p3\nC,A,C\nC,A,D\n");
    desk.must(&format!(
        "score {MODEL} two.csv --likelihood none --out scores.csv"
    ));
    let scores = table(&desk, "scores.csv");
    let energy = |row: usize| -> f64 { scores[row][1].parse().unwrap() };
    assert!((energy(2) - energy(1) - change("p3", "D")).abs() < 1e-3);

    for (words, parts) in [
        ("CA --out no.csv", &["3 letters", "got 2"][..]),
        ("CAX --out no.csv", &["p3", "A, C, D", "\"X\""]),
        ("two.csv --out no.csv", &["two.csv", "one row, got 2"]),
        ("CAC --out no.npy", &["no.npy", ".csv"]),
        ("CAC --out no.csv --figure no.csv", &["--figure"]),
    ] {
        desk.refuses(&format!("mutations {MODEL} {words}"), parts);
    }
}

/// Sites of an alignment have numbers, and states the letters of its alphabet; without names both have
/// numbers.
#[test]
fn sites_of_alignments_have_numbers_and_states_letters() {
    let desk = Desk::new();
    let sequence = |row: usize| {
        let letter = |site: usize| char::from(b"ACDEFGHIKLMNPQRSTVWY-"[(7 * row + site) % 21]);
        format!(">{row}\n{}{}\n", letter(0), letter(1))
    };
    desk.write("family.fasta", (0..40).map(sequence).collect::<String>());
    desk.must("train family.fasta --hidden gaussian:2 --epochs 2 --no-figures --out run");
    desk.must(&format!("mutations {MODEL} W- --out effects.csv"));
    let effects = table(&desk, "effects.csv");
    assert_eq!(effects.len(), 1 + 2 * 20);
    assert_eq!(effects[1][..3], ["1", "W", "-"]);
    assert_eq!(effects[40][..3], ["2", "-", "Y"]);
    desk.write("one.fasta", ">one\nW-\n");
    desk.must(&format!("mutations {MODEL} one.fasta --out same.csv"));
    assert_eq!(table(&desk, "same.csv"), effects);
    desk.must(&format!("couplings {MODEL} --skip-state - --out pairs.csv"));
    assert_eq!(table(&desk, "pairs.csv").len(), 2);

    // Unknown letters are summed over, and gaps where they are missing values.
    desk.must(
        "train family.fasta --gaps missing --hidden gaussian:2 --epochs 2 --no-figures --out gaps",
    );
    for (model, missing) in [("gaps", "W-"), ("gaps", "WX"), ("run", "WX")] {
        let model = format!("{model}/model.safetensors");
        desk.write("gap.fasta", format!(">one\n{missing}\n"));
        for sequence in [missing, "gap.fasta"] {
            let outcome = desk.run(&format!("mutations {model} {sequence} --out gap.csv"));
            assert_eq!(outcome.status, Some(0), "{outcome:?}");
            let note = "the sequence has no state at 2, which is summed over and not mutated";
            assert!(outcome.stderr.contains(note), "{outcome:?}");
            let effects = table(&desk, "gap.csv");
            let states = if model.starts_with("run") { 21 } else { 20 };
            assert_eq!(effects.len(), states);
            assert!(effects[1..].iter().all(|line| line[..2] == ["1", "W"]));
        }
    }
    desk.refuses(
        "mutations gaps/model.safetensors -X --out no.csv",
        &["-X: no site is observed"],
    );
    desk.refuses(
        "mutations gaps/model.safetensors W1 --out no.csv",
        &["site 2", "\"1\""],
    );

    let row = |row: usize| {
        let unit = |site: usize| 3 * site + (row + site) % 3;
        let cells = (0..6).map(|u| u8::from(u == unit(0) || u == unit(1)).to_string());
        cells.collect::<Vec<_>>().join(",") + "\n"
    };
    desk.write("sites.csv", (0..40).map(row).collect::<String>());
    desk.must("train sites.csv --visible onehot:3 --hidden 2 --epochs 2 --no-figures --out plain");
    desk.must("mutations plain/model.safetensors 1,3 --out numbers.csv");
    assert_eq!(table(&desk, "numbers.csv")[1][..3], ["1", "1", "2"]);
}

#[test]
fn spins_have_signed_couplings() {
    let desk = Desk::new();
    desk.must(
        "train builtin:ising?size=3&spins=true --visible spin --hidden gaussian:6 --epochs 5 \
         --no-figures --out run",
    );
    desk.must(&format!("couplings {MODEL} --out pairs.csv"));
    let pairs = table(&desk, "pairs.csv");
    assert_eq!(pairs[0][4], "coupling");
    assert_eq!(pairs.len(), 1 + 9 * 8 / 2);
    for pair in &pairs[1..] {
        let number = |cell: usize| -> f64 { pair[cell].parse().unwrap() };
        assert!((number(2) - 2.0 * number(4).abs()).abs() < 1e-5, "{pair:?}");
    }
}

#[test]
fn machines_without_couplings_are_refused() {
    let desk = Desk::new();
    desk.must(
        "train builtin:bars-and-stripes?size=3 --hidden 4,2 --epochs 1 --no-figures --out run",
    );
    desk.refuses(
        &format!("couplings {MODEL} --out pairs.csv"),
        &["run/model.safetensors", "both hidden and connected"],
    );
    // Of a machine small enough for exact sums, changes have no bounds.
    desk.must(&format!("mutations {MODEL} 000111000 --out effects.csv"));
    assert_eq!(table(&desk, "effects.csv").len(), 1 + 9);
}

/// Training in the zero-sum gauge continues exactly, and a model changes its gauge and not its
/// distribution.
#[test]
fn the_gauge_is_kept_and_changed() {
    let desk = letters();
    let train = |words: &str| {
        desk.must(&format!(
            "train family.csv --schema infer --hidden gaussian:3 --gauge zero-sum --epochs 6 --seed 3 \
             --no-figures {words}"
        ))
    };
    train("--out whole");
    train("--out parts --stop-on reconstruction_error --patience 1000");
    let gauged = desk.must("inspect whole/model.safetensors");
    assert!(gauged.contains("onehot"), "{gauged}");
    desk.must(
        "train family.csv --schema infer --hidden gaussian:3 --gauge zero-sum --epochs 3 --seed 3 \
         --no-figures --schedule constant --out short",
    );
    desk.must("train --resume --epochs 6 --out short");
    desk.must(
        "train family.csv --schema infer --hidden gaussian:3 --gauge zero-sum --epochs 6 --seed 3 \
         --no-figures --schedule constant --out long",
    );
    assert_eq!(
        desk.read("short/model.safetensors"),
        desk.read("long/model.safetensors")
    );
    for words in ["", "--hidden unit-variance", "--hidden unit-weights"] {
        desk.must(&format!(
            "gauge long/model.safetensors {words} --out other.safetensors"
        ));
        let scores = |model: &str| {
            desk.must(&format!(
                "score {model} family.csv --likelihood exact --out s.csv"
            ));
            let rows = table(&desk, "s.csv");
            let number = |row: &Vec<String>| row.last().unwrap().parse::<f64>().unwrap();
            rows[1..].iter().map(number).collect::<Vec<f64>>()
        };
        let [before, after] = ["long/model.safetensors", "other.safetensors"].map(scores);
        for (before, after) in before.iter().zip(after) {
            assert!((before - after).abs() < 1e-3, "{before} {after}");
        }
    }
    desk.must(
        "train family.csv --schema infer --hidden onehot:2x3,drelu:2 --epochs 1 --no-figures --out mixed",
    );
    let outcome =
        desk.run("gauge mixed/model.safetensors --hidden unit-variance --out other.safetensors");
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    let note = "hidden layer 1 (onehot:2x3) stays as it is: its units have no free scale or sign";
    assert!(outcome.stderr.contains(note), "{outcome:?}");
    assert!(!outcome.stderr.contains("hidden layer 2"), "{outcome:?}");
    desk.refuses(
        "train builtin:digits?rows=20 --hidden 3 --gauge zero-sum --out no",
        &["--gauge zero-sum has no effect without one-hot layers"],
    );
    desk.misreads(
        "train family.csv --schema infer --gauge other --out no",
        &["zero-sum, none"],
    );
    desk.refuses(
        "gauge long/model.safetensors --out no/such/file",
        &["--out"],
    );
}
