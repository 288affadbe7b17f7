//! The layers and connections of a model, before they are a machine.

use std::path::Path;

use burn::tensor::{Device, TensorData};
use paysage_data::Layout;
use paysage_layers::LayerKind;
use paysage_models::{Ends, Model, Outline, ParameterId, TensorFile};

use crate::ImportError;

/// The version of the outline.
const VERSION: u64 = 2;

/// A layer: its kind, and its parameters by the names of the model file.
pub(crate) struct LayerParts {
    pub(crate) kind: LayerKind,
    pub(crate) parameters: Vec<(&'static str, Vec<f32>)>,
}

impl LayerParts {
    /// A layer whose only parameter is `loc`.
    pub(crate) fn field(kind: LayerKind, loc: Vec<f32>) -> Self {
        Self {
            kind,
            parameters: vec![("loc", loc)],
        }
    }
}

/// The weights between two layers: `[units of target, units of domain]`.
pub(crate) struct ConnectionParts {
    pub(crate) ends: Ends,
    pub(crate) weight: Vec<f32>,
}

/// A machine whose first layer is visible.
pub(crate) struct Parts {
    pub(crate) layers: Vec<LayerParts>,
    pub(crate) connections: Vec<ConnectionParts>,
    /// What is added to the energies of the machine to get those of the other library, in nats.
    pub(crate) energy: f64,
}

impl Parts {
    /// A restricted Boltzmann machine with weights `[visible, hidden]`.
    pub(crate) fn restricted(visible: LayerParts, hidden: LayerParts, weight: Vec<f32>) -> Self {
        Self {
            layers: vec![visible, hidden],
            connections: vec![ConnectionParts {
                ends: Ends {
                    target: 0,
                    domain: 1,
                },
                weight,
            }],
            energy: 0.0,
        }
    }

    /// The model of these parts on a device, with the visible units as columns. `path` is for messages.
    pub(crate) fn model(self, path: &Path, device: &Device) -> Result<Model, ImportError> {
        let units = |layer: usize| self.layers.get(layer).map_or(0, |layer| layer.kind.units());
        let mut file = TensorFile::default();
        for (layer, parts) in self.layers.iter().enumerate() {
            for (name, values) in &parts.parameters {
                let data = TensorData::new(values.clone(), [values.len()]);
                let id = ParameterId::layer(layer, name).to_string();
                file.tensors.insert(id, data);
            }
        }
        for (number, ConnectionParts { ends, weight }) in self.connections.iter().enumerate() {
            let shape = [units(ends.target), units(ends.domain)];
            let data = TensorData::new(weight.clone(), shape);
            file.tensors
                .insert(ParameterId::weight(number).to_string(), data);
        }
        let outline = Outline {
            version: VERSION,
            visible: vec![0],
            layers: self.layers.iter().map(|layer| layer.kind).collect(),
            connections: self.connections.iter().map(|c| c.ends).collect(),
            frozen: Vec::new(),
            layout: Some(Layout::units(units(0))),
        };
        file.note = serde_json::to_string(&outline).expect("an outline is plain data");
        Ok(Model::from_file(file, path, device)?)
    }
}
