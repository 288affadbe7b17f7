//! Some visible units given others.
//!
//! [`ConditionalLikelihood`] says how likely units are given others, [`Predictor`] what they will
//! be. Both part the visible layers into those that are held and those that are not (`part`), and
//! sum over the rest exactly where there are few enough states (`sums`).

mod given_all;
mod likelihood;
mod part;
mod predict;
mod prediction;
mod question;
mod sums;

pub use likelihood::{Conditional, ConditionalError, ConditionalLikelihood};
pub use predict::Predictor;
pub use prediction::{Prediction, PredictionError};
