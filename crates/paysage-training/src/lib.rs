//! Training: epochs of shuffled minibatches, with metrics, callbacks and checkpoints.
//!
//! A [`Trainer`] is settings: a gradient estimator (a [`Method`], where it is chosen at run time),
//! gradient transforms, an optimizer, constraints, a learning-rate schedule and [`Monitors`]. A
//! [`TrainingState`] is what training carries: the machine, the states of estimator and optimizer,
//! and the position in the data. It can be saved and continued bit for bit. [`Callback`]s observe
//! batches and epochs and may stop training; [`ProgressBar`], [`LikelihoodCurve`] and
//! [`Checkpoints`] are three. [`Pretraining`] trains the layers of a deep machine one by one.
//!
//! Every random choice is a function of the seed, the epoch and the batch, so a seed repeats a run.

mod callback;
mod checkpoints;
mod divergence;
mod error;
mod likelihood_curve;
mod method;
mod monitor;
mod monitor_schedule;
mod pretraining;
mod progress_bar;
mod run;
mod sample;
mod state;
mod state_file;
mod trainer;
mod training_loop;

pub use callback::{
    Callback, CallbackError, Control, Epoch, FinishedBatch, ReportProgress, Snapshot,
};
pub use checkpoints::Checkpoints;
pub use error::TrainingError;
pub use likelihood_curve::LikelihoodCurve;
pub use method::{Method, MethodState};
pub use monitor::{Monitor, MonitorError, Monitors};
pub use monitor_schedule::MonitorSchedule;
pub use pretraining::{Pretrained, Pretraining, Stage};
pub use progress_bar::ProgressBar;
pub use run::{
    DataPhaseName, Difference, Earlier, INFER, KeepRun, MethodName, RunError, RunFolder, RunLock,
    Settings, SettingsError,
};
pub use state::TrainingState;
pub use state_file::TrainingStateError;
pub use trainer::{Outcome, Trainer};
