//! Markov chains on the states of a machine, and gradient estimators that use them.
//!
//! A [`Chain`] is a struct of settings; the positions of its chains are a state that each step takes
//! and returns. The chains that update layer by layer are [`Sampler`]s: [`Gibbs`] samples from the
//! conditional distributions, [`MeanField`] and [`Mode`] take their means and modes. [`Tempered`] runs
//! any chain at another temperature, [`SimulatedAnnealing`] at one that follows a schedule and
//! [`DrivenSequentialMonteCarlo`] at random ones; [`ParallelTempering`] exchanges replicas between
//! temperatures, [`TrajectoryTempering`] and [`GrowingTrajectory`] between past machines of a training.
//! [`Conditions`] are the temperature and the clamped units ([`Clamp`]). Each row of a
//! [`State`](paysage_models::State) is one chain.
//!
//! [`ConvergenceDiagnostics`] are the integrated autocorrelation time, the effective sample size and R̂ of
//! chains; [`ChainTrace`] records what they are computed from.
//!
//! [`ContrastiveDivergence`], [`PersistentContrastiveDivergence`] and [`UnbiasedContrastiveDivergence`]
//! are gradient estimators, and [`JarzynskiMonitor`] adds an estimate of ln Z to any of them;
//! [`DataPhase`] is their inference of unobserved units in the positive phase.

#![forbid(unsafe_code)]

mod autoregressive_gamma;
mod blocks;
mod center_constant;
mod chain;
mod clamp;
mod contrastive_divergence;
mod data_phase;
mod diagnostics;
mod driven;
mod gibbs;
mod independent;
mod jarzynski;
mod mean_field;
mod mode;
mod parallel_tempering;
mod persistent;
mod phase;
mod replicas;
mod resampling;
mod row_chains;
mod sampler;
mod simulated_annealing;
mod sweep_energies;
mod tempered;
mod trajectory;
mod unbiased;

pub use autoregressive_gamma::AutoregressiveGamma;
pub use chain::Chain;
pub use clamp::{Clamp, Hold};
pub use contrastive_divergence::{ChainStart, ContrastiveDivergence};
pub use data_phase::{DataPhase, hidden_means};
pub use diagnostics::{
    ChainTrace, ConvergenceDiagnostics, DiagnosticsError, effective_sample_size,
    integrated_autocorrelation_time, rank_normalized_r_hat, split_r_hat,
};
pub use driven::{DrivenSequentialMonteCarlo, DrivenState};
pub use gibbs::Gibbs;
pub use independent::{independent_machine, uniform_machine};
pub use jarzynski::{JarzynskiMonitor, JarzynskiState};
pub use mean_field::MeanField;
pub use mode::Mode;
pub use parallel_tempering::ParallelTempering;
pub use paysage_kernels::swap_probabilities;
pub use persistent::{PersistentContrastiveDivergence, PersistentState};
pub use replicas::Replicas;
pub use resampling::systematic_resampling;
pub use row_chains::RowChains;
pub use sampler::{Conditions, Sampler};
pub use simulated_annealing::{AnnealingState, SimulatedAnnealing};
pub use tempered::Tempered;
pub use trajectory::{
    GrowingTrajectory, LadderSelection, Trajectory, TrajectoryError, TrajectoryTempering, Works,
};
pub use unbiased::UnbiasedContrastiveDivergence;
