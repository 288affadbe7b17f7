//! Boltzmann machines: layers joined by connections, of any depth and on any graph.
//!
//! ```text
//! E(x) = Σ_i H_i(x_i) − Σ_c r_t(x_t)ᵀ W_c r_d(x_d),     p(x) ∝ exp(−β E(x))
//! ```
//!
//! [`BoltzmannMachine`] is a plain struct of layers and [`Connection`]s. It knows its energy, the
//! field on each layer, the free energy of its visible units and the gradient of its energy
//! ([`Gradient`]); everything that trains it comes in through [`GradientEstimator`], everything
//! that changes or reads its parameters through [`Mapper`] and [`Visitor`]. [`Exact`] sums over all
//! states of a small machine, and the model file is written and read by
//! [`BoltzmannMachine::save`] and [`BoltzmannMachine::load`].

mod batch;
mod chunks;
mod connection;
mod data;
mod energy;
mod error;
mod estimator;
mod exact;
mod file;
mod file_error;
mod gradient;
mod graph;
mod initialize;
mod machine;
mod memory;
mod progress;
mod state;
mod tensor_file;
mod visit;

pub use batch::Batch;
pub use connection::Connection;
pub use error::MachineError;
pub use estimator::GradientEstimator;
pub use exact::{Exact, ExactError, Plan, States};
pub use file::{Ends, Outline, read_outline};
pub use file_error::ModelFileError;
pub use gradient::{Gradient, Phase};
pub use initialize::{Initialization, InitializationError};
pub use machine::BoltzmannMachine;
pub use memory::Memory;
pub use progress::{Progress, Silent, Stage};
pub use state::State;
pub use tensor_file::{TensorFile, TensorFileError};
pub use visit::{Mapper, Visitor, layer_parameter, weight_name};
