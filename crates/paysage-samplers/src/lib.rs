//! Markov chains on the states of a machine, and gradient estimators that use them.
//!
//! A [`Chain`] is a struct of settings; the positions of its chains are a state that each step takes
//! and returns. The chains that update layer by layer are [`Sampler`]s: [`Gibbs`] samples from the
//! conditional distributions, [`MeanField`] and [`Mode`] take their means and modes; [`Tempered`] runs
//! any chain at another temperature. [`Conditions`] are the temperature and the clamped units
//! ([`Clamp`]). Each row of a [`State`](paysage_models::State) is one chain.
//!
//! [`ContrastiveDivergence`] and [`PersistentContrastiveDivergence`] are gradient estimators;
//! [`DataPhase`] is their inference of unobserved units in the positive phase.

mod chain;
mod clamp;
mod contrastive_divergence;
mod data_phase;
mod gibbs;
mod mean_field;
mod mode;
mod persistent;
mod phase;
mod row_chains;
mod sampler;
mod tempered;

pub use chain::Chain;
pub use clamp::{Clamp, Hold};
pub use contrastive_divergence::ContrastiveDivergence;
pub use data_phase::{DataPhase, hidden_means};
pub use gibbs::Gibbs;
pub use mean_field::MeanField;
pub use mode::Mode;
pub use persistent::{PersistentContrastiveDivergence, PersistentState};
pub use row_chains::RowChains;
pub use sampler::{Conditions, Sampler};
pub use tempered::Tempered;
