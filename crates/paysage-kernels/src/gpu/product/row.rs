//! The product of a single row with a matrix, added to another row: in f32, without tiles.

use burn_cubecl::{kernel::into_contiguous, tensor::CubeTensor};
use cubecl::{CubeCount, CubeDim, prelude::*};

use super::Factor;
use crate::gpu::{
    column_means::{parts, sum_of_parts},
    unwritten,
};

/// Units of a cube that read consecutive numbers of the matrix.
const WIDTH: u32 = 32;

/// row + left · matrix, where units share the terms of each sum; in place, the row is the output.
#[cube(launch)]
fn row_product_kernel(
    row: &[f32],
    left: &[f32],
    matrix: &[f32],
    output: &mut [f32],
    columns: u32,
    depth: u32,
    pitch: u32,
    #[comptime] transposed: bool,
    #[comptime] in_place: bool,
    #[comptime] height: u32,
) {
    // Consecutive numbers are columns, or terms where the matrix is transposed.
    let (lane, part) = if comptime!(transposed) {
        (UNIT_POS_Y, UNIT_POS_X)
    } else {
        (UNIT_POS_X, UNIT_POS_Y)
    };
    let lanes = comptime!(if transposed { height } else { WIDTH });
    let parts = comptime!(if transposed { WIDTH } else { height });
    let column = CUBE_POS_X * lanes + lane;
    let mut mine = 0.0f32;
    if column < columns {
        for term in range_stepped(part, depth, parts) {
            let (line, place) = if comptime!(transposed) {
                (column, term)
            } else {
                (term, column)
            };
            let at = line as usize * pitch as usize + place as usize;
            mine = fma(left[term as usize], matrix[at], mine);
        }
    }
    let mut sums = Shared::<[f32]>::new_slice(comptime!((WIDTH * height) as usize));
    sums[(part * lanes + lane) as usize] = mine;
    sync_cube();
    if part == 0u32 && column < columns {
        let sum = sum_of_parts(&sums, lane, lanes, parts);
        let at = column as usize;
        if comptime!(in_place) {
            output[at] += sum;
        } else {
            output[at] = row[at] + sum;
        }
    }
}

/// row + left · matrix: `[columns]`, for `left` `[1, depth]`; in place where nobody shares the row.
pub(crate) fn launch_row_product(row: CubeTensor, left: CubeTensor, matrix: Factor) -> CubeTensor {
    let [depth, columns] = matrix.dims();
    if columns == 0 {
        return row;
    }
    let (row, left) = (into_contiguous(row), into_contiguous(left));
    let in_place = row.can_mut();
    // A row in place is not read.
    let (row, output) = match in_place {
        true => (left.clone(), row),
        false => {
            let output = unwritten([columns], &row);
            (row, output)
        }
    };
    let height = parts(&output.client);
    let lanes = if matrix.transposed { height } else { WIDTH };
    let pitch = matrix.pitch() as u32;
    row_product_kernel::launch(
        &output.client,
        CubeCount::Static((columns as u32).div_ceil(lanes), 1, 1),
        CubeDim::new_2d(WIDTH, height),
        row.into_buffer_arg(),
        left.into_buffer_arg(),
        matrix.tensor.into_buffer_arg(),
        output.clone().into_buffer_arg(),
        columns as u32,
        depth as u32,
        pitch,
        matrix.transposed,
        in_place,
        height,
    );
    output
}
