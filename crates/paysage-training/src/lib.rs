//! Training: epochs of shuffled minibatches, watched by monitors and callbacks.
//!
//! A [`Trainer`] is a plain struct: a gradient estimator, an optimizer, a schedule, and what stands
//! beside the training. [`Monitor`]s measure the machine after each epoch, [`Callback`]s are told
//! of every batch and epoch, may add to what was measured and may stop it ([`ProgressBar`] and
//! [`LikelihoodCurve`] are two), and a [`Checkpoint`] holds
//! all that is needed to go on as if training had never stopped. [`Pretraining`] trains the layers of
//! a deep machine one by one, before a trainer trains them all.
//!
//! Every random choice is a function of the seed, the epoch and the step. So a run is repeated by
//! its seed, and there is no generator to save.

mod callback;
mod checkpoint;
mod error;
mod likelihood_curve;
mod monitor;
mod monitor_schedule;
mod pretraining;
mod progress_bar;
mod rows;
mod sample;
mod trainer;

pub use callback::{Callback, CallbackError, Control, Epoch, Progress};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use error::TrainingError;
pub use likelihood_curve::LikelihoodCurve;
pub use monitor::{EpochTime, Monitor, MonitorError, Monitors};
pub use monitor_schedule::MonitorSchedule;
pub use pretraining::{Pretraining, Stage};
pub use progress_bar::ProgressBar;
pub use rows::Rows;
pub use trainer::{Outcome, Trainer};
