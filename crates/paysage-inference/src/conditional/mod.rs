//! Sums over free units, given clamped ones.
//!
//! [`split`] divides the visible layers into clamped and free ones, [`log_sums`] sums over the free
//! ones exactly, and [`free_sums`] chooses between exact and annealed sums, row by row.

pub(crate) mod free_sums;
mod likelihood;
pub(crate) mod log_sums;
pub(crate) mod split;

pub use likelihood::{ConditionalLikelihood, ConditionalLogLikelihood};
