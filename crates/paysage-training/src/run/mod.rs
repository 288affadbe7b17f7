//! Runs: settings and the folder of their results, as the program `paysage` has them.

mod error;
mod fault;
mod folder;
mod keep;
mod names;
mod pipeline;
mod plan;
mod resume;
mod rules;
mod settings;

pub use error::SettingsError;
pub use fault::RunError;
pub use folder::{RunFolder, RunLock};
pub use keep::KeepRun;
pub use names::{CenterName, DataPhaseName, MethodName};
pub use rules::{ConstraintKind, PenaltyKind, RuleError, RuleSetting, SelectionText};
pub use settings::{Difference, Earlier, INFER, Settings};
