//! A matrix moved along another or along an outer product.

use burn::backend::TensorMetadata;
use burn_cubecl::tensor::CubeTensor;
use cubecl::{CubeDim, calculate_cube_count_elemwise, prelude::*};

use super::recording;

#[cube(launch)]
fn add_scaled_kernel(values: &mut [f32], direction: &[f32], scale: f32, count: usize) {
    let at = ABSOLUTE_POS;
    if at >= count {
        terminate!();
    }
    values[at] = fma(scale, direction[at], values[at]);
}

/// Where the kernel has its learning rate from: known when it is compiled.
#[derive(CubeType, CubeLaunch)]
#[expect(dead_code, reason = "launches make it")]
enum RateSource {
    /// From the launch.
    Launch(f32),
    /// From this place in memory: work that is recorded has another rate each time.
    Memory(Box<[f32]>, u32),
}

#[cube]
fn rate_of(source: &RateSource) -> f32 {
    match source {
        RateSource::Launch(rate) => *rate,
        RateSource::Memory(memory, place) => memory[*place as usize],
    }
}

#[cube(launch)]
fn descend_kernel(values: &mut [f32], gradient: &[f32], rate: RateSource, count: usize) {
    let at = ABSOLUTE_POS;
    if at >= count {
        terminate!();
    }
    values[at] = fma(-rate_of(&rate), gradient[at], values[at]);
}

#[cube(launch)]
fn add_outer_kernel(values: &mut [f32], column: &[f32], row: &[f32], columns: usize, count: usize) {
    let at = ABSOLUTE_POS;
    if at >= count {
        terminate!();
    }
    values[at] = fma(column[at / columns], row[at % columns], values[at]);
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
        scale,
        count,
    );
}

/// values − rate · gradient, both contiguous.
pub(crate) fn launch_descend(values: &CubeTensor, gradient: CubeTensor, rate: f64) {
    let count = values.shape().num_elements();
    let dim = CubeDim::new(&values.client, count);
    let rate = match recording::place_of_rate(rate) {
        Some((memory, place)) => RateSourceArgs::Memory(memory, place),
        None => RateSourceArgs::Launch(rate as f32),
    };
    descend_kernel::launch(
        &values.client,
        calculate_cube_count_elemwise(&values.client, count, dim),
        dim,
        values.clone().into_buffer_arg(),
        gradient.into_buffer_arg(),
        rate,
        count,
    );
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
