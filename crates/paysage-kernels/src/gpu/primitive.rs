//! Tensors of burn as tensors of CubeCL.

use burn::{
    backend::{BackendTensor, DispatchTensor, DispatchTensorKind, TensorMetadata},
    tensor::{DType, Tensor, kind::Basic},
};
use burn_cubecl::{kernel::into_contiguous, tensor::CubeTensor};

/// The tensor of CubeCL; `None` where it is not on a GPU.
pub(super) fn cube_of<const D: usize, K: Basic>(tensor: Tensor<D, K>) -> Option<CubeTensor> {
    match tensor.into_dispatch().kind {
        DispatchTensorKind::Cube(BackendTensor::Float(tensor) | BackendTensor::Int(tensor)) => {
            Some(tensor)
        }
        _ => None,
    }
}

/// The same, contiguous; `None` for other types of numbers too.
pub(super) fn contiguous<const D: usize, K: Basic>(
    tensor: &Tensor<D, K>,
    dtype: DType,
) -> Option<CubeTensor> {
    let tensor = cube_of(tensor.clone())?;
    (tensor.dtype() == dtype).then(|| into_contiguous(tensor))
}

/// The tensor of burn.
pub(crate) fn tensor_of<const D: usize, K: Basic>(tensor: CubeTensor) -> Tensor<D, K> {
    let backend = match tensor.dtype().is_float() {
        true => BackendTensor::Float(tensor),
        false => BackendTensor::Int(tensor),
    };
    Tensor::from_dispatch(DispatchTensor {
        kind: DispatchTensorKind::Cube(backend),
        autodiff: Default::default(),
    })
}
