//! A step of the means of units with two values.

use burn::{
    backend::TensorMetadata,
    tensor::{DType, Tensor},
};
use cubecl::{CubeDim, calculate_cube_count_elemwise, prelude::*};

use super::{
    math::sigmoid,
    primitive::{contiguous, tensor_of},
    unwritten,
};
use crate::MomentStep;

#[cube(launch)]
fn moment_step_kernel(
    loc: &[f32],
    natural: &[f32],
    mean: &[f32],
    first: &[f32],
    second: &[f32],
    third: &[f32],
    share: &[f32],
    next: &mut [f32],
    next_mean: &mut [f32],
    next_second: &mut [f32],
    next_third: &mut [f32],
    low: f32,
    high: f32,
    columns: usize,
    count: usize,
    #[comptime] has: [bool; 3],
) {
    let at = ABSOLUTE_POS;
    if at >= count {
        terminate!();
    }
    let (sum, width) = (low + high, high - low);
    let m = mean[at];
    let mut target = 0.0f32;
    if comptime!(has[0]) {
        target += first[at];
    }
    if comptime!(has[1]) {
        target += second[at] * (sum - 2.0f32 * m);
    }
    if comptime!(has[2]) {
        let variance = (m - low) * (high - m);
        target += third[at] * (width * width - 6.0f32 * variance);
    }
    let from = natural[at];
    let field = fma(target - from, share[at / columns], from);
    let m = fma(width, sigmoid(width * (field + loc[at % columns])), low);
    let variance = (m - low) * (high - m);
    next[at] = field;
    next_mean[at] = m;
    next_second[at] = variance;
    next_third[at] = variance * (sum - 2.0f32 * m);
}

/// [`MomentStep::on_gpu`].
pub(crate) fn moment_step(step: &MomentStep<'_>) -> Option<[Tensor<2>; 4]> {
    let matrix = |x: &Tensor<2>| contiguous(x, DType::F32);
    let [natural, mean, share] = [step.natural, step.mean, step.share].map(matrix);
    let (natural, mean, share) = (natural?, mean?, share?);
    let loc = contiguous(step.loc, DType::F32)?;
    let has = step.fields.map(|field| field.is_some());
    // An absent one is not read.
    let [first, second, third] = step.fields.map(|field| match field {
        Some(field) => matrix(field),
        None => Some(mean.clone()),
    });
    let (first, second, third) = (first?, second?, third?);
    let [rows, columns] = natural.shape().dims();
    let (client, count) = (natural.client.clone(), rows * columns);
    let next = [(); 4].map(|()| unwritten([rows, columns], &natural));
    if count == 0 {
        return Some(next.map(tensor_of));
    }
    let dim = CubeDim::new(&client, count);
    let [low, high] = step.values.map(|value| value as f32);
    moment_step_kernel::launch(
        &client,
        calculate_cube_count_elemwise(&client, count, dim),
        dim,
        loc.into_buffer_arg(),
        natural.into_buffer_arg(),
        mean.into_buffer_arg(),
        first.into_buffer_arg(),
        second.into_buffer_arg(),
        third.into_buffer_arg(),
        share.into_buffer_arg(),
        next[0].clone().into_buffer_arg(),
        next[1].clone().into_buffer_arg(),
        next[2].clone().into_buffer_arg(),
        next[3].clone().into_buffer_arg(),
        low,
        high,
        columns,
        count,
        has,
    );
    Some(next.map(tensor_of))
}
