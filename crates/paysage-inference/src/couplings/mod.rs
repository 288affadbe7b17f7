//! Effective pairwise couplings of visible sites.

mod averaged;
mod contributions;
mod one_hot;
mod rest;
mod scores;
mod settings;

pub use scores::{PairScore, PairScores};
pub use settings::{Couplings, EffectiveCouplings};
