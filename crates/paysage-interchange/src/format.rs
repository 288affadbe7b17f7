//! The formats that are read, and how a file is recognised.

use std::fmt;
use std::str::FromStr;

use paysage_data::{ArrayFile, DataError};
use thiserror::Error;

/// A format of models of another library.
///
/// ```
/// use paysage_interchange::Format;
///
/// assert_eq!("rbms".parse(), Ok(Format::Rbms));
/// assert_eq!(Format::Paysage02.to_string(), "paysage-0.2");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// HDF5 of Paysage 0.2 for Python, in the layout of `pandas.HDFStore`.
    Paysage02,
    /// HDF5 of the Python package rbms.
    Rbms,
    /// HDF5 of the Julia package RestrictedBoltzmannMachines.jl.
    RestrictedBoltzmannMachines,
    /// A NumPy archive of the arrays of scikit-learn's `BernoulliRBM`.
    ScikitLearn,
    /// A NumPy archive that [`Export`](crate::Export) wrote.
    Npz,
}

/// Not the name of a format.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected one of {}, got {found:?}", names())]
pub struct UnknownFormat {
    /// The name given.
    found: String,
}

fn names() -> String {
    Format::ALL.map(|format| format.name()).join(", ")
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 5] = [
        Self::Paysage02,
        Self::Rbms,
        Self::RestrictedBoltzmannMachines,
        Self::ScikitLearn,
        Self::Npz,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Paysage02 => "paysage-0.2",
            Self::Rbms => "rbms",
            Self::RestrictedBoltzmannMachines => "rbm.jl",
            Self::ScikitLearn => "scikit-learn",
            Self::Npz => "npz",
        }
    }

    /// The array, group or text by which the format is recognised.
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Paysage02 => "model",
            Self::Rbms => "model_type",
            Self::RestrictedBoltzmannMachines => "rbm_hdf5_file_format_version",
            Self::ScikitLearn => "components_",
            Self::Npz => "outline",
        }
    }

    const fn is_hdf5(self) -> bool {
        matches!(
            self,
            Self::Paysage02 | Self::Rbms | Self::RestrictedBoltzmannMachines
        )
    }

    /// The format of a file, where it is one of these. An archive of both kinds is one of [`Format::Npz`],
    /// which holds more.
    pub(crate) fn of(file: &ArrayFile) -> Result<Option<Self>, DataError> {
        let members = file.members("/")?;
        let is_of = |format: &Self| {
            format.is_hdf5() == file.is_hdf5() && members.iter().any(|name| name == format.sign())
        };
        Ok(Self::ALL.into_iter().rev().find(is_of))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let named = Self::ALL.into_iter().find(|format| format.name() == text);
        named.ok_or_else(|| UnknownFormat { found: text.into() })
    }
}
