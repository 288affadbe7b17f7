//! NumPy archives of the tensors of a model.
//!
//! An archive has the tensors of the model file by their names (`layers.0.loc`, `connections.0.weight`), and its
//! description, the JSON of the model file, as the bytes of `outline`. RBMs of Bernoulli units also have the arrays of
//! scikit-learn's `BernoulliRBM`.

use std::io::{self, Cursor, Write};
use std::path::Path;

use burn::tensor::{Device, TensorData};
use npyz::WriterBuilder;
use paysage_layers::LayerKind;
use paysage_models::{Model, TensorFile};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{ImportError, arrays::Arrays, arrays::transposed, export::Restricted};

/// The bytes of the description.
const OUTLINE: &str = "outline";

/// The model of an archive.
pub(crate) fn read(
    arrays: &Arrays<'_>,
    path: &Path,
    device: &Device,
) -> Result<Model, ImportError> {
    let outline = arrays.array(OUTLINE)?;
    let bytes: Vec<u8> = outline.values.iter().map(|&byte| byte as u8).collect();
    let note = String::from_utf8(bytes).map_err(|_| ImportError::Description {
        file: arrays.name(),
        reason: "expected a text in UTF-8".into(),
    })?;
    let mut file = TensorFile {
        note,
        ..TensorFile::default()
    };
    for name in arrays.file.members("/")? {
        if name.starts_with("layers.") || name.starts_with("connections.") {
            let array = arrays.array(&name)?;
            let data = TensorData::new(array.values, array.shape);
            file.tensors.insert(name, data);
        }
    }
    Ok(Model::from_file(file, path, device)?)
}

/// The archive of a model.
pub(crate) fn write(model: &Model) -> io::Result<Vec<u8>> {
    let file = model.to_file();
    let mut archive = Archive(ZipWriter::new(Cursor::new(Vec::new())));
    archive.add(OUTLINE, &[file.note.len()], file.note.as_bytes())?;
    for (name, data) in &file.tensors {
        let values: Vec<f32> = data.iter().collect();
        archive.add(name, data.shape().as_slice(), &values)?;
    }
    if let Some(parts) = Restricted::of(model)
        && let (LayerKind::Bernoulli { .. }, LayerKind::Bernoulli { .. }) = parts.kinds
    {
        let (visible, hidden) = (parts.visible.len(), parts.hidden.len());
        let components = transposed(&parts.weight, hidden);
        archive.add("components_", &[hidden, visible], &components)?;
        archive.add("intercept_hidden_", &[hidden], &parts.hidden)?;
        archive.add("intercept_visible_", &[visible], &parts.visible)?;
    }
    Ok(archive.0.finish()?.into_inner())
}

/// An archive that is being written.
struct Archive(ZipWriter<Cursor<Vec<u8>>>);

impl Archive {
    fn add<T: npyz::AutoSerialize + Copy>(
        &mut self,
        name: &str,
        shape: &[usize],
        values: &[T],
    ) -> io::Result<()> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let shape: Vec<u64> = shape.iter().map(|&extent| extent as u64).collect();
        let mut bytes = Vec::new();
        let mut writer = npyz::WriteOptions::new()
            .default_dtype()
            .shape(&shape)
            .writer(&mut bytes)
            .begin_nd()?;
        writer.extend(values.iter().copied())?;
        writer.finish()?;
        self.0.start_file(format!("{name}.npy"), options)?;
        self.0.write_all(&bytes)
    }
}
