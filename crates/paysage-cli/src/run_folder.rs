//! The folder of a run.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use paysage::{
    data::replace_file,
    layers::Stored,
    training::{Callback, CallbackError, Control, Epoch},
};
use serde_json::{Map, Value};

use crate::{config::Config, failure::Failure};

/// The name of the file that says what the columns are.
pub(crate) const SCHEMA: &str = "schema.toml";

/// Where everything of a run is.
#[derive(Clone, Debug)]
pub(crate) struct RunFolder(PathBuf);

impl RunFolder {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn model(&self) -> PathBuf {
        self.0.join("model.safetensors")
    }

    pub(crate) fn metrics(&self) -> PathBuf {
        self.0.join("metrics.jsonl")
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    pub(crate) fn schema(&self) -> PathBuf {
        self.0.join(SCHEMA)
    }

    pub(crate) fn report(&self) -> PathBuf {
        self.0.join("report.html")
    }

    pub(crate) fn figures(&self) -> PathBuf {
        self.0.join("figures")
    }

    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.0.join("checkpoint").join("state.safetensors")
    }

    /// The settings of the run that is in the folder.
    pub(crate) fn settings(&self) -> Result<Config, Failure> {
        if !self.config().exists() {
            return Err(Failure::input(format!(
                "{}: holds no run: there is no config.toml as `paysage train` leaves it",
                self.0.display()
            )));
        }
        Config::read(&self.config())
    }

    /// Makes the folder and writes the settings into it. A run with other settings is not touched,
    /// unless it ended before anything came of it, and neither is what is not of a run.
    pub(crate) fn start(&self, config: &Config) -> Result<(), Failure> {
        let place = self.0.display();
        let results = [self.checkpoint(), self.model(), self.metrics()];
        if self.config().exists() {
            let differences = Config::read(&self.config())?.differences(config);
            if let Some((option, old, new)) = differences.first()
                && results.iter().any(|file| file.exists())
            {
                return Err(Failure::input(format!(
                    "{place}: holds a run with other settings ({option} is {old} there, {new} \
                     here): choose another --out, or go on with it by --resume"
                )));
            }
            // Also with the same settings: what took long is not thrown away for a slip of the hand.
            if self.checkpoint().exists() {
                return Err(Failure::input(format!(
                    "{place}: holds a run already: go on with it by --resume, or choose another \
                     --out"
                )));
            }
        } else {
            let found = results.into_iter().chain([self.report()]);
            if let Some(file) = found.into_iter().find(|file| file.exists()) {
                return Err(Failure::input(format!(
                    "{}: is in the way, and {place} holds no run that it is of: choose another \
                     --out",
                    file.display()
                )));
            }
        }
        self.make(&self.0)?;
        self.make(&self.figures())?;
        self.make(&self.0.join("checkpoint"))?;
        for old in [
            self.checkpoint(),
            self.model(),
            self.metrics(),
            self.report(),
            self.schema(),
        ] {
            match fs::remove_file(&old) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => {
                    return Err(unwritable(&old, &e));
                }
                _ => {}
            }
        }
        self.write_config(config)
    }

    /// Writes the settings.
    pub(crate) fn write_config(&self, config: &Config) -> Result<(), Failure> {
        let text = config.to_toml()?;
        self.write(&self.config(), &text)
    }

    /// Drops the lines of epochs after a checkpoint, so that going on writes them anew.
    pub(crate) fn keep_metrics(&self, epochs: usize) -> Result<(), Failure> {
        let path = self.metrics();
        if epochs == 0 && !path.exists() {
            return Ok(());
        }
        let text = fs::read_to_string(&path)
            .map_err(|e| Failure::input(format!("{}: {e}: it must be readable", path.display())))?;
        // A line is written before its checkpoint: there may be one more, perhaps cut short.
        let kept: String = text
            .lines()
            .take(epochs)
            .map(|line| format!("{line}\n"))
            .collect();
        self.write(&path, &kept)
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), Failure> {
        replace_file(path, |out| out.write_all(text.as_bytes())).map_err(|e| unwritable(path, &e))
    }

    fn make(&self, folder: &Path) -> Result<(), Failure> {
        fs::create_dir_all(folder).map_err(|e| unwritable(folder, &e))
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let place = path.display();
    Failure::input(format!(
        "{place}: {error}: choose an --out folder that can be written"
    ))
}

/// After every epoch: a line of metrics and the model. It comes before the checkpoint, so that a
/// checkpoint has no epoch that the others lack.
impl<L: Stored> Callback<L> for RunFolder {
    fn after_epoch(&mut self, epoch: &mut Epoch<'_, L>) -> Result<Control, CallbackError> {
        let mut record = Map::new();
        record.insert("epoch".into(), epoch.number.into());
        record.insert("seconds".into(), epoch.seconds.into());
        for (name, value) in &epoch.values {
            record.insert(name.clone(), Value::from(*value));
        }
        let path = self.metrics();
        let file = OpenOptions::new().create(true).append(true).open(&path);
        // In one piece, as far as the system allows.
        let line = format!("{}\n", Value::from(record));
        file.and_then(|mut file| {
            file.write_all(line.as_bytes())
                .and_then(|()| file.sync_data())
        })
        .map_err(|e| format!("{}: {e}", path.display()))?;
        epoch.machine.save(&self.model())?;
        Ok(Control::Continue)
    }
}
