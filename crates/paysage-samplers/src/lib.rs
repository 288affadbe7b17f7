//! Walks through the states of a machine, and the gradients that they estimate.
//!
//! A [`Sampler`] replaces the units of one layer by others that depend on the field; its provided
//! methods sweep over all layers, block by block. [`Gibbs`] draws from the conditional,
//! [`MeanField`] and [`Mode`] take its mean and its mode. [`Conditions`] say at what temperature,
//! and which layers or single units are held ([`Clamp`]). The rows of a
//! [`State`](paysage_models::State) are chains that run side by side.
//!
//! [`ContrastiveDivergence`] and [`PersistentContrastiveDivergence`] are gradient estimators made
//! of such walks; [`DataPhase`] says how they find hidden layers that meet one another, and visible
//! units that are missing.

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

pub use clamp::{Clamp, Hold};
pub use contrastive_divergence::ContrastiveDivergence;
pub use data_phase::{DataPhase, hidden_means};
pub use gibbs::Gibbs;
pub use mean_field::MeanField;
pub use mode::Mode;
pub use persistent::PersistentContrastiveDivergence;
pub use row_chains::RowChains;
pub use sampler::{Conditions, Sampler};
