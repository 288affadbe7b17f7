//! Training runs of the program `paysage`: their settings and their folder.

mod checkpoint;
mod data;
mod defaults;
mod error;
mod fault;
mod folder;
mod history;
mod initialize;
mod keep;
mod models;
mod monitored;
mod names;
mod nearest;
mod pipeline;
mod plan;
mod prepared;
mod resume;
mod rules;
mod settings;
mod settings_file;
mod stages;
mod stopping;

pub use checkpoint::{DamagedCheckpoint, LastCheckpoint};
pub use data::RunData;
pub use error::SettingsError;
pub use fault::RunError;
pub use folder::{RunFolder, RunLock};
pub use keep::KeepRun;
pub use models::epoch_of;
pub use monitored::{MonitoredMetric, MonitoredMetricError};
pub use names::{CenterName, ChainStartName, DataPhaseName, GaugeName, MethodName};
pub use prepared::PreparedRun;
pub use resume::{Continuation, ResumedRun};
pub use rules::{ConstraintKind, PenaltyKind, RuleError, RuleSetting, SelectionText};
pub use settings::{Difference, Earlier, INFER, KeyNote, Settings};
