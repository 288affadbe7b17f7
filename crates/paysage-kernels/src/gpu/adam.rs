//! A step of Adam.

use burn::backend::TensorMetadata;
use burn_cubecl::tensor::CubeTensor;
use cubecl::{CubeDim, calculate_cube_count_elemwise, prelude::*};

use crate::AdamStep;

/// The numbers of a step.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
struct Numbers {
    decay_first: f32,
    decay_second: f32,
    factor: f32,
    floor: f32,
    rate: f32,
}

#[cube(launch)]
fn adam_kernel(
    values: &mut [f32],
    gradient: &[f32],
    first: &mut [f32],
    second: &mut [f32],
    step: Numbers,
    count: usize,
) {
    let at = ABSOLUTE_POS;
    if at >= count {
        terminate!();
    }
    let g = gradient[at];
    let m = first[at] * step.decay_first + g * (1.0f32 - step.decay_first);
    let s = second[at] * step.decay_second + g * g * (1.0f32 - step.decay_second);
    first[at] = m;
    second[at] = s;
    values[at] -= m * step.factor / (f32::sqrt(s) + step.floor) * step.rate;
}

/// Moves values and moments, all contiguous.
pub(crate) fn launch_adam(
    values: &CubeTensor,
    gradient: CubeTensor,
    [first, second]: [&CubeTensor; 2],
    step: AdamStep,
) {
    let count = values.shape().num_elements();
    let dim = CubeDim::new(&values.client, count);
    adam_kernel::launch(
        &values.client,
        calculate_cube_count_elemwise(&values.client, count, dim),
        dim,
        values.clone().into_buffer_arg(),
        gradient.into_buffer_arg(),
        first.clone().into_buffer_arg(),
        second.clone().into_buffer_arg(),
        NumbersLaunch::new(
            step.decay_first,
            step.decay_second,
            step.factor,
            step.floor,
            step.rate as f32,
        ),
        count,
    );
}
