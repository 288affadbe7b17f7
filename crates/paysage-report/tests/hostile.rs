//! Metrics of a run from anywhere: mutants and truncations are read or refused, in one line each.

use std::{fs, path::Path};

use paysage_fuzzing::{check_error, mutant};
use paysage_report::{learning_curves, read_metrics};

const SEEDS: [&str; 2] = [
    "{\"epoch\":1,\"free_energy\":-119.1,\"seconds\":0.02}\n\
     {\"epoch\":2,\"free_energy\":-120.0,\"free_energy_standard_error\":1.5,\"seconds\":0.02}\n",
    "{\"epoch\":5,\"log_likelihood_ais\":-86.5,\"log_likelihood_ais_high\":-86.1,\
     \"log_likelihood_ais_low\":-87.2,\"log_likelihood_ais_unreliable\":1.0,\"seconds\":2}\n",
];

/// Reads bytes as metrics; whether they were accepted.
fn read(path: &Path, bytes: &[u8]) -> bool {
    fs::write(path, bytes).expect("written");
    match read_metrics(path) {
        Ok(records) => {
            assert!(!records.is_empty());
            true
        }
        Err(error) => {
            check_error(&error);
            false
        }
    }
}

#[test]
fn mutants_and_truncations_are_read_or_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("metrics.jsonl");
    for seed in SEEDS {
        assert!(read(&path, seed.as_bytes()));
        for length in 0..seed.len() {
            read(&path, &seed.as_bytes()[..length]);
        }
    }
    let accepted = (0..2000).filter(|&number| {
        let (seed, other) = (SEEDS[number as usize % 2], SEEDS[(number as usize + 1) % 2]);
        read(&path, &mutant(seed.as_bytes(), other.as_bytes(), number))
    });
    let accepted = accepted.count();
    assert!((1..2000).contains(&accepted), "{accepted} accepted");
}

/// What is read is drawn, whatever its numbers.
#[test]
fn mutants_that_are_read_are_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("metrics.jsonl");
    let mut drawn = 0;
    for number in 0..200 {
        let seed = SEEDS[number as usize % 2].as_bytes();
        if !read(&path, &mutant(seed, SEEDS[0].as_bytes(), number)) {
            continue;
        }
        let records = read_metrics(&path).expect("read");
        match learning_curves(&records, &folder.path().join("curves.png")) {
            Ok(()) => drawn += 1,
            Err(error) => check_error(&error),
        }
    }
    assert!(drawn > 0);
}
