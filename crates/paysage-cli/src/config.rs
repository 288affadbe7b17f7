//! Everything that makes a run, as `config.toml` holds it.

use std::{fs, io::ErrorKind, path::Path};

use paysage::{
    data::{PartialSchema, Schema, Table},
    kernels::DeviceChoice,
    layers::{LayerKind, LayerKindError},
    models::Initialization,
    optimizers::OptimizerKind,
    samplers::DataPhase,
    tap::Order,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    arguments::{DataPhaseWord, Method, Preparation, Train},
    failure::Failure,
    run_folder::RunFolder,
    source::{Layout, Reading},
};

/// The most epochs, rows in a batch, sweeps or chains: far beyond use, and no product overflows.
const MOST_COUNT: usize = 1_000_000_000;

/// The most numbers in one tensor, 8 GiB: a slip of the hand must not ask for more.
pub(crate) const MOST_NUMBERS: usize = 1 << 31;

/// The kind of visible units that a schema makes.
const MIXED: &str = "mixed";

/// The word for a schema that the data tell.
pub(crate) const INFER: &str = "infer";

/// The settings of a run. Every key may be left out of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Config {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scale: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) threshold: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) schema: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) labels: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) missing: bool,
    pub(crate) visible: String,
    pub(crate) hidden: String,
    pub(crate) method: Method,
    pub(crate) gibbs_steps: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) chains: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tap_order: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data_phase: Option<DataPhaseWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data_sweeps: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pretrain_epochs: Option<usize>,
    pub(crate) epochs: usize,
    pub(crate) batch_size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) optimizer: Option<OptimizerKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) learning_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) init: Option<Initialization>,
    pub(crate) validation: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) likelihood_every: Option<usize>,
    pub(crate) seed: u64,
    pub(crate) device: DeviceChoice,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: None,
            scale: None,
            threshold: None,
            schema: None,
            labels: None,
            missing: false,
            visible: "bernoulli".into(),
            hidden: "100".into(),
            method: Method::default(),
            gibbs_steps: 1,
            chains: None,
            tap_order: None,
            data_phase: None,
            data_sweeps: None,
            pretrain_epochs: None,
            epochs: 10,
            batch_size: 100,
            optimizer: None,
            learning_rate: None,
            init: None,
            validation: 0.0,
            likelihood_every: None,
            seed: 0,
            device: DeviceChoice::default(),
        }
    }
}

/// The order of a TAP expansion from its number.
pub(crate) fn tap_order(number: Option<usize>) -> Result<Option<Order>, Failure> {
    match number {
        None => Ok(None),
        Some(1) => Ok(Some(Order::First)),
        Some(2) => Ok(Some(Order::Second)),
        Some(3) => Ok(Some(Order::Third)),
        Some(other) => Err(Failure::input(format!(
            "--tap-order is {other}: it must be 1, 2 or 3"
        ))),
    }
}

impl Config {
    /// Reads a file of settings.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let place = path.display();
        let text = fs::read_to_string(path).map_err(|e| {
            Failure::input(match e.kind() {
                ErrorKind::NotFound => format!("{place}: no such file; check the path"),
                _ => format!("{place}: {e}: is this a file of settings that can be read?"),
            })
        })?;
        toml::from_str(&text).map_err(|e| {
            let before = &text[..e.span().map_or(0, |span| span.start)];
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
            // In the words of a user rather than of Rust.
            let message = e.message();
            let message = message.replace("expected usize", "expected a whole number from 0 on");
            let message = message.replace("expected u64", "expected a whole number from 0 on");
            let message = message.replace("expected f64", "expected a number");
            let message = message.replace("expected f32", "expected a number");
            Failure::input(format!("{place}: line {line}, column {column}: {message}"))
        })
    }

    /// The text of a file of settings.
    pub(crate) fn to_toml(&self) -> Result<String, Failure> {
        toml::to_string(self).map_err(Failure::work)
    }

    /// These settings with the words of the command line before them, checked.
    pub(crate) fn with(mut self, words: &Train) -> Result<Self, Failure> {
        fn put<T: Clone>(setting: &mut T, word: &Option<T>) {
            if let Some(word) = word {
                setting.clone_from(word);
            }
        }
        fn put_some<T: Clone>(setting: &mut Option<T>, word: &Option<T>) {
            if word.is_some() {
                setting.clone_from(word);
            }
        }
        put_some(&mut self.data, &words.data);
        put_some(&mut self.scale, &words.preparation.scale);
        put_some(&mut self.threshold, &words.preparation.threshold);
        put_some(&mut self.schema, &words.schema);
        put_some(&mut self.labels, &words.labels);
        self.missing |= words.missing;
        put(&mut self.visible, &words.visible);
        if self.schema.is_some() {
            if words.visible.is_some() {
                return Err(Failure::input(
                    "--visible and --schema both say what the columns are: leave one of them",
                ));
            }
            self.visible = MIXED.into();
        }
        put(&mut self.hidden, &words.hidden);
        put(&mut self.method, &words.method);
        put(&mut self.gibbs_steps, &words.gibbs_steps);
        put_some(&mut self.chains, &words.chains);
        put_some(&mut self.tap_order, &words.tap_order);
        put_some(&mut self.data_phase, &words.data_phase);
        put_some(&mut self.data_sweeps, &words.data_sweeps);
        put_some(&mut self.pretrain_epochs, &words.pretrain_epochs);
        put(&mut self.epochs, &words.epochs);
        put(&mut self.batch_size, &words.batch_size);
        if words
            .optimizer
            .is_some_and(|optimizer| optimizer != self.optimizer())
        {
            // A rate that suits one optimizer does not suit another.
            self.learning_rate = None;
        }
        put_some(&mut self.optimizer, &words.optimizer);
        put_some(&mut self.learning_rate, &words.learning_rate);
        put_some(&mut self.init, &words.init);
        put(&mut self.validation, &words.validation);
        put_some(&mut self.likelihood_every, &words.likelihood_every);
        put(&mut self.seed, &words.seed);
        put(&mut self.device, &words.device);
        self.settle();
        self.check()?;
        Ok(self)
    }

    /// Puts down what would be chosen for settings that are left open, so that a file of settings
    /// makes the same run also when a later version would choose otherwise.
    fn settle(&mut self) {
        self.optimizer = Some(self.optimizer());
        self.learning_rate = Some(self.rate());
        self.init = Some(self.init());
        // None at all is what a run without the word has.
        self.pretrain_epochs = self.pretrain_epochs.filter(|&epochs| epochs > 0);
    }

    /// The settings that are not the same in another run, as options, with both values.
    pub(crate) fn differences(&self, other: &Self) -> Vec<(String, String, String)> {
        let keys = |config: &Self| match serde_json::to_value(config) {
            Ok(Value::Object(keys)) => keys,
            _ => Map::new(),
        };
        let (ours, theirs) = (keys(self), keys(other));
        let in_words = |value: Option<&Value>| match value {
            Some(Value::String(word)) => word.clone(),
            Some(value) => value.to_string(),
            None => "not given".into(),
        };
        let mut names: Vec<&String> = ours.keys().chain(theirs.keys()).collect();
        names.sort();
        names.dedup();
        let differs = |name: &&String| ours.get(*name) != theirs.get(*name);
        let option = |name: &str| match name {
            "data" => "DATA".to_owned(),
            _ => format!("--{name}"),
        };
        names
            .into_iter()
            .filter(differs)
            .map(|name| {
                let values = (in_words(ours.get(name)), in_words(theirs.get(name)));
                (option(name), values.0, values.1)
            })
            .collect()
    }

    fn check(&self) -> Result<(), Failure> {
        if self.schema.is_some() && self.labels.is_some() {
            return Err(Failure::input(
                "--labels stand beside units: with --schema, have them as a column of the file",
            ));
        }
        if self.pretrain_epochs.is_some() && (self.schema.is_some() || self.labels.is_some()) {
            return Err(Failure::input(
                "--pretrain-epochs is for one visible layer: leave it with --schema and --labels",
            ));
        }
        let counts = [
            ("--epochs", Some(self.epochs)),
            ("--batch-size", Some(self.batch_size)),
            ("--gibbs-steps", Some(self.gibbs_steps)),
            ("--chains", self.chains),
            ("--data-sweeps", self.data_sweeps),
            ("--pretrain-epochs", self.pretrain_epochs),
            ("--likelihood-every", self.likelihood_every),
        ];
        for (word, count) in counts {
            match count {
                Some(0) => {
                    let message = format!("{word} is 0: it must be at least 1");
                    return Err(Failure::input(message));
                }
                Some(count) if count > MOST_COUNT => {
                    let message = format!("{word} is {count}: it must be at most {MOST_COUNT}");
                    return Err(Failure::input(message));
                }
                _ => {}
            }
        }
        tap_order(self.tap_order)?;
        if i64::try_from(self.seed).is_err() {
            let (seed, most) = (self.seed, i64::MAX);
            let message = format!("--seed is {seed}: it must be at most {most}");
            return Err(Failure::input(message));
        }
        let rate = self.rate();
        if !(rate.is_finite() && rate > 0.0) {
            let message = format!("--learning-rate is {rate}: it must be a number above 0");
            return Err(Failure::input(message));
        }
        if !(0.0..1.0).contains(&self.validation) {
            let share = self.validation;
            let message = format!("--validation is {share}: it must be at least 0 and below 1");
            return Err(Failure::input(message));
        }
        self.check_deep(self.hidden_layers()?.len())
    }

    /// Refuses settings of deep machines where they would do nothing.
    fn check_deep(&self, hidden: usize) -> Result<(), Failure> {
        let tap = self.method == Method::Tap;
        let data = self.data_phase.is_some() || self.data_sweeps.is_some();
        Err(Failure::input(match self.pretrain_epochs {
            Some(epochs) if hidden == 1 => format!(
                "--pretrain-epochs is {epochs}, but there is one hidden layer: name more with \
                 --hidden, as in --hidden {},50",
                self.hidden
            ),
            Some(epochs) if tap => format!(
                "--pretrain-epochs is {epochs}, but --method is tap: layers are trained one by one \
                 with cd or pcd"
            ),
            _ if tap && data => {
                "--data-phase and --data-sweeps are for --method cd and pcd, not tap".into()
            }
            _ => return Ok(()),
        }))
    }

    /// How CD and PCD find what rows do not show.
    pub(crate) fn data_phase(&self) -> DataPhase {
        // What is missing is drawn with what it goes with, by chains, and not unit by unit.
        let usual = match self.missing || self.schema.is_some() {
            true => DataPhaseWord::Gibbs,
            false => DataPhaseWord::default(),
        };
        match self.data_phase.unwrap_or(usual) {
            DataPhaseWord::MeanField => self
                .data_sweeps
                .map_or_else(DataPhase::default, |sweeps| DataPhase::MeanField { sweeps }),
            DataPhaseWord::Gibbs => DataPhase::Gibbs {
                sweeps: self.data_sweeps.unwrap_or(5),
            },
        }
    }

    /// The optimizer: plain SGD where visible units are discrete, for which persistent chains give
    /// crisper samples than with Adam (see docs/benchmarks.md), and Adam where they are real, whose
    /// derivatives scale with the data.
    pub(crate) fn optimizer(&self) -> OptimizerKind {
        self.optimizer.unwrap_or(if self.is_real() {
            OptimizerKind::Adam
        } else {
            OptimizerKind::Sgd
        })
    }

    /// Whether visible units are real, or some may be.
    fn is_real(&self) -> bool {
        self.visible == "gaussian" || self.visible == MIXED
    }

    /// How weights start: where visible units are real, in the scale of each.
    pub(crate) fn init(&self) -> Initialization {
        self.init.unwrap_or(if self.is_real() {
            Initialization::Stddev
        } else {
            Initialization::Glorot
        })
    }

    /// The learning rate at the start.
    pub(crate) fn rate(&self) -> f64 {
        self.learning_rate
            .unwrap_or_else(|| self.optimizer().default_learning_rate())
    }

    /// How the data are read: by the schema that a folder has from an earlier run of these settings,
    /// where there is one.
    pub(crate) fn reading(&self, folder: Option<&RunFolder>) -> Result<Reading, Failure> {
        let layout = match (self.schema.as_deref(), folder) {
            (None, _) => Layout::Units,
            (Some(_), Some(folder)) => Layout::Mixed(Some(Schema::read(folder.schema())?.into())),
            (Some(INFER), None) => Layout::Mixed(None),
            (Some(path), None) => Layout::Mixed(Some(PartialSchema::read(path)?)),
        };
        Ok(Reading {
            preparation: Preparation {
                scale: self.scale,
                threshold: self.threshold,
            },
            missing: self.missing,
            layout,
            labels: self.labels.clone(),
            classes: None,
        })
    }

    /// The layer that takes the first columns of a table.
    pub(crate) fn visible_layer(&self, table: &Table, units: usize) -> Result<LayerKind, Failure> {
        LayerKind::of_columns(&self.visible, units).map_err(|e| {
            let word = &self.visible;
            Failure::input(match e {
                LayerKindError::Columns { .. } => {
                    format!("--visible {word}: {}: {e}", table.source())
                }
                LayerKindError::UnknownColumns { .. } => format!("--visible {word:?}: {e}"),
                e => format!("--visible {word}: {e}"),
            })
        })
    }

    /// The hidden layers, from the visible one upwards.
    pub(crate) fn hidden_layers(&self) -> Result<Vec<LayerKind>, Failure> {
        let layer = |word: &str| {
            word.parse()
                .map_err(|e| Failure::input(format!("--hidden: {e}")))
        };
        self.hidden.split(',').map(layer).collect()
    }
}
