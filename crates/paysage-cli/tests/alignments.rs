//! Alignments: training from FASTA, and sequences in and out.

#![allow(clippy::unwrap_used)]

mod program;

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use program::Desk;
use serde_json::Value;

/// Twelve sequences of six sites in three clusters, with inserts and a wrapped line.
const FAMILY: &str = ">>S1 first\nACDkEF-\n>>S2\nACD.EFG\n>>S3\nACDEFG\n>>S4\nACCEFG\n>>S5\nACDEYG\n>>S6\nKLM\nNPQ\n\
    >>S7\nKLMNPR\n>>S8\nKLMNRQ\n>>S9\nKLLNPQ\n>>S10\nRSTVWY\n>>S11\nRSTVWW\n>>S12\nRSTVVY\n";

const TRAIN: &str = "--hidden 4 --epochs 3 --out run";

const MODEL: &str = "run/model.safetensors";

#[test]
fn a_family_is_trained_evaluated_sampled_and_scored() {
    let desk = Desk::new();
    desk.write("family.a2m", FAMILY);
    let outcome = desk.run(&format!("train family.a2m --reweight 0.8 {TRAIN}"));
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    for part in [
        "family.a2m: 12 sequences of 6 sites, protein alphabet (inferred from the letters)",
        "21 states -ACDEFGHIKLMNPQRSTVWY",
        "effective number of sequences",
        "at identity 0.8",
    ] {
        assert!(outcome.stderr.contains(part), "{part}: {outcome:?}");
    }
    assert!(desk.text("run/config.toml").contains("reweight = 0.8\n"));
    let inspected = desk.must(&format!("inspect {MODEL}"));
    assert!(
        inspected.contains("alignment of 6 sites, protein alphabet"),
        "{inspected}"
    );
    assert!(inspected.contains("onehot"), "{inspected}");

    // The same rows without options, also compressed.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(FAMILY.as_bytes()).unwrap();
    desk.write("family.fasta.gz", encoder.finish().unwrap());
    let evaluate = |file: &str| -> Value {
        let text = desk.must(&format!(
            "evaluate {MODEL} {file} --json --likelihood exact"
        ));
        serde_json::from_str(&text).unwrap()
    };
    let found = evaluate("family.a2m");
    assert_eq!(found["rows"], 12);
    assert!(found["log_likelihood_exact"].as_f64().unwrap() < 0.0);
    assert_eq!(found, evaluate("family.fasta.gz"));
    let weighted = desk.must(&format!(
        "evaluate {MODEL} family.a2m --json --likelihood exact --reweight 0.8"
    ));
    let weighted: Value = serde_json::from_str(&weighted).unwrap();
    assert_ne!(
        weighted["log_likelihood_exact"],
        found["log_likelihood_exact"]
    );

    desk.must(&format!(
        "sample {MODEL} --count 3 --sweeps 20 --given 2=C --out s.fasta"
    ));
    let text = desk.text("s.fasta");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        (lines.len(), lines[0], lines[4]),
        (6, ">sample1", ">sample3")
    );
    for sequence in lines.iter().skip(1).step_by(2) {
        assert_eq!((sequence.len(), &sequence[1..2]), (6, "C"));
    }
    let again = evaluate("s.fasta");
    assert_eq!(again["rows"], 3);
    desk.must(&format!("score {MODEL} family.a2m --out scores.csv"));
    let scores = desk.text("scores.csv");
    assert!(scores.starts_with("name,free_energy"), "{scores}");
    assert!(scores.contains("\nS1 first,"), "{scores}");
    desk.refuses(
        &format!("score {MODEL} family.a2m --out scores.fasta"),
        &["--out", "scores.fasta", "a table and not an alignment"],
    );
}

#[test]
fn imputed_sequences_keep_their_names() {
    let desk = Desk::new();
    desk.write("family.fasta", FAMILY);
    desk.must(&format!("train family.fasta {TRAIN}"));
    desk.write("gaps.fasta", ">one name\nACXEFG\n>two\nKLMNPQ\n");
    desk.must(&format!("impute {MODEL} gaps.fasta --out whole.fasta"));
    let text = desk.text("whole.fasta");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        [lines[0], lines[2], lines[3]],
        [">one name", ">two", "KLMNPQ"]
    );
    assert!(
        lines[1].starts_with("AC") && lines[1].ends_with("EFG"),
        "{text}"
    );
    assert!(!lines[1].contains('X'), "{text}");
    // Elsewhere the policy of the model holds: such sequences are left out.
    let outcome = desk.run(&format!("evaluate {MODEL} gaps.fasta"));
    assert!(
        outcome
            .stderr
            .contains("left out 1 sequence with unknown letters"),
        "{outcome:?}"
    );
    desk.refuses(
        &format!("impute {MODEL} gaps.fasta --fill mean --out mean.fasta"),
        &["--fill mean"],
    );
}

#[test]
fn gaps_and_unknown_letters_may_be_missing() {
    let desk = Desk::new();
    desk.write("rna.fa", ">a\nAC-U\n>b\nACGU\n>c\nGCNU\n>d\nGC-A\n");
    let outcome = desk.run(&format!(
        "train rna.fa --gaps missing --unknown missing {TRAIN}"
    ));
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    assert!(outcome.stderr.contains("rna alphabet"), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .contains("4 states ACGU, gaps are missing values"),
        "{outcome:?}"
    );
    assert!(
        outcome.stderr.contains("1 unknown letter became missing"),
        "{outcome:?}"
    );
    desk.must(&format!("evaluate {MODEL} rna.fa"));
    desk.must("train --resume --epochs 5 --out run");
    desk.must(&format!("impute {MODEL} rna.fa --out whole.fa"));
    assert!(!desk.text("whole.fa").contains(['-', 'N']));
}

#[test]
fn a_stopped_run_continues_with_the_same_weights() {
    let desk = Desk::new();
    desk.write("family.fasta", FAMILY);
    desk.must(&format!("train family.fasta --reweight 0.6 {TRAIN}"));
    desk.must("train --resume --epochs 4 --out run");
    desk.refuses(
        "train --resume --epochs 5 --reweight 0.7 --out run",
        &["reweight"],
    );
}

#[test]
fn what_is_no_alignment_is_refused_in_one_line() {
    let desk = Desk::new();
    for (text, parts) in [
        (
            ">a\nACD\n>b\nAC\n",
            &["line 3", "\"b\"", "2 aligned sites", "expected 3"][..],
        ),
        (">a\nACD\n>b\nA#D\n", &["line 4, column 2", "\"b\"", "'#'"]),
        ("ACD\nACD\n", &["line 1", "expected the name of a sequence"]),
        ("# nothing\n", &["alignment is empty"]),
        (">a\n>b\n", &["alignment is empty"]),
        (
            ">a\nXX\n",
            &["all 1 sequences have unknown letters", "--unknown missing"],
        ),
    ] {
        desk.write("bad.fasta", text);
        let all = [&["bad.fasta"], parts].concat();
        desk.refuses(&format!("train bad.fasta {TRAIN}"), &all);
    }
    desk.write("bad.fasta", "");
    desk.refuses(
        &format!("train bad.fasta {TRAIN}"),
        &["bad.fasta", "no rows"],
    );
    desk.write("good.fasta", ">a\nACD\n>b\nACE\n");
    for (options, parts) in [
        ("--visible bernoulli", &["--visible", "alphabet"][..]),
        ("--threshold 0.5", &["--threshold", "alignment"]),
        ("--schema infer", &["good.fasta", "is an alignment"]),
        ("--alphabet dna", &["line 4, column 3", "'E'", "-ACGT"]),
        ("--reweight 1.5", &["--reweight", "above 0 and at most 1"]),
        ("--unknown drop --schema infer", &["--unknown", "schema"]),
    ] {
        desk.refuses(&format!("train good.fasta {options} {TRAIN}"), parts);
    }
    desk.write("table.csv", "0,1\n1,0\n");
    desk.refuses(
        &format!("train table.csv --reweight 0.8 {TRAIN}"),
        &["table.csv", "no alignment", "--reweight"],
    );
    desk.misreads(
        &format!("train good.fasta --gaps no {TRAIN}"),
        &["--gaps", "state or missing"],
    );
    desk.misreads(
        &format!("train good.fasta --alphabet ab {TRAIN}"),
        &["--alphabet", "protein, rna, dna"],
    );
    desk.must(&format!("train good.fasta {TRAIN}"));
    desk.write("long.fasta", ">a\nACDE\n");
    desk.refuses(
        &format!("evaluate {MODEL} long.fasta"),
        &["long.fasta", "4 aligned sites", "expected 3"],
    );
}
