//! The note of a model file: everything about the machine but its parameters.

use std::path::Path;

use paysage_data::Layout;
use paysage_layers::LayerKind;
use serde::{Deserialize, Serialize, Serializer, de::DeserializeOwned};

use crate::{ModelFileError, TensorFile};

/// The version of the format that is written.
const VERSION: u64 = 2;

/// The layers, connections and layout of a model file, without the parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline<K = LayerKind> {
    /// The version of the format that the file was written in.
    pub version: u64,
    /// The visible layers, in the order of their units in a row.
    pub visible: Vec<usize>,
    /// The kinds and sizes of the layers.
    pub layers: Vec<K>,
    /// Which layers are connected.
    pub connections: Vec<Ends>,
    /// The names of the frozen parameters.
    pub frozen: Vec<String>,
    /// The columns of the training data and their preparation, where the file has them.
    pub layout: Option<Layout>,
}

/// The two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ends {
    /// The layer whose units are the rows of the weights.
    pub target: usize,
    /// The layer whose units are the columns of the weights.
    pub domain: usize,
}

/// The part of a layer in a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Its units are the columns of the data.
    Visible,
    /// Its units are not observed.
    Hidden,
    /// Its units are always clamped and never modelled. The format has a place for it; machines do
    /// not have such layers yet, so files with one are refused.
    Input,
}

impl<K> Outline<K> {
    /// An outline in the version that is written.
    pub(crate) fn new(visible: Vec<usize>, layers: Vec<K>, connections: Vec<Ends>) -> Self {
        Self {
            version: VERSION,
            visible,
            layers,
            connections,
            frozen: Vec::new(),
            layout: None,
        }
    }

    /// The role of a layer.
    #[must_use]
    pub fn role(&self, layer: usize) -> Role {
        match self.visible.contains(&layer) {
            true => Role::Visible,
            false => Role::Hidden,
        }
    }
}

/// The JSON of an outline. Roles are written from version 2 on.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note<K> {
    version: u64,
    visible: Vec<usize>,
    layers: Vec<LayerNote<K>>,
    connections: Vec<Ends>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    frozen: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    layout: Option<Layout>,
}

#[derive(Serialize, Deserialize)]
struct LayerNote<K> {
    #[serde(flatten)]
    kind: K,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
}

impl<K: Clone> Outline<K> {
    fn note(&self) -> Note<K> {
        let layer = |(layer, kind): (usize, &K)| LayerNote {
            kind: kind.clone(),
            role: Some(self.role(layer)),
        };
        Note {
            version: self.version,
            visible: self.visible.clone(),
            layers: self.layers.iter().enumerate().map(layer).collect(),
            connections: self.connections.clone(),
            frozen: self.frozen.clone(),
            layout: self.layout.clone(),
        }
    }
}

impl<K: Serialize + Clone> Outline<K> {
    /// The outline as JSON, in the version that is written.
    pub(crate) fn to_note(&self) -> String {
        let note = Note {
            version: VERSION,
            ..self.note()
        };
        serde_json::to_string(&note).expect("an outline is plain data")
    }
}

/// As in the model file.
impl<K: Serialize + Clone> Serialize for Outline<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.note().serialize(serializer)
    }
}

impl<K: DeserializeOwned> Outline<K> {
    /// The outline from its JSON; `path` is where it came from, for messages.
    pub(crate) fn parse(path: &Path, note: &str) -> Result<Self, ModelFileError> {
        #[derive(Deserialize)]
        struct Version {
            version: u64,
        }
        let bad = |source| ModelFileError::BadOutline {
            path: path.to_owned(),
            source,
        };
        // The version first: what follows it may have changed with it.
        let Version { version } = serde_json::from_str(note).map_err(bad)?;
        if !(1..=VERSION).contains(&version) {
            return Err(ModelFileError::UnknownVersion {
                path: path.to_owned(),
                version,
                newest: VERSION,
            });
        }
        let note: Note<K> = serde_json::from_str(note).map_err(bad)?;
        let roles: Vec<Option<Role>> = note.layers.iter().map(|layer| layer.role).collect();
        let outline = Self {
            version,
            visible: note.visible,
            layers: note.layers.into_iter().map(|layer| layer.kind).collect(),
            connections: note.connections,
            frozen: note.frozen,
            layout: note.layout,
        };
        for (layer, role) in roles.into_iter().enumerate() {
            match role {
                Some(Role::Input) => {
                    return Err(ModelFileError::InputLayer {
                        path: path.to_owned(),
                        layer,
                    });
                }
                Some(role) if role != outline.role(layer) => {
                    return Err(ModelFileError::Role {
                        path: path.to_owned(),
                        layer,
                    });
                }
                _ => {}
            }
        }
        Ok(outline)
    }
}

/// Reads the outline of a model file.
///
/// # Errors
///
/// When the file cannot be read or its outline is at fault.
pub fn read_outline(path: &Path) -> Result<Outline, ModelFileError> {
    Outline::parse(path, &TensorFile::read(path)?.note)
}
