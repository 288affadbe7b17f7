//! The parameters of a machine in a model file, with its outline as the note.

use std::{borrow::Borrow, collections::BTreeMap, path::Path};

use burn::tensor::{DType, Device, Tensor, TensorData};
use paysage_kernels::most_precise;
use paysage_layers::{Layer, Stored};

use crate::{
    BoltzmannMachine, Connection, Ends, Mapper, ModelFileError, Outline, ParameterId, TensorFile,
    Visitor,
};

impl<L: Stored> BoltzmannMachine<L> {
    /// The outline of this machine, without a layout.
    #[must_use]
    pub fn outline(&self) -> Outline<L::Kind> {
        let ends = |connection: &Connection| Ends {
            target: connection.target,
            domain: connection.domain,
        };
        let kinds = self.layers.iter().map(Stored::kind).collect();
        let connections = self.connections.iter().map(ends).collect();
        Outline {
            frozen: self.frozen().map(|id| id.to_string()).collect(),
            ..Outline::new(self.visible.clone(), kinds, connections)
        }
    }

    /// Writes the machine to a file, atomically.
    ///
    /// # Errors
    ///
    /// When a parameter is not finite or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), ModelFileError> {
        Ok(self.to_file().write(path)?)
    }

    /// Reads a machine from a file onto a device, strictly: every tensor that the outline calls for
    /// must be there, in its shape and finite, and no other.
    ///
    /// The machine is in f64 where all tensors are and the device has it, otherwise in f32.
    ///
    /// # Errors
    ///
    /// With the first fault of the file.
    pub fn load(path: &Path, device: &Device) -> Result<Self, ModelFileError> {
        Self::from_file(TensorFile::read(path)?, path, device)
    }

    /// The content of the model file.
    #[must_use]
    pub fn to_file(&self) -> TensorFile {
        let mut parameters = Collect::default();
        self.visit(&mut parameters);
        TensorFile {
            tensors: parameters.0,
            note: self.outline().to_note(),
        }
    }

    /// The machine of a file's content; `path` is where it came from, for messages.
    ///
    /// # Errors
    ///
    /// With the first fault, as [`load`](Self::load).
    pub fn from_file(
        file: TensorFile,
        path: &Path,
        device: &Device,
    ) -> Result<Self, ModelFileError> {
        Ok(Self::read(file, path, device)?.0)
    }

    /// The machine of a file's content, and the outline of the file.
    pub(crate) fn read(
        file: TensorFile,
        path: &Path,
        device: &Device,
    ) -> Result<(Self, Outline<L::Kind>), ModelFileError> {
        let outline: Outline<L::Kind> = Outline::parse(path, &file.note)?;
        let wide = |data: &TensorData| data.dtype() == DType::F64;
        let dtype = if file.tensors.values().all(wide) && most_precise(device) == DType::F64 {
            DType::F64
        } else {
            DType::F32
        };
        let mut machine = empty(path, &outline, &file.tensors, (device, dtype))?;
        let mut fill = Fill {
            path,
            tensors: file.tensors,
            options: (device, dtype),
            fault: None,
        };
        machine.map(&mut fill);
        if let Some(fault) = fill.fault {
            return Err(fault);
        }
        if let Some(name) = fill.tensors.into_keys().next() {
            return Err(ModelFileError::ExtraTensor {
                path: path.to_owned(),
                name,
            });
        }
        for name in &outline.frozen {
            let parameter = machine.parameter(name);
            parameter
                .and_then(|id| machine.freeze(id))
                .map_err(|source| ModelFileError::Machine {
                    path: path.to_owned(),
                    source,
                })?;
        }
        Ok((machine, outline))
    }
}

/// The machine of an outline with all parameters zero, centered where the file has centers.
///
/// Nothing is allocated that the file does not have the numbers for.
fn empty<L: Stored>(
    path: &Path,
    outline: &Outline<L::Kind>,
    tensors: &BTreeMap<String, TensorData>,
    options: (&Device, DType),
) -> Result<BoltzmannMachine<L>, ModelFileError> {
    let mut layers = Vec::new();
    for (i, kind) in outline.layers.iter().enumerate() {
        let prefix = ParameterId::layer(i, "").to_string();
        let of_layer = tensors.iter().filter(|(name, _)| name.starts_with(&prefix));
        let held = of_layer.map(|(_, data)| data.num_elements()).sum();
        let units = L::units_of(kind);
        if units > held {
            return Err(ModelFileError::Units {
                path: path.to_owned(),
                layer: i,
                units,
                held,
            });
        }
        let mut layer = L::from_kind(kind, options);
        if tensors.contains_key(&ParameterId::layer(i, "center").to_string()) {
            layer.set_center(Some(Tensor::zeros([units], options)));
        }
        layers.push(layer);
    }
    let mut connections = Vec::new();
    for (c, ends) in outline.connections.iter().enumerate() {
        // A layer that is not there is found out by the machine.
        let size = |layer: usize| (layer, layers.get(layer).map_or(0, Layer::units));
        let (target, domain) = (size(ends.target), size(ends.domain));
        let name = ParameterId::weight(c).to_string();
        check_shape(path, &name, tensors.get(&name), &[target.1, domain.1])?;
        connections.push(Connection::zeros(target, domain, options));
    }
    BoltzmannMachine::new(layers, connections, outline.visible.clone()).map_err(|source| {
        ModelFileError::Machine {
            path: path.to_owned(),
            source,
        }
    })
}

/// The data of a tensor that is there in the right shape.
fn check_shape<T: Borrow<TensorData>>(
    path: &Path,
    name: &str,
    data: Option<T>,
    expected: &[usize],
) -> Result<T, ModelFileError> {
    let (path, name) = (path.to_owned(), name.to_owned());
    let data = data.ok_or_else(|| ModelFileError::MissingTensor {
        path: path.clone(),
        name: name.clone(),
    })?;
    let found = data.borrow().shape().as_slice().to_vec();
    if found != expected {
        return Err(ModelFileError::WrongShape {
            path,
            name,
            found,
            expected: expected.to_vec(),
        });
    }
    Ok(data)
}

/// Fills the parameters of a machine from a file and keeps the first fault.
struct Fill<'a> {
    path: &'a Path,
    tensors: BTreeMap<String, TensorData>,
    options: (&'a Device, DType),
    fault: Option<ModelFileError>,
}

impl Fill<'_> {
    fn fill<const D: usize>(&mut self, name: &str, tensor: Tensor<D>) -> Tensor<D> {
        match check_shape(self.path, name, self.tensors.remove(name), &tensor.dims()) {
            Ok(data) => Tensor::from_data(data, self.options),
            Err(fault) => {
                self.fault.get_or_insert(fault);
                tensor
            }
        }
    }
}

impl Mapper for Fill<'_> {
    fn vector(&mut self, id: ParameterId, tensor: Tensor<1>) -> Tensor<1> {
        self.fill(&id.to_string(), tensor)
    }

    fn matrix(&mut self, id: ParameterId, tensor: Tensor<2>) -> Tensor<2> {
        self.fill(&id.to_string(), tensor)
    }
}

/// All parameters on the host, by name.
#[derive(Default)]
struct Collect(BTreeMap<String, TensorData>);

impl Visitor for Collect {
    fn vector(&mut self, id: ParameterId, tensor: &Tensor<1>) {
        self.0.insert(id.to_string(), tensor.to_data());
    }

    fn matrix(&mut self, id: ParameterId, tensor: &Tensor<2>) {
        self.0.insert(id.to_string(), tensor.to_data());
    }
}
