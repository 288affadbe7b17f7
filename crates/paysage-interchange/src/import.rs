//! Reading a model of another library.

use std::path::Path;

use burn::tensor::Device;
use paysage_data::{Alignment, Alphabet, ArrayFile, Columns, Gaps, Layout, Unknown};
use paysage_layers::{Layer, LayerKind, Stored};
use paysage_models::Model;

use crate::{Format, ImportError, arrays::Arrays, julia, npz, paysage02, rbms, scikit_learn};

/// Reads a model of another library from a file.
///
/// ```no_run
/// use paysage_interchange::Import;
/// use paysage_kernels::default_device;
///
/// let imported = Import::default().run("rbm.h5".as_ref(), &default_device()?)?;
/// imported.model.save("model.safetensors".as_ref())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// The format of the file; by its content where absent.
    pub format: Option<Format>,
    /// The epoch of a file of rbms, the number of its parameter update; the last where absent.
    pub epoch: Option<u64>,
    /// The alphabet of the sequences of which the visible units are one-hot sites, gaps included. The model
    /// then reads alignments. The states are in the order of the letters, a gap that the alphabet does not
    /// have before them, as in rbms.
    pub alphabet: Option<Alphabet>,
}

/// A model of another library.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The same distribution.
    pub model: Model,
    /// The format of the file.
    pub format: Format,
    /// The epoch of a file of rbms.
    pub epoch: Option<u64>,
    /// What is added to the free energies of the model to get those of the other library, in nats: the same
    /// number for every row. It is not zero where the library's energy of Gaussian units leaves out a
    /// constant.
    pub energy: f64,
}

impl Import {
    /// The model of a file, on a device.
    ///
    /// The columns of its data are the visible units, unless there is an alphabet or the file has a layout.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is damaged, has no format or epoch that fits the settings, or describes
    /// a machine that no layers of this library express.
    pub fn run(&self, path: &Path, device: &Device) -> Result<Imported, ImportError> {
        let file = ArrayFile::open(path)?;
        let format = match self.format {
            Some(format) => format,
            None => Format::of(&file)?.ok_or_else(|| ImportError::UnknownFormat {
                file: file.name().into(),
            })?,
        };
        let arrays = Arrays {
            file: &file,
            format,
        };
        if !file.members("/")?.iter().any(|name| name == format.sign()) {
            return Err(arrays.missing(format.sign()));
        }
        if self.epoch.is_some() && format != Format::Rbms {
            return Err(no_setting(&arrays, "one set of parameters and no epochs"));
        }
        let mut epoch = None;
        let parts = match format {
            Format::Npz => {
                if self.alphabet.is_some() {
                    return Err(no_setting(&arrays, "the columns of the data already"));
                }
                return Ok(Imported {
                    model: npz::read(&arrays, path, device)?,
                    format,
                    epoch,
                    energy: 0.0,
                });
            }
            Format::Rbms => {
                let (parts, number) = rbms::read(&arrays, self.epoch)?;
                epoch = Some(number);
                parts
            }
            Format::Paysage02 => paysage02::read(&arrays)?,
            Format::RestrictedBoltzmannMachines => julia::read(&arrays)?,
            Format::ScikitLearn => scikit_learn::read(&arrays)?,
        };
        let energy = parts.energy;
        let mut model = parts.model(path, device)?;
        if let Some(alphabet) = &self.alphabet {
            model.layout = aligned(&model, alphabet, &arrays)?;
        }
        Ok(Imported {
            model,
            format,
            epoch,
            energy,
        })
    }
}

fn no_setting(arrays: &Arrays<'_>, reason: &'static str) -> ImportError {
    ImportError::NoSuchSetting {
        file: arrays.name(),
        format: arrays.format,
        reason,
    }
}

/// The layout of sequences of an alphabet.
fn aligned(model: &Model, alphabet: &Alphabet, arrays: &Arrays<'_>) -> Result<Layout, ImportError> {
    let (sites, states) = match model.machine.layers[0].kind() {
        LayerKind::OneHot { sites, states, .. } => (sites, states),
        _ => (model.machine.layers[0].units(), 0),
    };
    let alignment = Alignment::new(sites, alphabet.clone(), Gaps::State, Unknown::default());
    match alignment.state_count() == states {
        true => Ok(Layout::of(Columns::Alignment(alignment))),
        false => Err(ImportError::Alphabet {
            file: arrays.name(),
            states,
            letters: alignment.state_count(),
        }),
    }
}
