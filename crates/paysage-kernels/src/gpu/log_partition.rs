//! Log partition functions of units, given their fields, and sums over the rows of a matrix.

use burn::backend::TensorMetadata;
use burn_cubecl::tensor::CubeTensor;
use cubecl::{CubeCount, CubeDim, calculate_cube_count_elemwise, prelude::*};

use super::{
    math::{exp_of_negative, ln},
    unwritten,
    words::{NumberSource, number_argument, number_of},
};

/// Units that add up a row.
const UNITS: usize = 64;

/// The sum of a number of each unit of the cube.
#[cube]
fn total(mine: f32) -> f32 {
    let mut sums = Shared::<[f32]>::new_slice(UNITS);
    sums[UNIT_POS as usize] = mine;
    #[unroll]
    for halving in 1..comptime!(UNITS.ilog2() + 1) {
        let half = comptime!(UNITS as u32 >> halving);
        sync_cube();
        if UNIT_POS < half {
            let other = sums[(UNIT_POS + half) as usize];
            sums[UNIT_POS as usize] += other;
        }
    }
    sync_cube();
    sums[0usize]
}

/// ln(1 + exp(x)); NaN for NaN.
#[cube]
fn softplus(x: f32) -> f32 {
    select(x < 0.0f32, 0.0f32, x) + ln(1.0f32 + exp_of_negative(-f32::abs(x)))
}

#[cube(launch)]
fn dot_kernel(
    values: &[f32],
    weight: &[f32],
    sums: &mut [f32],
    factor: f32,
    rows: u32,
    units: u32,
) {
    let row = CUBE_POS;
    if row >= rows as usize {
        terminate!();
    }
    let first = row * units as usize;
    let mut mine = 0.0f32;
    for unit in range_stepped(UNIT_POS, units, comptime!(UNITS as u32)) {
        let unit = unit as usize;
        mine = fma(values[first + unit], weight[unit], mine);
    }
    let total = total(mine);
    if UNIT_POS == 0u32 {
        sums[row] = factor * total;
    }
}

#[cube(launch)]
fn bernoulli_kernel(
    fields: &[f32],
    loc: &[f32],
    sums: &mut [f32],
    beta: NumberSource,
    rows: u32,
    units: u32,
) {
    let row = CUBE_POS;
    if row >= rows as usize {
        terminate!();
    }
    let beta = number_of(&beta);
    let first = row * units as usize;
    let mut mine = 0.0f32;
    for unit in range_stepped(UNIT_POS, units, comptime!(UNITS as u32)) {
        let unit = unit as usize;
        mine += softplus(beta * (fields[first + unit] + loc[unit]));
    }
    let total = total(mine);
    if UNIT_POS == 0u32 {
        sums[row] = total;
    }
}

#[cube(launch)]
fn categorical_kernel(
    fields: &[f32],
    loc: &[f32],
    sums: &mut [f32],
    beta: NumberSource,
    rows: u32,
    sites: u32,
    states: u32,
) {
    let row = CUBE_POS;
    if row >= rows as usize {
        terminate!();
    }
    let beta = number_of(&beta);
    let first = row * (sites * states) as usize;
    let mut mine = 0.0f32;
    for site in range_stepped(UNIT_POS, sites, comptime!(UNITS as u32)) {
        let unit = (site * states) as usize;
        let mut largest = beta * (fields[first + unit] + loc[unit]);
        for state in 1..states {
            let unit = unit + state as usize;
            largest = f32::max(largest, beta * (fields[first + unit] + loc[unit]));
        }
        let mut weights = 0.0f32;
        for state in 0..states {
            let unit = unit + state as usize;
            let logit = beta * (fields[first + unit] + loc[unit]);
            // Equal to the largest; the difference of infinities is NaN.
            weights += select(logit == largest, 1.0f32, exp_of_negative(logit - largest));
        }
        mine += largest + ln(weights);
    }
    let total = total(mine);
    if UNIT_POS == 0u32 {
        sums[row] = total;
    }
}

/// A number for each row of the fields, by a kernel with a cube for each row; it is not launched without rows.
fn of_rows(
    fields: &CubeTensor,
    launch: impl FnOnce(&CubeTensor, CubeCount, CubeDim),
) -> CubeTensor {
    let [rows, _] = fields.shape().dims();
    let sums = unwritten([rows], fields);
    if rows > 0 {
        let dim = CubeDim::new_1d(UNITS as u32);
        let count = calculate_cube_count_elemwise(&sums.client, rows * UNITS, dim);
        launch(&sums, count, dim);
    }
    sums
}

/// factor · Σ value · weight of each row: `[rows]`.
pub(crate) fn launch_row_dots(values: CubeTensor, weight: CubeTensor, factor: f32) -> CubeTensor {
    let [rows, units] = values.shape().dims();
    of_rows(&values, |sums, count, dim| {
        dot_kernel::launch(
            &sums.client,
            count,
            dim,
            values.clone().into_buffer_arg(),
            weight.into_buffer_arg(),
            sums.clone().into_buffer_arg(),
            factor,
            rows as u32,
            units as u32,
        );
    })
}

pub(crate) fn launch_bernoulli_log_partition(
    field: CubeTensor,
    loc: CubeTensor,
    beta: f32,
) -> CubeTensor {
    let [rows, units] = field.shape().dims();
    of_rows(&field, |sums, count, dim| {
        bernoulli_kernel::launch(
            &sums.client,
            count,
            dim,
            field.clone().into_buffer_arg(),
            loc.into_buffer_arg(),
            sums.clone().into_buffer_arg(),
            number_argument(beta),
            rows as u32,
            units as u32,
        );
    })
}

pub(crate) fn launch_categorical_log_partition(
    field: CubeTensor,
    loc: CubeTensor,
    states: usize,
    beta: f32,
) -> CubeTensor {
    let [rows, units] = field.shape().dims();
    of_rows(&field, |sums, count, dim| {
        categorical_kernel::launch(
            &sums.client,
            count,
            dim,
            field.clone().into_buffer_arg(),
            loc.into_buffer_arg(),
            sums.clone().into_buffer_arg(),
            number_argument(beta),
            rows as u32,
            (units / states) as u32,
            states as u32,
        );
    })
}
