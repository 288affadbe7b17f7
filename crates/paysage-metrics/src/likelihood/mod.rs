//! How likely rows are: exactly where that can be, and otherwise within bounds.
//!
//! [`LikelihoodEstimator`] is the front door. It sums exactly, or anneals chains from independent
//! units to the machine and back ([`Annealer`]) in ever smaller steps until the bounds that both
//! directions give are as close as asked.

mod annealer;
mod base;
mod bennett;
mod estimator;
mod interval;
mod path;
mod rows;
mod sides;
mod temperatures;
mod weights;

pub use annealer::{Annealer, Annealing, LogPartition, Starts};
pub use base::{base_of_rows, uniform as uniform_base};
pub use bennett::Bennett;
pub use estimator::{How, Likelihood, LikelihoodError, LikelihoodEstimator, Method};
pub use interval::Interval;
pub use rows::AnnealedSums;
pub use sides::TwoSided;
pub use temperatures::Spacing;
pub use weights::Estimate;

/// What an estimate is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// An exact sum over states.
    Sum,
    /// A short run that shows where small steps are needed.
    Pilot,
    /// Chains walk from independent units to the machine.
    Forward,
    /// Chains of the machine mix.
    Mixing,
    /// Chains walk from the machine to independent units.
    Reverse,
    /// Chains walk under rows, one batch of rows after another.
    Rows,
}

/// Told again and again what an estimate is at, and how many steps of how many are done.
pub type Watch<'a> = &'a mut (dyn FnMut(Stage, usize, usize) + Send);
