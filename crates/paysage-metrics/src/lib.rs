//! Metrics and log-likelihoods of Boltzmann machines.
//!
//! Each metric is a struct of settings with the trait [`Metric`]:
//! `settings.run(&machine, &rows, key, &mut progress)` returns a [`Measurement`], or an error if the
//! metric is not defined. Rows are read in chunks from any [`Rows`](paysage_data::Rows). The metrics are
//! [`ReconstructionError`], [`PseudoLogLikelihood`], [`FreeEnergy`], [`FreeEnergyGap`],
//! [`ExactLogLikelihood`] and [`Elbo`].
//!
//! [`LikelihoodEstimator`] computes ln Z and the log-likelihood of rows, exactly or between bounds by
//! annealed importance sampling; [`AnnealedSums`] bounds ln Σ exp(−E) over the layers that are not
//! clamped, for each row.

mod completed;
mod elbo;
mod exact;
mod free_energy;
mod likelihood;
mod measurement;
mod metric;
mod pending;
mod pseudo_likelihood;
mod reconstruction;
mod rows_error;

pub use elbo::Elbo;
pub use exact::ExactLogLikelihood;
pub use free_energy::{FreeEnergy, FreeEnergyGap};
pub use likelihood::{
    AnnealedSums, Annealer, Annealing, Bennett, Estimate, How, Interval, Likelihood,
    LikelihoodError, LikelihoodEstimator, LogPartition, Method, Spacing, Starts, TwoSided,
    base_of_rows, uniform_base,
};
pub use measurement::Measurement;
pub use metric::{Evaluation, Metric, MetricError};
pub use pending::Pending;
pub use pseudo_likelihood::{PseudoLogLikelihood, Sites};
pub use reconstruction::ReconstructionError;
pub use rows_error::RowsError;
