//! Training: epochs of shuffled minibatches, with metrics, callbacks and checkpoints.
//!
//! A [`Trainer`] is a struct of settings: a gradient estimator (a [`Method`], where it is selected at
//! run time), gradient transforms, an optimizer, constraints, a learning-rate schedule and
//! [`Monitors`]. A [`TrainingState`] is the machine, the states of estimator and optimizer, and the
//! position in the data. It can be saved, and training continues from it bit for bit. [`Callback`]s
//! observe batches and epochs and may stop training, such as [`ProgressBar`], [`LikelihoodCurve`],
//! [`Checkpoints`], [`BestMachine`] and [`EarlyStopping`]. [`Pretraining`] trains a deep machine layer by layer. [`Settings`] and
//! [`RunFolder`] are the settings and the folder of a run of the program `paysage`.
//!
//! Random numbers are functions of the seed, the epoch and the batch, so the same seed gives the same
//! run.

#![forbid(unsafe_code)]

mod batches;
mod best;
mod callback;
mod checkpoint_every;
mod checkpoints;
mod divergence;
mod early_stopping;
mod error;
mod likelihood_curve;
mod memory_size;
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

pub use best::{BestEpoch, BestMachine, EpochValues};
pub use callback::{
    Callback, CallbackError, Control, Epoch, FinishedBatch, ReportProgress, Snapshot,
};
pub use checkpoint_every::{CheckpointEvery, CheckpointEveryError};
pub use checkpoints::{Checkpoints, previous_checkpoint};
pub use early_stopping::EarlyStopping;
pub use error::TrainingError;
pub use likelihood_curve::LikelihoodCurve;
pub use memory_size::{MemorySize, MemorySizeError};
pub use method::{Method, MethodState};
pub use monitor::{Monitor, MonitorError, Monitors, MonitorsError};
pub use monitor_schedule::MonitorSchedule;
pub use pretraining::{Pretrained, Pretraining, PretrainingStage, StageTraining};
pub use progress_bar::ProgressBar;
pub use run::{
    CenterName, ChainStartName, ConstraintKind, Continuation, DamagedCheckpoint, DataPhaseName,
    Difference, Earlier, GaugeName, INFER, KeepRun, KeyNote, LastCheckpoint, MethodName,
    MonitoredMetric, MonitoredMetricError, PenaltyKind, PreparedRun, ResumedRun, RuleError,
    RuleSetting, RunData, RunError, RunFolder, RunLock, SelectionText, Settings, SettingsError,
    epoch_of,
};
pub use state::TrainingState;
pub use state_file::TrainingStateError;
pub use trainer::{Outcome, Trainer};
