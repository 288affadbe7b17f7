//! Errors as Python exceptions of one line.

use std::{any::Any, error::Error, io};

use numpy::AsSliceError;
use paysage::{
    data::DataError,
    inference::InferenceError,
    interchange::ImportError,
    metrics::LikelihoodError,
    training::{RunError, SettingsError, TrainingError},
};
use pyo3::{
    PyErr,
    exceptions::{PyRuntimeError, PyValueError},
};

/// The reason why a call fails.
#[derive(Debug)]
pub(crate) enum Fault {
    /// An argument or the data are invalid: `ValueError`.
    Value(String),
    /// The work failed: `RuntimeError`.
    Work(String),
    /// A file cannot be read or written: `OSError`, such as `FileNotFoundError`.
    File(io::ErrorKind, String),
}

impl Fault {
    /// An argument or the data are invalid.
    pub(crate) fn value(message: impl std::fmt::Display) -> Self {
        Self::Value(message.to_string())
    }

    /// The work failed.
    pub(crate) fn work(message: impl std::fmt::Display) -> Self {
        Self::Work(message.to_string())
    }
}

impl<E: Error + 'static> From<E> for Fault {
    fn from(error: E) -> Self {
        let message = match is_setting(&error) {
            true => named(&error.to_string()),
            false => error.to_string(),
        };
        if let Some(kind) = kind_of_file(&error) {
            return Self::File(kind, message);
        }
        match is_work(&error) {
            true => Self::Work(message),
            false => Self::Value(message),
        }
    }
}

impl From<Fault> for PyErr {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Value(message) => PyValueError::new_err(line(&message)),
            Fault::Work(message) => PyRuntimeError::new_err(line(&message)),
            Fault::File(kind, message) => io::Error::new(kind, line(&message)).into(),
        }
    }
}

/// The kind of the error of a file, where one is the cause.
fn kind_of_file(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    let data = match error.downcast_ref() {
        Some(ImportError::Data(error)) => Some(error),
        _ => error.downcast_ref(),
    };
    if let Some(DataError::NotFound { .. }) = data {
        return Some(io::ErrorKind::NotFound);
    }
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        cause = error.source();
    }
    None
}

/// Whether arguments and data were valid, and the computation failed.
fn is_work(error: &(dyn Any + 'static)) -> bool {
    if let Some(RunError::Training(error)) = error.downcast_ref::<RunError>() {
        return is_work(error);
    }
    if let Some(error) = error.downcast_ref::<TrainingError>() {
        return !matches!(
            error,
            TrainingError::Data(_)
                | TrainingError::NoEpochs
                | TrainingError::NoRows
                | TrainingError::Setting(_)
                | TrainingError::OtherData { .. }
        );
    }
    if let Some(error) = error.downcast_ref::<InferenceError>() {
        return matches!(
            error,
            InferenceError::Likelihood(LikelihoodError::NotFinite)
        );
    }
    matches!(
        error.downcast_ref::<LikelihoodError>(),
        Some(LikelihoodError::NotFinite)
    )
}

/// Whether the message of an error begins with the name of a setting.
fn is_setting(error: &dyn Any) -> bool {
    error.is::<SettingsError>()
        || matches!(
            error.downcast_ref::<RunError>(),
            Some(RunError::Settings(_))
        )
}

/// A message whose setting has the name of an argument: `gibbs-steps: …` is `gibbs_steps: …`.
fn named(message: &str) -> String {
    match message.split_once([':', ' ']) {
        Some((setting, _)) => setting.replace('-', "_") + &message[setting.len()..],
        None => message.to_owned(),
    }
}

/// One line, in which options of the command line have the names of arguments: `--gibbs-steps` is `gibbs_steps`.
pub(crate) fn line(message: &str) -> String {
    let lines = message.lines().map(str::trim).filter(|it| !it.is_empty());
    let line = lines.collect::<Vec<_>>().join(" ");
    let words = line.split(' ').map(|word| {
        let start = word.find("--").filter(|&start| {
            let rest = &word.as_bytes()[start + 2..];
            rest.first().is_some_and(u8::is_ascii_lowercase)
        });
        match start {
            Some(start) => {
                let name = word[start + 2..].replace('-', "_");
                format!("{}{name}", &word[..start])
            }
            None => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Arrays that NumPy does not lend.
pub(crate) fn not_contiguous(_: AsSliceError) -> Fault {
    Fault::value("expected a C-contiguous array: use numpy.ascontiguousarray")
}
