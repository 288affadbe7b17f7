//! CubeCL devices: the kernels of [`crate::gpu`].

use burn::backend::{TensorMetadata, tensor::FloatTensor};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};

use super::Draws;
use crate::{RandomKey, gpu};

/// A tensor for in-place work: the given one, or a copy where its memory is shared.
fn own(tensor: CubeTensor) -> CubeTensor {
    let tensor = into_contiguous(tensor);
    if tensor.can_mut() {
        tensor
    } else {
        // Some devices pad the rows of a copy; the kernels require contiguous rows.
        into_contiguous(tensor.copy())
    }
}

/// Launches a kernel in place on a tensor, unless it is empty.
fn in_place(tensor: CubeTensor, launch: impl FnOnce(&CubeTensor)) -> CubeTensor {
    if tensor.shape().num_elements() == 0 {
        return tensor;
    }
    let tensor = own(tensor);
    launch(&tensor);
    tensor
}

impl Draws for CubeBackend {
    fn uniform(like: FloatTensor<Self>, key: RandomKey) -> FloatTensor<Self> {
        in_place(like, |values| gpu::launch_uniform(values, key))
    }

    fn normal(like: FloatTensor<Self>, key: RandomKey) -> FloatTensor<Self> {
        in_place(like, |values| gpu::launch_normal(values, key))
    }

    fn bernoulli_mean(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        beta: f32,
    ) -> FloatTensor<Self> {
        let loc = into_contiguous(loc);
        in_place(field, |values| {
            gpu::launch_bernoulli_mean(values, loc, beta)
        })
    }

    fn sample_bernoulli(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        beta: f32,
        key: RandomKey,
    ) -> FloatTensor<Self> {
        let loc = into_contiguous(loc);
        in_place(field, |values| {
            gpu::launch_bernoulli(values, loc, beta, key)
        })
    }

    fn sample_gaussian(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        deviation: FloatTensor<Self>,
        key: RandomKey,
    ) -> FloatTensor<Self> {
        let (loc, deviation) = (into_contiguous(loc), into_contiguous(deviation));
        in_place(field, |values| {
            gpu::launch_gaussian(values, loc, deviation, key);
        })
    }

    fn categorical_mean(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        states: usize,
        beta: f32,
    ) -> FloatTensor<Self> {
        let loc = into_contiguous(loc);
        in_place(field, |values| {
            gpu::launch_categorical_mean(values, loc, states, beta);
        })
    }

    fn sample_categorical(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        states: usize,
        beta: f32,
        key: RandomKey,
    ) -> FloatTensor<Self> {
        let loc = into_contiguous(loc);
        in_place(field, |values| {
            gpu::launch_categorical(values, loc, states, beta, key);
        })
    }
}
