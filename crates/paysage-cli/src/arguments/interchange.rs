//! The options of `paysage import` and `paysage export`.

use std::path::PathBuf;

use clap::Args;
use paysage::{
    data::{AlignmentError, Alphabet},
    interchange::{ExportFormat, Format, UnknownExportFormat, UnknownFormat},
};

use super::whole;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  paysage import rbm.h5 --epoch 1000 --out model.safetensors
  paysage import potts.h5 --alphabet protein --out model.safetensors

The formats:
  paysage-0.2     HDF5 of Paysage 0.2 for Python
  rbms            HDF5 of the Python package rbms
  rbm.jl          HDF5 of the Julia package RestrictedBoltzmannMachines.jl
  scikit-learn    .npz with components_, intercept_hidden_ and intercept_visible_ of a BernoulliRBM
  npz             .npz that `paysage export` wrote
docs/other-libraries.md has the conventions that are translated, and how data must be given to the model.")]
pub(crate) struct Import {
    /// Model file of another library
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Model file to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Format of the file: paysage-0.2, rbms, rbm.jl, scikit-learn or npz [default: by its content]
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub(crate) format: Option<Format>,
    /// Epoch of a file of rbms: the number of a parameter update that was saved [default: the last]
    #[arg(long, value_name = "N", value_parser = whole::<u64>, allow_negative_numbers = true)]
    pub(crate) epoch: Option<u64>,
    /// Alphabet of sequences whose letters are the states of the visible units, as for `paysage train`: the
    /// model then reads alignments. The gap is the first state where the alphabet does not have it
    #[arg(long, value_name = "LETTERS", value_parser = alphabet)]
    pub(crate) alphabet: Option<Alphabet>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  paysage export runs/digits/model.safetensors --format npz --out model.npz
  paysage export runs/proteins/model.safetensors --format rbms --out rbm.h5

The formats:
  npz     .npz of all parameters, for NumPy; of RBMs of Bernoulli units also the arrays of scikit-learn's
          BernoulliRBM
  rbms    HDF5 that the Python package rbms loads: RBMs of Bernoulli or one-hot visible units and Bernoulli
          hidden units; spins become Bernoulli units
docs/other-libraries.md describes both.")]
pub(crate) struct Export {
    /// Model file
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,
    /// Format of the output: npz or rbms
    #[arg(long, value_name = "FORMAT", value_parser = export_format)]
    pub(crate) format: ExportFormat,
    /// File to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

fn format(text: &str) -> Result<Format, UnknownFormat> {
    text.parse()
}

fn export_format(text: &str) -> Result<ExportFormat, UnknownExportFormat> {
    text.parse()
}

fn alphabet(text: &str) -> Result<Alphabet, AlignmentError> {
    text.parse()
}
