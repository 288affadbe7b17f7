//! A machine together with the layout of its data: what a model file holds.

use std::path::Path;

use burn::tensor::Device;
use paysage_data::{Columns, DataError, Labels, Layout, Order, Rows, Schema};
use paysage_layers::{AnyLayer, Domain, Layer, Stored};
use thiserror::Error;

use crate::{BoltzmannMachine, ModelFileError, TensorFile, chunks::CHUNK};

/// A machine and the [`Layout`] of the data that it was trained on.
///
/// The layout prepares other data for the machine and turns its samples back into the original
/// columns and units, so nothing has to be kept beside the model file.
///
/// ```
/// use paysage_data::Layout;
/// use paysage_kernels::default_device;
/// use paysage_layers::{AnyLayer, Bernoulli};
/// use paysage_models::{BoltzmannMachine, Model};
///
/// let device = default_device()?;
/// let layers = [6, 4].map(|units| AnyLayer::from(Bernoulli::new(units, &device)));
/// let machine = BoltzmannMachine::chain(layers.into())?;
/// let model = Model::new(machine, Layout::units(6))?;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("model.safetensors");
/// model.save(&path)?;
/// assert_eq!(Model::<AnyLayer>::load(&path, &device)?.layout, model.layout);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Model<L: Layer = AnyLayer> {
    /// The machine.
    pub machine: BoltzmannMachine<L>,
    /// The columns of its data and their preparation.
    pub layout: Layout,
}

/// A layout of another number of units than the visible layers have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the layout describes {layout} units, but the visible layers have {machine}")]
pub struct LayoutWidth {
    /// The units that the layout describes.
    pub layout: usize,
    /// The visible units of the machine.
    pub machine: usize,
}

impl<L: Layer> Model<L> {
    /// A machine with the layout of its data.
    ///
    /// # Errors
    ///
    /// When the layout describes another number of units than the visible layers have.
    pub fn new(machine: BoltzmannMachine<L>, layout: Layout) -> Result<Self, LayoutWidth> {
        let (described, units) = (layout.unit_count(), machine.visible_units());
        if described != units {
            return Err(LayoutWidth {
                layout: described,
                machine: units,
            });
        }
        Ok(Self { machine, layout })
    }

    /// Mean over rows of Σ ln |s_i| over the observed units i of continuous layers, in nats, where
    /// s_i is the change of the column when its unit changes by 1 ([`Layout::scale`]): its standard
    /// deviation, for standardized columns.
    ///
    /// The densities of the machine are those of its units. Minus this number they are densities in
    /// the original units of measurement.
    ///
    /// # Errors
    ///
    /// When rows cannot be read.
    pub fn log_volume(&self, rows: &dyn Rows) -> Result<f64, DataError> {
        let spans = self.machine.visible_spans();
        let continuous = spans.filter(|(layer, _)| {
            let domain = self.machine.layers[*layer].domain();
            matches!(
                domain,
                Domain::Real | Domain::NonNegative | Domain::Interval { .. }
            )
        });
        let scale = |unit| (unit, self.layout.scale(unit).abs().ln());
        let scales: Vec<(usize, f64)> = continuous.flat_map(|(_, span)| span.map(scale)).collect();
        if scales.iter().all(|(_, scale)| *scale == 0.0) {
            return Ok(0.0);
        }
        let mut sum = 0.0;
        for chunk in rows.chunks(Order::Stored, CHUNK) {
            for row in chunk?.values.chunks(rows.columns()) {
                let observed = scales.iter().filter(|(unit, _)| !row[*unit].is_nan());
                sum += observed.map(|(_, scale)| scale).sum::<f64>();
            }
        }
        Ok(sum / rows.count() as f64)
    }
}

impl<L: Stored> Model<L> {
    /// Writes the model to a file, atomically.
    ///
    /// # Errors
    ///
    /// When a parameter is not finite or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), ModelFileError> {
        Ok(self.to_file().write(path)?)
    }

    /// The content of the model file.
    #[must_use]
    pub fn to_file(&self) -> TensorFile {
        let mut outline = self.machine.outline();
        outline.layout = Some(self.layout.clone());
        TensorFile {
            note: outline.to_note(),
            ..self.machine.to_file()
        }
    }

    /// Reads a model from a file onto a device, as strictly as [`BoltzmannMachine::load`].
    ///
    /// Files of version 1 have no layout. A `schema.toml` in the same folder, which was written
    /// beside them, takes its place; without one, columns are the units themselves, and a last
    /// visible layer of one one-hot site beside others holds labels.
    ///
    /// # Errors
    ///
    /// With the first fault of the file, or when its layout does not fit the machine.
    pub fn load(path: &Path, device: &Device) -> Result<Self, ModelFileError> {
        Self::from_file(TensorFile::read(path)?, path, device)
    }

    /// The model of a file's content; `path` is where it came from, for messages.
    ///
    /// # Errors
    ///
    /// With the first fault, as [`load`](Self::load).
    pub fn from_file(
        file: TensorFile,
        path: &Path,
        device: &Device,
    ) -> Result<Self, ModelFileError> {
        let (machine, outline) = BoltzmannMachine::read(file, path, device)?;
        let layout = match outline.layout {
            Some(layout) => layout,
            None => layout_beside(path, &machine)?,
        };
        layout.check().map_err(|source| ModelFileError::BadLayout {
            path: path.to_owned(),
            source,
        })?;
        Self::new(machine, layout).map_err(|source| ModelFileError::Layout {
            path: path.to_owned(),
            source,
        })
    }
}

/// The layout of a model whose file does not hold one.
fn layout_beside<L: Stored>(
    path: &Path,
    machine: &BoltzmannMachine<L>,
) -> Result<Layout, ModelFileError> {
    let mut layout = Layout::units(machine.visible_units());
    let schema = path.with_file_name("schema.toml");
    if schema.exists() {
        let schema = Schema::read(schema).map_err(schema_fault)?;
        layout.columns = Columns::Mixed(schema);
        layout.missing = true;
    } else if let [first, .., last] = machine.visible[..]
        && first != last
    {
        let layer = &machine.layers[last];
        if layer.units() > 1 && layer.units() == layer.domain().width() {
            let classes = (0..layer.units()).map(|class| class.to_string()).collect();
            layout = Layout::units(machine.visible_units() - layer.units());
            layout.labels = Some(Labels { classes });
        }
    }
    Ok(layout)
}

fn schema_fault(source: DataError) -> ModelFileError {
    ModelFileError::Schema { source }
}
