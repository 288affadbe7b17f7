//! The commands, one file each.

pub(crate) mod completions;
pub(crate) mod counterfactual;
pub(crate) mod couplings;
pub(crate) mod devices;
mod diagnosis;
pub(crate) mod evaluate;
pub(crate) mod export;
pub(crate) mod gauge;
pub(crate) mod import;
pub(crate) mod impute;
pub(crate) mod inspect;
mod intervals;
pub(crate) mod man;
pub(crate) mod mutations;
pub(crate) mod predict;
pub(crate) mod report;
pub(crate) mod sample;
pub(crate) mod score;
pub(crate) mod train;
pub(crate) mod trajectory;
pub(crate) mod transform;
