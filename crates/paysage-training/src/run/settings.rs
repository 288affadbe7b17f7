//! The settings of a run.

use paysage_kernels::DeviceChoice;
use paysage_layers::LayerKind;
use paysage_metrics::MetricName;
use paysage_models::Initialization;
use paysage_optimizers::{OptimizerKind, Schedule};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    CenterName, ConstraintKind, DataPhaseName, MethodName, PenaltyKind, RuleSetting, SettingsError,
};

/// The largest number of epochs, rows in a batch, sweeps or chains: far beyond use, and no product
/// overflows.
const MOST_COUNT: usize = 1_000_000_000;

/// The largest number of replicas of a chain.
const MOST_REPLICAS: usize = 10_000;

/// The value of `schema` that infers the schema from the data.
pub const INFER: &str = "infer";

/// Everything that makes a run, as `config.toml` holds it. Every key may be left out.
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
    /// Persistent chains, or starting points of TAP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chains: Option<usize>,
    /// Replicas of each persistent chain at different temperatures (parallel tempering).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tempering: Option<usize>,
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
    pub epochs: usize,
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
    /// Whether the report has no figures.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_figures: bool,
    /// Random seed.
    pub seed: u64,
    /// Device.
    pub device: DeviceChoice,
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
            missing: false,
            no_standardize: false,
            visible: None,
            hidden: "100".into(),
            method: MethodName::default(),
            gibbs_steps: None,
            chains: None,
            tempering: None,
            tap_order: None,
            data_phase: None,
            data_sweeps: None,
            pretrain_epochs: None,
            epochs: 10,
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
            validation: 0.0,
            metrics: Vec::new(),
            metrics_every: None,
            likelihood_every: None,
            no_figures: false,
            seed: 0,
            device: DeviceChoice::default(),
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

    /// The settings with every default written out that a later version may choose differently, so
    /// that a settings file makes the same run then.
    #[must_use]
    pub fn settled(mut self) -> Self {
        self.optimizer = Some(self.optimizer());
        self.learning_rate = Some(self.initial_rate());
        self.schedule = Some(self.schedule());
        self.init = Some(self.initialization());
        self.center = Some(self.center.unwrap_or_default());
        // None at all is what a run without the setting has.
        self.pretrain_epochs = self.pretrain_epochs.filter(|&epochs| epochs > 0);
        self
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

    /// Checks that every setting is in range and has an effect beside the others.
    ///
    /// # Errors
    ///
    /// With the first fault.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.check_ranges()?;
        self.check_steps()?;
        self.check_data()?;
        self.check_effects()
    }

    fn check_ranges(&self) -> Result<(), SettingsError> {
        let counts = [
            ("epochs", Some(self.epochs)),
            ("batch-size", Some(self.batch_size)),
            ("gibbs-steps", self.gibbs_steps),
            ("chains", self.chains),
            ("data-sweeps", self.data_sweeps),
            ("pretrain-epochs", self.pretrain_epochs),
            ("metrics-every", self.metrics_every),
            ("likelihood-every", self.likelihood_every),
        ];
        for (setting, count) in counts {
            match count {
                Some(0) => return Err(SettingsError::Zero { setting }),
                Some(count) if count > MOST_COUNT => {
                    return Err(SettingsError::TooLarge {
                        setting,
                        found: count as u64,
                        most: MOST_COUNT as u64,
                    });
                }
                _ => {}
            }
        }
        if self.seed > i64::MAX as u64 {
            return Err(SettingsError::TooLarge {
                setting: "seed",
                found: self.seed,
                most: i64::MAX as u64,
            });
        }
        let finite = |x: f32| x.is_finite();
        let numbers = [
            (
                "learning-rate",
                self.learning_rate,
                self.learning_rate.is_none_or(|x| x.is_finite() && x > 0.0),
                "a finite number above 0",
            ),
            (
                "clip-norm",
                self.clip_norm,
                self.clip_norm.is_none_or(|x| x.is_finite() && x > 0.0),
                "a finite number above 0",
            ),
            (
                "validation",
                Some(self.validation),
                (0.0..1.0).contains(&self.validation),
                "a fraction of at least 0 and below 1",
            ),
            (
                "scale",
                self.scale.map(f64::from),
                self.scale.is_none_or(|x| finite(x) && x != 0.0),
                "a finite number other than 0",
            ),
            (
                "threshold",
                self.threshold.map(f64::from),
                self.threshold.is_none_or(finite),
                "a finite number",
            ),
            (
                "tap-order",
                self.tap_order.map(|order| order as f64),
                self.tap_order.is_none_or(|order| (1..=3).contains(&order)),
                "1, 2 or 3",
            ),
            (
                "tempering",
                self.tempering.map(|replicas| replicas as f64),
                self.tempering
                    .is_none_or(|replicas| (2..=MOST_REPLICAS).contains(&replicas)),
                "2 to 10000 replicas",
            ),
        ];
        let fault = numbers.into_iter().find(|(_, _, valid, _)| !valid);
        match fault {
            Some((setting, Some(found), _, expected)) => Err(SettingsError::OutOfRange {
                setting,
                found,
                expected,
            }),
            _ => Ok(()),
        }
    }

    fn check_steps(&self) -> Result<(), SettingsError> {
        let of = |setting| move |source| SettingsError::Step { setting, source };
        self.schedule().check().map_err(of("schedule"))?;
        let penalties = self.penalty.iter();
        let checks = penalties.map(|rule| rule.kind.check().map_err(of("penalty")));
        let constraints = self.constraint.iter();
        checks
            .chain(constraints.map(|rule| rule.kind.check().map_err(of("constraint"))))
            .collect()
    }

    fn check_data(&self) -> Result<(), SettingsError> {
        if self.metrics.contains(&MetricName::FreeEnergyGap) && self.validation == 0.0 {
            return Err(SettingsError::Conflict {
                setting: "metrics free_energy_gap",
                other: "validation 0",
                remedy: "hold out a fraction of the rows",
            });
        }
        if self.schema.is_none() {
            return Ok(());
        }
        let conflict = |setting, remedy| {
            Err(SettingsError::Conflict {
                setting,
                other: "schema",
                remedy,
            })
        };
        if self.visible.is_some() {
            return conflict("visible", "the schema gives the kinds of the units");
        }
        if self.labels.is_some() {
            return conflict("labels", "make them a column of the file");
        }
        if self.scale.is_some() {
            return conflict("scale", "columns of a schema are standardized");
        }
        if self.threshold.is_some() {
            return conflict("threshold", "columns of a schema are standardized");
        }
        Ok(())
    }

    fn check_effects(&self) -> Result<(), SettingsError> {
        use MethodName::{Cd, Pcd, Tap};
        let deep = self.hidden_layers()?.len() > 1;
        let unobserved = deep || self.missing || self.schema.is_some();
        let (tap, cd) = (self.method == Tap, self.method == Cd);
        let data_phase = self.data_phase.is_some();
        let data_sweeps = self.data_sweeps.is_some();
        let with_tap = "with method tap";
        let observed = "with one hidden layer and no missing values";
        let without_effect = [
            ("gibbs-steps", self.gibbs_steps.is_some() && tap, with_tap),
            ("chains", self.chains.is_some() && cd, "with method cd"),
            (
                "tempering",
                self.tempering.is_some() && self.method != Pcd,
                "without method pcd",
            ),
            (
                "tap-order",
                self.tap_order.is_some() && !tap,
                "without method tap",
            ),
            ("data-phase", data_phase && tap, with_tap),
            ("data-sweeps", data_sweeps && tap, with_tap),
            ("data-phase", data_phase && !unobserved, observed),
            ("data-sweeps", data_sweeps && !unobserved, observed),
            (
                "pretrain-epochs",
                self.pretrain_epochs.is_some() && !deep,
                "with one hidden layer",
            ),
            (
                "no-standardize",
                self.no_standardize && !self.is_gaussian(),
                "without Gaussian visible units",
            ),
        ];
        if let Some((setting, _, reason)) = without_effect.into_iter().find(|(_, none, _)| *none) {
            return Err(SettingsError::NoEffect { setting, reason });
        }
        let pretrained = self.pretrain_epochs.is_some();
        let conflict = |other, remedy| {
            Err(SettingsError::Conflict {
                setting: "pretrain-epochs",
                other,
                remedy,
            })
        };
        match (self.schema.is_some(), self.labels.is_some()) {
            _ if pretrained && tap => conflict("method tap", "pretraining uses cd or pcd"),
            (true, _) if pretrained => conflict("schema", "pretraining needs one visible layer"),
            (_, true) if pretrained => conflict("labels", "pretraining needs one visible layer"),
            _ => Ok(()),
        }
    }

    /// Whether the visible units are Gaussian, without a schema.
    #[must_use]
    pub fn is_gaussian(&self) -> bool {
        self.visible.as_deref() == Some("gaussian")
    }

    /// The optimizer: plain SGD, with which persistent chains give crisper samples of binary data than
    /// with Adam, and standardized Gaussian columns reach a higher likelihood (docs/benchmarks.md); Adam
    /// for the columns of a schema.
    #[must_use]
    pub fn optimizer(&self) -> OptimizerKind {
        self.optimizer.unwrap_or(match self.schema {
            Some(_) => OptimizerKind::Adam,
            None => OptimizerKind::Sgd,
        })
    }

    /// The initial learning rate: the usual one of the optimizer where none is given.
    #[must_use]
    pub fn initial_rate(&self) -> f64 {
        let usual = || self.optimizer().default_learning_rate();
        self.learning_rate.unwrap_or_else(usual)
    }

    /// The schedule of the learning rate: half a cosine to a hundredth where none is given.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        self.schedule.clone().unwrap_or_default()
    }

    /// The initialization of the weights: in the scale of each unit where units may be real.
    #[must_use]
    pub fn initialization(&self) -> Initialization {
        let real = self.schema.is_some() || self.is_gaussian();
        self.init.unwrap_or(match real {
            true => Initialization::Stddev,
            false => Initialization::Glorot,
        })
    }

    /// Number of persistent chains, or of starting points of TAP.
    #[must_use]
    pub fn chain_count(&self) -> usize {
        self.chains.unwrap_or(self.batch_size)
    }
}

#[cfg(test)]
mod tests {
    use paysage_optimizers::{Factor, L2, MaxColumnNorm};

    use super::*;
    use crate::SelectionText;

    fn fault(change: impl FnOnce(&mut Settings)) -> String {
        let mut settings = Settings::default();
        change(&mut settings);
        settings.check().expect_err("a fault").to_string()
    }

    #[test]
    fn settings_without_effect_are_refused_by_name() {
        assert_eq!(
            fault(|s| {
                s.method = MethodName::Tap;
                s.gibbs_steps = Some(50);
            }),
            "gibbs-steps has no effect with method tap: leave it out"
        );
        assert_eq!(
            fault(|s| s.tap_order = Some(3)),
            "tap-order has no effect without method tap: leave it out"
        );
        assert_eq!(
            fault(|s| {
                s.method = MethodName::Cd;
                s.chains = Some(7);
            }),
            "chains has no effect with method cd: leave it out"
        );
        for method in [MethodName::Cd, MethodName::Tap] {
            assert_eq!(
                fault(|s| {
                    s.method = method;
                    s.tempering = Some(12);
                }),
                "tempering has no effect without method pcd: leave it out"
            );
        }
        let phase = "has no effect with one hidden layer and no missing values: leave it out";
        assert_eq!(
            fault(|s| s.data_phase = Some(DataPhaseName::Gibbs)),
            format!("data-phase {phase}")
        );
        assert_eq!(
            fault(|s| s.data_sweeps = Some(3)),
            format!("data-sweeps {phase}")
        );
        assert_eq!(
            fault(|s| s.pretrain_epochs = Some(3)),
            "pretrain-epochs has no effect with one hidden layer: leave it out"
        );
        assert_eq!(
            fault(|s| s.no_standardize = true),
            "no-standardize has no effect without Gaussian visible units: leave it out"
        );
    }

    #[test]
    fn settings_that_have_an_effect_are_taken() {
        let deep = Settings {
            hidden: "5,4".into(),
            data_phase: Some(DataPhaseName::Gibbs),
            data_sweeps: Some(3),
            pretrain_epochs: Some(2),
            chains: Some(7),
            tempering: Some(5),
            ..Settings::default()
        };
        assert_eq!(deep.check(), Ok(()));
        let tap = Settings {
            method: MethodName::Tap,
            chains: Some(7),
            tap_order: Some(3),
            ..Settings::default()
        };
        assert_eq!(tap.check(), Ok(()));
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        assert_eq!(
            fault(|s| s.epochs = 0),
            "epochs: expected at least 1, got 0"
        );
        assert_eq!(
            fault(|s| s.learning_rate = Some(f64::INFINITY)),
            "learning-rate: expected a finite number above 0, got inf"
        );
        assert_eq!(
            fault(|s| s.clip_norm = Some(0.0)),
            "clip-norm: expected a finite number above 0, got 0"
        );
        assert_eq!(
            fault(|s| s.schedule = Some(Schedule {
                factors: vec![Factor::Linear { end: -1.0 }]
            })),
            "schedule: the last factor of the learning rate is -1, expected a finite number of at least 0"
        );
        assert_eq!(
            fault(|s| s.penalty = vec![RuleSetting {
                kind: PenaltyKind::L2(L2 { strength: f64::NAN }),
                on: SelectionText::default(),
            }]),
            "penalty: the strength of the penalty is NaN, expected a finite number of at least 0"
        );
        assert_eq!(
            fault(|s| s.constraint = vec![RuleSetting {
                kind: ConstraintKind::MaxColumnNorm(MaxColumnNorm { norm: 0.0 }),
                on: SelectionText::default(),
            }]),
            "constraint: the largest norm of a column is 0, expected a finite number greater than 0"
        );
        assert_eq!(
            fault(|s| s.validation = 1.0),
            "validation: expected a fraction of at least 0 and below 1, got 1"
        );
        assert_eq!(
            fault(|s| {
                s.method = MethodName::Tap;
                s.tap_order = Some(4);
            }),
            "tap-order: expected 1, 2 or 3, got 4"
        );
        for (replicas, found) in [(1, "1"), (20_000, "20000")] {
            assert_eq!(
                fault(|s| s.tempering = Some(replicas)),
                format!("tempering: expected 2 to 10000 replicas, got {found}")
            );
        }
        assert_eq!(
            fault(|s| s.chains = Some(usize::MAX)),
            format!("chains: expected at most 1000000000, got {}", usize::MAX)
        );
    }

    #[test]
    fn differences_are_named_with_both_values() {
        let first = Settings::default();
        let second = Settings {
            chains: Some(3),
            method: MethodName::Cd,
            ..Settings::default()
        };
        let found = first.differences(&second);
        let shown: Vec<_> = found
            .iter()
            .map(|d| (d.setting.as_str(), d.first.as_str(), d.second.as_str()))
            .collect();
        assert_eq!(
            shown,
            [("chains", "not given", "3"), ("method", "pcd", "cd")]
        );
    }

    #[test]
    fn settled_settings_come_back_from_their_text() {
        let settings = Settings {
            data: Some("a.csv".into()),
            columns: vec!["a".into(), "b c".into()],
            schedule: Some("warmup:0.1,linear".parse().expect("a schedule")),
            clip_norm: Some(0.1 + 0.2),
            penalty: vec!["l2=0.1@layers.0.loc[:3]".parse().expect("a penalty")],
            constraint: vec!["max-column-norm=0.3".parse().expect("a constraint")],
            freeze: vec!["layers.1.loc".into()],
            earlier: vec![Earlier {
                until_epoch: 2,
                epochs: 10,
                learning_rate: 0.1 + 0.2,
            }],
            ..Settings::default()
        };
        let settings = settings.settled();
        assert_eq!(
            Settings::from_toml(&settings.to_toml()).expect("settings"),
            settings
        );
    }
}
