//! How the program fails: one line, and an exit status.

use std::{fmt, io, process::ExitCode};

use paysage::{
    data::DataError,
    kernels::DeviceError,
    models::{ModelFileError, TensorFileError},
    report::ReportError,
    training::{CheckpointError, TrainingError},
};

/// Why the program ends without its result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The words or the data were wrong.
    Input(String),
    /// The work failed.
    Work(String),
}

impl Failure {
    /// The words or the data were wrong.
    pub(crate) fn input(message: impl fmt::Display) -> Self {
        Self::Input(message.to_string())
    }

    /// The work failed.
    pub(crate) fn work(message: impl fmt::Display) -> Self {
        Self::Work(message.to_string())
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Input(_) => ExitCode::from(2),
            Self::Work(_) => ExitCode::from(1),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Input(message) | Self::Work(message)) = self;
        // One line, whatever a library below put into its message.
        f.write_str(&message.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        match error {
            DataError::OutOfRange { value, .. } if value > 0.0 && value < 1.0 => {
                Self::input(format!(
                    "{error}; for gray values try --threshold 0.5, for real ones --visible gaussian"
                ))
            }
            _ => Self::input(error),
        }
    }
}

impl From<DeviceError> for Failure {
    fn from(error: DeviceError) -> Self {
        Self::input(error)
    }
}

impl From<ModelFileError> for Failure {
    fn from(error: ModelFileError) -> Self {
        match error {
            ModelFileError::File(
                TensorFileError::Unwritable { .. } | TensorFileError::NotFinite { .. },
            ) => Self::work(error),
            _ => Self::input(error),
        }
    }
}

impl From<CheckpointError> for Failure {
    fn from(error: CheckpointError) -> Self {
        Self::input(error)
    }
}

impl From<TrainingError> for Failure {
    fn from(error: TrainingError) -> Self {
        match error {
            TrainingError::Data(error) => error.into(),
            TrainingError::NoEpochs | TrainingError::NoRows => Self::input(error),
            _ => Self::work(error),
        }
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        Self::work(error)
    }
}

/// Printing failed: whoever read stdout went away.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::work(error)
    }
}
