//! The options and arguments of the command line.

mod ask;
mod documents;
mod evaluate;
mod interchange;
mod sites;
#[cfg(test)]
mod tests;
mod train;

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Parser, Subcommand};
use paysage::{
    kernels::{DeviceChoice, DeviceError, Precision, PrecisionError},
    metrics::MetricName,
    training::{MemorySize, Settings},
};
use serde::Serialize;

pub(crate) use ask::{Counterfactual, Fill, Impute, Predict, Sample, Transform};
pub(crate) use documents::{Completions, Man};
pub(crate) use evaluate::{Evaluate, LikelihoodChoice, LikelihoodOptions, Score};
pub(crate) use interchange::{Export, Import};
pub(crate) use sites::{Couplings, FigureOption, Gauge, Mutations};
pub(crate) use train::Train;

/// Train, sample and query Boltzmann machines.
#[derive(Debug, Parser)]
#[command(
    name = "paysage",
    version,
    propagate_version = true,
    after_help = "\
Example:
  paysage train builtin:digits --hidden 200 --out runs/digits
  paysage sample runs/digits/model.safetensors --count 100 --sweeps 1000 --out samples.npy

`paysage COMMAND --help` lists the options of a command."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train a machine; write the model, its metrics and a report to a folder
    Train(Box<Train>),
    /// Compute metrics and the log-likelihood of a model on data
    Evaluate(Evaluate),
    /// Sample rows from a model, free or conditional on given values
    Sample(Sample),
    /// Fill in missing values
    Impute(Impute),
    /// Predict columns from the other columns
    Predict(Predict),
    /// Compute counterfactual rows: other columns, had some columns been set to given values
    Counterfactual(Counterfactual),
    /// Compute hidden representations of rows, such as features for a classifier
    Transform(Transform),
    /// Compute the free energy and log-likelihood of each row, for example to find outliers
    Score(Score),
    /// Compute effective couplings of pairs of sites, such as contacts of residues of a protein
    Couplings(Couplings),
    /// Compute the free-energy change of every single mutation of a sequence
    Mutations(Mutations),
    /// Write a model with the same distribution in the zero-sum gauge of its one-hot sites
    Gauge(Gauge),
    /// Read a model of Paysage 0.2, rbms, RestrictedBoltzmannMachines.jl or scikit-learn
    Import(Import),
    /// Write a model for NumPy, scikit-learn or rbms
    Export(Export),
    /// Print the layers and parameters of a model file
    Inspect(Inspect),
    /// Write the figures and the report of a run again: learning curves, samples, reconstructions,
    /// weights, hidden activity, and for tables marginals and correlations
    Report(Report),
    /// List the devices that --device can choose
    Devices,
    /// Print a script that completes commands and options in a shell
    Completions(Completions),
    /// Print the manual page, or write those of all commands
    Man(Man),
}

/// Preparation of the values of a data set.
#[derive(Clone, Copy, Debug, Default, Args, Serialize)]
pub(crate) struct Preparation {
    /// Divisor of every value, such as 255 for bytes in a table (IDX images are 0 to 1 already)
    #[arg(long, value_name = "X", value_parser = number::<f32>, allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scale: Option<f32>,
    /// Threshold: values above T become 1, others 0 (after --scale)
    #[arg(long, value_name = "T", value_parser = number::<f32>, allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) threshold: Option<f32>,
}

/// The model that a command asks.
#[derive(Debug, Args)]
pub(crate) struct ModelOptions {
    /// Model file
    #[arg(value_name = "MODEL")]
    pub(crate) path: PathBuf,
    /// Random seed
    #[arg(long, value_name = "N", value_parser = whole::<u64>, allow_negative_numbers = true,
        default_value_t = 0, display_order = LAST)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) compute: Compute,
}

/// Where and how a command computes.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Compute {
    /// Device: auto (a GPU where this program was built for one and finds one), cpu, gpu, or gpu:1 for
    /// the second GPU of `paysage devices`
    #[arg(long, value_name = "KIND", value_parser = device, default_value = "auto",
        display_order = LAST)]
    pub(crate) device: DeviceChoice,
    /// Precision of products of matrices on GPUs with tensor cores: standard (16 bits of each number and
    /// f32 sums) or exact (all 24 bits of f32). CPUs multiply in f32
    #[arg(long, value_name = "KIND", value_parser = precision, default_value = "standard",
        display_order = LAST)]
    pub(crate) precision: Precision,
}

impl From<&Settings> for Compute {
    fn from(settings: &Settings) -> Self {
        Self {
            device: settings.device,
            precision: settings.precision,
        }
    }
}

/// Place of options that every command has, in its help.
const LAST: usize = 900;

/// The rows that a command reads for a model.
#[derive(Debug, Args)]
pub(crate) struct ModelData {
    #[arg(help = format!("Rows: {DATA_HELP}. They are prepared as the training data of the model were"))]
    pub(crate) data: String,
    #[command(flatten)]
    pub(crate) preparation: Preparation,
    /// Labels of the rows, for a model that was trained with labels
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<String>,
    /// Name of the array in an .npz file with several
    #[arg(long, value_name = "NAME")]
    pub(crate) array: Option<String>,
    /// Memory limit for data that stay on disk, such as 1GiB, as for `paysage train`. A temporary copy of
    /// files other than NumPy and IDX is in the folder of temporary files of the system (TMPDIR) [default: all data
    /// in memory]
    #[arg(long, value_name = "SIZE", allow_negative_numbers = true)]
    pub(crate) memory: Option<MemorySize>,
}

const DATA_HELP: &str = "builtin:digits, builtin:bars-and-stripes, builtin:ising (options as in \
    builtin:ising?size=32&temperature=2.5), or a file: .npy, .npz, .csv, .tsv, text separated by \
    spaces, Parquet, Arrow (.arrow, .feather), HDF5 (file.h5:/group/name), IDX images, or an alignment (FASTA, A2M, A3M); each may be \
    compressed with gzip or zstd; or a folder or a pattern ('part-*.parquet') of such files with equal columns";

const WEIGHTS_HELP: &str = "Weights of the rows: the name of a column, which is then not modelled (its \
    number where there is no header), or a file of one number per row. A row of weight 2 counts as two \
    equal rows [default: 1 for each row]";

const OUT_HELP: &str = "Output file: .npy, .csv or .tsv, or .fasta for a model of an alignment, each \
    may end in .gz; rows have the columns and units of the training data";

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  paysage inspect runs/digits/model.safetensors")]
pub(crate) struct Inspect {
    /// Model file
    pub(crate) model: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  paysage report runs/digits

The report is DIR/report.html, one file without scripts, and its figures are DIR/figures/*.png:
  learning curves      every metric of metrics.jsonl, with its unit
  samples              beside the data: images, or for tables means and covariances
  marginals            for tables: histogram of each column, data beside samples
  correlations         for tables: data, samples and their difference
  reconstructions      rows beside their reconstructions
  weights              as images or as a matrix; norms and cosines of the hidden units
  hidden activity      mean and standard deviation of each hidden unit; dead and saturated units
A figure that cannot be drawn is replaced by a note with the reason. docs/report.md describes each one.")]
pub(crate) struct Report {
    /// Folder of a run, as written by `paysage train`; its data are read again
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

/// A whole number that TOML can hold.
fn whole<T: FromStr>(text: &str) -> Result<T, &'static str> {
    if text
        .parse()
        .is_ok_and(|number: u64| number > i64::MAX as u64)
    {
        return Err("expected a whole number of at most 9223372036854775807");
    }
    text.parse()
        .map_err(|_| "expected a whole number such as 10")
}

/// A number.
fn number<T: FromStr>(text: &str) -> Result<T, &'static str> {
    text.parse().map_err(|_| "expected a number such as 0.5")
}

/// Names of metrics for a help text, without those that [`OF_RECONSTRUCTIONS`] describes.
fn metric_names(names: &[MetricName]) -> String {
    let names = names.iter().filter(|name| !name.is_of_reconstructions());
    names
        .map(|name| name.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// The names of metrics of reconstructions, for a help text.
const OF_RECONSTRUCTIONS: &str = "The metrics from energy_distance to adversarial_accuracy_synthetic \
     compare samples with rows; with the suffix _reconstructions (energy_distance_reconstructions) they \
     compare reconstructions of the rows with the rows.";

fn device(text: &str) -> Result<DeviceChoice, DeviceError> {
    text.parse()
}

fn precision(text: &str) -> Result<Precision, PrecisionError> {
    text.parse()
}
