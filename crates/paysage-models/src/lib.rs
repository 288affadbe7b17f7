//! Boltzmann machines: layers and connections, of any depth and on any graph.
//!
//! ```text
//! E(x) = Σ_i H_i(x_i) − Σ_c r_t(x_t)ᵀ W_c r_d(x_d),     p(x) ∝ exp(−β E(x))
//! ```
//!
//! [`BoltzmannMachine`] is a plain struct of layers and [`Connection`]s. It computes its energy, the
//! field on each layer, the free energy of its visible units and the gradient of its energy
//! ([`Gradient`]). Its parameters are addressed by [`ParameterId`]; [`Visitor`] and [`Mapper`] read
//! and replace all of them. An [`Estimator`] estimates the gradient of the log-likelihood and returns
//! a [`Step`] of training; its state is [`Recorded`] for checkpoints. [`Exact`] sums over all states
//! of a small machine. [`BoltzmannMachine::zero_sum`] and [`BoltzmannMachine::normalize_hidden`] change
//! the gauge: the parameters, and not the distribution. A [`Model`] is a machine with the layout of its
//! data, in one file. [`Pca`] finds the principal components of a data set. Long computations report to
//! a [`Progress`].

#![forbid(unsafe_code)]

mod batch;
mod center;
mod chunks;
mod connection;
mod data;
mod energy;
mod error;
mod estimator;
mod exact;
mod file;
mod file_error;
mod gauge;
mod gradient;
mod graph;
mod initialize;
mod machine;
mod model;
mod moments;
mod outline;
mod parameter;
mod pca;
mod phase;
mod progress;
mod record;
mod resident;
mod setting_error;
mod sites;
mod state;
mod tensor_file;
mod visit;

pub use batch::{Batch, BatchWeights};
pub use connection::Connection;
pub use error::MachineError;
pub use estimator::{Estimator, Info, Step};
pub use exact::{Exact, ExactError, Plan, States};
pub use file_error::ModelFileError;
pub use gauge::HiddenScale;
pub use gradient::Gradient;
pub use initialize::{Initialization, InitializationError};
pub use machine::BoltzmannMachine;
pub use model::{LayoutWidth, Model};
pub use outline::{Ends, Outline, Role, read_outline};
pub use parameter::ParameterId;
pub use pca::{Pca, PrincipalComponents};
pub use phase::Phase;
pub use progress::{Progress, Silent, Stage};
pub use record::{Record, RecordError, Recorded, Scalar};
pub use resident::ResidentRows;
pub use setting_error::SettingError;
pub use sites::{SequenceError, VisibleSite, parse_incomplete_sequence, parse_sequence};
pub use state::State;
pub use tensor_file::{TensorFile, TensorFileError};
pub use visit::{Mapper, Visitor};
