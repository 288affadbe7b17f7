//! The model file: safetensors with a description of the machine in its metadata.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use burn::tensor::{DType, Device, Tensor, TensorData};
use paysage_layers::{Layer, LayerKind, Stored};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{BoltzmannMachine, Connection, MachineError, Mapper, Visitor, visit::layer_parameter};

/// The only version of the format there is.
const VERSION: u64 = 1;
/// The metadata key that holds the outline.
const KEY: &str = "paysage";

/// What a model file says of its machine, without the parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outline<K = LayerKind> {
    /// The version of the format.
    pub version: u64,
    /// The visible layers.
    pub visible: Vec<usize>,
    /// The kinds and sizes of the layers.
    pub layers: Vec<K>,
    /// Which layers are connected.
    pub connections: Vec<Ends>,
    /// The parameters that training leaves alone; left out where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frozen: Vec<String>,
}

/// The two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ends {
    /// The layer whose units are the rows of the weights.
    pub target: usize,
    /// The layer whose units are the columns of the weights.
    pub domain: usize,
}

/// Why a model file could not be written or read.
#[derive(Debug, Error)]
pub enum ModelFileError {
    /// The file could not be opened or read.
    #[error("{}: {source}: is this the path of a model file?", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file could not be written.
    #[error("{}: {source}: choose a folder that exists and can be written", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not safetensors, or is cut short.
    #[error("{}: not a whole safetensors file ({source}): it may be truncated", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        source: safetensors::SafeTensorError,
    },
    /// There is no outline in the metadata.
    #[error("{}: has no `paysage` entry in its metadata: not a Paysage model", path.display())]
    NoOutline {
        /// The file.
        path: PathBuf,
    },
    /// The outline is not what it should be.
    #[error("{}: its description of the machine cannot be read: {source}", path.display())]
    BadOutline {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        source: serde_json::Error,
    },
    /// A version of the format that this program does not know.
    #[error("{}: format version {version}, but this program reads version 1", path.display())]
    UnknownVersion {
        /// The file.
        path: PathBuf,
        /// The version it states.
        version: u64,
    },
    /// The layers and connections do not make a machine.
    #[error("{}: {source}", path.display())]
    Machine {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: MachineError,
    },
    /// The sizes of a layer contradict one another.
    #[error("{}: layer {layer}: {source}", path.display())]
    Layer {
        /// The file.
        path: PathBuf,
        /// The layer.
        layer: usize,
        /// What is wrong.
        source: paysage_layers::LayerKindError,
    },
    /// A tensor is not there.
    #[error("{}: tensor {name} is missing", path.display())]
    MissingTensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A tensor that the machine has no place for.
    #[error("{}: tensor {name} belongs to no layer or connection", path.display())]
    ExtraTensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A tensor of another shape than the machine needs.
    #[error("{}: tensor {name} is {found:?}, but its place is {expected:?}", path.display())]
    WrongShape {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Its shape in the file.
        found: Vec<usize>,
        /// The shape that fits.
        expected: Vec<usize>,
    },
    /// A tensor of a type other than f32 and f64.
    #[error("{}: tensor {name} holds {found}, but parameters are f32 or f64", path.display())]
    WrongType {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Its type in the file.
        found: String,
    },
    /// A parameter that is not a number.
    #[error("{}: tensor {name} holds {value} at position {position}", path.display())]
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

impl<L: Stored> BoltzmannMachine<L> {
    /// What the model file says of this machine.
    #[must_use]
    pub fn outline(&self) -> Outline<L::Kind> {
        Outline {
            version: VERSION,
            visible: self.visible.clone(),
            layers: self.layers.iter().map(Stored::kind).collect(),
            connections: self
                .connections
                .iter()
                .map(|c| Ends {
                    target: c.target,
                    domain: c.domain,
                })
                .collect(),
            frozen: self.frozen().map(str::to_owned).collect(),
        }
    }

    /// Writes the machine to a file: under another name first, synced and then renamed, so that a
    /// crash leaves the old file or the new one.
    ///
    /// # Errors
    ///
    /// When a parameter is not finite or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), ModelFileError> {
        let mut collected = Collect::default();
        self.visit(&mut collected);
        let outline = serde_json::to_string(&self.outline()).map_err(|source| {
            ModelFileError::BadOutline {
                path: path.to_owned(),
                source,
            }
        })?;
        let tensors = collected.0;
        for (name, data) in &tensors {
            check_finite(path, name, data)?;
        }
        let views: Vec<(String, TensorView<'_>)> = tensors
            .iter()
            .map(|(name, data)| {
                let view = TensorView::new(safe_type(data), shape_of(data), data.as_bytes());
                view.map(|view| (name.clone(), view))
            })
            .collect::<Result<_, _>>()
            .map_err(|source| malformed(path, source))?;
        let metadata = HashMap::from([(KEY.to_owned(), outline)]);
        let bytes = safetensors::serialize(views, Some(metadata))
            .map_err(|source| malformed(path, source))?;
        write_atomically(path, &bytes).map_err(|source| ModelFileError::Unwritable {
            path: path.to_owned(),
            source,
        })
    }

    /// Reads a machine from a file onto a device, strictly: every tensor that the description
    /// calls for must be there, in its shape and finite, and no other.
    ///
    /// # Errors
    ///
    /// With the first fault of the file.
    pub fn load(path: &Path, device: &Device) -> Result<Self, ModelFileError> {
        let bytes = read(path)?;
        let file = Opened::parse(path, &bytes)?;
        let outline: Outline<L::Kind> = file.outline()?;
        let dtype = file.dtype();
        let mut layers: Vec<L> = outline
            .layers
            .iter()
            .map(|kind| L::from_kind(kind, (device, dtype)))
            .collect();
        for (i, layer) in layers.iter_mut().enumerate() {
            if file
                .tensors
                .names()
                .contains(&layer_parameter(i, "center").as_str())
            {
                let units = layer.units();
                layer.set_center(Some(Tensor::zeros([units], (device, dtype))));
            }
        }
        let units: Vec<usize> = layers.iter().map(Layer::units).collect();
        let size = |layer: usize| (layer, units.get(layer).copied().unwrap_or(0));
        let connections = outline
            .connections
            .iter()
            .map(|ends| Connection::zeros(size(ends.target), size(ends.domain), (device, dtype)))
            .collect();
        let machine_error = |source| ModelFileError::Machine {
            path: path.to_owned(),
            source,
        };
        let mut machine = Self::new(layers, connections, outline.visible).map_err(machine_error)?;
        let mut fill = Fill {
            file: &file,
            device,
            dtype,
            filled: Vec::new(),
            fault: None,
        };
        machine.map(&mut fill);
        if let Some(fault) = fill.fault {
            return Err(fault);
        }
        let extra = |name: &&str| !fill.filled.iter().any(|filled| filled == name);
        if let Some(name) = file.tensors.names().into_iter().find(extra) {
            return Err(ModelFileError::ExtraTensor {
                path: path.to_owned(),
                name: name.to_owned(),
            });
        }
        for name in &outline.frozen {
            machine.freeze(name).map_err(machine_error)?;
        }
        Ok(machine)
    }
}

/// Reads what a model file says of its machine, and checks the sizes of its layers.
///
/// # Errors
///
/// When the file cannot be read or its description is at fault.
pub fn read_outline(path: &Path) -> Result<Outline, ModelFileError> {
    let bytes = read(path)?;
    let outline: Outline = Opened::parse(path, &bytes)?.outline()?;
    for (layer, kind) in outline.layers.iter().enumerate() {
        kind.validate().map_err(|source| ModelFileError::Layer {
            path: path.to_owned(),
            layer,
            source,
        })?;
    }
    Ok(outline)
}

/// A file in memory, its header understood.
struct Opened<'a> {
    path: &'a Path,
    tensors: SafeTensors<'a>,
    metadata: Option<HashMap<String, String>>,
}

impl<'a> Opened<'a> {
    fn parse(path: &'a Path, bytes: &'a [u8]) -> Result<Self, ModelFileError> {
        let (_, header) =
            SafeTensors::read_metadata(bytes).map_err(|source| malformed(path, source))?;
        Ok(Self {
            path,
            tensors: SafeTensors::deserialize(bytes).map_err(|source| malformed(path, source))?,
            metadata: header.metadata().clone(),
        })
    }

    fn outline<K: serde::de::DeserializeOwned>(&self) -> Result<Outline<K>, ModelFileError> {
        #[derive(Deserialize)]
        struct Version {
            version: u64,
        }
        let path = || self.path.to_owned();
        let text = self
            .metadata
            .as_ref()
            .and_then(|metadata| metadata.get(KEY))
            .ok_or_else(|| ModelFileError::NoOutline { path: path() })?;
        let bad = |source| ModelFileError::BadOutline {
            path: path(),
            source,
        };
        // The version first: what follows it may have changed with it.
        let Version { version } = serde_json::from_str(text).map_err(bad)?;
        if version != VERSION {
            return Err(ModelFileError::UnknownVersion {
                path: path(),
                version,
            });
        }
        serde_json::from_str(text).map_err(bad)
    }

    /// f64 where all tensors are, otherwise f32.
    fn dtype(&self) -> DType {
        let all = self.tensors.tensors();
        if !all.is_empty() && all.iter().all(|(_, view)| view.dtype() == Dtype::F64) {
            DType::F64
        } else {
            DType::F32
        }
    }

    fn take(&self, name: &str, expected: &[usize]) -> Result<TensorData, ModelFileError> {
        let path = || self.path.to_owned();
        let view = self
            .tensors
            .tensor(name)
            .map_err(|_| ModelFileError::MissingTensor {
                path: path(),
                name: name.to_owned(),
            })?;
        if view.shape() != expected {
            return Err(ModelFileError::WrongShape {
                path: path(),
                name: name.to_owned(),
                found: view.shape().to_vec(),
                expected: expected.to_vec(),
            });
        }
        let values: Vec<f64> = match view.dtype() {
            Dtype::F32 => numbers(view.data(), |b| f64::from(f32::from_le_bytes(b))),
            Dtype::F64 => numbers(view.data(), f64::from_le_bytes),
            other => {
                return Err(ModelFileError::WrongType {
                    path: path(),
                    name: name.to_owned(),
                    found: format!("{other:?}"),
                });
            }
        };
        let data = TensorData::new(values, expected);
        check_finite(self.path, name, &data)?;
        Ok(data)
    }
}

/// Fills the parameters of a machine from a file and keeps the first fault.
struct Fill<'a> {
    file: &'a Opened<'a>,
    device: &'a Device,
    dtype: DType,
    filled: Vec<String>,
    fault: Option<ModelFileError>,
}

impl Fill<'_> {
    fn fill<const D: usize>(&mut self, name: &str, tensor: Tensor<D>) -> Tensor<D> {
        self.filled.push(name.to_owned());
        match self.file.take(name, &tensor.dims()) {
            Ok(data) => Tensor::from_data(data, (self.device, self.dtype)),
            Err(fault) => {
                self.fault.get_or_insert(fault);
                tensor
            }
        }
    }
}

impl Mapper for Fill<'_> {
    fn vector(&mut self, name: &str, tensor: Tensor<1>) -> Tensor<1> {
        self.fill(name, tensor)
    }

    fn matrix(&mut self, name: &str, tensor: Tensor<2>) -> Tensor<2> {
        self.fill(name, tensor)
    }
}

/// All parameters on the host, by name.
#[derive(Default)]
struct Collect(BTreeMap<String, TensorData>);

impl Visitor for Collect {
    fn vector(&mut self, name: &str, tensor: &Tensor<1>) {
        self.0.insert(name.to_owned(), tensor.to_data());
    }

    fn matrix(&mut self, name: &str, tensor: &Tensor<2>) {
        self.0.insert(name.to_owned(), tensor.to_data());
    }
}

fn numbers<const N: usize>(bytes: &[u8], read: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    bytes
        .chunks_exact(N)
        .map(|chunk| read(chunk.try_into().expect("chunks of this size")))
        .collect()
}

fn shape_of(data: &TensorData) -> Vec<usize> {
    data.shape().as_slice().to_vec()
}

fn safe_type(data: &TensorData) -> Dtype {
    if data.dtype() == DType::F64 {
        Dtype::F64
    } else {
        Dtype::F32
    }
}

fn check_finite(path: &Path, name: &str, data: &TensorData) -> Result<(), ModelFileError> {
    match data.iter::<f64>().enumerate().find(|(_, x)| !x.is_finite()) {
        None => Ok(()),
        Some((position, value)) => Err(ModelFileError::NotFinite {
            path: path.to_owned(),
            name: name.to_owned(),
            position,
            value,
        }),
    }
}

fn malformed(path: &Path, source: safetensors::SafeTensorError) -> ModelFileError {
    ModelFileError::Malformed {
        path: path.to_owned(),
        source,
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ModelFileError> {
    fs::read(path).map_err(|source| ModelFileError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

/// Writes beside the file, syncs, and renames over it.
fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    fs::File::open(folder)?.sync_all()
}
