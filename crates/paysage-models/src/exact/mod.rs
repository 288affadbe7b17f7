//! Exact sums over all states of a small machine.
//!
//! Discrete layers are enumerated only where they must be: a layer whose neighbours are all known
//! is summed in closed form by its log-partition, and Gaussian layers that meet one another are
//! integrated together. So a restricted machine costs the states of its smaller side.

mod answers;
mod gaussian;
mod plan;
mod states;
mod sum;

pub use answers::{Exact, ExactError};
pub use plan::Plan;
pub use states::States;
