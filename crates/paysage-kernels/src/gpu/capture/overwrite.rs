//! Values copied into memory that has others.

use burn::{backend::TensorMetadata, tensor::DType};
use burn_cubecl::{kernel::into_contiguous, tensor::CubeTensor};
use cubecl::{CubeDim, calculate_cube_count_elemwise, prelude::*};

#[cube(launch)]
fn overwrite_kernel<N: Numeric>(values: &mut [N], source: &[N], count: usize) {
    let at = ABSOLUTE_POS;
    if at >= count {
        terminate!();
    }
    values[at] = source[at];
}

/// Copies the values of a tensor into the memory of another of its shape, whoever shares it.
pub(super) fn launch_overwrite(values: &CubeTensor, source: &CubeTensor) {
    let count = values.shape().num_elements();
    let dim = CubeDim::new(&values.client, count);
    let launch = match values.dtype {
        DType::I32 => overwrite_kernel::launch::<i32>,
        _ => overwrite_kernel::launch::<f32>,
    };
    launch(
        &values.client,
        calculate_cube_count_elemwise(&values.client, count, dim),
        dim,
        values.clone().into_buffer_arg(),
        into_contiguous(source.clone()).into_buffer_arg(),
        count,
    );
}
