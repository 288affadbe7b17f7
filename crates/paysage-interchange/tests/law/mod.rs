//! What holds for every file: the battery of mutants and the fuzz target `import` read bytes by this function.

use std::fs;

use burn::tensor::Tensor;
use paysage_data::Alphabet;
use paysage_interchange::{Export, ExportFormat, Format, Import};
use paysage_kernels::default_device;
use paysage_layers::Layer;
use paysage_models::{ParameterId, Visitor};
use tempfile::TempDir;

thread_local! {
    static FOLDER: TempDir = tempfile::tempdir().expect("a folder of temporary files");
}

/// The most parameters of a machine that a file of a few kilobytes describes, where values repeat.
const MOST: usize = 1 << 26;

/// Reads bytes as a model of another library, by their content and as every format. Whether they were accepted by their
/// content.
///
/// # Panics
///
/// When an error is not one line of text, when a machine that is accepted has parameters that are not finite or more than
/// the file describes, or when the model cannot be saved and read again.
pub fn read(name: &str, bytes: &[u8]) -> bool {
    let path = FOLDER.with(|folder| folder.path().join(name));
    let _ = fs::remove_file(&path);
    fs::write(&path, bytes).expect("a temporary file");
    let device = default_device().expect("a device");
    let formats = Format::ALL.iter().map(|&format| Import {
        format: Some(format),
        ..Import::default()
    });
    let protein = Import {
        alphabet: Some("protein".parse::<Alphabet>().expect("an alphabet")),
        epoch: Some(10),
        ..Import::default()
    };
    let mut accepted = false;
    for import in [Import::default(), protein].into_iter().chain(formats) {
        let imported = match import.run(&path, &device) {
            Ok(imported) => imported,
            Err(error) => {
                paysage_fuzzing::check_error(&error);
                continue;
            }
        };
        accepted |= import == Import::default();
        let model = imported.model;
        assert!(model.machine.parameter_count() <= MOST);
        model.machine.visit(&mut Finite);
        let units = model.machine.layers[0].units();
        assert_eq!(model.layout.unit_count(), units);
        let saved = path.with_extension("safetensors");
        model.save(&saved).expect("a model that was read");
        let again = paysage_models::Model::<paysage_layers::AnyLayer>::load(&saved, &device);
        assert_eq!(again.expect("a model that was saved").layout, model.layout);
        for format in ExportFormat::ALL {
            let written = Export { format }.run(&model, &path.with_extension("out"));
            if let Err(error) = written {
                paysage_fuzzing::check_error(&error);
            }
        }
    }
    accepted
}

/// All parameters are finite.
struct Finite;

impl Finite {
    fn check<const D: usize>(id: ParameterId, tensor: &Tensor<D>) {
        let all = tensor.to_data();
        assert!(all.iter::<f32>().all(f32::is_finite), "{id} is not finite");
    }
}

impl Visitor for Finite {
    fn vector(&mut self, id: ParameterId, tensor: &Tensor<1>) {
        Self::check(id, tensor);
    }

    fn matrix(&mut self, id: ParameterId, tensor: &Tensor<2>) {
        Self::check(id, tensor);
    }
}
