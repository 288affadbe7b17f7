//! What is exported and imported again is the same distribution.

#![allow(clippy::unwrap_used)]

mod fixtures;

use burn::tensor::{Distribution, Tensor};
use fixtures::{Expected, import};
use paysage_data::{ArrayFile, Layout};
use paysage_interchange::{Export, ExportFormat, Format, Import};
use paysage_kernels::default_device;
use paysage_layers::{AnyLayer, Bernoulli, Spin};
use paysage_models::{BoltzmannMachine, Connection, Model};

fn round_trip(model: &Model, format: ExportFormat) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exported");
    Export { format }.run(model, &path).unwrap();
    let device = default_device().unwrap();
    Import::default().run(&path, &device).unwrap().model
}

#[test]
fn archives_hold_every_machine() {
    for name in [
        "paysage-gaussian.h5",
        "paysage-deep.h5",
        "julia-standard-xrelu.h5",
        "rbms-potts.h5",
    ] {
        let model = import(name).model;
        let again = round_trip(&model, ExportFormat::Npz);
        assert_eq!(model.layout, again.layout);
        let (before, after) = (model.to_file(), again.to_file());
        assert_eq!(before.note, after.note);
        assert_eq!(before.tensors, after.tensors);
    }
}

#[test]
fn archives_of_bernoulli_machines_are_also_those_of_scikit_learn() {
    let model = import("scikit-learn.npz").model;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.npz");
    let format = ExportFormat::Npz;
    Export { format }.run(&model, &path).unwrap();
    let file = ArrayFile::open(&path).unwrap();
    assert_eq!(file.array("components_").unwrap().shape, [3, 6]);
    let settings = Import {
        format: Some(Format::ScikitLearn),
        ..Import::default()
    };
    let again = settings.run(&path, &default_device().unwrap()).unwrap();
    assert_eq!(model.to_file().tensors, again.model.to_file().tensors);
}

#[test]
fn rbms_has_the_free_energies() {
    for name in ["rbms-bernoulli.h5", "rbms-potts.h5"] {
        let model = import(name).model;
        let again = round_trip(&model, ExportFormat::Rbms);
        assert_eq!(model.to_file().tensors, again.to_file().tensors);
    }
    // Centers move into the biases, which changes energies by a constant.
    let model = import("paysage-onehot.h5").model;
    let again = round_trip(&model, ExportFormat::Rbms);
    let expected = Expected::of("paysage-onehot");
    same_but_constant(&expected.energies, &expected.free_energies(&again));
}

#[test]
fn rbms_has_spins_as_bernoulli_units() {
    let device = default_device().unwrap();
    let numbers = |rows: usize, columns: usize| -> Tensor<2> {
        Tensor::random([rows, columns], Distribution::Uniform(-1.0, 1.0), &device)
    };
    let spin = |units: usize| {
        let mut layer = Spin::new(units, &device);
        layer.loc = numbers(1, units).squeeze_dim(0);
        AnyLayer::from(layer)
    };
    let bits = |units: usize| AnyLayer::from(Bernoulli::new(units, &device));
    for layers in [[spin(3), spin(2)], [spin(3), bits(2)], [bits(3), spin(2)]] {
        // The weights have the hidden units in their rows.
        let connection = Connection {
            target: 1,
            domain: 0,
            weight: numbers(2, 3),
        };
        let is_spin = matches!(layers[0], AnyLayer::Spin(_));
        let machine = BoltzmannMachine::new(layers.into(), vec![connection], vec![0]).unwrap();
        let model = Model::new(machine, Layout::units(3)).unwrap();
        let again = round_trip(&model, ExportFormat::Rbms);
        let rows = |low: f32| -> Vec<Vec<f32>> {
            let value = |row: usize, unit: usize| if row >> unit & 1 == 1 { 1.0 } else { low };
            (0..8)
                .map(|row| (0..3).map(|unit| value(row, unit)).collect())
                .collect()
        };
        let energies = |model: &Model, rows: Vec<Vec<f32>>| {
            let energies = Vec::new();
            Expected { rows, energies }.free_energies(model)
        };
        let before = energies(&model, rows(if is_spin { -1.0 } else { 0.0 }));
        same_but_constant(&before, &energies(&again, rows(0.0)));
    }
}

fn same_but_constant(before: &[f64], after: &[f64]) {
    let constant = before[0] - after[0];
    for (before, after) in before.iter().zip(after) {
        assert!(
            (before - after - constant).abs() < 1e-5,
            "{before} {after} {constant}"
        );
    }
}

#[test]
fn rbms_has_no_other_machines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rbm.h5");
    for name in [
        "paysage-gaussian.h5",
        "paysage-deep.h5",
        "julia-binary-xrelu.h5",
    ] {
        let format = ExportFormat::Rbms;
        let error = Export { format }
            .run(&import(name).model, &path)
            .unwrap_err();
        assert!(error.to_string().contains("use the format npz"), "{error}");
        assert!(!path.exists());
    }
}
