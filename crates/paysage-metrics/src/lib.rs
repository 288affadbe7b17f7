//! Numbers that say how good a machine is.
//!
//! Each metric is a [`Metric`]: it looks at a machine and a table of rows and gives a number, or an
//! error that says why there is none; errors are never read as zero. What they measure is also
//! there as plain functions: [`reconstruction_error`], [`free_energy`], [`pseudo_log_likelihood`],
//! [`unnormalized_elbo`].
//!
//! [`LikelihoodEstimator`] finds or bounds ln Z and the log-likelihood of rows; [`AnnealedSums`] bounds
//! ln Σ exp(−E) of each row over the layers that are not clamped.

mod elbo;
mod exact;
mod free_energy;
mod likelihood;
mod metric;
mod pseudo_likelihood;
mod reconstruction;

pub use elbo::{Elbo, unnormalized_elbo};
pub use exact::ExactLogLikelihood;
pub use free_energy::{FreeEnergy, FreeEnergyGap, free_energy};
pub use likelihood::{
    AnnealedSums, Annealer, Annealing, Bennett, Estimate, How, Interval, Likelihood,
    LikelihoodError, LikelihoodEstimator, LogPartition, Method, Spacing, Stage, Starts, TwoSided,
    Watch, base_of_rows, uniform_base,
};
pub use metric::{Metric, MetricError};
pub use pseudo_likelihood::{PseudoLogLikelihood, Sites, pseudo_log_likelihood};
pub use reconstruction::{ReconstructionError, reconstruction_error};
