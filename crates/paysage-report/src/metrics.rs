//! The records of a run: one line of JSON per epoch.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use crate::ReportError;

/// One epoch of a run, a line of `metrics.jsonl`:
/// `{"epoch":1,"seconds":2.31,"reconstruction_error":0.031}`.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochRecord {
    /// The epoch, usually counted from 1.
    pub epoch: usize,
    /// Training time of the epoch, in seconds.
    pub seconds: f64,
    /// All other keys of the line: the metrics by name. `null` is read as NaN.
    pub values: BTreeMap<String, f64>,
}

impl EpochRecord {
    /// A record of these metrics.
    ///
    /// ```
    /// let record = paysage_report::EpochRecord::new(1, 2.31, &[("reconstruction_error", 0.031)]);
    /// assert_eq!(record.values["reconstruction_error"], 0.031);
    /// ```
    #[must_use]
    pub fn new(epoch: usize, seconds: f64, values: &[(&str, f64)]) -> Self {
        let values = values.iter().map(|&(name, value)| (name.to_owned(), value));
        Self {
            epoch,
            seconds,
            values: values.collect(),
        }
    }
}

/// Reads a metrics file: one JSON object per line with `epoch` and `seconds`; all other values are
/// numbers or `null` (NaN), and epochs increase.
///
/// # Errors
///
/// When the file cannot be read, is empty, or a line is invalid: the error names the line, the key
/// and the value. An incomplete last line, as after a crash, is [`ReportError::CutShort`].
///
/// ```
/// use paysage_report::read_metrics;
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("metrics.jsonl");
/// std::fs::write(&path, "{\"epoch\":1,\"seconds\":2.31,\"reconstruction_error\":0.031}\n")?;
/// let records = read_metrics(&path)?;
/// assert_eq!(records[0].values["reconstruction_error"], 0.031);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_metrics(path: &Path) -> Result<Vec<EpochRecord>, ReportError> {
    let text = fs::read_to_string(path).map_err(|source| ReportError::Read {
        path: path.into(),
        source,
    })?;
    let mut records: Vec<EpochRecord> = Vec::new();
    for (index, text) in text.lines().enumerate() {
        let line = index + 1;
        let record = Line { path, line }.record(text)?;
        if let Some(last) = records.last()
            && record.epoch <= last.epoch
        {
            return Err(ReportError::EpochOrder {
                path: path.into(),
                line,
                epoch: record.epoch,
                previous: last.epoch,
            });
        }
        records.push(record);
    }
    if records.is_empty() {
        return Err(ReportError::NoEpochs { path: path.into() });
    }
    Ok(records)
}

/// Position of a value, for errors.
struct Line<'a> {
    path: &'a Path,
    line: usize,
}

impl Line<'_> {
    fn record(&self, text: &str) -> Result<EpochRecord, ReportError> {
        let (path, line) = (self.path.to_path_buf(), self.line);
        let mut object = match serde_json::from_str(text) {
            Ok(Value::Object(object)) => object,
            Ok(_) => return Err(ReportError::NotAnObject { path, line }),
            Err(source) if text.trim_start().starts_with('{') && source.is_eof() => {
                return Err(ReportError::CutShort { path, line });
            }
            Err(source) => return Err(ReportError::NotJson { path, line, source }),
        };
        let epoch = self.take(&mut object, "epoch")?;
        let epoch = epoch
            .as_u64()
            .and_then(|epoch| usize::try_from(epoch).ok())
            .ok_or_else(|| ReportError::NotAnEpoch {
                path,
                line,
                found: epoch.to_string(),
            })?;
        let seconds = self.take(&mut object, "seconds")?;
        let seconds = self.number("seconds", &seconds)?;
        let values = object
            .into_iter()
            .map(|(key, value)| self.number(&key, &value).map(|value| (key, value)))
            .collect::<Result<_, _>>()?;
        Ok(EpochRecord {
            epoch,
            seconds,
            values,
        })
    }

    fn take(
        &self,
        object: &mut Map<String, Value>,
        key: &'static str,
    ) -> Result<Value, ReportError> {
        object.remove(key).ok_or_else(|| ReportError::MissingKey {
            path: self.path.into(),
            line: self.line,
            key,
        })
    }

    fn number(&self, key: &str, value: &Value) -> Result<f64, ReportError> {
        match value {
            Value::Null => Some(f64::NAN),
            value => value.as_f64(),
        }
        .ok_or_else(|| ReportError::NotANumber {
            path: self.path.into(),
            line: self.line,
            key: key.into(),
            found: value.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<EpochRecord>, ReportError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        fs::write(&path, text).unwrap();
        read_metrics(&path)
    }

    #[test]
    fn reads_epochs_seconds_and_every_metric() {
        let records = read(
            "{\"epoch\":1,\"seconds\":2.5,\"a\":0.5,\"b\":-3}\n{\"epoch\":2,\"seconds\":2,\"a\":null}\n",
        )
        .unwrap();
        assert_eq!(records.len(), 2);
        assert_eq!((records[0].epoch, records[0].seconds), (1, 2.5));
        assert_eq!(records[0].values["a"], 0.5);
        assert_eq!(records[0].values["b"], -3.0);
        assert!(records[1].values["a"].is_nan());
    }

    #[test]
    fn errors_name_the_line_and_the_value() {
        let good = "{\"epoch\":1,\"seconds\":2}\n";
        for (bad, expected) in [
            ("{\"epoch\":2,\"seconds\":2,\"rec", "line 2 is incomplete"),
            ("", "has no epochs"),
            ("{\"epoch\":2 \"seconds\":2}", "line 2: expected"),
            ("\n{\"epoch\":2,\"seconds\":2}", "line 2: EOF"),
            ("[1, 2]", "line 2 is not a JSON object"),
            ("{\"seconds\":2}", "line 2 has no \"epoch\""),
            ("{\"epoch\":2}", "line 2 has no \"seconds\""),
            ("{\"epoch\":1.5,\"seconds\":2}", "got 1.5"),
            ("{\"epoch\":2,\"seconds\":2,\"a\":\"low\"}", "got \"low\""),
            ("{\"epoch\":1,\"seconds\":2}", "epoch 1 comes after epoch 1"),
        ] {
            let text = if bad.is_empty() {
                String::new()
            } else {
                format!("{good}{bad}")
            };
            let message = read(&text).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
            assert!(
                message.contains("metrics.jsonl") && !message.contains('\n'),
                "{message}"
            );
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let message = read_metrics(Path::new("/nowhere/metrics.jsonl"))
            .unwrap_err()
            .to_string();
        assert!(message.contains("/nowhere/metrics.jsonl"), "{message}");
    }
}
