//! Settings of a run from anywhere: mutants and truncations are read or refused, in one line each.

use std::fs;

use paysage_fuzzing::{check_error, mutant};
use paysage_training::Settings;

const MUTANTS: u64 = 1000;

/// Whether something was read; an error is one line.
fn accepted<T, E: std::fmt::Display>(read: Result<T, E>) -> bool {
    read.inspect_err(|error| check_error(error)).is_ok()
}

/// The annotated settings of a run, and settings of every type of value.
fn settings() -> [String; 2] {
    let given = "data = \"people.csv\"\nhidden = \"spin:20,10\"\nepochs = 5\nlearning-rate = 0.01\n\
                 validation = 0.2\nweights = \"w\"\npretrain-epochs = 2\nseed = 7\n";
    let settings = Settings::from_toml(given).expect("settings");
    [settings.settled().to_toml(), given.into()]
}

#[test]
fn settings_are_read_or_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    let read = |bytes: &[u8]| {
        fs::write(&path, bytes).expect("written");
        let settings = Settings::read(&path);
        if let Ok(settings) = &settings {
            let settled = settings.clone().settled();
            assert_eq!(Settings::from_toml(&settled.to_toml()), Ok(settled));
        }
        accepted(settings)
    };
    let seeds = settings();
    for seed in &seeds {
        assert!(read(seed.as_bytes()), "{seed}");
        for length in 0..seed.len() {
            read(&seed.as_bytes()[..length]);
        }
    }
    let accepted = (0..MUTANTS).filter(|&number| {
        let seed = &seeds[number as usize % 2];
        read(&mutant(seed.as_bytes(), seeds[0].as_bytes(), number))
    });
    let accepted = accepted.count() as u64;
    assert!((1..MUTANTS).contains(&accepted), "{accepted} accepted");
}
