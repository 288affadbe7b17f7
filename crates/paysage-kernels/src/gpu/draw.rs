//! Sampling kernels.

use burn::backend::TensorMetadata;
use burn_cubecl::tensor::CubeTensor;
use cubecl::{CubeCount, CubeDim, calculate_cube_count_elemwise, prelude::*};

use super::{
    math::{exp_of_negative, point, radius, sigmoid, unit_interval},
    words::{KeySource, NumberSource, key_argument, key_of, number_argument, number_of, words},
};
use crate::RandomKey;

/// The row and the first of the four columns (eight apart) of a thread.
#[derive(CubeType)]
struct Place {
    row: u32,
    block: u32,
    column: u32,
}

#[cube]
fn place(columns: u32) -> Place {
    let blocks = (columns + 31u32) / 32u32 * 8u32;
    let unit = ABSOLUTE_POS as u32;
    let block = unit % blocks;
    Place {
        row: unit / blocks,
        block,
        column: block / 8u32 * 32u32 + block % 8u32,
    }
}

#[cube(launch)]
fn uniform_kernel(values: &mut Tensor<f32>, key: KeySource, rows: u32, columns: u32) {
    let place = place(columns);
    if place.row >= rows {
        terminate!();
    }
    let words = words(&key_of(&key), place.row, place.block);
    put(values, &place, 0u32, columns, unit_interval(words.a));
    put(values, &place, 8u32, columns, unit_interval(words.b));
    put(values, &place, 16u32, columns, unit_interval(words.c));
    put(values, &place, 24u32, columns, unit_interval(words.d));
}

#[cube(launch)]
fn normal_kernel(values: &mut Tensor<f32>, key: KeySource, rows: u32, columns: u32) {
    let place = place(columns);
    if place.row >= rows {
        terminate!();
    }
    let words = words(&key_of(&key), place.row, place.block);
    let (near, far) = (radius(words.a), radius(words.c));
    let (first, second) = (point(words.b), point(words.d));
    put(values, &place, 0u32, columns, near * first.cosine);
    put(values, &place, 8u32, columns, near * first.sine);
    put(values, &place, 16u32, columns, far * second.cosine);
    put(values, &place, 24u32, columns, far * second.sine);
}

#[cube]
fn put(values: &mut Tensor<f32>, place: &Place, offset: u32, columns: u32, value: f32) {
    let column = place.column + offset;
    if column < columns {
        values[(place.row * columns + column) as usize] = value;
    }
}

#[cube(launch)]
fn gaussian_kernel(
    values: &mut Tensor<f32>,
    loc: &Tensor<f32>,
    deviation: &Tensor<f32>,
    key: KeySource,
    rows: u32,
    columns: u32,
) {
    let place = place(columns);
    if place.row >= rows {
        terminate!();
    }
    let words = words(&key_of(&key), place.row, place.block);
    let (near, far) = (radius(words.a), radius(words.c));
    let (first, second) = (point(words.b), point(words.d));
    shift(
        values,
        loc,
        deviation,
        &place,
        0u32,
        columns,
        near * first.cosine,
    );
    shift(
        values,
        loc,
        deviation,
        &place,
        8u32,
        columns,
        near * first.sine,
    );
    shift(
        values,
        loc,
        deviation,
        &place,
        16u32,
        columns,
        far * second.cosine,
    );
    shift(
        values,
        loc,
        deviation,
        &place,
        24u32,
        columns,
        far * second.sine,
    );
}

#[cube]
fn shift(
    values: &mut Tensor<f32>,
    loc: &Tensor<f32>,
    deviation: &Tensor<f32>,
    place: &Place,
    offset: u32,
    columns: u32,
    noise: f32,
) {
    let column = place.column + offset;
    if column < columns {
        let at = (place.row * columns + column) as usize;
        let unit = column as usize;
        values[at] = fma(noise, deviation[unit], values[at] + loc[unit]);
    }
}

#[cube(launch)]
fn bernoulli_kernel(
    values: &mut Tensor<f32>,
    loc: &Tensor<f32>,
    beta: NumberSource,
    key: KeySource,
    rows: u32,
    columns: u32,
) {
    let place = place(columns);
    if place.row >= rows {
        terminate!();
    }
    let beta = number_of(&beta);
    let words = words(&key_of(&key), place.row, place.block);
    flip(values, loc, beta, &place, 0u32, columns, words.a);
    flip(values, loc, beta, &place, 8u32, columns, words.b);
    flip(values, loc, beta, &place, 16u32, columns, words.c);
    flip(values, loc, beta, &place, 24u32, columns, words.d);
}

#[cube]
fn flip(
    values: &mut Tensor<f32>,
    loc: &Tensor<f32>,
    beta: f32,
    place: &Place,
    offset: u32,
    columns: u32,
    word: u32,
) {
    let column = place.column + offset;
    if column < columns {
        let at = (place.row * columns + column) as usize;
        let probability = sigmoid(beta * (values[at] + loc[column as usize]));
        values[at] = select(unit_interval(word) < probability, 1.0f32, 0.0f32);
    }
}

#[cube(launch)]
fn categorical_kernel(
    values: &mut [f32],
    loc: &[f32],
    beta: NumberSource,
    key: KeySource,
    rows: u32,
    sites: u32,
    states: u32,
) {
    let place = place(sites);
    if place.row >= rows {
        terminate!();
    }
    let beta = number_of(&beta);
    let words = words(&key_of(&key), place.row, place.block);
    choose(values, loc, beta, &place, 0u32, sites, states, words.a);
    choose(values, loc, beta, &place, 8u32, sites, states, words.b);
    choose(values, loc, beta, &place, 16u32, sites, states, words.c);
    choose(values, loc, beta, &place, 24u32, sites, states, words.d);
}

#[cube]
#[allow(
    clippy::too_many_arguments,
    reason = "kernels have no structs of tensors"
)]
fn choose(
    values: &mut [f32],
    loc: &[f32],
    beta: f32,
    place: &Place,
    offset: u32,
    sites: u32,
    states: u32,
    word: u32,
) {
    let site = place.column + offset;
    if site < sites {
        let unit = (site * states) as usize;
        let at = (place.row * sites * states) as usize + unit;
        let total = weigh(values, loc, beta, at, unit, states);
        invert(values, at, total, word, states);
    }
}

/// Replaces the weights of a site, of this sum, by the state that a random word selects.
#[cube]
pub(super) fn invert(values: &mut [f32], at: usize, total: f32, word: u32, states: u32) {
    let bar = unit_interval(word) * total;
    let mut cumulated = 0.0f32;
    let mut chosen = 0u32;
    for k in 0..states {
        cumulated += values[at + k as usize];
        chosen += select(cumulated <= bar, 1u32, 0u32);
    }
    let chosen = u32::min(chosen, states - 1u32);
    for k in 0..states {
        values[at + k as usize] = select(k == chosen, 1.0f32, 0.0f32);
    }
}

/// Replaces the fields of a site by weights, with a largest weight of 1; returns their sum.
#[cube]
pub(super) fn weigh(
    values: &mut [f32],
    loc: &[f32],
    beta: f32,
    at: usize,
    unit: usize,
    states: u32,
) -> f32 {
    let mut largest = beta * (values[at] + loc[unit]);
    for k in 0..states {
        let logit = beta * (values[at + k as usize] + loc[unit + k as usize]);
        values[at + k as usize] = logit;
        largest = f32::max(largest, logit);
    }
    let mut total = 0.0f32;
    for k in 0..states {
        let logit = values[at + k as usize];
        // Equal to the largest; the difference of infinities is NaN.
        let weight = select(logit == largest, 1.0f32, exp_of_negative(logit - largest));
        values[at + k as usize] = weight;
        total += weight;
    }
    total
}

/// Number of threads for the blocks of a matrix.
fn threads(values: &CubeTensor, rows: usize, columns: usize) -> (CubeCount, CubeDim) {
    let units = rows * columns.div_ceil(32) * 8;
    let dim = CubeDim::new(&values.client, units);
    let count = calculate_cube_count_elemwise(&values.client, units, dim);
    (count, dim)
}

pub(crate) fn launch_uniform(values: &CubeTensor, key: RandomKey) {
    let [rows, columns] = values.shape().dims();
    let (count, dim) = threads(values, rows, columns);
    uniform_kernel::launch(
        &values.client,
        count,
        dim,
        values.clone().into_tensor_arg(),
        key_argument(key),
        rows as u32,
        columns as u32,
    );
}

pub(crate) fn launch_normal(values: &CubeTensor, key: RandomKey) {
    let [rows, columns] = values.shape().dims();
    let (count, dim) = threads(values, rows, columns);
    normal_kernel::launch(
        &values.client,
        count,
        dim,
        values.clone().into_tensor_arg(),
        key_argument(key),
        rows as u32,
        columns as u32,
    );
}

pub(crate) fn launch_gaussian(
    values: &CubeTensor,
    loc: CubeTensor,
    deviation: CubeTensor,
    key: RandomKey,
) {
    let [rows, columns] = values.shape().dims();
    let (count, dim) = threads(values, rows, columns);
    gaussian_kernel::launch(
        &values.client,
        count,
        dim,
        values.clone().into_tensor_arg(),
        loc.into_tensor_arg(),
        deviation.into_tensor_arg(),
        key_argument(key),
        rows as u32,
        columns as u32,
    );
}

pub(crate) fn launch_bernoulli(values: &CubeTensor, loc: CubeTensor, beta: f32, key: RandomKey) {
    let [rows, columns] = values.shape().dims();
    let (count, dim) = threads(values, rows, columns);
    bernoulli_kernel::launch(
        &values.client,
        count,
        dim,
        values.clone().into_tensor_arg(),
        loc.into_tensor_arg(),
        number_argument(beta),
        key_argument(key),
        rows as u32,
        columns as u32,
    );
}

pub(crate) fn launch_categorical(
    values: &CubeTensor,
    loc: CubeTensor,
    states: usize,
    beta: f32,
    key: RandomKey,
) {
    let [rows, units] = values.shape().dims();
    let sites = units / states;
    let (count, dim) = threads(values, rows, sites);
    categorical_kernel::launch(
        &values.client,
        count,
        dim,
        values.clone().into_buffer_arg(),
        loc.into_buffer_arg(),
        number_argument(beta),
        key_argument(key),
        rows as u32,
        sites as u32,
        states as u32,
    );
}
