//! The words of the command line.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Parser, Subcommand, ValueEnum};
use paysage::{
    kernels::{DeviceChoice, DeviceError, RandomKey},
    models::Initialization,
    optimizers::OptimizerKind,
    samplers::Imputation,
};
use serde::{Deserialize, Serialize};

/// Train, sample and examine Boltzmann machines.
#[derive(Debug, Parser)]
#[command(
    name = "paysage",
    version,
    propagate_version = true,
    after_help = "\
Example:
  paysage train builtin:digits --hidden 200 --out runs/digits
  paysage sample runs/digits/model.safetensors --count 100 --sweeps 1000 --out samples.npy

`paysage COMMAND --help` says more of each."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train a machine on data and leave a folder with the model, its metrics and a report.
    Train(Box<Train>),
    /// Score a model on data.
    Evaluate(Evaluate),
    /// Draw rows from a model.
    Sample(Sample),
    /// Fill in what is missing in rows.
    Impute(Impute),
    /// Say what some columns will be, given the others.
    Predict(Predict),
    /// Say what rows would have been, had some columns been other than they were.
    Counterfactual(Counterfactual),
    /// Say what is in a model file.
    Inspect(Inspect),
    /// Draw the figures and the report of a run again.
    Report(Report),
}

/// How data are prepared.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct Preparation {
    /// Divide every value by X, such as 255 for bytes in a table (IDX images are 0 to 1 already)
    /// [default: leave them]
    #[arg(long, value_name = "X", value_parser = number::<f32>, allow_negative_numbers = true)]
    pub(crate) scale: Option<f32>,
    /// Make every value 1 if it is above T, else 0; after --scale [default: leave them]
    #[arg(long, value_name = "T", value_parser = number::<f32>, allow_negative_numbers = true)]
    pub(crate) threshold: Option<f32>,
}

const DATA_HELP: &str = "builtin:digits, builtin:bars-and-stripes, builtin:ising (options as in \
    builtin:ising?size=32&temperature=2.5), or a file: .npy, .csv, IDX images; each may be gzipped";

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  paysage train builtin:digits --hidden 200 --epochs 20 --out runs/digits
  paysage train train-images-idx3-ubyte.gz --threshold 0.5 --hidden 500 --out runs/mnist
  paysage train table.csv --visible gaussian --hidden 50 --validation 0.1 --out runs/table
  paysage train people.csv --schema infer --hidden 50 --epochs 200 --out runs/people
  paysage train builtin:digits --hidden 400,100 --pretrain-epochs 5 --out runs/deep
  paysage train --resume --epochs 40 --out runs/digits")]
pub(crate) struct Train {
    /// The rows to learn from; may be left out with --resume, or if --config names them
    #[arg(help = format!("The rows to learn from: {DATA_HELP}. May be left out with --resume or --config"))]
    pub(crate) data: Option<String>,
    #[command(flatten)]
    pub(crate) preparation: Preparation,
    /// What the columns of a text file of words and numbers are: a schema, or `infer` to let the data
    /// tell; the schema is printed, and kept in the folder of the run
    #[arg(long, value_name = "FILE.toml|infer")]
    pub(crate) schema: Option<String>,
    /// Labels of the rows, one whole number each, as a one-hot layer beside the columns: IDX, .npy,
    /// text, or builtin:digits
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<String>,
    /// Allow values that are missing: NaN, and cells that are empty or hold NA, ? or null. Training
    /// fills them in as it goes on (always allowed with --schema)
    #[arg(long)]
    pub(crate) missing: bool,
    /// The kind of the visible units: bernoulli, gaussian, onehot:STATES or spin [default: bernoulli]
    #[arg(long, value_name = "KIND")]
    pub(crate) visible: Option<String>,
    /// The hidden layers: 500 (Bernoulli), gaussian:200, onehot:32x4, or 500,200 for two
    /// [default: 100]
    #[arg(long, value_name = "SPEC", allow_hyphen_values = true)]
    pub(crate) hidden: Option<String>,
    /// How the gradient is estimated [default: pcd]
    #[arg(long, value_enum)]
    pub(crate) method: Option<Method>,
    /// Gibbs sweeps in each training step [default: 1]
    #[arg(long, value_name = "K", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) gibbs_steps: Option<usize>,
    /// Persistent chains of PCD, or starts from which TAP seeks fixed points [default: the batch size]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) chains: Option<usize>,
    /// The highest power of the weights in the expansion of TAP, 1 to 3 [default: 2]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) tap_order: Option<usize>,
    /// How CD and PCD find what rows do not show, where hidden layers meet one another or values
    /// are missing [default: mean-field, and gibbs with --missing or --schema]
    #[arg(long, value_enum)]
    pub(crate) data_phase: Option<DataPhaseWord>,
    /// Sweeps of --data-phase in each training step [default: 10 of mean field, 5 of chains]
    #[arg(long, value_name = "K", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) data_sweeps: Option<usize>,
    /// Passes over the data for each hidden layer of a deep machine, before all are trained
    /// together [default: 0, all together from the start]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) pretrain_epochs: Option<usize>,
    /// Passes over the data [default: 10]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) epochs: Option<usize>,
    /// Rows in each training step [default: 100]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) batch_size: Option<usize>,
    /// adam, sgd, momentum or rmsprop [default: sgd, and adam for gaussian visible units and schemas]
    #[arg(long, value_name = "KIND")]
    pub(crate) optimizer: Option<OptimizerKind>,
    /// The learning rate at the start; it falls to a hundredth along half a cosine [default: 0.05
    /// for sgd, 0.005 for momentum, 0.001 for adam and rmsprop]
    #[arg(long, value_name = "X", value_parser = number::<f64>, allow_negative_numbers = true)]
    pub(crate) learning_rate: Option<f64>,
    /// How weights start: hinton, glorot, stddev or pca [default: glorot, and stddev for gaussian
    /// visible units and schemas]
    #[arg(long, value_name = "KIND")]
    pub(crate) init: Option<Initialization>,
    /// The share of rows set aside to validate with, below 1 [default: 0]
    #[arg(long, value_name = "FRACTION", value_parser = number::<f64>, allow_negative_numbers = true)]
    pub(crate) validation: Option<f64>,
    /// Estimate the likelihood after every N epochs and the last, and draw its bounds in the report
    /// [default: never]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) likelihood_every: Option<usize>,
    /// What all random choices depend on [default: 0]
    #[arg(long, value_name = "N", value_parser = whole::<u64>, allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// What to compute on: auto (a GPU where this program was built for one), cpu or gpu
    /// [default: auto]
    #[arg(long, value_name = "KIND", value_parser = device)]
    pub(crate) device: Option<DeviceChoice>,
    /// Take settings from a file such as a run's config.toml; options given here win over it
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) config: Option<PathBuf>,
    /// Go on after the last epoch kept in --out: with the same --epochs, bit for bit as if it had
    /// not stopped; only --epochs, --learning-rate, --likelihood-every and --device may differ
    #[arg(long)]
    pub(crate) resume: bool,
    /// The folder of the run; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

/// How the gradient is estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Method {
    /// Contrastive divergence: chains start at the data
    Cd,
    /// Persistent contrastive divergence: chains go on from step to step
    #[default]
    Pcd,
    /// The mean field of Thouless, Anderson and Palmer: no sampling
    Tap,
}

/// How the data phase finds what rows do not show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DataPhaseWord {
    /// Means of independent units, which bound the likelihood
    #[default]
    MeanField,
    /// Chains that hold what is known, kept for each row
    Gibbs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  paysage evaluate runs/digits/model.safetensors builtin:digits?seed=1
  paysage evaluate runs/digits/model.safetensors builtin:digits?seed=1 --gap 0.1 --budget 600 --json")]
pub(crate) struct Evaluate {
    /// A model file
    pub(crate) model: PathBuf,
    #[arg(help = format!("The rows to score: {DATA_HELP}"))]
    pub(crate) data: String,
    #[command(flatten)]
    pub(crate) preparation: Preparation,
    #[command(flatten)]
    pub(crate) likelihood: LikelihoodWords,
    /// Labels of the rows, for a model that was trained with labels
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<String>,
    /// Estimate the likelihood also by TAP, with an expansion to this power of the weights, 1 to 3
    /// [default: not]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) tap_order: Option<usize>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// What to compute on: auto (a GPU where this program was built for one), cpu or gpu
    #[arg(long, value_name = "KIND", value_parser = device, default_value = "auto")]
    pub(crate) device: DeviceChoice,
}

/// How the likelihood is found.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct LikelihoodWords {
    /// How the likelihood is found
    #[arg(long, value_name = "METHOD", value_enum, default_value_t)]
    pub(crate) likelihood: Likelihood,
    /// How far apart the bounds of an annealed likelihood may be, in nats a row
    #[arg(long, value_name = "NATS", value_parser = number::<f64>, allow_negative_numbers = true,
        default_value_t = 0.5)]
    pub(crate) gap: f64,
    /// How long annealing may take to narrow its bounds, in seconds; the first run ends anyway
    #[arg(long, value_name = "SECONDS", value_parser = number::<f64>, allow_negative_numbers = true,
        default_value_t = 60.0)]
    pub(crate) budget: f64,
    /// How many chains are annealed side by side
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true,
        default_value_t = 1000)]
    pub(crate) chains: usize,
    /// In how many steps they are annealed first; doubled until the bounds are narrow
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true,
        default_value_t = 1000)]
    pub(crate) temperatures: usize,
    /// What the annealed chains depend on
    #[arg(long, value_name = "N", value_parser = whole::<u64>, allow_negative_numbers = true,
        default_value_t = 0)]
    pub(crate) seed: u64,
}

/// How the likelihood is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Likelihood {
    /// Exact where a side has no more than 25 binary units or as many states, otherwise AIS
    #[default]
    Auto,
    /// An exact sum over states
    Exact,
    /// Annealed importance sampling, from below and from above
    Ais,
    /// Not at all
    None,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  paysage sample runs/digits/model.safetensors --count 100 --sweeps 1000 --out samples.npy"
)]
pub(crate) struct Sample {
    /// A model file
    pub(crate) model: PathBuf,
    /// How many rows, each from a chain of its own
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) count: usize,
    /// Gibbs sweeps of each chain, from a random start
    #[arg(long, value_name = "S", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) sweeps: usize,
    /// What all random choices depend on
    #[arg(long, value_name = "N", value_parser = whole::<u64>, allow_negative_numbers = true,
        default_value_t = 0)]
    pub(crate) seed: u64,
    /// The file to write: .npy, float32 of shape [rows, units], or .csv, in the columns of the schema that
    /// the model was trained with
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// What to compute on: auto (a GPU where this program was built for one), cpu or gpu
    #[arg(long, value_name = "KIND", value_parser = device, default_value = "auto")]
    pub(crate) device: DeviceChoice,
}

/// Chains under rows, of which a part is held.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ChainWords {
    /// How many chains each row has
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true,
        default_value_t = 10)]
    pub(crate) chains: usize,
    /// Sweeps of each chain before those that count
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true,
        default_value_t = 100)]
    pub(crate) burn_in: usize,
    /// Sweeps of each chain that means are taken over
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true,
        default_value_t = 100)]
    pub(crate) sweeps: usize,
    /// What all random choices depend on
    #[arg(long, value_name = "N", value_parser = whole::<u64>, allow_negative_numbers = true,
        default_value_t = 0)]
    pub(crate) seed: u64,
}

impl ChainWords {
    pub(crate) fn imputation(self) -> Imputation {
        Imputation {
            count: self.chains,
            burn_in: self.burn_in,
            sweeps: self.sweeps,
            key: RandomKey::new(self.seed),
        }
    }
}

/// What fills in what is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Filling {
    /// The likeliest value of each column by itself, and the mean of a real one
    #[default]
    Mode,
    /// The mean of each unit: of a category its probability
    Mean,
    /// A draw of all of it together
    Draw,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  paysage impute runs/people/model.safetensors gaps.csv --out whole.csv
  paysage impute runs/digits/model.safetensors gaps.npy --fill mean --spread spread.npy --out whole.npy
  paysage impute runs/people/model.safetensors gaps.csv --fill draw --count 5 --out five.csv")]
pub(crate) struct Impute {
    /// A model file
    pub(crate) model: PathBuf,
    /// The rows to fill in: missing is what is NaN, or a cell that is empty or holds NA, ? or null
    pub(crate) data: String,
    #[command(flatten)]
    pub(crate) preparation: Preparation,
    /// What to fill in
    #[arg(long, value_name = "WITH", value_enum, default_value_t)]
    pub(crate) fill: Filling,
    /// How many draws of the whole table, one below the other
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true,
        default_value_t = 1)]
    pub(crate) count: usize,
    #[command(flatten)]
    pub(crate) chains: ChainWords,
    /// Also write the standard deviation of each unit given what is known, 0 where it was not missing
    #[arg(long, value_name = "FILE.npy")]
    pub(crate) spread: Option<PathBuf>,
    /// The file to write: .npy, float32 of shape [rows, units], or .csv, in the columns of the schema
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// What to compute on: auto (a GPU where this program was built for one), cpu or gpu
    #[arg(long, value_name = "KIND", value_parser = device, default_value = "auto")]
    pub(crate) device: DeviceChoice,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  paysage predict runs/mnist/model.safetensors t10k-images-idx3-ubyte.gz --threshold 0.5 \\
      --labels t10k-labels-idx1-ubyte.gz
  paysage predict runs/people/model.safetensors people.csv --columns smoker --out smoker.csv")]
pub(crate) struct Predict {
    /// A model file
    pub(crate) model: PathBuf,
    /// The rows to predict from
    pub(crate) data: String,
    #[command(flatten)]
    pub(crate) preparation: Preparation,
    /// What to predict, columns divided by commas [default: the labels]. A column is named by the
    /// schema that the model was trained with, or is a unit, counted from 1
    #[arg(long, value_name = "NAMES")]
    pub(crate) columns: Option<String>,
    /// The true labels of the rows, to compare with
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<String>,
    #[command(flatten)]
    pub(crate) chains: ChainWords,
    /// The file to write: of each row the likeliest values, and the probability of every one
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) out: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// What to compute on: auto (a GPU where this program was built for one), cpu or gpu
    #[arg(long, value_name = "KIND", value_parser = device, default_value = "auto")]
    pub(crate) device: DeviceChoice,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  paysage counterfactual runs/people/model.safetensors people.csv --set smoker=no --out would-be.csv")]
pub(crate) struct Counterfactual {
    /// A model file
    pub(crate) model: PathBuf,
    /// The rows as they were, with nothing missing
    pub(crate) data: String,
    #[command(flatten)]
    pub(crate) preparation: Preparation,
    /// What a column would have been; may be given several times. A column is named by the
    /// schema that the model was trained with, or is a unit, counted from 1
    #[arg(long, value_name = "COLUMN=VALUE", required = true)]
    pub(crate) set: Vec<String>,
    /// Sweeps in which the other columns follow: few keep near the row, many forget it
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true,
        default_value_t = 10)]
    pub(crate) sweeps: usize,
    /// How often chance is drawn
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true,
        default_value_t = 100)]
    pub(crate) repeats: usize,
    /// What all random choices depend on
    #[arg(long, value_name = "N", value_parser = whole::<u64>, allow_negative_numbers = true,
        default_value_t = 0)]
    pub(crate) seed: u64,
    /// The file to write: the rows as they would have been, of the first draw of chance; .npy or .csv
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// What to compute on: auto (a GPU where this program was built for one), cpu or gpu
    #[arg(long, value_name = "KIND", value_parser = device, default_value = "auto")]
    pub(crate) device: DeviceChoice,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  paysage inspect runs/digits/model.safetensors")]
pub(crate) struct Inspect {
    /// A model file
    pub(crate) model: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  paysage report runs/digits")]
pub(crate) struct Report {
    /// The folder of a run, as `paysage train` leaves it; its data are read again
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

/// A whole number, or the words that say so.
fn whole<T: FromStr>(word: &str) -> Result<T, &'static str> {
    let needed = "a whole number such as 10 is needed";
    word.parse().map_err(|_| needed)
}

/// A number, or the words that say so.
fn number<T: FromStr>(word: &str) -> Result<T, &'static str> {
    word.parse().map_err(|_| "a number such as 0.5 is needed")
}

fn device(word: &str) -> Result<DeviceChoice, DeviceError> {
    word.parse()
}
