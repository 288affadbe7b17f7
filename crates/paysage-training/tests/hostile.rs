//! Settings of a run and checkpoints from anywhere: mutants and truncations are read or refused, in one line
//! each.

use std::{fs, path::Path};

use paysage_data::BarsAndStripes;
use paysage_fuzzing::{check_error, mutant};
use paysage_kernels::default_device;
use paysage_layers::{AnyLayer, Bernoulli};
use paysage_models::BoltzmannMachine;
use paysage_samplers::PersistentContrastiveDivergence;
use paysage_training::{Settings, Trainer, TrainingState};

const MUTANTS: u64 = 1000;

type Checkpoint = TrainingState<AnyLayer, PersistentContrastiveDivergence>;

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

/// A checkpoint of a short training.
fn checkpoint(path: &Path) -> Vec<u8> {
    let device = default_device().expect("a device");
    let layers = [4, 3].map(|units| AnyLayer::from(Bernoulli::new(units, &device)));
    let machine = BoltzmannMachine::chain(layers.into()).expect("a machine");
    let table = BarsAndStripes { size: 2 }.generate();
    let trainer = Trainer {
        epochs: 1,
        ..Trainer::new(PersistentContrastiveDivergence::default())
    };
    let state = trainer.start(machine).expect("a start");
    let trained = trainer.fit(state, &table, &mut []).expect("trained");
    trained.state.save(path).expect("written");
    fs::read(path).expect("read")
}

/// A mutant is a damaged checkpoint: none is read but the whole one.
#[test]
fn damaged_checkpoints_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.safetensors");
    let whole = checkpoint(&path);
    let device = default_device().expect("a device");
    let read = |bytes: &[u8]| {
        fs::write(&path, bytes).expect("written");
        accepted(Checkpoint::load(&path, &device))
    };
    assert!(read(&whole));
    for length in 0..whole.len() {
        assert!(!read(&whole[..length]), "{length} bytes");
    }
    for number in 0..MUTANTS {
        let bytes = mutant(&whole, &whole, number);
        if bytes != whole {
            assert!(!read(&bytes), "mutant {number}");
        }
    }
}
