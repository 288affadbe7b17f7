//! Named tensors and a note in one safetensors file, written atomically and read strictly.

use std::{
    collections::{BTreeMap, HashMap},
    fs, io,
    path::{Path, PathBuf},
};

use burn::tensor::{DType, TensorData};
use paysage_data::{one_line, replace_file};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use thiserror::Error;

/// The metadata key that holds the note.
const KEY: &str = "paysage";

/// Tensors of f32 or f64 by name, and a text that says what they are.
#[derive(Clone, Debug, Default)]
pub struct TensorFile {
    /// The tensors, on the host.
    pub tensors: BTreeMap<String, TensorData>,
    /// The text, stored under the metadata key `paysage`.
    pub note: String,
}

/// Why a file of tensors could not be written or read.
#[derive(Debug, Error)]
pub enum TensorFileError {
    /// The file could not be opened or read.
    #[error("{}: {source}: is this the path of a Paysage file?", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file could not be written.
    #[error("{}: {source}: choose a folder that exists, can be written and has room", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not safetensors, or is cut short.
    #[error(
        "{}: not a whole safetensors file ({}): it may be truncated",
        path.display(),
        one_line(&source.to_string())
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        source: safetensors::SafeTensorError,
    },
    /// There is no note in the metadata.
    #[error("{}: has no `paysage` entry in its metadata: not a Paysage file", path.display())]
    NoNote {
        /// The file.
        path: PathBuf,
    },
    /// A tensor of a type other than f32 and f64.
    #[error("{}: tensor {} holds {found}, but only f32 and f64 are read", path.display(), one_line(name))]
    WrongType {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Its type in the file.
        found: String,
    },
    /// The tensors or the note are those of another kind of file.
    #[error("{}: does not hold {expected}", path.display())]
    OtherContent {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
    },
    /// A number that is not finite.
    #[error("{}: tensor {} holds {value} at position {position}", path.display(), one_line(name))]
    NotFinite {
        /// The file, or what would have been the file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Where in the tensor, counted from 0, row by row.
        position: usize,
        /// The value.
        value: f64,
    },
}

impl TensorFile {
    /// Writes the file under another name first, syncs and renames it, so that a crash leaves the
    /// old file or the new one.
    ///
    /// # Errors
    ///
    /// When a number is not finite or the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), TensorFileError> {
        let malformed = |source| TensorFileError::Malformed {
            path: path.to_owned(),
            source,
        };
        for (name, data) in &self.tensors {
            check_finite(path, name, data)?;
        }
        let views: Vec<(String, TensorView<'_>)> = self
            .tensors
            .iter()
            .map(|(name, data)| {
                let dtype = match data.dtype() {
                    DType::F64 => Dtype::F64,
                    _ => Dtype::F32,
                };
                let shape = data.shape().as_slice().to_vec();
                Ok((
                    name.clone(),
                    TensorView::new(dtype, shape, data.as_bytes())?,
                ))
            })
            .collect::<Result<_, _>>()
            .map_err(malformed)?;
        let metadata = HashMap::from([(KEY.to_owned(), self.note.clone())]);
        let bytes = safetensors::serialize(views, Some(metadata)).map_err(malformed)?;
        replace_file(path, |out| out.write_all(&bytes)).map_err(|source| {
            TensorFileError::Unwritable {
                path: path.to_owned(),
                source,
            }
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is cut short, has no note, or holds a number that is not finite or
    /// not of a float type.
    pub fn read(path: &Path) -> Result<Self, TensorFileError> {
        let malformed = |source| TensorFileError::Malformed {
            path: path.to_owned(),
            source,
        };
        let bytes = fs::read(path).map_err(|source| TensorFileError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(malformed)?;
        let note = header
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(KEY));
        let note = note.cloned().ok_or_else(|| TensorFileError::NoNote {
            path: path.to_owned(),
        })?;
        let views = SafeTensors::deserialize(&bytes).map_err(malformed)?;
        let tensors = views.tensors().into_iter().map(|(name, view)| {
            let data = match view.dtype() {
                Dtype::F32 => {
                    TensorData::new(numbers(view.data(), f32::from_le_bytes), view.shape())
                }
                Dtype::F64 => {
                    TensorData::new(numbers(view.data(), f64::from_le_bytes), view.shape())
                }
                other => {
                    return Err(TensorFileError::WrongType {
                        path: path.to_owned(),
                        found: format!("{other:?}"),
                        name,
                    });
                }
            };
            check_finite(path, &name, &data)?;
            Ok((name, data))
        });
        Ok(Self {
            tensors: tensors.collect::<Result<_, _>>()?,
            note,
        })
    }
}

fn numbers<T, const N: usize>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
    let (chunks, _) = bytes.as_chunks();
    chunks.iter().map(|&chunk| read(chunk)).collect()
}

fn check_finite(path: &Path, name: &str, data: &TensorData) -> Result<(), TensorFileError> {
    match data.iter::<f64>().enumerate().find(|(_, x)| !x.is_finite()) {
        None => Ok(()),
        Some((position, value)) => Err(TensorFileError::NotFinite {
            path: path.to_owned(),
            name: name.to_owned(),
            position,
            value,
        }),
    }
}
