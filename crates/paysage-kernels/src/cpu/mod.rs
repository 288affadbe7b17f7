//! Kernels on slices of `f32`, for whichever backend keeps its tensors in this process.
//!
//! Each is a plain loop over arrays of fixed size, compiled once for every set of vector
//! instructions and chosen when it runs ([`instructions`]). They run side by side on rayon's
//! threads where the work is worth handing out, always split by rows or columns of the result and
//! never along a sum, so that the number of threads changes no bit.

pub(crate) mod add;
pub(crate) mod bernoulli;
pub(crate) mod binary;
mod bits;
pub(crate) mod categorical;
mod gather;
pub(crate) mod gaussian;
mod instructions;
pub(crate) mod lanes;
mod log_partition;
pub(crate) mod math;
mod output;
pub(crate) mod random;
pub(crate) mod real;
mod rows;
mod table;
mod term;
