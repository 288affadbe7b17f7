//! Rows of a matrix at given positions.

use burn::{
    backend::TensorMetadata,
    tensor::{DType, Int, Tensor, kind::Basic},
};
use burn_cubecl::tensor::CubeTensor;
use cubecl::{CubeDim, calculate_cube_count_elemwise, prelude::*};

use super::{
    primitive::{contiguous, cube_of, tensor_of},
    unwritten,
};

#[cube(launch)]
fn gather_kernel<N: Numeric>(
    matrix: &[N],
    positions: &[i32],
    rows: &mut [f32],
    last: u32,
    columns: u32,
    pitch: u32,
    count: usize,
) {
    let at = ABSOLUTE_POS;
    if at >= count {
        terminate!();
    }
    let (row, column) = (at / columns as usize, at % columns as usize);
    let position = u32::min(u32::cast_from(positions[row]), last);
    rows[at] = f32::cast_from(matrix[position as usize * pitch as usize + column]);
}

/// [`gather_rows_on_gpu`](crate::gather_rows_on_gpu).
pub(crate) fn gather_rows<K: Basic>(
    matrix: &Tensor<2, K>,
    positions: &Tensor<1, Int>,
) -> Option<Tensor<2>> {
    let positions = contiguous(positions, DType::I32)?;
    let matrix: CubeTensor = cube_of(matrix.clone())?;
    let launch = match matrix.dtype() {
        DType::F32 => gather_kernel::launch::<f32>,
        DType::U8 => gather_kernel::launch::<u8>,
        _ => return None,
    };
    // The kernel counts numbers in 32 bits.
    let numbers = matrix.handle.size_in_used() / matrix.dtype().size() as u64;
    if numbers > u64::from(u32::MAX) {
        return None;
    }
    let ([rows], [lines, columns]) = (positions.shape().dims(), matrix.shape().dims());
    let [pitch, 1] = matrix.meta.strides()[..] else {
        return None;
    };
    let gathered = unwritten([rows, columns], &matrix);
    let count = rows * columns;
    if count > 0 {
        let dim = CubeDim::new(&gathered.client, count);
        launch(
            &gathered.client,
            calculate_cube_count_elemwise(&gathered.client, count, dim),
            dim,
            matrix.into_buffer_arg(),
            positions.into_buffer_arg(),
            gathered.clone().into_buffer_arg(),
            lines.saturating_sub(1) as u32,
            columns as u32,
            pitch as u32,
            count,
        );
    }
    Some(tensor_of(gathered))
}
