//! A matrix moved along another or along an outer product.

use burn::backend::TensorMetadata;
use burn_cubecl::tensor::CubeTensor;
use cubecl::{CubeDim, calculate_cube_count_elemwise, prelude::*};

use super::{
    unwritten, unwritten_like,
    words::{NumberSource, number_argument, number_of, rate_argument},
};

#[cube(launch)]
fn add_scaled_kernel(values: &mut [f32], direction: &[f32], scale: NumberSource, count: usize) {
    let at = ABSOLUTE_POS;
    if at >= count {
        terminate!();
    }
    values[at] = fma(number_of(&scale), direction[at], values[at]);
}

#[cube(launch)]
fn scale_kernel(values: &[f32], scaled: &mut [f32], factor: NumberSource, count: usize) {
    let at = ABSOLUTE_POS;
    if at >= count {
        terminate!();
    }
    scaled[at] = number_of(&factor) * values[at];
}

#[cube(launch)]
fn descend_kernel(values: &mut [f32], gradient: &[f32], rate: NumberSource, count: usize) {
    let at = ABSOLUTE_POS;
    if at >= count {
        terminate!();
    }
    values[at] = fma(-number_of(&rate), gradient[at], values[at]);
}

#[cube(launch)]
fn add_outer_kernel(values: &mut [f32], column: &[f32], row: &[f32], columns: usize, count: usize) {
    let at = ABSOLUTE_POS;
    if at >= count {
        terminate!();
    }
    values[at] = fma(column[at / columns], row[at % columns], values[at]);
}

#[cube(launch)]
fn minus_row_kernel(values: &[f32], row: &[f32], rest: &mut [f32], columns: usize, count: usize) {
    let at = ABSOLUTE_POS;
    if at >= count {
        terminate!();
    }
    rest[at] = values[at] - row[at % columns];
}

/// values + scale · direction, both contiguous.
pub(crate) fn launch_add_scaled(values: &CubeTensor, direction: CubeTensor, scale: f32) {
    let count = values.shape().num_elements();
    let dim = CubeDim::new(&values.client, count);
    add_scaled_kernel::launch(
        &values.client,
        calculate_cube_count_elemwise(&values.client, count, dim),
        dim,
        values.clone().into_buffer_arg(),
        direction.into_buffer_arg(),
        number_argument(scale),
        count,
    );
}

/// factor · values, contiguous.
pub(crate) fn launch_scale(values: CubeTensor, factor: f32) -> CubeTensor {
    let count = values.shape().num_elements();
    let scaled = unwritten_like(&values);
    if count > 0 {
        let dim = CubeDim::new(&values.client, count);
        scale_kernel::launch(
            &scaled.client,
            calculate_cube_count_elemwise(&scaled.client, count, dim),
            dim,
            values.into_buffer_arg(),
            scaled.clone().into_buffer_arg(),
            number_argument(factor),
            count,
        );
    }
    scaled
}

/// values − rate · gradient, both contiguous.
pub(crate) fn launch_descend(values: &CubeTensor, gradient: CubeTensor, rate: f64) {
    let count = values.shape().num_elements();
    let dim = CubeDim::new(&values.client, count);
    descend_kernel::launch(
        &values.client,
        calculate_cube_count_elemwise(&values.client, count, dim),
        dim,
        values.clone().into_buffer_arg(),
        gradient.into_buffer_arg(),
        rate_argument(rate),
        count,
    );
}

/// A matrix less a row, both contiguous.
pub(crate) fn launch_minus_row(values: CubeTensor, row: CubeTensor) -> CubeTensor {
    let [rows, columns] = values.shape().dims();
    let (rest, count) = (unwritten([rows, columns], &values), rows * columns);
    if count > 0 {
        let dim = CubeDim::new(&rest.client, count);
        minus_row_kernel::launch(
            &rest.client,
            calculate_cube_count_elemwise(&rest.client, count, dim),
            dim,
            values.into_buffer_arg(),
            row.into_buffer_arg(),
            rest.clone().into_buffer_arg(),
            columns,
            count,
        );
    }
    rest
}

/// values + column ⊗ row, all contiguous.
pub(crate) fn launch_add_outer(values: &CubeTensor, column: CubeTensor, row: CubeTensor) {
    let [columns] = row.shape().dims();
    let count = values.shape().num_elements();
    let dim = CubeDim::new(&values.client, count);
    add_outer_kernel::launch(
        &values.client,
        calculate_cube_count_elemwise(&values.client, count, dim),
        dim,
        values.clone().into_buffer_arg(),
        column.into_buffer_arg(),
        row.into_buffer_arg(),
        columns,
        count,
    );
}
