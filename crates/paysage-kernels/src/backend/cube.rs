//! CubeCL devices: the kernels of [`crate::gpu`].

use burn::backend::{TensorMetadata, ops::FloatTensorOps, tensor::FloatTensor};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};

use super::{Draws, Products, Sums, mean, sample};
use crate::{
    AdamStep, DiscreteUnits, Precision, RandomKey,
    gpu::{self, Beta, Conditional, Factor, Product},
};

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

/// states · matrix, or states · matrixᵀ.
fn product(states: CubeTensor, matrix: CubeTensor, transposed: bool) -> Product {
    Product {
        left: Factor::new(states, false),
        right: Factor::new(matrix, transposed),
        factor: 1.0,
    }
}

/// scale · leftᵀ · right.
fn outer(left: CubeTensor, right: CubeTensor, factor: f32) -> Product {
    Product {
        left: Factor::new(left, true),
        right: Factor::new(right, false),
        factor,
    }
}

/// burn's product, for devices without cooperative matrices and for products without terms.
fn ordinary(product: Product) -> CubeTensor {
    let Product {
        left,
        right,
        factor,
    } = product;
    let product = CubeBackend::float_matmul(left.into_matrix(), right.into_matrix());
    if factor == 1.0 {
        product
    } else {
        CubeBackend::float_mul_scalar(product, factor.into())
    }
}

/// A product by the kernel of the device, or burn's.
fn computed(product: Product, precision: Precision) -> CubeTensor {
    if product.is_supported() {
        gpu::launch_product(product, None, precision.parts())
    } else {
        ordinary(product)
    }
}

/// Units under a product.
fn conditional(
    product: Product,
    precision: Precision,
    units: DiscreteUnits,
    loc: CubeTensor,
    beta: f32,
) -> Conditional {
    Conditional {
        product,
        units,
        loc,
        beta: Beta::Shared(beta),
        parts: precision.parts(),
    }
}

impl Products for CubeBackend {
    fn times(
        states: FloatTensor<Self>,
        matrix: FloatTensor<Self>,
        transposed: bool,
        precision: Precision,
    ) -> FloatTensor<Self> {
        computed(product(states, matrix, transposed), precision)
    }

    fn add_row_product(
        row: FloatTensor<Self>,
        states: FloatTensor<Self>,
        matrix: FloatTensor<Self>,
        transposed: bool,
    ) -> FloatTensor<Self> {
        gpu::launch_row_product(row, states, Factor::new(matrix, transposed))
    }

    fn mean_of_product(
        states: FloatTensor<Self>,
        matrix: FloatTensor<Self>,
        transposed: bool,
        precision: Precision,
        units: DiscreteUnits,
        loc: FloatTensor<Self>,
        beta: f32,
    ) -> FloatTensor<Self> {
        let product = product(states, matrix, transposed);
        let fused = conditional(product, precision, units, loc, beta);
        if fused.is_supported() {
            fused.mean()
        } else {
            let field = computed(fused.product, precision);
            mean::<Self>(units, field, fused.loc, beta)
        }
    }

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
        let product = product(states, matrix, transposed);
        let fused = conditional(product, precision, units, loc, beta);
        if fused.is_supported() {
            fused.sample(key)
        } else {
            let field = computed(fused.product, precision);
            sample::<Self>(units, field, fused.loc, beta, key)
        }
    }

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
        let product = product(states, matrix, transposed);
        let fused = conditional(product, precision, units, loc, beta);
        if fused.is_supported() {
            fused.mean_and_sample(key)
        } else {
            let (field, loc) = (computed(fused.product, precision), fused.loc);
            let mean = mean::<Self>(units, field.clone(), loc.clone(), beta);
            (mean, sample::<Self>(units, field, loc, beta, key))
        }
    }

    fn outer(
        left: FloatTensor<Self>,
        right: FloatTensor<Self>,
        scale: f32,
        precision: Precision,
    ) -> FloatTensor<Self> {
        computed(outer(left, right, scale), precision)
    }

    fn outer_sum(
        left: FloatTensor<Self>,
        right: FloatTensor<Self>,
        scale: f32,
        second_left: FloatTensor<Self>,
        second_right: FloatTensor<Self>,
        second_scale: f32,
        precision: Precision,
    ) -> FloatTensor<Self> {
        let first = outer(left, right, scale);
        let second = outer(second_left, second_right, second_scale);
        if first.is_supported() && second.is_supported() {
            gpu::launch_product(first, Some(second), precision.parts())
        } else {
            Self::float_add(ordinary(first), ordinary(second))
        }
    }

    fn adam(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let [values, first, second] = [parameter, first, second].map(own);
        if values.shape().num_elements() > 0 {
            gpu::launch_adam(&values, into_contiguous(gradient), [&first, &second], step);
        }
        (values, first, second)
    }
}

impl Sums for CubeBackend {
    fn add_scaled(
        tensor: FloatTensor<Self>,
        direction: FloatTensor<Self>,
        scale: f32,
    ) -> FloatTensor<Self> {
        let direction = into_contiguous(direction);
        in_place(tensor, |values| {
            gpu::launch_add_scaled(values, direction, scale);
        })
    }

    fn scale(tensor: FloatTensor<Self>, factor: f32) -> FloatTensor<Self> {
        gpu::launch_scale(into_contiguous(tensor), factor)
    }

    fn descend(
        tensor: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        rate: f64,
    ) -> FloatTensor<Self> {
        let gradient = into_contiguous(gradient);
        in_place(tensor, |values| {
            gpu::launch_descend(values, gradient, rate);
        })
    }

    fn column_means(rows: FloatTensor<Self>, factor: f32) -> FloatTensor<Self> {
        gpu::launch_column_means((into_contiguous(rows), factor), None, None)
    }

    fn column_means_sum(
        rows: FloatTensor<Self>,
        factor: f32,
        second: FloatTensor<Self>,
        second_factor: f32,
    ) -> FloatTensor<Self> {
        let second = (into_contiguous(second), second_factor);
        gpu::launch_column_means((into_contiguous(rows), factor), Some(second), None)
    }

    fn attract_to_column_means(
        row: FloatTensor<Self>,
        rows: FloatTensor<Self>,
        factor: f32,
        rate: f32,
    ) -> FloatTensor<Self> {
        let attracted = (into_contiguous(row), rate);
        gpu::launch_column_means((into_contiguous(rows), factor), None, Some(attracted))
    }

    fn row_dots(
        rows: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        factor: f32,
    ) -> FloatTensor<Self> {
        gpu::launch_row_dots(into_contiguous(rows), into_contiguous(weight), factor)
    }

    fn minus_row(matrix: FloatTensor<Self>, row: FloatTensor<Self>) -> FloatTensor<Self> {
        gpu::launch_minus_row(into_contiguous(matrix), into_contiguous(row))
    }

    fn add_outer(
        matrix: FloatTensor<Self>,
        column: FloatTensor<Self>,
        row: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let (column, row) = (into_contiguous(column), into_contiguous(row));
        in_place(matrix, |values| gpu::launch_add_outer(values, column, row))
    }

    fn bernoulli_log_partition(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        beta: f64,
    ) -> FloatTensor<Self> {
        let (field, loc) = (into_contiguous(field), into_contiguous(loc));
        gpu::launch_bernoulli_log_partition(field, loc, beta as f32)
    }

    fn categorical_log_partition(
        field: FloatTensor<Self>,
        loc: FloatTensor<Self>,
        states: usize,
        beta: f32,
    ) -> FloatTensor<Self> {
        let (field, loc) = (into_contiguous(field), into_contiguous(loc));
        gpu::launch_categorical_log_partition(field, loc, states, beta)
    }
}
