//! Writing a model for another library.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use burn::tensor::Tensor;
use paysage_data::replace_file;
use paysage_layers::{LayerKind, Stored};
use paysage_models::Model;

use crate::{ExportError, arrays::transposed, export_error::UnknownExportFormat, npz, rbms};

/// A format in which models are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// A NumPy archive of all parameters, with the layout of the data.
    Npz,
    /// HDF5 that the Python package rbms loads.
    Rbms,
}

impl ExportFormat {
    /// All formats.
    pub const ALL: [Self; 2] = [Self::Npz, Self::Rbms];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Npz => "npz",
            Self::Rbms => "rbms",
        }
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ExportFormat {
    type Err = UnknownExportFormat;

    fn from_str(text: &str) -> Result<Self, UnknownExportFormat> {
        let named = Self::ALL.into_iter().find(|format| format.name() == text);
        named.ok_or_else(|| UnknownExportFormat { found: text.into() })
    }
}

/// Writes a model for another library.
///
/// ```
/// use paysage_data::Layout;
/// use paysage_interchange::{Export, ExportFormat, Import};
/// use paysage_kernels::default_device;
/// use paysage_layers::{AnyLayer, Bernoulli};
/// use paysage_models::{BoltzmannMachine, Model};
///
/// let device = default_device()?;
/// let layers = [6, 4].map(|units| AnyLayer::from(Bernoulli::new(units, &device)));
/// let model = Model::new(BoltzmannMachine::chain(layers.into())?, Layout::units(6))?;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("model.npz");
/// Export { format: ExportFormat::Npz }.run(&model, &path)?;
/// let imported = Import::default().run(&path, &device)?;
/// assert_eq!(imported.model.layout, model.layout);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export {
    /// The format of the file.
    pub format: ExportFormat,
}

impl Export {
    /// Writes the file, atomically.
    ///
    /// rbms has restricted Boltzmann machines of Bernoulli hidden units, and of Bernoulli or Potts visible
    /// units. Spins s become Bernoulli units (s + 1)/2, with the same distribution. Centers move into the
    /// biases.
    ///
    /// # Errors
    ///
    /// When a machine of rbms cannot express the model, or the file cannot be written.
    pub fn run(&self, model: &Model, path: &Path) -> Result<(), ExportError> {
        let unwritable = |source| ExportError::Unwritable {
            path: path.to_owned(),
            source,
        };
        let bytes = match self.format {
            ExportFormat::Npz => npz::write(model).map_err(unwritable)?,
            ExportFormat::Rbms => rbms::write(model)?.map_err(unwritable)?,
        };
        replace_file(path, |out| out.write_all(&bytes)).map_err(unwritable)
    }
}

/// A restricted Boltzmann machine of two layers with one parameter each, without centers.
pub(crate) struct Restricted {
    /// The kinds of the visible and the hidden layer.
    pub(crate) kinds: (LayerKind, LayerKind),
    /// The fields of the visible units.
    pub(crate) visible: Vec<f32>,
    /// The fields of the hidden units.
    pub(crate) hidden: Vec<f32>,
    /// `[visible, hidden]`.
    pub(crate) weight: Vec<f32>,
}

impl Restricted {
    /// The parts of such a machine of Bernoulli units, spins or one-hot sites.
    pub(crate) fn of(model: &Model) -> Option<Self> {
        let machine = model.machine.without_centers();
        let ([visible], [_, _], [connection]) = (
            &machine.visible[..],
            &machine.layers[..],
            &machine.connections[..],
        ) else {
            return None;
        };
        let hidden = 1 - visible;
        let kinds = (
            machine.layers[*visible].kind(),
            machine.layers[hidden].kind(),
        );
        let is_field = |kind: &LayerKind| {
            matches!(
                kind,
                LayerKind::Bernoulli { .. } | LayerKind::Spin { .. } | LayerKind::OneHot { .. }
            )
        };
        if ![kinds.0, kinds.1].iter().all(is_field) {
            return None;
        }
        let file = machine.to_file();
        let field = |layer: usize| -> Option<Vec<f32>> {
            let data = file.tensors.get(&format!("layers.{layer}.loc"))?;
            Some(data.iter().collect())
        };
        let weight = numbers(connection.weight.clone());
        let weight = match connection.target == *visible {
            true => weight,
            false => transposed(&weight, kinds.0.units()),
        };
        Some(Self {
            visible: field(*visible)?,
            hidden: field(hidden)?,
            kinds,
            weight,
        })
    }

    /// The same distribution with Bernoulli units x = (s + 1)/2 for spins s.
    pub(crate) fn without_spins(mut self) -> Self {
        let columns = self.hidden.len();
        if let LayerKind::Spin { units } = self.kinds.0 {
            for row in self.weight.chunks(columns) {
                self.hidden
                    .iter_mut()
                    .zip(row)
                    .for_each(|(loc, w)| *loc -= w);
            }
            self.kinds.0 = LayerKind::bernoulli(units);
            self.visible
                .iter_mut()
                .chain(&mut self.weight)
                .for_each(|x| *x *= 2.0);
        }
        if let LayerKind::Spin { units } = self.kinds.1 {
            for (loc, row) in self.visible.iter_mut().zip(self.weight.chunks(columns)) {
                *loc -= row.iter().sum::<f32>();
            }
            self.kinds.1 = LayerKind::bernoulli(units);
            self.hidden
                .iter_mut()
                .chain(&mut self.weight)
                .for_each(|x| *x *= 2.0);
        }
        self
    }
}

fn numbers(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().iter().collect()
}
