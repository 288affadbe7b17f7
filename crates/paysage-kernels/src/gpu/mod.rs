//! Kernels for GPUs, written once in CubeCL for WGSL, SPIR-V, CUDA, HIP and Metal.
//!
//! They draw what those of [`crate::cpu`] draw: the words are the same bits, the floats the same to
//! rounding. Each works in place, one Philox block a thread for the draws and one unit or site a
//! thread for the means.

mod draw;
mod math;
mod mean;
mod words;

pub(crate) use draw::{
    launch_bernoulli, launch_categorical, launch_gaussian, launch_normal, launch_uniform,
};
pub(crate) use mean::{launch_bernoulli_mean, launch_categorical_mean};
