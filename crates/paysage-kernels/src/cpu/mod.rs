//! Kernels on slices of `f32`, for backends with tensors in host memory.
//!
//! Each is a loop over arrays of fixed size, compiled for every set of vector instructions and selected
//! at run time ([`instructions`]). Large work is distributed over rayon's threads by rows or columns of the
//! result, or along a sum in blocks whose size depends on the shape alone, so the result does not depend
//! on the number of threads.

pub(crate) mod adam;
pub(crate) mod add;
pub(crate) mod bernoulli;
pub(crate) mod binary;
mod bits;
pub(crate) mod categorical;
mod gather;
pub(crate) mod gaussian;
#[cfg(test)]
mod instruction_sets;
mod instructions;
pub(crate) mod lanes;
mod log_partition;
pub(crate) mod log_products;
pub(crate) mod math;
mod output;
pub(crate) mod per_row;
pub(crate) mod random;
pub(crate) mod real;
pub(crate) mod rectified;
mod rows;
mod table;
mod term;
mod truncated;
pub(crate) mod vector;
