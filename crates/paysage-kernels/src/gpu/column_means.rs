//! Means over the rows of a matrix.

use burn::backend::TensorMetadata;
use burn_cubecl::tensor::CubeTensor;
use cubecl::{CubeCount, CubeDim, prelude::*};

use super::unwritten;

/// Columns of a cube, and units that add up one of them.
const COLUMNS: u32 = 32;
const UNITS: u32 = 8;

#[cube(launch)]
fn column_means_kernel(values: &[f32], means: &mut [f32], rows: u32, columns: u32, factor: f32) {
    let column = CUBE_POS_X * COLUMNS + UNIT_POS_X;
    let mut mine = 0.0f32;
    if column < columns {
        for row in range_stepped(UNIT_POS_Y, rows, UNITS) {
            mine += values[row as usize * columns as usize + column as usize];
        }
    }
    let mut sums = Shared::<[f32]>::new_slice(comptime!((COLUMNS * UNITS) as usize));
    sums[UNIT_POS as usize] = mine;
    sync_cube();
    if UNIT_POS_Y == 0u32 && column < columns {
        let mut sum = 0.0f32;
        #[unroll]
        for unit in 0..UNITS {
            sum += sums[(unit * COLUMNS + UNIT_POS_X) as usize];
        }
        means[column as usize] = sum * factor;
    }
}

/// The mean of each column times a factor: `[rows, columns] → [columns]`.
pub(crate) fn launch_column_means(values: CubeTensor, factor: f32) -> CubeTensor {
    let [rows, columns] = values.shape().dims();
    let means = unwritten([columns], &values);
    if columns > 0 {
        column_means_kernel::launch(
            &means.client,
            CubeCount::Static((columns as u32).div_ceil(COLUMNS), 1, 1),
            CubeDim::new_2d(COLUMNS, UNITS),
            values.into_buffer_arg(),
            means.clone().into_buffer_arg(),
            rows as u32,
            columns as u32,
            factor / rows as f32,
        );
    }
    means
}
