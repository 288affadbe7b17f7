//! Kernels by backend of burn.
//!
//! The traits extend burn's backends with kernels on their primitive tensors. [`crate::plain`] is the
//! reference, and is used for all other backends and float types.

#[cfg(feature = "cube")]
mod cube;
#[cfg(any(feature = "flex", feature = "ndarray"))]
mod host;
#[cfg(any(feature = "flex", feature = "ndarray"))]
mod host_per_row;

#[cfg(feature = "fusion")]
use burn::backend::fusion::custom::TensorSpec;
use burn::{
    backend::{Backend, TensorMetadata, backend_extension, tensor::FloatTensor},
    tensor::{DType, Shape, Tensor},
};

use crate::{AdamStep, DiscreteUnits, Precision, RandomKey};

/// Samples and means of units, given their fields.
///
/// Fields are `[batch, units]` and are consumed (their buffer is reused), other tensors are `[units]`;
/// all are f32.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "cube"),
    Fusion: cfg(feature = "fusion")
)]
pub trait Draws: Backend {
    /// [`plain::uniform`](crate::plain::uniform), with the shape of a tensor, whose values are
    /// not used.
    #[fusion(dtype = like, shape = like)]
    fn uniform(like: FloatTensor<Self>, key: RandomKey) -> FloatTensor<Self>;

    /// [`plain::normal`](crate::plain::normal), with the shape of a tensor, whose values are
    /// not used.
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

/// Products with matrices of states that may be binary, and what follows from them in one pass.
#[allow(
    clippy::too_many_arguments,
    reason = "the macro takes tensors and numbers one by one"
)]
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "cube"),
    Fusion: cfg(feature = "fusion")
)]
pub trait Products: Draws {
    /// states · matrix, or states · matrixᵀ.
    #[fusion(dtype = states, shape = product_shape(states, matrix, *transposed))]
    fn times(
        states: FloatTensor<Self>,
        matrix: FloatTensor<Self>,
        transposed: bool,
        precision: Precision,
    ) -> FloatTensor<Self>;

    /// row + [`times`](Self::times) of a single row of states, in full precision.
    #[fusion(dtype = row, shape = row)]
    fn add_row_product(
        row: FloatTensor<Self>,
        states: FloatTensor<Self>,
        matrix: FloatTensor<Self>,
        transposed: bool,
    ) -> FloatTensor<Self> {
        let product = Self::times(states, matrix, transposed, Precision::Exact);
        let shape = row.shape();
        Self::float_add(row, Self::float_reshape(product, shape))
    }

    /// The means of units under the field of [`times`](Self::times).
    #[fusion(dtype = states, shape = product_shape(states, matrix, *transposed))]
    fn mean_of_product(
        states: FloatTensor<Self>,
        matrix: FloatTensor<Self>,
        transposed: bool,
        precision: Precision,
        units: DiscreteUnits,
        loc: FloatTensor<Self>,
        beta: f32,
    ) -> FloatTensor<Self> {
        let field = Self::times(states, matrix, transposed, precision);
        mean::<Self>(units, field, loc, beta)
    }

    /// Samples of units under the field of [`times`](Self::times).
    #[fusion(dtype = states, shape = product_shape(states, matrix, *transposed))]
    fn sample_of_product(
        states: FloatTensor<Self>,
        matrix: FloatTensor<Self>,
        transposed: bool,
        precision: Precision,
        units: DiscreteUnits,
        loc: FloatTensor<Self>,
        beta: f32,
        key: RandomKey,
    ) -> FloatTensor<Self> {
        let field = Self::times(states, matrix, transposed, precision);
        sample::<Self>(units, field, loc, beta, key)
    }

    /// Both.
    #[fusion(meta = mean_and_sample)]
    fn mean_and_sample_of_product(
        states: FloatTensor<Self>,
        matrix: FloatTensor<Self>,
        transposed: bool,
        precision: Precision,
        units: DiscreteUnits,
        loc: FloatTensor<Self>,
        beta: f32,
        key: RandomKey,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let field = Self::times(states, matrix, transposed, precision);
        let mean = mean::<Self>(units, field.clone(), loc.clone(), beta);
        (mean, sample::<Self>(units, field, loc, beta, key))
    }

    /// scale · leftᵀ · right.
    #[fusion(dtype = left, shape = outer_shape(left, right))]
    fn outer(
        left: FloatTensor<Self>,
        right: FloatTensor<Self>,
        scale: f32,
        precision: Precision,
    ) -> FloatTensor<Self>;

    /// The sum of two such products.
    #[fusion(dtype = left, shape = outer_shape(left, right))]
    fn outer_sum(
        left: FloatTensor<Self>,
        right: FloatTensor<Self>,
        scale: f32,
        second_left: FloatTensor<Self>,
        second_right: FloatTensor<Self>,
        second_scale: f32,
        precision: Precision,
    ) -> FloatTensor<Self>;

    /// The parameter and both moments after a step of Adam, all of one shape.
    #[fusion(meta = |parameter: &TensorSpec, _: &TensorSpec, _: &TensorSpec, _: &TensorSpec, _: &AdamStep| {
        (parameter.clone(), parameter.clone(), parameter.clone())
    })]
    fn adam(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

/// The means of units under a field.
fn mean<B: Draws>(
    units: DiscreteUnits,
    field: FloatTensor<B>,
    loc: FloatTensor<B>,
    beta: f32,
) -> FloatTensor<B> {
    match units {
        DiscreteUnits::Bernoulli => B::bernoulli_mean(field, loc, beta),
        DiscreteUnits::Categorical { states } => B::categorical_mean(field, loc, states, beta),
    }
}

/// Samples of units under a field.
fn sample<B: Draws>(
    units: DiscreteUnits,
    field: FloatTensor<B>,
    loc: FloatTensor<B>,
    beta: f32,
    key: RandomKey,
) -> FloatTensor<B> {
    match units {
        DiscreteUnits::Bernoulli => B::sample_bernoulli(field, loc, beta, key),
        DiscreteUnits::Categorical { states } => {
            B::sample_categorical(field, loc, states, beta, key)
        }
    }
}

/// The shape of states · matrix, or states · matrixᵀ.
#[cfg(feature = "fusion")]
fn product_shape(states: &Shape, matrix: &Shape, transposed: bool) -> Shape {
    Shape::new([states[0], matrix[usize::from(!transposed)]])
}

/// The mean and the sample of a product of states and a matrix.
#[cfg(feature = "fusion")]
fn mean_and_sample(
    states: &TensorSpec,
    matrix: &TensorSpec,
    transposed: &bool,
    _: &Precision,
    _: &DiscreteUnits,
    _: &TensorSpec,
    _: &f32,
    _: &RandomKey,
) -> (TensorSpec, TensorSpec) {
    let shape = product_shape(&states.shape, &matrix.shape, *transposed);
    let spec = TensorSpec {
        shape,
        ..states.clone()
    };
    (spec.clone(), spec)
}

/// The shape of leftᵀ · right.
#[cfg(feature = "fusion")]
fn outer_shape(left: &Shape, right: &Shape) -> Shape {
    Shape::new([left[1], right[1]])
}

/// Additions in place, and sums over the states of units.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "cube"),
    Fusion: cfg(feature = "fusion")
)]
pub trait Sums: Backend {
    /// tensor + scale · direction, of any shape.
    #[fusion(dtype = tensor, shape = tensor)]
    fn add_scaled(
        tensor: FloatTensor<Self>,
        direction: FloatTensor<Self>,
        scale: f32,
    ) -> FloatTensor<Self>;

    /// factor · tensor, of any shape.
    #[fusion(dtype = tensor, shape = tensor)]
    fn scale(tensor: FloatTensor<Self>, factor: f32) -> FloatTensor<Self> {
        Self::float_mul_scalar(tensor, factor.into())
    }

    /// tensor − rate · gradient, of any shape.
    #[fusion(dtype = tensor, shape = tensor)]
    fn descend(
        tensor: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        rate: f64,
    ) -> FloatTensor<Self> {
        Self::add_scaled(tensor, gradient, -rate as f32)
    }

    /// The mean of each column of a matrix, times a factor.
    #[fusion(dtype = rows, shape = Shape::new([rows[1]]))]
    fn column_means(rows: FloatTensor<Self>, factor: f32) -> FloatTensor<Self> {
        let shape = Shape::new([rows.shape()[1]]);
        let means = Self::float_mul_scalar(Self::float_mean_dim(rows, 0), factor.into());
        Self::float_reshape(means, shape)
    }

    /// The sum of two such.
    #[fusion(dtype = rows, shape = Shape::new([rows[1]]))]
    fn column_means_sum(
        rows: FloatTensor<Self>,
        factor: f32,
        second: FloatTensor<Self>,
        second_factor: f32,
    ) -> FloatTensor<Self> {
        let means = Self::column_means(rows, factor);
        Self::float_add(means, Self::column_means(second, second_factor))
    }

    /// A row that is moved by a rate towards such means.
    #[fusion(dtype = row, shape = row)]
    fn attract_to_column_means(
        row: FloatTensor<Self>,
        rows: FloatTensor<Self>,
        factor: f32,
        rate: f32,
    ) -> FloatTensor<Self> {
        let way = Self::float_sub(Self::column_means(rows, factor), row.clone());
        Self::float_add(row, Self::float_mul_scalar(way, rate.into()))
    }

    /// The product of each row of a matrix with a row of weights, times a factor.
    #[fusion(dtype = rows, shape = Shape::new([rows[0]]))]
    fn row_dots(
        rows: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        factor: f32,
    ) -> FloatTensor<Self> {
        let shape = Shape::new([rows.shape()[0]]);
        let column = Shape::new([weight.shape()[0], 1]);
        let products = Self::float_matmul(rows, Self::float_reshape(weight, column));
        Self::float_mul_scalar(Self::float_reshape(products, shape), factor.into())
    }

    /// matrix − row.
    #[fusion(dtype = matrix, shape = matrix)]
    fn minus_row(matrix: FloatTensor<Self>, row: FloatTensor<Self>) -> FloatTensor<Self> {
        let columns = row.shape()[0];
        Self::float_sub(matrix, Self::float_reshape(row, Shape::new([1, columns])))
    }

    /// matrix + column · rowᵀ.
    #[fusion(dtype = matrix, shape = matrix)]
    fn add_outer(
        matrix: FloatTensor<Self>,
        column: FloatTensor<Self>,
        row: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// [`plain::bernoulli_log_partition`](crate::plain::bernoulli_log_partition), on CPUs in f64 too.
    #[fusion(dtype = field, shape = Shape::new([field[0]]))]
    fn bernoulli_log_partition(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        beta: f64,
    ) -> FloatTensor<Self>;

    /// [`plain::categorical_log_partition`](crate::plain::categorical_log_partition).
    #[fusion(dtype = field, shape = Shape::new([field[0]]))]
    fn categorical_log_partition(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        states: usize,
        beta: f32,
    ) -> FloatTensor<Self>;
}

/// [`Draws`] and log-partitions with one β per row, `[batch]`, in the float type of the field. On a GPU,
/// β is multiplied into the fields instead.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray")
)]
pub trait DrawsPerRow: Backend {
    /// [`plain::bernoulli_mean`](crate::plain::bernoulli_mean).
    fn bernoulli_mean_per_row(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        beta: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// [`plain::sample_bernoulli`](crate::plain::sample_bernoulli).
    fn sample_bernoulli_per_row(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        key: RandomKey,
    ) -> FloatTensor<Self>;

    /// [`plain::sample_gaussian`](crate::plain::sample_gaussian), with a factor of the deviations for
    /// each row, β^(−½).
    fn sample_gaussian_per_row(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        deviation: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        key: RandomKey,
    ) -> FloatTensor<Self>;

    /// [`plain::categorical_mean`](crate::plain::categorical_mean).
    fn categorical_mean_per_row(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        states: usize,
        beta: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// [`plain::sample_categorical`](crate::plain::sample_categorical).
    fn sample_categorical_per_row(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        states: usize,
        beta: FloatTensor<Self>,
        key: RandomKey,
    ) -> FloatTensor<Self>;

    /// [`plain::bernoulli_log_partition`](crate::plain::bernoulli_log_partition), in f32 or f64.
    fn bernoulli_log_partition_per_row(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        beta: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// [`plain::categorical_log_partition`](crate::plain::categorical_log_partition).
    fn categorical_log_partition_per_row(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        states: usize,
        beta: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// Whether the backend of a tensor implements [`Draws`], [`Products`] and [`Sums`] for it.
pub(crate) fn has_kernels<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dtype() == DType::F32 && (is_host(tensor) || is_cube(tensor))
}

/// Whether a tensor has kernels that exist for GPUs alone.
pub(crate) fn is_f32_on_gpu<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dtype() == DType::F32 && is_cube(tensor)
}

/// Whether the backend of a tensor implements [`DrawsPerRow`] for it.
pub(crate) fn has_kernels_per_row<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dtype() == DType::F32 && is_host(tensor)
}

/// Whether the backend of a tensor implements for it those of [`Sums`] and [`DrawsPerRow`] that also
/// exist in f64, for exact likelihoods.
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
