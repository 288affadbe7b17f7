//! Models of other libraries, shell completions and manual pages on the command line.

#![allow(clippy::unwrap_used)]

mod program;

use program::{BARS, Desk};

/// A model file of another library, from the tests of the crate that reads them.
fn fixture(name: &str) -> String {
    format!(
        "{}/../paysage-interchange/tests/fixtures/{name}",
        env!("CARGO_MANIFEST_DIR")
    )
}

#[test]
fn an_imported_model_is_one_of_all_commands() {
    let desk = Desk::new();
    let file = fixture("rbms-bernoulli.h5");
    let outcome = desk.run(&format!("import {file} --epoch 10 --out a.safetensors"));
    assert_eq!(outcome.stdout, "a.safetensors\n");
    assert_eq!(outcome.stderr, "paysage: read as rbms, epoch 10\n");
    // The rows of the fixture, and their free energies.
    let text = std::fs::read_to_string(fixture("rbms-bernoulli-10.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rows: Vec<Vec<f32>> = serde_json::from_value(expected["rows"].clone()).unwrap();
    let energies: Vec<f64> = serde_json::from_value(expected["energies"].clone()).unwrap();
    desk.write_numbers("rows", 5, &rows.concat());
    desk.must("score a.safetensors rows.npy --out scores.csv");
    let scores = desk.text("scores.csv");
    let mut lines = scores.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = names.iter().position(|name| *name == "free_energy");
    for (line, energy) in lines.zip(energies) {
        let found: f64 = line
            .split(',')
            .nth(place.unwrap())
            .unwrap()
            .parse()
            .unwrap();
        assert!((found - energy).abs() < 1e-5, "{line}: {energy}");
    }
    desk.must("sample a.safetensors --count 3 --sweeps 5 --out samples.npy");
}

#[test]
fn sequences_are_read_with_an_alphabet() {
    let desk = Desk::new();
    let file = fixture("rbms-potts.h5");
    desk.must(&format!("import {file} --alphabet rna --out a.safetensors"));
    desk.write("family.fasta", ">one\nACG-\n>two\nUUAC\n");
    desk.must("score a.safetensors family.fasta --out scores.csv");
    assert_eq!(desk.text("scores.csv").lines().count(), 3);
    let outcome = desk.run(&format!(
        "import {file} --alphabet protein --out b.safetensors"
    ));
    assert_eq!(outcome.status, Some(2));
    assert!(outcome.stderr.contains("21 letters"), "{outcome:?}");
    assert!(!desk.path("b.safetensors").exists());
}

#[test]
fn the_constant_of_gaussian_units_is_told() {
    let desk = Desk::new();
    let file = fixture("julia-spin-gaussian.h5");
    let outcome = desk.run(&format!("import {file} --out a.safetensors"));
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    assert!(
        outcome.stderr.contains("those of the model -"),
        "{outcome:?}"
    );
}

#[test]
fn exported_models_are_imported() {
    let desk = Desk::new();
    desk.must(&format!(
        "train {BARS} --hidden 4 --epochs 2 --no-figures --out run"
    ));
    let model = "run/model.safetensors";
    desk.must(&format!("export {model} --format npz --out a.npz"));
    desk.must("import a.npz --out b.safetensors");
    assert_eq!(desk.read(model), desk.read("b.safetensors"));
    desk.must(&format!("export {model} --format rbms --out a.h5"));
    desk.must("import a.h5 --out c.safetensors");
    // The centers of training are in the biases.
    let tensors = |name: &str| {
        let file = paysage::models::TensorFile::read(&desk.path(name)).unwrap();
        file.tensors
    };
    let (before, after) = (tensors(model), tensors("c.safetensors"));
    let weight = "connections.0.weight";
    assert_eq!(before[weight], after[weight]);
    assert!(before.contains_key("layers.0.center") && !after.contains_key("layers.0.center"));
}

#[test]
fn faults_are_one_line_and_write_nothing() {
    let desk = Desk::new();
    let (rbms, spins) = (
        fixture("rbms-bernoulli.h5"),
        fixture("julia-spin-gaussian.h5"),
    );
    desk.write("data.csv", "1,2\n");
    desk.must(&format!("import {spins} --out spins.safetensors"));
    for (words, expected) in [
        (
            format!("import {rbms} --epoch 7 --out a.safetensors"),
            "has no epoch 7",
        ),
        (
            format!("import {rbms} --format keras --out a.safetensors"),
            "expected one of paysage-0.2, rbms",
        ),
        (
            format!("import {rbms} --format rbm.jl --out a.safetensors"),
            "choose another format",
        ),
        (
            "import data.csv --out a.safetensors".into(),
            "expected an .npz archive or an HDF5 file",
        ),
        ("import none.h5 --out a.safetensors".into(), "no such file"),
        ("import data.csv --out data.csv".into(), "--out"),
        (
            "export spins.safetensors --format rbms --out a.h5".into(),
            "use the format npz",
        ),
        (
            "export data.csv --format npz --out a.npz".into(),
            "data.csv",
        ),
    ] {
        let outcome = desk.run(&words);
        assert_eq!(outcome.status, Some(2), "{words}: {outcome:?}");
        assert!(outcome.stderr.contains(expected), "{words}: {outcome:?}");
        assert!(!desk.path("a.safetensors").exists() && !desk.path("a.h5").exists());
    }
    assert_eq!(desk.text("data.csv"), "1,2\n");
}

#[test]
fn completions_of_each_shell() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = desk.must(&format!("completions {shell}"));
        for word in ["counterfactual", "learning-rate"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn manual_pages() {
    let desk = Desk::new();
    assert!(desk.must("man").contains(".TH paysage 1"));
    std::fs::create_dir(desk.path("man1")).unwrap();
    let written = desk.must("man --out man1");
    assert!(
        written.starts_with("man1/paysage.1\nman1/paysage-train.1\n"),
        "{written}"
    );
    assert!(
        desk.text("man1/paysage-train.1")
            .contains("learning\\-rate")
    );
    assert_eq!(desk.run("man --out none").status, Some(1));
}
