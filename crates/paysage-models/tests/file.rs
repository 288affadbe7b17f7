//! The model file: what goes in comes out, and every fault is named.

use std::{collections::HashMap, fs, path::PathBuf};

use burn::tensor::FloatDType;
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, LayerKind};
use paysage_models::{
    BoltzmannMachine, ModelFileError, ParameterId, TensorFile, TensorFileError, read_outline,
};
use paysage_testkit::machines;
use safetensors::SafeTensors;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("model.safetensors")
    }
}

fn machine() -> BoltzmannMachine {
    let kinds = machines::kinds_of("4,gaussian:2,onehot:2x3,spin:3");
    machines::chain(&kinds, 0.5, true, RandomKey::new(90)).cast(FloatDType::F32)
}

fn load(path: &std::path::Path) -> Result<BoltzmannMachine<AnyLayer>, ModelFileError> {
    BoltzmannMachine::load(path, &machines::device())
}

fn bytes_of(machine: &BoltzmannMachine) -> Vec<(String, Vec<f32>)> {
    let folder = Folder::new();
    machine.save(&folder.file()).expect("written");
    let file = TensorFile::read(&folder.file()).expect("read");
    let values = |data: burn::tensor::TensorData| data.iter::<f32>().collect();
    file.tensors
        .into_iter()
        .map(|(name, data)| (name, values(data)))
        .collect()
}

#[test]
fn a_saved_machine_comes_back_whole() {
    let folder = Folder::new();
    let mut machine = machine();
    machine
        .freeze(ParameterId::layer(1, "log_var"))
        .expect("a parameter");
    machine.save(&folder.file()).expect("written");
    let loaded = load(&folder.file()).expect("read");
    assert_eq!(loaded.outline(), machine.outline());
    assert_eq!(bytes_of(&loaded), bytes_of(&machine));
    assert_eq!(
        read_outline(&folder.file()).expect("read"),
        machine.outline()
    );
}

#[test]
fn the_format_is_the_documented_one() {
    let folder = Folder::new();
    let kinds = [LayerKind::bernoulli(3), LayerKind::onehot(2, 2)];
    let machine = machines::chain(&kinds, 0.5, false, RandomKey::new(91)).cast(FloatDType::F32);
    machine.save(&folder.file()).expect("written");
    let bytes = fs::read(folder.file()).expect("readable");
    let (_, header) = SafeTensors::read_metadata(&bytes).expect("safetensors");
    let metadata = header.metadata().clone().expect("metadata");
    assert_eq!(
        metadata["paysage"],
        "{\"version\":2,\"visible\":[0],\
         \"layers\":[{\"kind\":\"bernoulli\",\"units\":3,\"role\":\"visible\"},\
         {\"kind\":\"onehot\",\"units\":4,\"sites\":2,\"states\":2,\"role\":\"hidden\"}],\
         \"connections\":[{\"target\":0,\"domain\":1}]}"
    );
    let tensors = SafeTensors::deserialize(&bytes).expect("safetensors");
    let mut names = tensors.names();
    names.sort_unstable();
    assert_eq!(
        names,
        ["connections.0.weight", "layers.0.loc", "layers.1.loc"]
    );
    let weight = tensors.tensor("connections.0.weight").expect("there");
    assert_eq!(weight.shape(), [3, 4]);
}

/// Writes the machine with something changed in its file, and reads it.
fn broken(change: impl FnOnce(&mut TensorFile)) -> String {
    let folder = Folder::new();
    machine().save(&folder.file()).expect("written");
    let mut file = TensorFile::read(&folder.file()).expect("read");
    change(&mut file);
    file.write(&folder.file()).expect("written");
    let message = load(&folder.file()).expect_err("a fault").to_string();
    let place = format!("{}: ", folder.file().display());
    message
        .strip_prefix(&place)
        .expect("the file is named")
        .to_owned()
}

#[test]
fn faults_of_the_content_are_named() {
    let missing = broken(|file| drop(file.tensors.remove("layers.0.loc")));
    assert_eq!(missing, "tensor layers.0.loc is missing");
    let extra = broken(|file| {
        let copy = file.tensors["layers.0.loc"].clone();
        file.tensors.insert("layers.7.loc".into(), copy);
    });
    assert_eq!(
        extra,
        "tensor layers.7.loc belongs to no layer or connection"
    );
    let shape = broken(|file| {
        let other = file.tensors["layers.1.loc"].clone();
        file.tensors.insert("layers.0.loc".into(), other);
    });
    assert_eq!(shape, "tensor layers.0.loc is [2], but its place is [4]");
    let version = broken(|file| file.note = file.note.replace("\"version\":2", "\"version\":3"));
    assert_eq!(
        version,
        "the format version is 3, but this program reads versions 1 to 2: use a newer program"
    );
    let role = broken(|file| file.note = file.note.replacen("\"visible\"}", "\"hidden\"}", 1));
    assert_eq!(
        role,
        "the role of layer 0 contradicts the list of visible layers"
    );
    let input = broken(|file| file.note = file.note.replacen("\"hidden\"}", "\"input\"}", 1));
    assert_eq!(
        input,
        "layer 1 is an input layer: conditional machines are not supported"
    );
    let kind = broken(|file| file.note = file.note.replace("bernoulli", "potts"));
    assert!(kind.contains("unknown variant `potts`"), "{kind}");
    let edge = broken(|file| file.note = file.note.replace("\"domain\":1", "\"domain\":9"));
    assert_eq!(
        edge,
        "tensor connections.0.weight is [4, 2], but its place is [4, 0]"
    );
    let huge =
        broken(|file| file.note = file.note.replace("\"units\":4", "\"units\":1000000000000"));
    assert_eq!(
        huge,
        "layer 0 has 1000000000000 units, but there are 8 numbers for it"
    );
    let sites = broken(|file| file.note = file.note.replace("\"states\":3", "\"states\":0"));
    assert!(
        sites.contains("2 sites with 0 states does not have 6 units"),
        "{sites}"
    );
    let frozen = broken(|file| {
        file.note = file
            .note
            .replacen('{', "{\"frozen\":[\"layers.9.loc\"],", 1);
    });
    assert!(frozen.contains("no parameter \"layers.9.loc\""), "{frozen}");
}

#[test]
fn numbers_that_are_not_finite_are_neither_written_nor_read() {
    let folder = Folder::new();
    let mut machine = machine();
    machine.connections[0].weight = machine.connections[0].weight.clone() * f32::NAN;
    let error = machine.save(&folder.file()).expect_err("a fault");
    assert!(
        error
            .to_string()
            .contains("connections.0.weight holds NaN at position 0")
    );
    assert!(!folder.file().exists(), "nothing half-written");

    let data: Vec<u8> = f32::INFINITY.to_le_bytes().to_vec();
    let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![1], &data);
    let metadata = HashMap::from([("paysage".to_owned(), "{}".to_owned())]);
    let bytes = safetensors::serialize([("layers.0.loc", view.expect("a view"))], Some(metadata));
    fs::write(folder.file(), bytes.expect("serialized")).expect("written");
    let error = load(&folder.file()).expect_err("a fault");
    assert!(
        error
            .to_string()
            .contains("layers.0.loc holds inf at position 0")
    );
}

#[test]
fn files_that_are_no_models_are_refused() {
    let folder = Folder::new();
    let error = load(&folder.file()).expect_err("a fault");
    assert!(matches!(
        error,
        ModelFileError::File(TensorFileError::Unreadable { .. })
    ));
    machine().save(&folder.file()).expect("written");
    let whole = fs::read(folder.file()).expect("readable");
    for length in [0, 4, 20, whole.len() / 2, whole.len() - 1] {
        fs::write(folder.file(), &whole[..length]).expect("written");
        let error = load(&folder.file()).expect_err("a fault");
        assert!(
            matches!(
                error,
                ModelFileError::File(TensorFileError::Malformed { .. })
            ),
            "{length} bytes: {error}"
        );
    }
    let bytes = safetensors::serialize(
        Vec::<(String, safetensors::tensor::TensorView)>::new(),
        None,
    );
    fs::write(folder.file(), bytes.expect("serialized")).expect("written");
    let error = load(&folder.file()).expect_err("a fault");
    assert!(matches!(
        error,
        ModelFileError::File(TensorFileError::NoNote { .. })
    ));
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let path = Folder::new().0.path().join("nowhere/model.safetensors");
    let error = machine().save(&path).expect_err("a fault");
    assert!(error.to_string().contains("nowhere/model.safetensors"));
    assert!(error.to_string().contains("choose a folder that exists"));
}
