//! The options of commands that query a trained model.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use paysage::inference::ChainSettings;

use super::{ModelData, ModelOptions, OUT_HELP, whole};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  paysage sample runs/digits/model.safetensors --count 100 --sweeps 1000 --out samples.npy
  paysage sample runs/digits/model.safetensors --count 100 --sweeps 1000 --tempering 12 --diagnose --out samples.npy
  paysage sample runs/digits/model.safetensors --count 100 --sweeps 1000 --trajectory runs/digits --out samples.npy
  paysage sample runs/people/model.safetensors --count 50 --sweeps 1000 --given smoker=no --out people.csv
  paysage sample runs/mnist/model.safetensors --count 20 --sweeps 1000 --labels 3,7 --out digits.npy")]
pub(crate) struct Sample {
    #[command(flatten)]
    pub(crate) model: ModelOptions,
    /// Number of rows, each from a chain of its own
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) count: usize,
    /// Number of Gibbs sweeps of each chain, from a random start
    #[arg(long, value_name = "S", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) sweeps: usize,
    /// Number of replicas of each chain at different temperatures (parallel tempering): chains cross
    /// energy barriers, for N times the work; temperatures adapt in the first half of the sweeps
    /// [default: no tempering]
    #[arg(long, value_name = "N", value_parser = replicas, allow_negative_numbers = true)]
    pub(crate) tempering: Option<usize>,
    /// Folder of the run of the model, which kept past models (`paysage train --save-every N`), or of the
    /// models themselves: chains swap states with those of past models (trajectory parallel tempering), for
    /// as many times the work as models are needed. They are selected, and interpolated where they are too
    /// few, such that a third of the swaps is accepted
    #[arg(long, value_name = "DIR", conflicts_with = "tempering")]
    pub(crate) trajectory: Option<PathBuf>,
    /// Print convergence diagnostics of the chains over the last half of the sweeps: autocorrelation
    /// time, effective sample size and R-hat of the energy, the largest R-hat of a column, swap rates with
    /// --tempering and --trajectory, and with --trajectory ln Z by Bennett's acceptance ratio
    #[arg(long)]
    pub(crate) diagnose: bool,
    /// Value of a clamped column: the other columns are sampled given it; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) given: Vec<String>,
    /// Classes to sample, separated by commas, one after the other in the rows; for a model that was
    /// trained with labels
    #[arg(long, value_name = "CLASSES", value_delimiter = ',')]
    pub(crate) labels: Vec<String>,
    #[arg(long, value_name = "FILE", help = OUT_HELP)]
    pub(crate) out: PathBuf,
}

/// A number of replicas.
fn replicas(text: &str) -> Result<usize, &'static str> {
    match text.parse() {
        Ok(replicas) if (2..=10_000).contains(&replicas) => Ok(replicas),
        _ => Err("expected 2 to 10000 replicas"),
    }
}

/// Gibbs chains with the observed units of a row clamped.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ChainOptions {
    /// Number of chains for each row [default: 10]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) chains: Option<usize>,
    /// Number of burn-in sweeps of each chain
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true,
        default_value_t = 100)]
    pub(crate) burn_in: usize,
    /// Number of sweeps of each chain after burn-in, over which means are taken
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true,
        default_value_t = 100)]
    pub(crate) sweeps: usize,
}

impl ChainOptions {
    pub(crate) fn settings(&self) -> ChainSettings {
        ChainSettings {
            chains: self.chains.unwrap_or(ChainSettings::default().chains),
            burn_in: self.burn_in,
            sweeps: self.sweeps,
        }
    }
}

/// The value that replaces a missing one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Fill {
    /// The most probable value of each column, and the mean of a real column
    #[default]
    Mode,
    /// The mean of each unit: the probability of each category
    Mean,
    /// A joint sample of all missing values of a row
    Draw,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  paysage impute runs/people/model.safetensors gaps.csv --out whole.csv
  paysage impute runs/digits/model.safetensors gaps.npy --fill mean --spread spread.npy --out whole.npy
  paysage impute runs/people/model.safetensors gaps.csv --fill draw --count 5 --out five.csv")]
pub(crate) struct Impute {
    #[command(flatten)]
    pub(crate) model: ModelOptions,
    #[command(flatten)]
    pub(crate) data: ModelData,
    /// Value that replaces a missing one
    #[arg(long, value_name = "WITH", value_enum, default_value_t)]
    pub(crate) fill: Fill,
    /// Number of imputed tables, written one below the other (with --fill draw) [default: 1]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) count: Option<usize>,
    #[command(flatten)]
    pub(crate) chains: ChainOptions,
    /// Output file for the standard deviation of each unit given the observed ones, 0 where it was
    /// observed. It is written at the same time as --out: if both are FIFOs, both need a reader
    #[arg(long, value_name = "FILE.npy")]
    pub(crate) spread: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = OUT_HELP)]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  paysage predict runs/mnist/model.safetensors t10k-images-idx3-ubyte.gz \\
      --labels t10k-labels-idx1-ubyte.gz
  paysage predict runs/people/model.safetensors people.csv --columns smoker --out smoker.csv

The file need not have the columns to predict; where it has them, the predictions are compared with them.
Probabilities are exact where the sum over hidden units is small enough, as for every restricted machine;
otherwise they are means over chains.")]
pub(crate) struct Predict {
    #[command(flatten)]
    pub(crate) model: ModelOptions,
    #[command(flatten)]
    pub(crate) data: ModelData,
    /// Columns to predict, separated by commas: names, or numbers from 1 where columns have no names
    /// [default: the labels]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    #[command(flatten)]
    pub(crate) chains: ChainOptions,
    /// Output file, one line per row: the most probable values with the probability of each, and the
    /// mean, standard deviation and 90 % interval of real columns; .csv or .tsv, may end in .gz
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  paysage counterfactual runs/people/model.safetensors people.csv --set smoker=no --out would-be.csv")]
pub(crate) struct Counterfactual {
    #[command(flatten)]
    pub(crate) model: ModelOptions,
    #[command(flatten)]
    pub(crate) data: ModelData,
    /// Column and its counterfactual value; may be repeated. Columns without names have numbers from 1
    #[arg(long, value_name = "NAME=VALUE", required = true)]
    pub(crate) set: Vec<String>,
    /// Number of sweeps of the other columns: few stay near the row, many forget it
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true,
        default_value_t = 10)]
    pub(crate) sweeps: usize,
    /// Number of Monte Carlo repeats
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true,
        default_value_t = 100)]
    pub(crate) repeats: usize,
    /// Output file for the counterfactual rows of the first repeat: .npy, .csv or .tsv, each may end in
    /// .gz
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  paysage transform runs/digits/model.safetensors builtin:digits --out features.npy
  paysage transform runs/deep/model.safetensors builtin:digits --layer 1 --sample --out states.npy")]
pub(crate) struct Transform {
    #[command(flatten)]
    pub(crate) model: ModelOptions,
    #[command(flatten)]
    pub(crate) data: ModelData,
    /// Number of the hidden layer, from 1 for the one next to the visible units [default: the last]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) layer: Option<usize>,
    /// Sample the hidden units instead of taking their means
    #[arg(long)]
    pub(crate) sample: bool,
    #[command(flatten)]
    pub(crate) chains: ChainOptions,
    /// Output file: .npy, .csv or .tsv, each may end in .gz; one line per row, one column per hidden unit
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}
