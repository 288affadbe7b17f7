//! Model files of other libraries of Boltzmann machines.
//!
//! [`Import`] reads them: Paysage 0.2 for Python, rbms, RestrictedBoltzmannMachines.jl, scikit-learn's
//! `BernoulliRBM`, and the archives of NumPy that [`Export`] writes. The result, [`Imported`], has a
//! [`Model`](paysage_models::Model) of the same distribution, and the constant between the energies of the two.
//! [`Export`] writes archives of NumPy and files that rbms loads. [`BernoulliArrays`] makes a model of the
//! arrays of scikit-learn.
//!
//! Every convention is translated exactly: scales of Gaussian and rectified units, the order of the states of
//! Potts units, offsets and scales of standardized units. What no layer of `paysage-layers` expresses is refused
//! with its name.

#![forbid(unsafe_code)]

mod arrays;
mod error;
mod export;
mod export_error;
mod format;
mod import;
mod julia;
mod npz;
mod parts;
mod paysage02;
mod pickle;
mod rbms;
mod scikit_learn;

pub use error::ImportError;
pub use export::{Export, ExportFormat};
pub use export_error::{ExportError, UnknownExportFormat};
pub use format::{Format, UnknownFormat};
pub use import::{Import, Imported};
pub use scikit_learn::BernoulliArrays;
