//! Metrics and log-likelihoods of Boltzmann machines.
//!
//! Each metric is a struct of settings with the trait [`Metric`]:
//! `settings.run(&machine, &rows, key, &mut progress)` returns a [`Measurement`], or an error if the
//! metric is not defined. Rows are read in chunks from any [`Rows`](paysage_data::Rows).
//!
//! | metrics | of |
//! |---|---|
//! | [`ReconstructionError`], [`PseudoLogLikelihood`], [`FreeEnergy`], [`FreeEnergyGap`], [`ExactLogLikelihood`], [`Elbo`] | rows |
//! | [`EnergyDistance`], [`MaximumMeanDiscrepancy`], [`NeighbourDivergence`] (KL, reverse KL, Jensen–Shannon), [`FrechetDistance`], [`AdversarialAccuracy`] | rows and samples of the machine: [`SampleMetric`] |
//! | [`HeatCapacity`] | samples of the machine |
//! | [`HiddenActivity`], [`DeadUnits`], [`SaturatedUnits`] | hidden units given rows |
//! | [`MeanSquareWeight`], [`WeightSparsity`] | weights |
//!
//! [`MetricName`] lists those that have a name on the command line.
//!
//! [`LikelihoodEstimator`] computes ln Z and the log-likelihood of rows, exactly or between bounds by
//! annealed importance sampling; [`AnnealedSums`] bounds ln Σ exp(−E) over the layers that are not
//! clamped, for each row. [`LadderPartition`] estimates ln Z from the swaps of trajectory parallel tempering.

#![forbid(unsafe_code)]

mod activity;
mod completed;
mod direction;
mod elbo;
mod exact;
mod free_energy;
mod heat_capacity;
mod likelihood;
mod measurement;
mod metric;
mod name;
mod pending;
mod pseudo_likelihood;
mod reconstruction;
mod rows_error;
mod samples;
mod sweeps;
mod unit_activity;
mod weights;

pub use activity::{DeadUnits, HiddenActivity, SaturatedUnits};
pub use direction::Direction;
pub use elbo::Elbo;
pub use exact::ExactLogLikelihood;
pub use free_energy::{FreeEnergy, FreeEnergyGap};
pub use heat_capacity::HeatCapacity;
pub use likelihood::{
    AnnealedSums, Annealer, Annealing, Bennett, Doubt, Estimate, How, Interval, LadderEstimate,
    LadderPartition, Likelihood, LikelihoodError, LikelihoodEstimator, LogPartition, Method,
    Population, RowAnnealing, Spacing, Starts, TwoSided, base_of_rows, uniform_base,
};
pub use measurement::Measurement;
pub use metric::{Evaluation, Metric, MetricError};
pub use name::{MetricName, UnknownMetric};
pub use pending::Pending;
pub use pseudo_likelihood::{PseudoLogLikelihood, Sites};
pub use reconstruction::ReconstructionError;
pub use rows_error::RowsError;
pub use samples::{
    AdversarialAccuracy, Divergence, EnergyDistance, FrechetDistance, GibbsChains,
    MaximumMeanDiscrepancy, NeighbourDivergence, Points, SampleMetric, SamplesError, Side, Source,
    TwoSample,
};
pub use unit_activity::UnitActivity;
pub use weights::{MeanSquareWeight, WeightSparsity};
