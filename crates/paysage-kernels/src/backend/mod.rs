//! Where the kernels meet burn's backends.
//!
//! The traits are extensions of burn's backends: what a backend listed in them does with the
//! primitive tensors of its own. [`crate::plain`] says in ordinary operations what each must
//! compute, and serves every backend and float type that is not listed.

#[cfg(feature = "cube")]
mod cube;
#[cfg(any(feature = "flex", feature = "ndarray"))]
mod host;

use burn::{
    backend::{Backend, backend_extension, tensor::FloatTensor},
    tensor::{DType, Tensor},
};

use crate::RandomKey;

/// Draws from the distributions of units under a field, and their means.
///
/// Fields are `[batch, units]` and give way to the result, other tensors are `[units]`; all are
/// f32.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "cube"),
    Fusion: cfg(feature = "fusion")
)]
pub trait Draws: Backend {
    /// [`plain::uniform`](crate::plain::uniform), of the shape of a tensor whose values do not
    /// matter.
    #[fusion(dtype = like, shape = like)]
    fn uniform(like: FloatTensor<Self>, key: RandomKey) -> FloatTensor<Self>;

    /// [`plain::normal`](crate::plain::normal), of the shape of a tensor whose values do not
    /// matter.
    #[fusion(dtype = like, shape = like)]
    fn normal(like: FloatTensor<Self>, key: RandomKey) -> FloatTensor<Self>;

    /// [`plain::bernoulli_mean`](crate::plain::bernoulli_mean).
    #[fusion(dtype = field, shape = field)]
    fn bernoulli_mean(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        beta: f32,
    ) -> FloatTensor<Self>;

    /// [`plain::sample_bernoulli`](crate::plain::sample_bernoulli).
    #[fusion(dtype = field, shape = field)]
    fn sample_bernoulli(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        beta: f32,
        key: RandomKey,
    ) -> FloatTensor<Self>;

    /// [`plain::sample_gaussian`](crate::plain::sample_gaussian).
    #[fusion(dtype = field, shape = field)]
    fn sample_gaussian(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        deviation: FloatTensor<Self>,
        key: RandomKey,
    ) -> FloatTensor<Self>;

    /// [`plain::categorical_mean`](crate::plain::categorical_mean).
    #[fusion(dtype = field, shape = field)]
    fn categorical_mean(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        states: usize,
        beta: f32,
    ) -> FloatTensor<Self>;

    /// [`plain::sample_categorical`](crate::plain::sample_categorical).
    #[fusion(dtype = field, shape = field)]
    fn sample_categorical(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        states: usize,
        beta: f32,
        key: RandomKey,
    ) -> FloatTensor<Self>;
}

/// Products with states that may be all zeros and ones, and sums over the states of units; a GPU's
/// own matrix products and sums serve it as well.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray")
)]
pub trait Sums: Backend {
    /// states · matrix, or states · matrixᵀ.
    fn times(
        states: FloatTensor<Self>,
        matrix: FloatTensor<Self>,
        transposed: bool,
    ) -> FloatTensor<Self>;

    /// scale · leftᵀ · right.
    fn outer(left: FloatTensor<Self>, right: FloatTensor<Self>, scale: f32) -> FloatTensor<Self>;

    /// The sum of two of them.
    fn outer_sum(
        left: FloatTensor<Self>,
        right: FloatTensor<Self>,
        scale: f32,
        second_left: FloatTensor<Self>,
        second_right: FloatTensor<Self>,
        second_scale: f32,
    ) -> FloatTensor<Self>;

    /// tensor + scale · direction, of any shape.
    fn add_scaled(
        tensor: FloatTensor<Self>,
        direction: FloatTensor<Self>,
        scale: f32,
    ) -> FloatTensor<Self>;

    /// [`plain::bernoulli_log_partition`](crate::plain::bernoulli_log_partition), in f32 or f64.
    fn bernoulli_log_partition(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        beta: f64,
    ) -> FloatTensor<Self>;

    /// [`plain::categorical_log_partition`](crate::plain::categorical_log_partition).
    fn categorical_log_partition(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        states: usize,
        beta: f32,
    ) -> FloatTensor<Self>;
}

/// Whether the backend of a tensor has [`Draws`] for it.
pub(crate) fn has_draws<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dtype() == DType::F32 && (is_host(tensor) || is_cube(tensor))
}

/// Whether the backend of a tensor has [`Sums`] for it.
pub(crate) fn has_sums<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dtype() == DType::F32 && is_host(tensor)
}

/// Whether the backend of a tensor has for it those [`Sums`] that are there in f64 too, for exact
/// likelihoods are made of them.
pub(crate) fn has_precise_sums<const D: usize>(tensor: &Tensor<D>) -> bool {
    matches!(tensor.dtype(), DType::F32 | DType::F64) && is_host(tensor)
}

fn is_host<const D: usize>(tensor: &Tensor<D>) -> bool {
    match tensor.device().as_dispatch() {
        #[cfg(feature = "flex")]
        burn::backend::DispatchDevice::Flex(_) => true,
        #[cfg(feature = "ndarray")]
        burn::backend::DispatchDevice::NdArray(_) => true,
        #[allow(
            unreachable_patterns,
            reason = "where no other backend was compiled in"
        )]
        _ => false,
    }
}

fn is_cube<const D: usize>(tensor: &Tensor<D>) -> bool {
    match tensor.device().as_dispatch() {
        #[cfg(feature = "cube")]
        burn::backend::DispatchDevice::Cube(_) => true,
        #[allow(
            unreachable_patterns,
            reason = "where no other backend was compiled in"
        )]
        _ => false,
    }
}
