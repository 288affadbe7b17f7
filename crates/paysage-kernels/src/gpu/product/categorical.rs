//! Means and samples of one-hot sites under a product.

use cubecl::prelude::*;

use super::{
    kernel::{Corner, Sizes, accumulate, corner, expose, strips, tiles, zeros},
    plan::{Plan, SIDE},
};
use crate::gpu::{
    draw::{invert, weigh},
    mean::divide,
    words::{BetaSource, KeySource, beta_of, first_beta, key_of, word},
};

/// Means and samples, or one of them, of one-hot sites under the field left · right.
///
/// The columns of a cube are as many whole sites as its plan has room for, and a plane has all of them: after the
/// product, a unit has a site of a row.
#[cube(launch_unchecked)]
pub(super) fn categorical_product_kernel<VL: Size, VR: Size>(
    left: &[Vector<f32, VL>],
    right: &[Vector<f32, VR>],
    loc: &[f32],
    means: &mut [f32],
    samples: &mut [f32],
    sizes: Sizes,
    states: u32,
    beta: BetaSource,
    key: KeySource,
    #[comptime] averages: bool,
    #[comptime] draws: bool,
    #[comptime] plan: Plan,
) {
    let sums = zeros(plan);
    let mut shared = tiles::<VL, VR>(plan);
    let most = comptime!(plan.columns() as u32) / states;
    let first_site = CUBE_POS_Y * most;
    let column = first_site * states;
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
    let (key, first_beta) = (key_of(&key), first_beta(&beta));
    let of_plane = corner(column, &sizes, plan);
    let sites = u32::min(most, sizes.columns / states - first_site);
    // Those of another plane are left alone.
    let sites = select(of_plane.row < sizes.rows, sites, 0u32);
    #[unroll]
    for r in 0..comptime!(plan.rows_per_plane / SIDE) {
        let corner = Corner {
            row: of_plane.row + comptime!((r * SIDE) as u32),
            column,
        };
        #[unroll]
        for pass in 0..2usize {
            let is_draw = comptime!(pass == 1);
            if comptime!(if is_draw { draws } else { averages }) {
                let start = expose(&sums, &mut strips, r, 0usize, plan);
                for i in range_stepped(UNIT_POS_X, sites * comptime!(SIDE as u32), 32u32) {
                    let (line, site) = (i % comptime!(SIDE as u32), i / comptime!(SIDE as u32));
                    let in_strip = line * comptime!(plan.stride() as u32) + site * states;
                    let at = start + in_strip as usize;
                    let unit = (column + site * states) as usize;
                    // Those below the last row are not written.
                    let row = u32::min(corner.row + line, sizes.rows - 1u32);
                    let beta = beta_of(&beta, first_beta, row);
                    let total = weigh(&mut strips, loc, beta, at, unit, states);
                    if is_draw {
                        let word = word(&key, corner.row + line, first_site + site);
                        invert(&mut strips, at, total, word, states);
                    } else {
                        divide(&mut strips, at, total, states);
                    }
                }
                let columns = sites * states;
                if is_draw {
                    write(&strips, samples, start, &corner, &sizes, columns, plan);
                } else {
                    write(&strips, means, start, &corner, &sizes, columns, plan);
                }
            }
        }
    }
}

/// Writes the first columns of the strip of this plane to where they belong.
#[cube]
fn write(
    strips: &Shared<[f32]>,
    output: &mut [f32],
    start: usize,
    corner: &Corner,
    sizes: &Sizes,
    columns: u32,
    #[comptime] plan: Plan,
) {
    sync_plane();
    #[unroll]
    for line in 0..SIDE {
        let row = corner.row + comptime!(line as u32);
        if row < sizes.rows {
            let first = row as usize * sizes.columns as usize + corner.column as usize;
            for column in range_stepped(UNIT_POS_X, columns, 32u32) {
                let at = start + comptime!(line * plan.stride()) + column as usize;
                output[first + column as usize] = strips[at];
            }
        }
    }
}
