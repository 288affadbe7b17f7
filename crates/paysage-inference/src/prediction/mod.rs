//! Prediction of some columns from the others.
//!
//! [`targets`] validates the columns and lists their outcomes, [`exact`] and [`chains`] find their
//! distribution, [`mixture`] describes that of a real-valued column, and [`scores`] compares with the
//! truth.

mod chains;
mod exact;
mod given_all;
mod mixture;
mod names;
mod predictor;
mod scores;
mod targets;
mod values;

pub use names::outcome_names;
pub use predictor::Predictor;
pub use scores::{ClassScore, DiscreteScores, PredictionScores, RealScores};
pub use values::{DiscretePrediction, Prediction, RealPrediction, RealValue};
