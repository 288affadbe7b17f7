//! Kernels for means.

use burn::backend::TensorMetadata;
use burn_cubecl::tensor::CubeTensor;
use cubecl::{CubeDim, calculate_cube_count_elemwise, prelude::*};

use super::{
    draw::weigh,
    math::sigmoid,
    words::{NumberSource, number_argument, number_of},
};

#[cube(launch)]
fn bernoulli_mean_kernel(
    values: &mut Tensor<f32>,
    loc: &Tensor<f32>,
    beta: NumberSource,
    units: u32,
) {
    let at = ABSOLUTE_POS;
    if at >= values.len() {
        terminate!();
    }
    let unit = at % units as usize;
    values[at] = sigmoid(number_of(&beta) * (values[at] + loc[unit]));
}

#[cube(launch)]
fn categorical_mean_kernel(
    values: &mut [f32],
    loc: &[f32],
    beta: NumberSource,
    rows: u32,
    sites: u32,
    states: u32,
) {
    let site = ABSOLUTE_POS as u32;
    if site >= rows * sites {
        terminate!();
    }
    let unit = (site % sites * states) as usize;
    let at = (site * states) as usize;
    let total = weigh(values, loc, number_of(&beta), at, unit, states);
    divide(values, at, total, states);
}

/// Replaces the weights of a site, of this sum, by its means.
#[cube]
pub(super) fn divide(values: &mut [f32], at: usize, total: f32, states: u32) {
    for k in 0..states {
        values[at + k as usize] /= total;
    }
}

pub(crate) fn launch_bernoulli_mean(values: &CubeTensor, loc: CubeTensor, beta: f32) {
    let [rows, columns] = values.shape().dims();
    let dim = CubeDim::new(&values.client, rows * columns);
    bernoulli_mean_kernel::launch(
        &values.client,
        calculate_cube_count_elemwise(&values.client, rows * columns, dim),
        dim,
        values.clone().into_tensor_arg(),
        loc.into_tensor_arg(),
        number_argument(beta),
        columns as u32,
    );
}

pub(crate) fn launch_categorical_mean(
    values: &CubeTensor,
    loc: CubeTensor,
    states: usize,
    beta: f32,
) {
    let [rows, units] = values.shape().dims();
    let sites = units / states;
    let dim = CubeDim::new(&values.client, rows * sites);
    categorical_mean_kernel::launch(
        &values.client,
        calculate_cube_count_elemwise(&values.client, rows * sites, dim),
        dim,
        values.clone().into_buffer_arg(),
        loc.into_buffer_arg(),
        number_argument(beta),
        rows as u32,
        sites as u32,
        states as u32,
    );
}
