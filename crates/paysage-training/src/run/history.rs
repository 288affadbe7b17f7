//! The metrics of the epochs of a run, `metrics.jsonl`.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    RunError, RunFolder,
    folder::{unreadable, write},
};
use crate::{CallbackError, EpochValues};

/// A line of the file.
#[derive(Deserialize)]
struct Line {
    epoch: usize,
    /// All other keys; `null` is a number that is not finite.
    #[serde(flatten)]
    values: BTreeMap<String, Option<f64>>,
}

impl RunFolder {
    /// The metrics of the epochs that are kept; none before the first epoch.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or has a line that is not the metrics of an epoch.
    pub fn history(&self) -> Result<Vec<EpochValues>, RunError> {
        let path = self.metrics();
        let lines = self.metrics_text()?;
        let lines =
            lines
                .lines()
                .enumerate()
                .map(|(index, line)| -> Result<EpochValues, RunError> {
                    let line: Line =
                        serde_json::from_str(line).map_err(|source| RunError::BadMetrics {
                            path: path.clone(),
                            line: index + 1,
                            source,
                        })?;
                    let values = line.values.into_iter();
                    let values = values.map(|(name, value)| (name, value.unwrap_or(f64::NAN)));
                    Ok((line.epoch, values.collect()))
                });
        lines.collect()
    }

    /// Removes the metrics of epochs after a checkpoint, so that they are written again.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written.
    pub fn keep_metrics(&self, epochs: usize) -> Result<(), RunError> {
        let text = self.metrics_text()?;
        // A line may be cut short where the process was killed.
        let lines = text.split_inclusive('\n').take(epochs);
        let kept: String = lines.filter(|line| line.ends_with('\n')).collect();
        match kept == text {
            true => Ok(()),
            false => write(&self.metrics(), &kept),
        }
    }

    /// Adds a line, in one piece as far as the system allows. [`sync_metrics`](Self::sync_metrics) makes it
    /// durable: waiting for the disk after every epoch would take most of the time of short ones.
    pub(super) fn add_metrics(&self, values: Map<String, Value>) -> Result<(), CallbackError> {
        let line = format!("{}\n", Value::from(values));
        let path = self.metrics();
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
        Ok(written.map_err(|error| format!("{}: {error}", path.display()))?)
    }

    /// Waits until all lines are on the disk.
    pub(super) fn sync_metrics(&self) -> Result<(), CallbackError> {
        let path = self.metrics();
        let synced = match OpenOptions::new().append(true).open(&path) {
            // Training stopped before the end of its first epoch.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            file => file.and_then(|file| file.sync_data()),
        };
        Ok(synced.map_err(|error| format!("{}: {error}", path.display()))?)
    }

    /// The text of the file; empty where there is none.
    fn metrics_text(&self) -> Result<String, RunError> {
        let path = self.metrics();
        match fs::read_to_string(&path) {
            Err(source) if source.kind() == ErrorKind::NotFound => Ok(String::new()),
            text => text.map_err(|source| unreadable(&path, source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    fn folder() -> (tempfile::TempDir, RunFolder) {
        let parent = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::new(&parent.path().join("run"));
        folder.keep_metrics(3).expect("no metrics yet");
        assert!(folder.history().expect("no metrics yet").is_empty());
        folder.start(&Settings::default()).expect("a new folder");
        (parent, folder)
    }

    #[test]
    fn metrics_after_a_checkpoint_are_removed() {
        let (_parent, folder) = folder();
        let text = || fs::read_to_string(folder.metrics()).expect("text");
        fs::write(folder.metrics(), "1\n2\n3\n4").expect("written");
        folder.keep_metrics(9).expect("kept");
        assert_eq!(text(), "1\n2\n3\n");
        folder.keep_metrics(2).expect("kept");
        assert_eq!(text(), "1\n2\n");
    }

    #[test]
    fn values_are_read_as_they_were_written() {
        let (_parent, folder) = folder();
        let value = 0.1 + 0.2;
        for (epoch, value) in [(1, value), (2, f64::NAN)] {
            let mut line = Map::new();
            line.insert("epoch".into(), epoch.into());
            line.insert("a".into(), Value::from(value));
            folder.add_metrics(line).expect("written");
        }
        let found = folder.history().expect("two epochs");
        assert_eq!(found[0], (1, [("a".to_owned(), value)].into()));
        assert!(found[1].0 == 2 && found[1].1["a"].is_nan());

        fs::write(folder.metrics(), "{\"epoch\":1}\n{\"a\":1}\n").expect("written");
        let fault = folder.history().expect_err("no epoch").to_string();
        assert!(
            fault.contains("metrics.jsonl: line 2: missing field"),
            "{fault}"
        );
    }
}
