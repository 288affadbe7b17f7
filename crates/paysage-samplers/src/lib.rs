//! Markov chains on the states of a machine, and the gradient estimators made of them.
//!
//! A [`Chain`] is settings; where its chains are is a state that the caller keeps. The chains that
//! update layer by layer are [`Sampler`]s: [`Gibbs`] draws from the conditional distributions,
//! [`MeanField`] and [`Mode`] take their means and modes; [`Tempered`] runs any chain at another
//! temperature. [`Conditions`] are the temperature and the clamped units ([`Clamp`]). The rows of a
//! [`State`](paysage_models::State) are chains that run side by side.
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
