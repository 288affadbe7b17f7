//! The settings of a run.

mod annotated;
mod check;

use paysage_data::{Alphabet, Gaps, Unknown};
use paysage_kernels::{DeviceChoice, Precision};
use paysage_layers::LayerKind;
use paysage_metrics::MetricName;
use paysage_models::Initialization;
use paysage_optimizers::{OptimizerKind, Schedule};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{CheckpointEvery, MemorySize};

use super::{
    CenterName, ChainStartName, ConstraintKind, DataPhaseName, GaugeName, MethodName,
    MonitoredMetric, PenaltyKind, RuleSetting, SettingsError,
};

pub use annotated::KeyNote;

/// The value of `schema` that infers the schema from the data.
pub const INFER: &str = "infer";

/// The settings of a run: the content of `config.toml`. A key that is left out has its default.
///
/// ```
/// use paysage_training::Settings;
///
/// let settings = Settings { data: Some("builtin:digits".into()), ..Settings::default() };
/// assert!(settings.check().is_ok());
/// let text = settings.to_toml();
/// assert_eq!(Settings::from_toml(&text)?, settings);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// File or built-in data set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Divisor of every value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<f32>,
    /// Threshold above which values become 1, others 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f32>,
    /// Schema file, or [`INFER`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Columns to use; all where empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Columns to leave out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drop: Vec<String>,
    /// Name of the array in an `.npz` file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub array: Option<String>,
    /// File of labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<String>,
    /// Alphabet of an alignment; inferred where none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alphabet: Option<Alphabet>,
    /// Gaps of an alignment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gaps: Option<Gaps>,
    /// Unknown letters of an alignment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Unknown>,
    /// Identity threshold of the weights of aligned sequences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reweight: Option<f64>,
    /// Column or file of the weights of rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// Most memory for data that stay on disk; none for data in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<MemorySize>,
    /// Whether values may be missing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub missing: bool,
    /// Whether Gaussian columns keep their own units instead of being standardized.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_standardize: bool,
    /// Kind of the visible units; given by the schema where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visible: Option<String>,
    /// Hidden layers, from the one next to the visible units upwards.
    pub hidden: String,
    /// Estimator of the gradient.
    pub method: MethodName,
    /// Gibbs sweeps in each step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gibbs_steps: Option<usize>,
    /// States that the chains of contrastive divergence start from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain_start: Option<ChainStartName>,
    /// Largest number of sweeps of the coupled chains of unbiased contrastive divergence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_sweeps: Option<usize>,
    /// Largest number of past machines in the ladder of trajectory parallel tempering.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ladder: Option<usize>,
    /// Persistent chains, or starting points of TAP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chains: Option<usize>,
    /// Replicas of each persistent chain at different temperatures (parallel tempering).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tempering: Option<usize>,
    /// Whether chains with importance weights estimate ln Z from step to step.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub jarzynski: bool,
    /// Order of the TAP expansion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tap_order: Option<usize>,
    /// Positive-phase inference of unobserved units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_phase: Option<DataPhaseName>,
    /// Its sweeps in each step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_sweeps: Option<usize>,
    /// Epochs of layerwise pretraining for each hidden layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pretrain_epochs: Option<usize>,
    /// Epochs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
    /// Rows in each step.
    pub batch_size: usize,
    /// Optimizer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimizer: Option<OptimizerKind>,
    /// Initial learning rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// Schedule of the learning rate, as factors of the initial one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Largest norm of the gradient, penalties included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
    /// Penalties.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub penalty: Vec<RuleSetting<PenaltyKind>>,
    /// Constraints, applied after each step in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub constraint: Vec<RuleSetting<ConstraintKind>>,
    /// Names of the parameters that are not trained.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub freeze: Vec<String>,
    /// Initialization of the weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<Initialization>,
    /// Layers whose units are centered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub center: Option<CenterName>,
    /// Gauge of one-hot layers during training.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gauge: Option<GaugeName>,
    /// Fraction of rows held out for validation.
    pub validation: f64,
    /// Metrics during training; those of [`Monitors::standard`](crate::Monitors::standard) where empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricName>,
    /// Epochs between measurements of the metrics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics_every: Option<usize>,
    /// Epochs between estimates of the log-likelihood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likelihood_every: Option<usize>,
    /// Metric whose best model is saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub save_best: Option<MonitoredMetric>,
    /// Epochs between models that are saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub save_every: Option<usize>,
    /// Epochs or time between checkpoints; as often as 5 % of the time allows where none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint_every: Option<CheckpointEvery>,
    /// Epochs without improvement of [`stop_on`](Self::stop_on) after which training stops.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<usize>,
    /// Metric of early stopping; one of validation rows where none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_on: Option<MonitoredMetric>,
    /// Whether the report has no figures.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_figures: bool,
    /// Random seed.
    pub seed: u64,
    /// Device.
    pub device: DeviceChoice,
    /// Precision of products of matrices on GPUs with cooperative matrices. It belongs to the process:
    /// [`Precision::set`] applies it, as the program does.
    #[serde(skip_serializing_if = "Precision::is_standard")]
    pub precision: Precision,
    /// Parts of the run that were trained with other settings, oldest first: a resumed run may change
    /// its learning rate.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Earlier>,
}

/// The first epochs of a resumed run, whose settings differed from those of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Earlier {
    /// The last epoch that was trained with these settings.
    pub until_epoch: usize,
    /// Number of epochs that the run was to have.
    pub epochs: usize,
    /// Initial learning rate.
    pub learning_rate: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: None,
            scale: None,
            threshold: None,
            schema: None,
            columns: Vec::new(),
            drop: Vec::new(),
            array: None,
            labels: None,
            alphabet: None,
            gaps: None,
            unknown: None,
            reweight: None,
            weights: None,
            memory: None,
            missing: false,
            no_standardize: false,
            visible: None,
            hidden: "100".into(),
            method: MethodName::default(),
            gibbs_steps: None,
            chain_start: None,
            max_sweeps: None,
            ladder: None,
            chains: None,
            tempering: None,
            jarzynski: false,
            tap_order: None,
            data_phase: None,
            data_sweeps: None,
            pretrain_epochs: None,
            epochs: None,
            batch_size: 100,
            optimizer: None,
            learning_rate: None,
            schedule: None,
            clip_norm: None,
            penalty: Vec::new(),
            constraint: Vec::new(),
            freeze: Vec::new(),
            init: None,
            center: None,
            gauge: None,
            validation: 0.0,
            metrics: Vec::new(),
            metrics_every: None,
            likelihood_every: None,
            save_best: None,
            save_every: None,
            checkpoint_every: None,
            patience: None,
            stop_on: None,
            no_figures: false,
            seed: 0,
            device: DeviceChoice::default(),
            precision: Precision::default(),
            earlier: Vec::new(),
        }
    }
}

/// A setting that differs between two runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The name of the setting.
    pub setting: String,
    /// Its value in the first run, or "not given".
    pub first: String,
    /// Its value in the second run, or "not given".
    pub second: String,
}

impl Settings {
    /// The settings of a TOML file.
    ///
    /// # Errors
    ///
    /// Where the text is no TOML, or a key or value is not known.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The text of `config.toml`.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("settings are plain data")
    }

    /// The settings that differ from those of another run, by name.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let keys = |settings: &Self| match serde_json::to_value(settings) {
            Ok(Value::Object(keys)) => keys,
            _ => Map::new(),
        };
        let (first, second) = (keys(self), keys(other));
        let shown = |value: Option<&Value>| match value {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => "not given".into(),
        };
        let mut names: Vec<&String> = first.keys().chain(second.keys()).collect();
        names.sort();
        names.dedup();
        let differs =
            |name: &&String| name.as_str() != "earlier" && first.get(*name) != second.get(*name);
        let names = names.into_iter().filter(differs);
        let difference = |name: &String| Difference {
            setting: name.clone(),
            first: shown(first.get(name)),
            second: shown(second.get(name)),
        };
        names.map(difference).collect()
    }

    /// The hidden layers, from the one next to the visible units upwards.
    ///
    /// # Errors
    ///
    /// Where [`hidden`](Self::hidden) is no list of layers.
    pub fn hidden_layers(&self) -> Result<Vec<LayerKind>, SettingsError> {
        let layer = |text: &str| {
            text.parse().map_err(|source| SettingsError::Layer {
                setting: "hidden",
                source,
            })
        };
        self.hidden.split(',').map(layer).collect()
    }

    /// Whether visible values may be missing.
    #[must_use]
    pub fn may_miss(&self) -> bool {
        let sites = self.gaps == Some(Gaps::Missing) || self.unknown == Some(Unknown::Missing);
        self.missing || self.schema.is_some() || sites
    }

    /// Whether the visible units are positive and negative real numbers, without a schema.
    #[must_use]
    pub fn is_real(&self) -> bool {
        let real = ["gaussian", "drelu", "prelu", "xrelu", "nsrelu"];
        self.visible
            .as_deref()
            .is_some_and(|name| real.contains(&name))
    }
}

#[cfg(test)]
mod tests;
