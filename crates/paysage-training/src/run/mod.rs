//! Runs: settings and the folder of their results, as the program `paysage` has them.

mod error;
mod fault;
mod folder;
mod names;
mod settings;

pub use error::SettingsError;
pub use fault::RunError;
pub use folder::{RunFolder, RunLock};
pub use names::{DataPhaseName, MethodName};
pub use settings::{Difference, Earlier, INFER, Settings};
