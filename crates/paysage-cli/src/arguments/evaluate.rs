//! The options of `paysage evaluate` and `paysage score`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use paysage::metrics::{MetricName, UnknownMetric};

use super::{
    ModelData, ModelOptions, OF_RECONSTRUCTIONS, WEIGHTS_HELP, metric_names, number, whole,
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  paysage evaluate runs/digits/model.safetensors builtin:digits?seed=1
  paysage evaluate runs/digits/model.safetensors builtin:digits?seed=1 --gap 0.1 --budget 600 --json
  paysage evaluate runs/digits/model.safetensors builtin:digits?seed=1 --likelihood none \\
    --metrics energy_distance,frechet_distance,adversarial_accuracy --sweeps 10000

Log-likelihoods of real columns are log densities in standardized units. The output says what to subtract
for the original units (log_volume with --json). Of rows with missing values, which models accept that
were trained with some, it is the log-likelihood of the observed values.")]
pub(crate) struct Evaluate {
    #[command(flatten)]
    pub(crate) model: ModelOptions,
    #[command(flatten)]
    pub(crate) data: ModelData,
    #[arg(long, value_name = "COLUMN|FILE", help = WEIGHTS_HELP)]
    pub(crate) weights: Option<String>,
    /// Weights of aligned sequences by identity, as `paysage train --reweight` has them [default: 1 for
    /// each sequence]
    #[arg(long, value_name = "X", value_parser = number::<f64>, allow_negative_numbers = true,
        conflicts_with = "weights")]
    pub(crate) reweight: Option<f64>,
    /// Method for the log-likelihood
    #[arg(long, value_name = "METHOD", value_enum, default_value_t)]
    pub(crate) likelihood: LikelihoodChoice,
    #[command(flatten)]
    pub(crate) options: LikelihoodOptions,
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = metric,
        help = metrics_help())]
    pub(crate) metrics: Vec<MetricName>,
    /// Number of Gibbs chains, whose last states are the samples of --metrics [default: as many as rows,
    /// at most 10000]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) samples: Option<usize>,
    /// Number of Gibbs sweeps of each of these chains, from a random start [default: 1000]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) sweeps: Option<usize>,
    /// Order of a TAP estimate of the log-likelihood, 1 to 3 [default: no such estimate]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) tap_order: Option<usize>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  paysage score runs/digits/model.safetensors builtin:digits?seed=1 --out scores.csv
  paysage score runs/digits/model.safetensors builtin:digits?seed=1 --likelihood ais --out scores.csv

The output has one line for each row: the columns that identify rows (row numbers where there are none),
free_energy and log_likelihood in nats, each with its bounds (_low, _high) where it is not exact. Rows
with a high free energy are improbable. Missing values are summed over; log-likelihoods of real columns
are log densities in standardized units.")]
pub(crate) struct Score {
    #[command(flatten)]
    pub(crate) model: ModelOptions,
    #[command(flatten)]
    pub(crate) data: ModelData,
    /// Method for the log-likelihood [default: exact where a side has at most 20
    /// binary units or as many states, otherwise none]
    #[arg(long, value_name = "METHOD", value_enum)]
    pub(crate) likelihood: Option<LikelihoodChoice>,
    #[command(flatten)]
    pub(crate) options: LikelihoodOptions,
    /// Output file: .csv, .tsv or .npy, each may end in .gz
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// Settings of annealed importance sampling. Those that are not given have no effect on an exact sum.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct LikelihoodOptions {
    /// Largest distance of the bounds of an annealed log-likelihood, in nats per row [default: 0.5]
    #[arg(long, value_name = "NATS", value_parser = number::<f64>, allow_negative_numbers = true)]
    pub(crate) gap: Option<f64>,
    /// Time limit for narrowing the bounds, in seconds; the first run always ends [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = number::<f64>, allow_negative_numbers = true)]
    pub(crate) budget: Option<f64>,
    /// Number of annealed chains [default: 1000]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) chains: Option<usize>,
    /// Number of temperatures of the first run; doubled until the bounds are close enough
    /// [default: 1000]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) temperatures: Option<usize>,
}

/// The metrics of `evaluate`: all but those that need validation rows, or that are a log-likelihood, which
/// has options of its own.
const EVALUATED: [MetricName; 27] = {
    let (mut names, mut count, mut place) = ([MetricName::FreeEnergy; 27], 0, 0);
    while place < MetricName::ALL.len() {
        let name = MetricName::ALL[place];
        if !matches!(
            name,
            MetricName::FreeEnergyGap | MetricName::LogLikelihoodExact
        ) {
            names[count] = name;
            count += 1;
        }
        place += 1;
    }
    names
};

fn metric(text: &str) -> Result<MetricName, UnknownMetric> {
    MetricName::among(text, &EVALUATED)
}

fn metrics_help() -> String {
    format!(
        "Metrics, separated by commas: {}. {OF_RECONSTRUCTIONS} [default: the first three, where they \
         are defined]",
        metric_names(&EVALUATED)
    )
}

/// How the log-likelihood is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LikelihoodChoice {
    /// Exact where a side has at most 25 binary units or as many states, otherwise AIS
    #[default]
    Auto,
    /// Exact sum over states
    Exact,
    /// Annealed importance sampling (AIS), bounds from below and from above
    Ais,
    /// No log-likelihood
    None,
}
