//! The options of `paysage couplings`, `paysage mutations` and `paysage gauge`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use paysage::models::HiddenScale;

use super::{ModelOptions, whole};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  paysage couplings runs/proteins/model.safetensors --out pairs.csv
  paysage couplings runs/proteins/model.safetensors --skip-state - --separation 4 --out contacts.csv

The couplings are the terms of second order of the free energy in the zero-sum gauge, with the hidden units
summed out. The output has one line for each pair of sites, in descending order of apc:
  site_i, site_j   names of the columns, or numbers from 1
  frobenius        Frobenius norm of the couplings, in nats
  apc              the same with average product correction
  coupling         where all sites have two states: the coupling of their second states (of spins: J)
docs/proteins.md has the formulas.")]
pub(crate) struct Couplings {
    #[command(flatten)]
    pub(crate) model: ModelOptions,
    /// State that Frobenius norms leave out, such as the gap -
    #[arg(long, value_name = "STATE", allow_hyphen_values = true)]
    pub(crate) skip_state: Option<String>,
    /// Smallest distance of the sites of a pair in the output, in sites
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true,
        default_value_t = 1)]
    pub(crate) separation: usize,
    /// Output file: .csv, .tsv or .npy, each may end in .gz
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) figure: FigureOption,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  paysage mutations runs/proteins/model.safetensors GSMGLPPGWDE --out mutations.csv
  paysage mutations runs/people/model.safetensors one-person.csv --out changes.csv

The output has one line for each site and each other state:
  site, wild_type, mutant   names of the column and of its states
  free_energy_change        F(mutant) − F(sequence) = ln p(sequence) − ln p(mutant), in nats: mutations
                            with a positive change make the sequence less probable
of deep machines with bounds (_low, _high), which are annealed. Missing sites of the sequence (gaps of a model
that was trained with --gaps missing, unknown letters, missing cells) are summed over and not mutated, exactly
where they or the hidden layers have at most 2^16 states, otherwise with bounds.")]
pub(crate) struct Mutations {
    #[command(flatten)]
    pub(crate) model: ModelOptions,
    /// Sequence: one letter for each site, or states separated by commas; or a file with one row of data
    #[arg(value_name = "SEQUENCE", allow_hyphen_values = true)]
    pub(crate) sequence: String,
    /// Output file: .csv or .tsv, may end in .gz
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) figure: FigureOption,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  paysage gauge runs/proteins/model.safetensors --hidden unit-variance --out model.safetensors")]
pub(crate) struct Gauge {
    #[command(flatten)]
    pub(crate) model: ModelOptions,
    /// Scale of Gaussian and rectified hidden units, and the sign of hidden units for which the cubes of
    /// their weights have a positive sum [default: scales and signs of the model]
    #[arg(long, value_name = "SCALE", value_enum)]
    pub(crate) hidden: Option<ScaleChoice>,
    /// Model file to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// A figure beside a table.
#[derive(Debug, Args)]
pub(crate) struct FigureOption {
    /// Heat map of the output, a .png file [default: beside the output, with its name]
    #[arg(long, value_name = "FILE")]
    pub(crate) figure: Option<PathBuf>,
}

/// The scale of Gaussian and rectified hidden units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScaleChoice {
    /// Every Gaussian unit has the variance 1, every rectified unit a mean 1/γ of 1 over its sides
    UnitVariance,
    /// The weights of every unit have the norm 1
    UnitWeights,
}

impl From<ScaleChoice> for HiddenScale {
    fn from(choice: ScaleChoice) -> Self {
        match choice {
            ScaleChoice::UnitVariance => Self::UnitVariance,
            ScaleChoice::UnitWeights => Self::UnitWeights,
        }
    }
}
