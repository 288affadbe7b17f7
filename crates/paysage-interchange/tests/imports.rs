//! Models of other libraries have the free energies that these libraries compute.

#![allow(clippy::unwrap_used)]

mod fixtures;

use burn::tensor::{Tensor, TensorData};
use fixtures::{Expected, fixture, import};
use paysage_data::{Alphabet, Columns};
use paysage_interchange::{BernoulliArrays, Format, Import, Imported};
use paysage_kernels::default_device;
use paysage_layers::{LayerKind, Stored};
use paysage_models::State;

/// Compares the free energies of a file with those of its library.
fn check(imported: &Imported, name: &str) {
    let expected = Expected::of(name);
    let found = expected.free_energies(&imported.model);
    for (found, expected) in found.iter().zip(&expected.energies) {
        let found = found + imported.energy;
        assert!(
            (found - expected).abs() < 1e-5,
            "{name}: {found} is not {expected}"
        );
    }
    assert_eq!(found.len(), expected.energies.len());
}

fn kinds(imported: &Imported) -> Vec<String> {
    let layers = &imported.model.machine.layers;
    layers
        .iter()
        .map(|layer| layer.kind().to_string())
        .collect()
}

#[test]
fn machines_of_paysage_0_2() {
    for (name, layers, centers) in [
        (
            "paysage-bernoulli",
            ["bernoulli:5", "bernoulli:3"],
            [false; 2],
        ),
        ("paysage-gaussian", ["gaussian:4", "bernoulli:3"], [true; 2]),
        (
            "paysage-hopfield",
            ["bernoulli:4", "gaussian:3"],
            [false, true],
        ),
        (
            "paysage-onehot",
            ["onehot:1x5", "bernoulli:3"],
            [true, false],
        ),
    ] {
        let imported = import(&format!("{name}.h5"));
        assert_eq!(imported.format, Format::Paysage02);
        assert_eq!(kinds(&imported), layers);
        let centered = imported.model.machine.layers.iter();
        let centered = centered.map(|layer| paysage_layers::Centered::center(layer).is_some());
        assert!(centered.eq(centers), "{name}");
        check(&imported, name);
    }
}

#[test]
fn a_deep_machine_of_paysage_0_2_has_its_energies() {
    let imported = import("paysage-deep.h5");
    let machine = &imported.model.machine;
    assert_eq!(
        kinds(&imported),
        ["bernoulli:4", "bernoulli:3", "bernoulli:2"]
    );
    let expected = Expected::of("paysage-deep");
    let device = default_device().unwrap();
    let units = |span: std::ops::Range<usize>| {
        let values = expected
            .rows
            .iter()
            .flat_map(|row| row[span.clone()].to_vec());
        let values: Vec<f32> = values.collect();
        Tensor::from_data(TensorData::new(values, [4, span.len()]), &device)
    };
    let state = State {
        layers: vec![units(0..4), units(4..7), units(7..9)],
    };
    let found: Vec<f64> = machine.energy(&state).into_data().iter().collect();
    for (found, expected) in found.iter().zip(&expected.energies) {
        assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
    }
}

#[test]
fn epochs_of_rbms() {
    for epoch in [9, 10, 200] {
        let settings = Import {
            epoch: Some(epoch),
            ..Import::default()
        };
        let imported = settings.run(&fixture("rbms-bernoulli.h5"), &default_device().unwrap());
        let imported = imported.unwrap();
        assert_eq!(imported.epoch, Some(epoch));
        check(&imported, &format!("rbms-bernoulli-{epoch}"));
    }
    // The last in the order of numbers, not of names.
    let last = import("rbms-bernoulli.h5");
    assert_eq!((last.format, last.epoch), (Format::Rbms, Some(200)));
}

#[test]
fn potts_units_of_rbms() {
    let imported = import("rbms-potts.h5");
    assert_eq!(kinds(&imported), ["onehot:4x5", "bernoulli:3"]);
    check(&imported, "rbms-potts");
    let settings = Import {
        alphabet: Some(Alphabet::Rna),
        ..Import::default()
    };
    let device = default_device().unwrap();
    let aligned = settings.run(&fixture("rbms-potts.h5"), &device).unwrap();
    let Columns::Alignment(alignment) = aligned.model.layout.columns else {
        panic!("no alignment");
    };
    assert_eq!((alignment.sites, &*alignment.states), (4, "-ACGU"));
}

#[test]
fn machines_of_julia() {
    for (name, layers) in [
        ("binary-xrelu", ["bernoulli:6", "xrelu:4"]),
        ("potts-binary", ["onehot:4x3", "bernoulli:2"]),
        ("spin-gaussian", ["spin:6", "gaussian:3"]),
        ("gaussian-spin", ["gaussian:5", "spin:4"]),
        ("binary-relu", ["bernoulli:6", "relu:3"]),
        ("binary-drelu", ["bernoulli:6", "drelu:3"]),
        ("binary-prelu", ["bernoulli:6", "prelu:3"]),
        ("binary-steep", ["bernoulli:6", "drelu:3"]),
        ("binary-nsrelu", ["bernoulli:6", "nsrelu:3"]),
        ("standard-xrelu", ["bernoulli:6", "xrelu:4"]),
        ("standard-gaussian", ["gaussian:5", "gaussian:3"]),
    ] {
        let name = format!("julia-{name}");
        let imported = import(&format!("{name}.h5"));
        assert_eq!(imported.format, Format::RestrictedBoltzmannMachines);
        assert_eq!(kinds(&imported), layers);
        // Only the energies of Gaussian units leave out a constant.
        let is_gaussian = layers.iter().any(|layer| layer.starts_with("gaussian"));
        assert_eq!(imported.energy != 0.0, is_gaussian, "{name}");
        check(&imported, &name);
    }
}

#[test]
fn the_rbm_of_scikit_learn() {
    let imported = import("scikit-learn.npz");
    assert_eq!(imported.format, Format::ScikitLearn);
    assert_eq!(kinds(&imported), ["bernoulli:6", "bernoulli:3"]);
    check(&imported, "scikit-learn");
}

#[test]
fn arrays_of_scikit_learn_of_wrong_sizes_are_refused() {
    let device = default_device().unwrap();
    let arrays = BernoulliArrays {
        components: vec![0.0; 5],
        intercept_hidden: vec![0.0; 2],
        intercept_visible: vec![0.0; 3],
    };
    let error = arrays.clone().model(&device).unwrap_err().to_string();
    assert_eq!(
        error,
        "components_: has the shape [5], expected 2 × 3 values, as intercept_hidden_ × intercept_visible_"
    );
    let arrays = BernoulliArrays {
        components: vec![f32::NAN; 6],
        ..arrays
    };
    let error = arrays.model(&device).unwrap_err().to_string();
    assert!(
        error.starts_with("components_: holds NaN at position 0"),
        "{error}"
    );
    let none = BernoulliArrays {
        components: Vec::new(),
        intercept_hidden: Vec::new(),
        intercept_visible: Vec::new(),
    };
    assert!(none.model(&device).is_err());
}

#[test]
fn the_first_layer_is_visible() {
    let imported = import("rbms-potts.h5");
    assert_eq!(imported.model.machine.visible, [0]);
    assert_eq!(
        imported.model.machine.layers[0].kind(),
        LayerKind::onehot(4, 5)
    );
    assert_eq!(imported.model.layout.unit_count(), 20);
}
