//! Mutants and truncations of files of every format: each is read or refused in one line.

#![allow(clippy::unwrap_used)]

mod law;

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use paysage_data::quiet_decoders;
use paysage_fuzzing::mutant;

const MUTANTS: u64 = 300;
const TRUNCATIONS: usize = 20;

/// The files of other libraries.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let paths = fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = paths.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.retain(|path| {
        let ending = path.extension().and_then(|it| it.to_str());
        matches!(ending, Some("h5" | "npz"))
    });
    let named = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        (name.to_owned(), fs::read(path).unwrap())
    };
    files.iter().map(named).collect()
}

fn read(name: &str, bytes: &[u8], what: &str) -> bool {
    let found = catch_unwind(|| law::read(name, bytes));
    found.unwrap_or_else(|_| panic!("{name}: broken by {what}"))
}

#[test]
fn files_are_read_or_refused() {
    quiet_decoders();
    let files = fixtures();
    let (mut accepted, mut refused) = (0, 0);
    for (place, (name, bytes)) in files.iter().enumerate() {
        let is_model = !name.contains("other") && !name.contains("empty");
        assert_eq!(read(name, bytes, "no change"), is_model, "{name}");
        for part in 0..TRUNCATIONS {
            let length = bytes.len() * part / TRUNCATIONS;
            assert!(!read(name, &bytes[..length], "truncation"), "{name}");
        }
        let other = &files[(place + 1) % files.len()].1;
        for number in 0..MUTANTS {
            let mutant = mutant(bytes, other, number);
            match read(name, &mutant, &format!("mutant {number}")) {
                true => accepted += 1,
                false => refused += 1,
            }
        }
    }
    assert!(
        accepted > 0 && refused > 0,
        "{accepted} accepted, {refused} refused"
    );
}
