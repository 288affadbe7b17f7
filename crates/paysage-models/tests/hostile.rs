//! Model files from anywhere: mutants and truncations of valid ones are read or refused, in one line each,
//! without a panic and without more memory than the file has numbers for.

use std::{fs, path::Path};

use burn::tensor::{FloatDType, TensorData};
use paysage_data::{Columns, Layout};
use paysage_fuzzing::{check_error, mutant};
use paysage_kernels::RandomKey;
use paysage_layers::AnyLayer;
use paysage_models::{Model, ParameterId, TensorFile, read_outline};
use paysage_testkit::machines;

const MUTANTS: u64 = 1500;

/// Valid files: of a machine with centers and a frozen parameter, of labels, and of every kind of unit.
fn seeds(folder: &Path) -> Vec<TensorFile> {
    let deep = machines::kinds_of("4,gaussian:2,onehot:2x3,spin:3");
    let mut deep = machines::chain(&deep, 0.5, true, RandomKey::new(90)).cast(FloatDType::F32);
    let frozen = ParameterId::layer(1, "log_var");
    deep.freeze(frozen).expect("a parameter");
    let kinds = machines::kinds_of("6,3");
    let labelled = machines::chain(&kinds, 0.5, false, RandomKey::new(91)).cast(FloatDType::F32);
    let further = machines::further_kinds().into_iter().map(|kind| {
        let machine = machines::chain(
            &[kind, machines::kinds()[0]],
            0.1,
            false,
            RandomKey::new(92),
        );
        machine.cast(FloatDType::F32)
    });
    let all = [deep, labelled].into_iter().chain(further);
    let all = all.enumerate().map(|(number, machine)| {
        let mut layout = Layout::units(machine.visible_units());
        if number == 1
            && let Columns::Units { names, .. } = &mut layout.columns
        {
            *names = Some((0..6).map(|unit| format!("column {unit}")).collect());
        }
        let path = folder.join("seed.safetensors");
        let model = Model::new(machine, layout).expect("a model");
        model.save(&path).expect("written");
        TensorFile::read(&path).expect("read")
    });
    all.collect()
}

/// Reads bytes as a model; whether it was accepted.
fn read(path: &Path, bytes: &[u8]) -> bool {
    fs::write(path, bytes).expect("written");
    if let Err(error) = read_outline(path) {
        check_error(&error);
    }
    match Model::<AnyLayer>::load(path, &machines::device()) {
        Err(error) => {
            check_error(&error);
            false
        }
        Ok(model) => {
            let units = model.machine.visible_units();
            assert_eq!(model.layout.unit_count(), units);
            // What was read can be used, and written and read again.
            let _ = model.layout.restore(&vec![0.0; units]);
            model.save(path).expect("written");
            let again = Model::<AnyLayer>::load(path, &machines::device()).expect("read again");
            assert_eq!(again.machine.outline(), model.machine.outline());
            true
        }
    }
}

/// The same numbers in three dimensions.
fn cube(data: &TensorData) -> TensorData {
    let values: Vec<f32> = data.iter().collect();
    let shape = [1, values.len(), 1];
    TensorData::new(values, shape)
}

/// The bytes of a file of tensors.
fn bytes(folder: &Path, file: &TensorFile) -> Vec<u8> {
    let path = folder.join("bytes.safetensors");
    file.write(&path).expect("written");
    fs::read(path).expect("read")
}

#[test]
fn truncations_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.safetensors");
    for seed in seeds(folder.path()).iter().take(2) {
        let whole = bytes(folder.path(), seed);
        for length in 0..whole.len() {
            assert!(
                !read(&path, &whole[..length]),
                "{length} bytes are no model"
            );
        }
        assert!(read(&path, &whole));
    }
}

#[test]
fn mutants_of_files_are_read_or_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.safetensors");
    let files: Vec<Vec<u8>> = seeds(folder.path())
        .iter()
        .map(|seed| bytes(folder.path(), seed))
        .collect();
    let accepted = (0..MUTANTS).filter(|&number| {
        let seed = number as usize % files.len();
        let other = &files[(seed + 1) % files.len()];
        read(&path, &mutant(&files[seed], other, number))
    });
    let accepted = accepted.count() as u64;
    assert!((1..MUTANTS).contains(&accepted), "{accepted} accepted");
}

/// The description of the machine changes and the rest of the file is whole.
#[test]
fn mutants_of_outlines_are_read_or_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.safetensors");
    let files = seeds(folder.path());
    let accepted = (0..MUTANTS).filter(|&number| {
        let seed = &files[number as usize % files.len()];
        let other = &files[(number as usize + 1) % files.len()];
        let note = mutant(seed.note.as_bytes(), other.note.as_bytes(), number);
        let Ok(note) = String::from_utf8(note) else {
            return false;
        };
        let file = TensorFile {
            note,
            ..seed.clone()
        };
        read(&path, &bytes(folder.path(), &file))
    });
    let accepted = accepted.count() as u64;
    assert!((1..MUTANTS).contains(&accepted), "{accepted} accepted");
}

/// Tensors of other machines, under other names, and too few of them.
#[test]
fn tensors_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.safetensors");
    let files = seeds(folder.path());
    for seed in &files {
        for name in seed.tensors.keys() {
            let mut file = seed.clone();
            let data = file.tensors.remove(name).expect("there");
            // Without a center, the layer has none.
            let is_optional = name.ends_with("center");
            let is_read = read(&path, &bytes(folder.path(), &file));
            assert_eq!(is_read, is_optional, "without {name}");
            file.tensors
                .insert(format!("{name}\n\u{1b}[31m"), data.clone());
            assert!(!read(&path, &bytes(folder.path(), &file)), "renamed {name}");
            let mut file = seed.clone();
            file.tensors.insert(name.clone(), cube(&data));
            assert!(
                !read(&path, &bytes(folder.path(), &file)),
                "reshaped {name}"
            );
        }
    }
    let file = TensorFile {
        note: files[1].note.clone(),
        ..files[0].clone()
    };
    assert!(!read(&path, &bytes(folder.path(), &file)));
}

/// Sizes that the file does not have the numbers for are not allocated.
#[test]
fn huge_sizes_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.safetensors");
    for seed in &seeds(folder.path()) {
        let digits = |c: char| c.is_ascii_digit();
        let places: Vec<usize> = seed
            .note
            .match_indices(digits)
            .map(|(place, _)| place)
            .collect();
        for place in places {
            for size in ["1000000000000", "18446744073709551615", "4294967296"] {
                let mut note = seed.note.clone();
                note.replace_range(place..=place, size);
                let file = TensorFile {
                    note,
                    ..seed.clone()
                };
                read(&path, &bytes(folder.path(), &file));
            }
        }
    }
}
