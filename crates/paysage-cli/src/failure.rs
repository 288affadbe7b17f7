//! Errors of the program: one line, and an exit status.

use std::{fmt, path::Path, process::ExitCode};

use paysage::{
    data::{DataError, LayoutError, WeightsError},
    inference::InferenceError,
    kernels::DeviceError,
    models::ModelFileError,
    report::{ReportError, RunPageError},
    training::{MonitorsError, RunError, SettingsError, TrainingError, TrainingStateError},
};

/// The reason why the program ends without a result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An option or the data are invalid.
    Input(String),
    /// The work failed.
    Work(String),
}

impl Failure {
    /// An option or the data are invalid.
    pub(crate) fn input(message: impl fmt::Display) -> Self {
        Self::Input(message.to_string())
    }

    /// The work failed.
    pub(crate) fn work(message: impl fmt::Display) -> Self {
        Self::Work(message.to_string())
    }

    /// The same, of this file.
    pub(crate) fn at(self, file: &Path) -> Self {
        let with = |message: String| format!("{}: {message}", file.display());
        match self {
            Self::Input(message) => Self::Input(with(message)),
            Self::Work(message) => Self::Work(with(message)),
        }
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
        // One line, whatever a path or a library below put into its message.
        let lines = message.lines().map(str::trim).filter(|l| !l.is_empty());
        f.write_str(&lines.collect::<Vec<_>>().join(" "))
    }
}

/// Settings of data have the names of the options.
impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        match error {
            DataError::Weights(WeightsError::NoSource { .. })
            | DataError::BadScale { .. }
            | DataError::BadThreshold { .. } => Self::input(format_args!("--{error}")),
            _ => Self::input(error),
        }
    }
}

impl From<DeviceError> for Failure {
    fn from(error: DeviceError) -> Self {
        Self::input(error)
    }
}

/// Models are only read outside of training, whose callbacks write them.
impl From<ModelFileError> for Failure {
    fn from(error: ModelFileError) -> Self {
        Self::input(error)
    }
}

impl From<TrainingStateError> for Failure {
    fn from(error: TrainingStateError) -> Self {
        Self::input(error)
    }
}

/// Settings of questions have options of their own.
impl From<InferenceError> for Failure {
    fn from(error: InferenceError) -> Self {
        let option = match error {
            InferenceError::Likelihood(_) => return Self::work(error),
            InferenceError::NoChains => "--chains",
            InferenceError::NoSweeps => "--sweeps",
            InferenceError::NoRepeats => "--repeats",
            InferenceError::NoSamples => "--count",
            InferenceError::NoTargets | InferenceError::TooManyOutcomes { .. } => "--columns",
            InferenceError::NoSuchHiddenLayer { .. } => "--layer",
            _ => return Self::input(error),
        };
        Self::input(format_args!("{option}: {error}"))
    }
}

impl From<LayoutError> for Failure {
    fn from(error: LayoutError) -> Self {
        Self::input(error)
    }
}

/// Settings have the names of the options, except the data, which are an argument.
impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::NoData => Self::input(error),
            _ => Self::input(format_args!("--{error}")),
        }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Settings(error) => error.into(),
            RunError::Monitors(error) => error.into(),
            RunError::Data(error) => error.into(),
            RunError::Training(error) => error.into(),
            _ => Self::input(error),
        }
    }
}

impl From<TrainingError> for Failure {
    fn from(error: TrainingError) -> Self {
        match error {
            TrainingError::Data(error) => error.into(),
            TrainingError::NoEpochs
            | TrainingError::NoRows
            | TrainingError::Setting(_)
            | TrainingError::OtherData { .. } => Self::input(error),
            TrainingError::Diverged { .. } | TrainingError::TooLarge { .. } => Self::work(format!(
                "{error} (--learning-rate), or standardized columns"
            )),
            _ => Self::work(error),
        }
    }
}

impl From<MonitorsError> for Failure {
    fn from(error: MonitorsError) -> Self {
        match error {
            MonitorsError::Data(error) => error.into(),
            MonitorsError::Metric(error) => Self::input(format_args!("--metrics: {error}")),
        }
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        match error {
            // What a folder holds, rather than what was drawn of it.
            ReportError::Read { .. }
            | ReportError::NotJson { .. }
            | ReportError::CutShort { .. }
            | ReportError::NotAnObject { .. }
            | ReportError::MissingKey { .. }
            | ReportError::NotANumber { .. }
            | ReportError::NotAnEpoch { .. }
            | ReportError::EpochOrder { .. }
            | ReportError::NoEpochs { .. } => Self::input(error),
            _ => Self::work(error),
        }
    }
}

impl From<RunPageError> for Failure {
    fn from(error: RunPageError) -> Self {
        match error {
            RunPageError::Run(error) => error.into(),
            RunPageError::Report(error) => error.into(),
            RunPageError::Inference(error) => error.into(),
            RunPageError::Data(error) => error.into(),
        }
    }
}
