//! Log-likelihoods: exact where possible, otherwise within bounds.
//!
//! [`LikelihoodEstimator`] is the entry point. It sums exactly, or runs annealed importance sampling
//! in both directions between independent units and the machine ([`Annealer`]), with more and more
//! temperatures until the bounds are as close as required.

mod annealer;
mod base;
mod bennett;
mod between;
mod doubt;
mod estimator;
mod exchange;
mod interval;
mod ladder;
mod log_partition;
mod path;
mod rows;
mod sides;
mod temperatures;
mod weights;

pub use annealer::{Annealer, Annealing};
pub use base::{base_of_rows, uniform as uniform_base};
pub use bennett::Bennett;
pub use doubt::Doubt;
pub use estimator::{How, Likelihood, LikelihoodError, LikelihoodEstimator, Method};
pub use interval::Interval;
pub use ladder::{LadderEstimate, LadderPartition};
pub use log_partition::{LogPartition, Population, Starts};
pub use rows::{AnnealedSums, RowAnnealing};
pub use sides::TwoSided;
pub use temperatures::Spacing;
pub use weights::Estimate;
