//! Means over the rows of a matrix.

use burn::backend::TensorMetadata;
use burn_cubecl::tensor::CubeTensor;
use cubecl::{CubeCount, CubeDim, client::Client, prelude::*};

use super::unwritten;

/// Columns of a cube.
const COLUMNS: u32 = 32;

/// Rows that a unit reads at a time.
const AT_A_TIME: u32 = 4;

/// A matrix of so many rows, and the factor of their means.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
struct Scale {
    rows: u32,
    factor: f32,
}

/// factor · means of a matrix, and of a second one; or a row that is moved towards them.
#[cube(launch)]
fn column_means_kernel(
    first: &[f32],
    second: &[f32],
    row: &[f32],
    output: &mut [f32],
    columns: u32,
    first_scale: Scale,
    second_scale: Scale,
    rate: f32,
    #[comptime] is_sum: bool,
    #[comptime] attracts: bool,
    #[comptime] parts: u32,
) {
    let column = CUBE_POS_X * COLUMNS + UNIT_POS_X;
    let count = comptime!(if is_sum { 2 } else { 1 });
    let mut sums = Shared::<[f32]>::new_slice(comptime!((count * COLUMNS * parts) as usize));
    if column < columns {
        sums[UNIT_POS as usize] = part_of_sum(first, column, columns, first_scale.rows, parts);
        if comptime!(is_sum) {
            let at = UNIT_POS + comptime!(COLUMNS * parts);
            sums[at as usize] = part_of_sum(second, column, columns, second_scale.rows, parts);
        }
    }
    sync_cube();
    if UNIT_POS_Y == 0u32 && column < columns {
        let mut means = scaled_mean(&sums, UNIT_POS_X, first_scale, parts);
        if comptime!(is_sum) {
            let start = UNIT_POS_X + comptime!(COLUMNS * parts);
            means += scaled_mean(&sums, start, second_scale, parts);
        }
        if comptime!(attracts) {
            let row = row[column as usize];
            output[column as usize] = fma(rate, means - row, row);
        } else {
            output[column as usize] = means;
        }
    }
}

/// The mean is rounded before it is multiplied, so that the difference of two equal ones is 0, with factors of ±1.
#[cube]
fn scaled_mean(sums: &Shared<[f32]>, start: u32, scale: Scale, #[comptime] parts: u32) -> f32 {
    let mean = sum_of_parts(sums, start, COLUMNS, parts) / f32::cast_from(scale.rows);
    scale.factor * mean
}

/// The sum of what units have added up, so many numbers apart.
#[cube]
pub(super) fn sum_of_parts(
    sums: &Shared<[f32]>,
    start: u32,
    #[comptime] apart: u32,
    #[comptime] parts: u32,
) -> f32 {
    let mut sum = 0.0f32;
    #[unroll]
    for part in 0..parts {
        sum += sums[(start + part * apart) as usize];
    }
    sum
}

/// The sum of the rows of this unit in a column.
#[cube]
fn part_of_sum(
    values: &[f32],
    column: u32,
    columns: u32,
    rows: u32,
    #[comptime] parts: u32,
) -> f32 {
    let mut sum = 0.0f32;
    let step = comptime!(parts * AT_A_TIME);
    for first in range_stepped(UNIT_POS_Y, rows, step) {
        // Reads that do not wait for one another.
        #[unroll]
        for i in 0..AT_A_TIME {
            let row = first + i * parts;
            let is_inside = row < rows;
            let at = row as usize * columns as usize + column as usize;
            let value = values[select(is_inside, at, 0)];
            sum += select(is_inside, value, 0.0f32);
        }
    }
    sum
}

/// Units that add up a column or the products of one: as many as a cube has room for.
pub(super) fn parts(client: &Client) -> u32 {
    match client.properties().hardware.max_units_per_cube {
        1024.. => 32,
        _ => 8,
    }
}

/// The mean of each column times a factor, `[rows, columns] → [columns]`, the sum of two such, or a row that is moved
/// towards them by a rate; all contiguous.
pub(crate) fn launch_column_means(
    (values, factor): (CubeTensor, f32),
    second: Option<(CubeTensor, f32)>,
    attracted: Option<(CubeTensor, f32)>,
) -> CubeTensor {
    let [_, columns] = values.shape().dims();
    let output = unwritten([columns], &values);
    if columns == 0 {
        return output;
    }
    let scale = |values: &CubeTensor, factor: f32| {
        let [rows, _] = values.shape().dims();
        ScaleLaunch::new(rows as u32, factor)
    };
    let (is_sum, attracts) = (second.is_some(), attracted.is_some());
    // Those that are not there are not read.
    let (second, second_factor) = second.unwrap_or((values.clone(), 0.0));
    let (row, rate) = attracted.unwrap_or((values.clone(), 0.0));
    let (first_scale, second_scale) = (scale(&values, factor), scale(&second, second_factor));
    let parts = parts(&output.client);
    column_means_kernel::launch(
        &output.client,
        CubeCount::Static((columns as u32).div_ceil(COLUMNS), 1, 1),
        CubeDim::new_2d(COLUMNS, parts),
        values.into_buffer_arg(),
        second.into_buffer_arg(),
        row.into_buffer_arg(),
        output.clone().into_buffer_arg(),
        columns as u32,
        first_scale,
        second_scale,
        rate,
        is_sum,
        attracts,
        parts,
    );
    output
}
