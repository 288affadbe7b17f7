//! Files that are no models, or no whole ones, are errors of one line.

#![allow(clippy::unwrap_used)]

mod fixtures;

use std::fs;
use std::path::Path;

use fixtures::fixture;
use paysage_data::{Alphabet, quiet_decoders};
use paysage_interchange::{Format, Import, ImportError};
use paysage_kernels::default_device;

fn fault(settings: &Import, path: &Path) -> String {
    let error: ImportError = settings.run(path, &default_device().unwrap()).unwrap_err();
    let text = error.to_string();
    assert!(!text.contains('\n'), "{text}");
    text
}

#[test]
fn what_cannot_be_expressed_is_named() {
    for (name, expected) in [
        (
            "paysage-other.h5",
            "layer 1 of the type PoissonLayer cannot be expressed: the types that are read are",
        ),
        (
            "rbms-other.h5",
            "a model of the type GBRBM cannot be expressed: the types that are read are BBRBM and PBRBM",
        ),
        (
            "rbms-empty.h5",
            "has no epoch: the epochs of the file are none",
        ),
        (
            "julia-other.h5",
            "the hidden layer of the type StdXReLU cannot be expressed: the layers that are read are",
        ),
    ] {
        let text = fault(&Import::default(), &fixture(name));
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn settings_that_do_not_fit() {
    let defaults = Import::default();
    let rbms = fixture("rbms-bernoulli.h5");
    let text = fault(
        &Import {
            epoch: Some(11),
            ..defaults.clone()
        },
        &rbms,
    );
    assert!(
        text.ends_with("has no epoch 11: the epochs of the file are 9, 10, 200"),
        "{text}"
    );
    let format = Some(Format::Paysage02);
    let text = fault(
        &Import {
            format,
            ..defaults.clone()
        },
        &rbms,
    );
    assert!(
        text.ends_with("has no model, which a file of paysage-0.2 has: choose another format"),
        "{text}"
    );
    let text = fault(
        &Import {
            epoch: Some(1),
            ..defaults.clone()
        },
        &fixture("scikit-learn.npz"),
    );
    assert!(
        text.contains("has one set of parameters and no epochs"),
        "{text}"
    );
    for (name, states) in [
        ("rbms-potts.h5", "5 states"),
        ("rbms-bernoulli.h5", "0 states"),
    ] {
        let alphabet = Some(Alphabet::Protein);
        let text = fault(
            &Import {
                alphabet,
                ..defaults.clone()
            },
            &fixture(name),
        );
        assert!(
            text.contains(states) && text.contains("21 letters"),
            "{text}"
        );
    }
}

#[test]
fn files_that_are_no_models() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.h5");
    assert!(fault(&Import::default(), &path).contains("no such file"));
    for content in [&b""[..], b"1,2\n", b"\x89HDF\r\n\x1a\n", b"PK\x05\x06"] {
        fs::write(&path, content).unwrap();
        fault(&Import::default(), &path);
    }
    // Data rather than a model.
    let data = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../paysage-data/src/read/hdf5/fixtures/one.h5"
    );
    let text = fault(&Import::default(), Path::new(data));
    assert!(
        text.contains("no model of a library that is read"),
        "{text}"
    );
}

#[test]
fn damaged_files_are_errors_or_other_numbers() {
    quiet_decoders();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged");
    let device = default_device().unwrap();
    for name in [
        "paysage-hopfield.h5",
        "rbms-potts.h5",
        "julia-standard-gaussian.h5",
        "scikit-learn.npz",
    ] {
        let whole = fs::read(fixture(name)).unwrap();
        for length in (0..whole.len()).step_by(whole.len() / 40) {
            fs::write(&path, &whole[..length]).unwrap();
            fault(&Import::default(), &path);
        }
        for start in (0..whole.len()).step_by(whole.len() / 300 + 1) {
            let mut damaged = whole.clone();
            damaged[start] ^= 0x55;
            fs::write(&path, damaged).unwrap();
            if let Err(error) = Import::default().run(&path, &device) {
                assert!(!error.to_string().contains('\n'), "{error}");
            }
        }
    }
}
