//! Files of training states from anywhere: damaged ones, and those with the checksum of a content that somebody
//! changed on purpose.

use std::fs;

use burn::tensor::TensorData;
use paysage_data::BarsAndStripes;
use paysage_fuzzing::{check_error, mutant};
use paysage_kernels::default_device;
use paysage_layers::{AnyLayer, Bernoulli};
use paysage_samplers::PersistentContrastiveDivergence;

use super::*;
use crate::{Trainer, TrainingState};

const MUTANTS: u64 = 1000;

type Checkpoint = TrainingState<AnyLayer, PersistentContrastiveDivergence>;

/// The file of a short training.
fn whole(path: &Path) -> (TensorFile, Note) {
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
    let file = TensorFile::read(path).expect("read");
    let note = serde_json::from_str(&file.note).expect("a note");
    (file, note)
}

/// Whether a file is a training state, which can be written again; otherwise the error is one line.
fn is_read(path: &Path) -> bool {
    let device = default_device().expect("a device");
    match Checkpoint::load(path, &device) {
        Ok(state) => {
            state.save(path).expect("written");
            true
        }
        Err(error) => {
            check_error(&error);
            false
        }
    }
}

/// Writes a file with its checksum, and reads it; whether it was accepted.
fn read_signed(path: &Path, mut file: TensorFile, mut note: Note) -> bool {
    note.checksum = None;
    note.checksum = Some(checksum(&file, &note));
    file.note = to_json(&note);
    file.write(path).expect("written");
    is_read(path)
}

/// The same numbers in three dimensions.
fn cube(data: &TensorData) -> TensorData {
    let values: Vec<f32> = data.iter().collect();
    let shape = [1, values.len(), 1];
    TensorData::new(values, shape)
}

/// A mutant is a damaged checkpoint: none is read but the whole one.
#[test]
fn damaged_checkpoints_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.safetensors");
    whole(&path);
    let whole = fs::read(&path).expect("read");
    let read = |bytes: &[u8]| {
        fs::write(&path, bytes).expect("written");
        is_read(&path)
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

/// The version is named before anything else, which may have changed with it, is read.
#[test]
fn other_versions_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.safetensors");
    let (mut file, _) = whole(&path);
    let device = default_device().expect("a device");
    for (note, expected) in [("{}", 0), (r#"{"version":2,"machines":[]}"#, 2)] {
        file.note = note.to_owned();
        file.write(&path).expect("written");
        let loaded = Checkpoint::load(&path, &device).map(drop);
        let error = loaded.expect_err("another version");
        assert!(
            matches!(error, TrainingStateError::UnknownVersion { version, .. } if version == expected),
            "{error}"
        );
        check_error(&error);
    }
}

#[test]
fn mutants_of_notes_are_read_or_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.safetensors");
    let (file, note) = whole(&path);
    let text = to_json(&note);
    let accepted = (0..MUTANTS).filter(|&number| {
        let changed = mutant(text.as_bytes(), text.as_bytes(), number);
        match serde_json::from_slice(&changed) {
            Ok(note) => read_signed(&path, file.clone(), note),
            Err(_) => false,
        }
    });
    let accepted = accepted.count() as u64;
    assert!((1..MUTANTS).contains(&accepted), "{accepted} accepted");
}

#[test]
fn tensors_and_numbers_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.safetensors");
    let (file, note) = whole(&path);
    let text = to_json(&note);
    let again = || serde_json::from_str::<Note>(&text).expect("a note");
    assert!(read_signed(&path, file.clone(), again()));
    for name in file.tensors.keys() {
        let mut less = file.clone();
        let data = less.tensors.remove(name).expect("there");
        assert!(!read_signed(&path, less.clone(), again()), "without {name}");
        less.tensors.insert(format!("{name}\n"), data.clone());
        assert!(!read_signed(&path, less, again()), "renamed {name}");
        let mut other = file.clone();
        other.tensors.insert(name.clone(), cube(&data));
        assert!(!read_signed(&path, other, again()), "reshaped {name}");
    }
    for name in note.scalars.keys() {
        let mut less = again();
        let value = less.scalars.remove(name).expect("there");
        assert!(!read_signed(&path, file.clone(), less), "without {name}");
        let mut renamed = again();
        renamed.scalars.remove(name);
        renamed.scalars.insert(format!("{name}\u{1b}"), value);
        assert!(!read_signed(&path, file.clone(), renamed), "renamed {name}");
        for extreme in [0, 1 << 40, u64::MAX] {
            let mut changed = again();
            changed.scalars.insert(name.clone(), Scalar::UInt(extreme));
            read_signed(&path, file.clone(), changed);
        }
    }
    assert!(fs::exists(&path).expect("readable"));
}
