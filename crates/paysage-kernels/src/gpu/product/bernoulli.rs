//! Means and samples of Bernoulli units under a product.

use cubecl::prelude::*;

use super::{
    kernel::{Sizes, accumulate, corner, expose, first_column, strips, tiles, zeros},
    plan::{Plan, SIDE},
};
use crate::gpu::{
    math::{sigmoid, unit_interval},
    words::{BetaSource, KeySource, Words, beta_of, first_beta, key_of, words},
};

/// Means and samples, or one of them, of Bernoulli units under the field left · right.
#[cube(launch_unchecked)]
pub(super) fn bernoulli_product_kernel<VL: Size, VR: Size>(
    left: &[Vector<f32, VL>],
    right: &[Vector<f32, VR>],
    loc: &[f32],
    means: &mut [f32],
    samples: &mut [f32],
    sizes: Sizes,
    beta: BetaSource,
    key: KeySource,
    #[comptime] averages: bool,
    #[comptime] draws: bool,
    #[comptime] plan: Plan,
) {
    let sums = zeros(plan);
    let mut shared = tiles::<VL, VR>(plan);
    let column = first_column(plan);
    accumulate(
        left,
        right,
        &sums,
        &mut shared,
        &sizes,
        1.0f32,
        column,
        plan,
    );
    let mut strips = strips(plan);
    let corner = corner(column, &sizes, plan);
    let (key, first_beta) = (key_of(&key), first_beta(&beta));
    #[unroll]
    for r in 0..comptime!(plan.rows_per_plane / SIDE) {
        #[unroll]
        for strip in 0..comptime!(plan.columns_per_plane / plan.strip) {
            let start = expose(&sums, &mut strips, r, strip, plan);
            let first_column = corner.column + comptime!((strip * plan.strip) as u32);
            // Eight random blocks for each of the rows, of four columns each.
            #[unroll]
            for i in 0..comptime!(SIDE * 8 / 32) {
                let number = UNIT_POS_X + comptime!((i * 32) as u32);
                let line = number / 8u32;
                let block = number % 8u32;
                let row = corner.row + comptime!((r * SIDE) as u32) + line;
                if row < sizes.rows {
                    let beta = beta_of(&beta, first_beta, row);
                    let words = words(&key, row, first_column / 4u32 + block);
                    #[unroll]
                    for quarter in 0..4usize {
                        let offset = comptime!((quarter * 8) as u32);
                        let column = first_column + block + offset;
                        if column < sizes.columns {
                            let in_strip = line * comptime!(plan.stride() as u32) + block + offset;
                            let field = strips[start + in_strip as usize];
                            let mean = sigmoid(beta * (field + loc[column as usize]));
                            let at = row as usize * sizes.columns as usize + column as usize;
                            if comptime!(averages) {
                                means[at] = mean;
                            }
                            if comptime!(draws) {
                                let uniform = unit_interval(word(&words, quarter));
                                samples[at] = select(uniform < mean, 1.0f32, 0.0f32);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The word of a column of a block.
#[cube]
fn word(words: &Words, #[comptime] quarter: usize) -> u32 {
    match comptime!(quarter) {
        0 => words.a,
        1 => words.b,
        2 => words.c,
        _ => words.d,
    }
}
