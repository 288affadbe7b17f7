//! Where tensors are in the memory of a GPU.

use burn::{
    backend::TensorMetadata,
    tensor::{DType, Shape, Tensor},
};
use burn_cubecl::{ops::numeric::empty_device_contiguous_dtype, tensor::CubeTensor};
use cubecl::server::BufferBinding;

use super::{
    super::primitive::{self, tensor_of},
    overwrite::launch_overwrite,
};
use crate::TensorMut;

/// The memory of a tensor, which is kept for as long as this lives. It does not count as a share of the tensor, which may
/// be changed in place.
pub(super) struct Memory {
    binding: BufferBinding,
    shape: Shape,
    strides: Vec<usize>,
    is_contiguous: bool,
}

impl Memory {
    /// Whether tensors have the same shape.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.shape == other.shape
    }

    /// Whether kernels can write it: some devices pad rows.
    pub(super) fn is_contiguous(&self) -> bool {
        self.is_contiguous
    }
}

impl PartialEq for Memory {
    fn eq(&self, other: &Self) -> bool {
        let [this, that] = [self, other].map(|memory| memory.binding.memory.descriptor());
        this == that
            && self.binding.offset_start == other.binding.offset_start
            && self.is_like(other)
            && self.strides == other.strides
    }
}

/// A share of a tensor; `None` where it is not on a GPU.
pub(super) fn cube_of(tensor: &TensorMut<'_>) -> Option<CubeTensor> {
    match tensor {
        TensorMut::Vector(tensor) => primitive::cube_of(Tensor::clone(tensor)),
        TensorMut::Matrix(tensor) => primitive::cube_of(Tensor::clone(tensor)),
        TensorMut::Integers(tensor) => primitive::cube_of(Tensor::clone(tensor)),
    }
}

/// The memory of a tensor; `None` where it is not on a GPU in f32 or i32.
pub(super) fn memory_of(tensor: &TensorMut<'_>) -> Option<Memory> {
    let tensor = cube_of(tensor)?;
    matches!(tensor.dtype, DType::F32 | DType::I32).then(|| Memory {
        shape: tensor.shape(),
        strides: tensor.meta.strides().to_vec(),
        is_contiguous: tensor.is_contiguous(),
        binding: tensor.handle.binding(),
    })
}

/// Whether nobody else has a share of a tensor.
pub(super) fn is_unshared(tensor: &TensorMut<'_>) -> bool {
    match tensor {
        TensorMut::Vector(tensor) => tensor.can_mut(),
        TensorMut::Matrix(tensor) => tensor.can_mut(),
        TensorMut::Integers(tensor) => tensor.can_mut(),
    }
}

/// Replaces a tensor.
pub(super) fn put(tensor: TensorMut<'_>, by: CubeTensor) {
    match tensor {
        TensorMut::Vector(tensor) => *tensor = tensor_of(by),
        TensorMut::Matrix(tensor) => *tensor = tensor_of(by),
        TensorMut::Integers(tensor) => *tensor = tensor_of(by),
    }
}

/// A contiguous tensor with memory of its own.
pub(super) fn copy(tensor: &CubeTensor) -> CubeTensor {
    let place = empty_device_contiguous_dtype(
        tensor.client.clone(),
        tensor.device.clone(),
        tensor.shape(),
        tensor.dtype,
    );
    launch_overwrite(&place, tensor);
    place
}
