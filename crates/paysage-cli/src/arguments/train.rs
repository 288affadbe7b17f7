//! The options of `paysage train`.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Command};
use paysage::{
    data::{AlignmentError, Alphabet, Gaps, Unknown},
    kernels::{DeviceChoice, Precision},
    metrics::MetricName,
    models::Initialization,
    optimizers::{OptimizerKind, Schedule},
    training::{
        CenterName, ChainStartName, CheckpointEvery, ConstraintKind, DataPhaseName, GaugeName,
        KeyNote, MemorySize, MethodName, MonitoredMetric, PenaltyKind, RuleSetting, Settings,
    },
};
use serde::Serialize;
use toml::Table;

use super::{
    DATA_HELP, OF_RECONSTRUCTIONS, Preparation, WEIGHTS_HELP, device, metric_names, number,
    precision, whole,
};
use crate::failure::Failure;

/// The options that are no settings of a run.
const OTHERS: [&str; 4] = ["config", "resume", "print_config", "out"];

const PENALTY_HELP: &str = "Penalty, in nats per row: l2, l1, adaptive-l1, exp-l2, log, log-det or \
    log-norm=STRENGTH, target-norm=STRENGTH:NORM, or student-t=STRENGTH:SCALE. It applies to all \
    weights, or to a parameter or a slice of its rows and columns after @: l2=0.001, \
    l1=0.01@layers.1.loc, l2=1@connections.0.weight[0:10,5]. May be repeated [default: for fewer than \
    1000 rows student-t of strength 0.35/rows and scale 1, which shrinks small weights more than large \
    ones; rows with weights are as many as the sum of their weights]";

const CONSTRAINT_HELP: &str = "Constraint after each step: non-negative, non-positive, diagonal, zero, \
    zero-mask=FILE, max-column-norm=NORM, column-norm=NORM or equal-column-norms. It applies to \
    parameters as penalties do: max-column-norm=3, zero@connections.0.weight[0:3]. May be repeated \
    [default: none]";

/// Each field is an option and, unless it is skipped, the key of a settings file with the same name.
#[derive(Debug, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
#[command(after_help = "\
Examples:
  paysage train builtin:digits --hidden 200 --epochs 20 --out runs/digits
  paysage train train-images-idx3-ubyte.gz --threshold 0.5 --hidden 500 --out runs/mnist
  paysage train table.csv --visible gaussian --hidden 50 --validation 0.1 --out runs/table
  paysage train people.csv --schema infer --hidden 50 --out runs/people
  paysage train family.fasta --reweight 0.8 --hidden 100 --out runs/family
  paysage train builtin:digits --hidden 400,100 --pretrain-epochs 5 --out runs/deep
  paysage train table.csv --validation 0.1 --epochs 500 --patience 20 --save-best \\
    pseudo_log_likelihood_validation --out runs/stopped
  paysage train large.npy --threshold 0.5 --memory 1GiB --hidden 500 --out runs/large
  paysage train --resume --epochs 40 --out runs/digits
  paysage train builtin:digits --hidden 200 --print-config > run.toml
  paysage train --config run.toml --epochs 40 --out runs/digits")]
pub(crate) struct Train {
    #[arg(help = format!("Training data: {DATA_HELP}. Optional with --resume, --config or --print-config"))]
    pub(crate) data: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) preparation: Preparation,
    /// Schema of a table with categorical and numeric columns, or `infer` to infer it; it is printed,
    /// and kept in the model
    #[arg(long, value_name = "FILE.toml|infer")]
    pub(crate) schema: Option<String>,
    /// Names (or numbers) of the columns to use, separated by commas [default: all]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) columns: Vec<String>,
    /// Names (or numbers) of columns to leave out, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) drop: Vec<String>,
    /// Name of the array in an .npz file with several
    #[arg(long, value_name = "NAME")]
    pub(crate) array: Option<String>,
    /// Labels of the rows, one for each row, as a one-hot layer beside the columns: IDX, .npy, text, or
    /// builtin:digits
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<String>,
    /// Alphabet of an alignment (FASTA, A2M, A3M): protein, rna, dna or the letters in the order of their
    /// states [default: inferred from the letters]
    #[arg(long, value_name = "NAME|LETTERS", value_parser = policy::<Alphabet>)]
    pub(crate) alphabet: Option<Alphabet>,
    /// Gaps of an alignment: state (a state of its own) or missing (missing values) [default: state]
    #[arg(long, value_name = "POLICY", value_parser = policy::<Gaps>)]
    pub(crate) gaps: Option<Gaps>,
    /// Unknown letters of an alignment, such as X: missing (missing values), drop (their sequences are left
    /// out) or refuse [default: drop, and missing with --missing]
    #[arg(long, value_name = "POLICY", value_parser = policy::<Unknown>)]
    pub(crate) unknown: Option<Unknown>,
    /// Weights of aligned sequences: one over the number of sequences that are identical at a fraction of
    /// at least X of the sites, such as 0.8
    #[arg(long, value_name = "X", value_parser = number::<f64>, allow_negative_numbers = true)]
    pub(crate) reweight: Option<f64>,
    #[arg(long, value_name = "COLUMN|FILE", help = WEIGHTS_HELP)]
    pub(crate) weights: Option<String>,
    /// Memory limit for data that stay on disk, such as 1GiB or 500MB: rows are read from NumPy and IDX files
    /// in parts, and from all others by a temporary copy beside the results. The model is the same as with
    /// data in memory. Not for built-in data, and alignments with --reweight [default: all data in memory]
    #[arg(long, value_name = "SIZE", allow_negative_numbers = true)]
    pub(crate) memory: Option<MemorySize>,
    /// Allow missing values: NaN, empty cells, NA, null and the like. Training samples them (always
    /// allowed with --schema)
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) missing: Option<bool>,
    /// Leave real columns in their own units; by default they are standardized for training, and
    /// outputs have the original units
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) no_standardize: Option<bool>,
    /// Kind of the visible units: bernoulli, spin, onehot:STATES, binomial:TRIALS (counts up to TRIALS),
    /// poisson (counts), truncexp (numbers from 0 to 1), gaussian, relu (numbers from 0 on), drelu, prelu,
    /// xrelu or nsrelu (real numbers) [default: bernoulli]
    #[arg(long, value_name = "KIND")]
    pub(crate) visible: Option<String>,
    /// Hidden layers: 500 (Bernoulli), spin:200, onehot:32x4, binomial:100x3, truncexp:100, gaussian:200,
    /// relu:200, drelu:200, prelu:200, xrelu:200, nsrelu:200, or 500,200 for two [default: 100]
    #[arg(long, value_name = "SPEC", allow_hyphen_values = true)]
    pub(crate) hidden: Option<String>,
    /// Estimator of the gradient: cd (contrastive divergence), pcd (persistent contrastive divergence), ptt
    /// (pcd with trajectory parallel tempering between past machines of the run), ucd (unbiased contrastive
    /// divergence with coupled chains) or tap (Thouless-Anderson-Palmer mean field, no sampling)
    /// [default: pcd]
    #[arg(long, value_name = "METHOD")]
    pub(crate) method: Option<MethodName>,
    /// Number of Gibbs sweeps in each training step of cd, pcd and ptt, and before the corrections of ucd
    /// [default: 1]
    #[arg(long, value_name = "K", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) gibbs_steps: Option<usize>,
    /// States that the chains of cd start from in each step: data (the rows of the batch) or noise (random
    /// states: Rdm-k) [default: data]
    #[arg(long, value_name = "STATES")]
    pub(crate) chain_start: Option<ChainStartName>,
    /// Largest number of sweeps of the coupled chains of ucd; the metrics count the chains that have not met
    /// by then [default: 200]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) max_sweeps: Option<usize>,
    /// Largest number of past machines in the ladder of ptt; the chains of a training step cost up to
    /// 1.5 × (N + 1) times the sweeps of pcd [default: 30]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) ladder: Option<usize>,
    /// Number of persistent chains of pcd and ptt, or of starting points of tap [default: the batch size, or
    /// a fifth of it where 5 replicas of each are the default]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) chains: Option<usize>,
    /// Number of replicas of each chain of pcd at different temperatures (parallel tempering): the samples
    /// cross energy barriers, for N times the work [default: no tempering, but 5 replicas for real columns
    /// where --chains is not given]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) tempering: Option<usize>,
    /// Estimate ln Z after every epoch of pcd from as many other chains, whose importance weights follow the
    /// parameters (Jarzynski's equality). The metrics have the estimate, log_partition_jarzynski, and the
    /// effective number of chains that it relies on; the training is the same, for about three times the time
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) jarzynski: Option<bool>,
    /// Order of the TAP expansion in the weights, 1 to 3 [default: 2]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) tap_order: Option<usize>,
    /// Positive-phase inference of unobserved units (connected hidden layers, missing values):
    /// mean-field, or gibbs (clamped chains kept for each row) [default: mean-field, and gibbs with
    /// --missing or --schema]
    #[arg(long, value_name = "METHOD")]
    pub(crate) data_phase: Option<DataPhaseName>,
    /// Number of sweeps of --data-phase in each training step [default: 10 for mean-field, 5 for gibbs]
    #[arg(long, value_name = "K", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) data_sweeps: Option<usize>,
    /// Number of epochs of layerwise pretraining for each hidden layer of a deep machine [default: 0]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) pretrain_epochs: Option<usize>,
    /// Number of epochs [default: as many as 10000 steps take, and 10 at least]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) epochs: Option<usize>,
    /// Number of rows in each training step [default: 100]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) batch_size: Option<usize>,
    /// Optimizer: adam, sgd, momentum or rmsprop [default: sgd, and adam for hidden rectified units,
    /// for visible binomial, poisson and relu units and where layers of unbounded units may be connected]
    #[arg(long, value_name = "KIND")]
    pub(crate) optimizer: Option<OptimizerKind>,
    /// Initial learning rate, which --schedule changes [default: 0.1 for sgd, 0.01 for momentum, 0.001
    /// for adam and rmsprop, 0.0003 for adam with hidden poisson units]
    #[arg(long, value_name = "X", value_parser = number::<f64>, allow_negative_numbers = true)]
    pub(crate) learning_rate: Option<f64>,
    /// Schedule of the learning rate: constant, linear:END, cosine:END, exponential:END,
    /// power-law:END:POWER, step:AT:FACTOR or warmup:FRACTION, or a product of several, such as
    /// warmup:0.05,cosine. END is the last factor of the initial rate, AT and FRACTION are fractions of
    /// the training; numbers may be left out [default: cosine:0.01]
    #[arg(long, value_name = "SCHEDULE")]
    pub(crate) schedule: Option<Schedule>,
    /// Largest norm of the gradient, penalties included; a larger gradient is scaled down [default: none]
    #[arg(long, value_name = "X", value_parser = number::<f64>, allow_negative_numbers = true)]
    pub(crate) clip_norm: Option<f64>,
    #[arg(long, value_name = "NAME=STRENGTH", help = PENALTY_HELP)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) penalty: Vec<RuleSetting<PenaltyKind>>,
    #[arg(long, value_name = "NAME", help = CONSTRAINT_HELP)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) constraint: Vec<RuleSetting<ConstraintKind>>,
    /// Parameters that keep their initial values (those of pretraining, where there is one), separated by
    /// commas, such as layers.0.loc,connections.0.weight [default: none]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) freeze: Vec<String>,
    /// Initialization of the weights: hinton, glorot, stddev, pca or low-rank (modes along the first
    /// principal component) [default: glorot, stddev for gaussian visible units and schemas, and hinton for
    /// hidden poisson units]
    #[arg(long, value_name = "KIND")]
    pub(crate) init: Option<Initialization>,
    /// Layers whose units are centered in the interactions, so that it does not matter which value of a
    /// unit is 1: data (visible units, at the means of the data), both (also hidden units, at moving
    /// averages of their means) or none [default: both]
    #[arg(long, value_name = "LAYERS")]
    pub(crate) center: Option<CenterName>,
    /// Gauge of one-hot layers: zero-sum (over the states of a site, weights and biases sum to 0, after
    /// each step; the distribution does not change) or none [default: none]
    #[arg(long, value_name = "GAUGE")]
    pub(crate) gauge: Option<GaugeName>,
    /// Fraction of rows held out for validation [default: 0]
    #[arg(long, value_name = "FRACTION", value_parser = number::<f64>, allow_negative_numbers = true)]
    pub(crate) validation: Option<f64>,
    #[arg(long, value_name = "NAMES", value_delimiter = ',', help = metrics_help())]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) metrics: Vec<MetricName>,
    /// Number of epochs between measurements of the metrics [default: as often as they take less than a
    /// tenth of the time, and after the last epoch]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) metrics_every: Option<usize>,
    /// Number of epochs between estimates of the log-likelihood, which is then also estimated after the
    /// last epoch and drawn with its bounds in the report [default: never]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) likelihood_every: Option<usize>,
    /// Metric whose best model is saved as best.safetensors, such as
    /// pseudo_log_likelihood_validation. Metrics are then measured after every epoch where
    /// --metrics-every is not given [default: no best model]
    #[arg(long, value_name = "METRIC")]
    pub(crate) save_best: Option<MonitoredMetric>,
    /// Number of epochs between models that are saved in the folder models [default: never]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) save_every: Option<usize>,
    /// Number of epochs between checkpoints, or seconds, such as 60s, which may also end within an epoch
    /// [default: after every epoch, and within long ones, as far as that takes less than 5 % of the time]
    #[arg(long, value_name = "N|SECONDSs", allow_negative_numbers = true)]
    pub(crate) checkpoint_every: Option<CheckpointEvery>,
    /// Number of epochs without improvement of --stop-on after which training stops. Metrics are then
    /// measured after every epoch where --metrics-every is not given [default: no early stopping]
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) patience: Option<usize>,
    /// Metric of --patience [default: log_likelihood_exact_validation,
    /// pseudo_log_likelihood_validation or reconstruction_error_validation, the first one that is
    /// measured]
    #[arg(long, value_name = "METRIC")]
    pub(crate) stop_on: Option<MonitoredMetric>,
    /// Write no figures; the report has the metrics alone
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) no_figures: Option<bool>,
    /// Random seed [default: 0]
    #[arg(long, value_name = "N", value_parser = whole::<u64>, allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// Device: auto (a GPU where this program was built for one and finds one), cpu, gpu, or gpu:1 for
    /// the second GPU of `paysage devices` [default: auto]
    #[arg(long, value_name = "KIND", value_parser = device)]
    pub(crate) device: Option<DeviceChoice>,
    /// Precision of products of matrices on GPUs with tensor cores: standard (16 bits of each number and
    /// f32 sums) or exact (all 24 bits of f32). CPUs multiply in f32 [default: standard]
    #[arg(long, value_name = "KIND", value_parser = precision)]
    pub(crate) precision: Option<Precision>,
    /// Settings file: each long option above is a key, and DATA is the key data, as in the config.toml of
    /// a run. Options on the command line override it
    #[arg(long, value_name = "FILE.toml")]
    #[serde(skip)]
    pub(crate) config: Option<PathBuf>,
    /// Continue the run in --out after its last checkpoint: with the same --epochs, bit for bit as if it
    /// had not stopped; only --epochs, --learning-rate, --memory, --metrics,
    /// --metrics-every, --likelihood-every, --save-every, --checkpoint-every, --patience, --stop-on,
    /// --no-figures, --device and --precision may differ
    #[arg(long, requires = "out")]
    #[serde(skip)]
    pub(crate) resume: bool,
    /// Print the settings with their defaults as a settings file with comments, and do not train
    #[arg(long)]
    #[serde(skip)]
    pub(crate) print_config: bool,
    /// Folder of the run; it is created if it does not exist
    #[arg(long, value_name = "DIR", required_unless_present = "print_config")]
    #[serde(skip)]
    pub(crate) out: Option<PathBuf>,
}

impl Train {
    /// The settings of a run: those of a base, overridden by the options that are given.
    pub(crate) fn settings(&self, mut base: Settings) -> Result<Settings, Failure> {
        let usual = base.optimizer();
        if self.optimizer.is_some_and(|optimizer| optimizer != usual) {
            // A learning rate that suits one optimizer does not suit another.
            base.learning_rate = None;
        }
        let mut keys = Table::try_from(&base).map_err(Failure::input)?;
        keys.extend(Table::try_from(self).map_err(Failure::input)?);
        let settings: Settings = keys.try_into().map_err(Failure::input)?;
        settings.check()?;
        Ok(settings.settled())
    }

    /// The keys of a settings file, with the help of their options.
    pub(crate) fn notes() -> Vec<KeyNote> {
        let command = Self::augment_args(Command::new("train"));
        let settings = command
            .get_arguments()
            .filter(|option| !OTHERS.contains(&option.get_id().as_str()));
        let note = |option: &clap::Arg| {
            let key = option.get_id().as_str().replace('_', "-");
            KeyNote {
                form: option
                    .get_value_names()
                    .and_then(<[_]>::first)
                    .map_or_else(|| key.to_uppercase(), ToString::to_string),
                comment: option
                    .get_help()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                key,
            }
        };
        settings.map(note).collect()
    }
}

/// An option of alignments, whose errors name the option.
fn policy<T: FromStr<Err = AlignmentError>>(text: &str) -> Result<T, String> {
    let error = |error: AlignmentError| match error.to_string().split_once(": ") {
        Some((_, message)) => message.to_owned(),
        None => error.to_string(),
    };
    text.parse().map_err(error)
}

fn metrics_help() -> String {
    format!(
        "Metrics during training, separated by commas: {}. Samples of the machine are the persistent \
         chains of pcd and ptt; for cd, ucd and tap they are new Gibbs chains. {OF_RECONSTRUCTIONS} [default: the \
         first five, where they are defined and quick]",
        metric_names(&MetricName::ALL)
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The keys that a settings file may have, from the message of its reader.
    fn known() -> BTreeSet<String> {
        let fault = Settings::from_toml("zzz = 1").expect_err("an unknown key");
        let names = fault.message().split('`').skip(3).step_by(2);
        names.map(str::to_owned).collect()
    }

    #[test]
    fn every_setting_is_an_option_of_the_same_name() {
        let mut options: BTreeSet<String> = Train::notes().into_iter().map(|it| it.key).collect();
        // Written by a resumed run, and no setting of a new one.
        options.insert("earlier".into());
        assert_eq!(options, known());
    }

    #[test]
    fn every_key_has_a_comment() {
        for note in Train::notes() {
            assert!(!note.comment.is_empty(), "{note:?}");
        }
    }
}
