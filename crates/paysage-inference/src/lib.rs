//! Inference with trained Boltzmann machines.
//!
//! | question | settings | answer |
//! |---|---|---|
//! | impute missing values | [`Imputation`] | [`Imputed`] |
//! | predict columns from the others | [`Predictor`] | [`Prediction`], [`PredictionScores`] |
//! | counterfactual rows | [`Counterfactual`] | [`CounterfactualSamples`], [`AverageEffect`] |
//! | samples given some units | [`ConditionalSampling`] | samples |
//! | ln p(a \| b) of some units given others | [`ConditionalLikelihood`] | [`ConditionalLogLikelihood`] |
//! | hidden representations | [`HiddenRepresentation`] | [`Representation`] |
//! | effective couplings of visible sites | [`EffectiveCouplings`] | [`Couplings`], [`PairScores`] |
//! | effects of single mutations of a row | [`SingleMutations`] | [`MutationEffects`] |
//! | free energy and log-likelihood per row | [`RowScores`] | [`Scores`] |
//!
//! Each question is a struct of settings with a method `run`, which takes the machine, the
//! [`Rows`](paysage_data::Rows) of a data set, a [`RandomKey`](paysage_kernels::RandomKey) and a
//! [`Progress`](paysage_models::Progress), and gives [`Answers`]: an iterator over chunks of rows, so that a data set
//! larger than memory can be processed and written. `run_batch` does the same for rows on the device.
//!
//! Every question refuses machines that cannot be normalized, values that the visible units do not take,
//! and numbers of chains, sweeps or repeats of 0.

#![forbid(unsafe_code)]

mod answers;
mod average_effect;
mod chunks;
mod clamped_chains;
mod conditional;
mod conditional_sampling;
mod counterfactual;
mod couplings;
mod error;
mod given;
mod hidden_representation;
mod imputation;
mod mutations;
mod prediction;
mod row_scores;
mod running;
mod settings;
mod sites;
mod summary;

pub use answers::Answers;
pub use average_effect::AverageEffect;
pub use conditional::{ConditionalLikelihood, ConditionalLogLikelihood};
pub use conditional_sampling::ConditionalSampling;
pub use counterfactual::{Counterfactual, CounterfactualSamples};
pub use couplings::{Couplings, EffectiveCouplings, PairScore, PairScores};
pub use error::InferenceError;
pub use hidden_representation::{
    HiddenInference, HiddenRepresentation, HiddenValues, Representation,
};
pub use imputation::{Imputation, Imputed};
pub use mutations::{MutationEffects, SingleMutations, SiteMutations};
pub use prediction::{
    ClassScore, DiscretePrediction, DiscreteScores, Prediction, PredictionScores, Predictor,
    RealPrediction, RealScores, RealValue, outcome_names,
};
pub use row_scores::{PartitionFunction, RowScores, Scores};
pub use settings::ChainSettings;
pub use sites::check_sites;
