//! Kernels for GPUs, written once in CubeCL for WGSL, SPIR-V, CUDA, HIP and Metal.
//!
//! Their results are those of [`crate::cpu`]: random words are bitwise equal, floats up to rounding. Samples and means of
//! given fields are computed in place, with one Philox block per thread for samples and one unit or site for means.

mod adam;
mod add;
// burn's fusion decides itself when it launches what.
#[cfg(not(feature = "fusion"))]
mod capture;
mod column_means;
mod draw;
#[cfg(not(feature = "fusion"))]
mod gather;
mod log_partition;
mod math;
mod mean;
#[cfg(not(feature = "fusion"))]
mod moment_step;
#[cfg_attr(
    feature = "fusion",
    allow(dead_code, reason = "nothing is captured with it")
)]
mod observed;
#[cfg(not(feature = "fusion"))]
mod primitive;
mod product;
#[cfg(not(feature = "fusion"))]
mod tempering;
mod words;

use burn::{
    backend::TensorMetadata,
    tensor::{DType, Shape},
};
use burn_cubecl::{ops::numeric::empty_device_contiguous_dtype, tensor::CubeTensor};

pub(crate) use adam::launch_adam;
pub(crate) use add::{
    launch_add_outer, launch_add_scaled, launch_descend, launch_minus_row, launch_scale,
};
#[cfg(not(feature = "fusion"))]
pub(crate) use capture::Capture;
pub(crate) use column_means::launch_column_means;
pub(crate) use draw::{
    launch_bernoulli, launch_categorical, launch_gaussian, launch_normal, launch_uniform,
};
#[cfg(not(feature = "fusion"))]
pub(crate) use gather::gather_rows;
pub(crate) use log_partition::{
    launch_bernoulli_log_partition, launch_categorical_log_partition, launch_row_dots,
};
pub(crate) use mean::{launch_bernoulli_mean, launch_categorical_mean};
#[cfg(not(feature = "fusion"))]
pub(crate) use moment_step::moment_step;
#[cfg(not(feature = "fusion"))]
pub(crate) use primitive::tensor_of;
pub(crate) use product::{
    Beta, Conditional, Factor, Product, has_cooperative_matrices, launch_product,
    launch_row_product,
};
#[cfg(not(feature = "fusion"))]
pub(crate) use tempering::{adapted, exchange};

/// A contiguous f32 tensor for a kernel to write, on the device of another.
fn unwritten<const D: usize>(shape: [usize; D], beside: &CubeTensor) -> CubeTensor {
    unwritten_of(DType::F32, shape, beside)
}

/// The same with another type of numbers.
fn unwritten_of<const D: usize>(
    dtype: DType,
    shape: [usize; D],
    beside: &CubeTensor,
) -> CubeTensor {
    unwritten_with(dtype, Shape::new(shape), beside)
}

/// A contiguous tensor for a kernel to write, of the shape and type of another.
fn unwritten_like(other: &CubeTensor) -> CubeTensor {
    unwritten_with(other.dtype(), other.shape(), other)
}

fn unwritten_with(dtype: DType, shape: Shape, beside: &CubeTensor) -> CubeTensor {
    let (client, device) = (beside.client.clone(), beside.device.clone());
    empty_device_contiguous_dtype(client, device, shape, dtype)
}
