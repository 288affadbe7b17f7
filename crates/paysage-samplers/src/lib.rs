//! Walks through the states of a machine, and the gradients that they estimate.
//!
//! A [`Sampler`] replaces the units of one layer by others that depend on the field; its provided
//! methods sweep over all layers, block by block. [`Gibbs`] draws from the conditional,
//! [`MeanField`] and [`Mode`] take its mean and its mode. [`Conditions`] say at what temperature,
//! and which layers or single units are held ([`Clamp`]). The rows of a
//! [`State`](paysage_models::State) are chains that run side by side.
//!
//! [`ContrastiveDivergence`] and [`PersistentContrastiveDivergence`] are gradient estimators made
//! of such walks.

mod clamp;
mod contrastive_divergence;
mod gibbs;
mod mean_field;
mod mode;
mod persistent;
mod phase;
mod sampler;

pub use clamp::{Clamp, Hold};
pub use contrastive_divergence::ContrastiveDivergence;
pub use gibbs::Gibbs;
pub use mean_field::MeanField;
pub use mode::Mode;
pub use persistent::PersistentContrastiveDivergence;
pub use phase::hidden_means;
pub use sampler::{Conditions, Sampler};
