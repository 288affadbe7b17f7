//! Matrix products.

use cubecl::prelude::*;
use half::bf16;

use super::{
    plan::{Plan, SIDE},
    stage::{Extent, Tile, fetch, load, stage},
};

/// Sizes of a product: left is `[rows, depth]`, right `[depth, columns]`. The pitches are the numbers from the beginning of
/// a stored line to that of the next one.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) rows: u32,
    pub(super) columns: u32,
    depth: u32,
    left_pitch: u32,
    right_pitch: u32,
}

/// The place of this plane among those of its cube.
#[derive(CubeType, Clone, Copy)]
struct Place {
    down: u32,
    across: u32,
    deep: u32,
}

#[cube]
fn place(#[comptime] plan: Plan) -> Place {
    let across = comptime!(plan.planes_across as u32);
    let flat = comptime!((plan.planes_down * plan.planes_across) as u32);
    Place {
        down: UNIT_POS_Y % flat / across,
        across: UNIT_POS_Y % across,
        deep: UNIT_POS_Y / flat,
    }
}

/// Where the results of a plane begin.
#[derive(CubeType, Clone, Copy)]
pub(super) struct Corner {
    pub(super) row: u32,
    pub(super) column: u32,
}

/// Where those of this plane begin, in a cube that begins at a column: below the last row where it shares the sums of
/// another plane, which has the results.
#[cube]
pub(super) fn corner(column: u32, sizes: &Sizes, #[comptime] plan: Plan) -> Corner {
    let place = place(plan);
    let row = CUBE_POS_X * comptime!(plan.rows() as u32)
        + place.down * comptime!(plan.rows_per_plane as u32);
    Corner {
        row: select(place.deep == 0u32, row, sizes.rows),
        column: column + place.across * comptime!(plan.columns_per_plane as u32),
    }
}

/// The first column of a cube, where those of all cubes are as many as their plan has.
#[cube]
pub(super) fn first_column(#[comptime] plan: Plan) -> u32 {
    CUBE_POS_Y * comptime!(plan.columns() as u32)
}

#[cube]
pub(super) fn zeros(#[comptime] plan: Plan) -> Sequence<cmma::Matrix<f32>> {
    let mut sums = Sequence::<cmma::Matrix<f32>>::new();
    #[unroll]
    for _ in 0..comptime!(plan.rows_per_plane / SIDE * (plan.columns_per_plane / SIDE)) {
        sums.push(cmma::Matrix::<f32>::from_value(
            cmma::MatrixIdent::Accumulator,
            SIDE,
            SIDE,
            SIDE,
            cmma::MatrixLayout::Undefined,
            0.0f32,
        ));
    }
    sums
}

#[cube]
fn extent(across: u32, depth: u32, pitch: u32, #[comptime] tile: Tile) -> Extent {
    if comptime!(tile.down) {
        Extent {
            lines: depth,
            width: across,
            pitch,
        }
    } else {
        Extent {
            lines: across,
            width: depth,
            pitch,
        }
    }
}

/// Reads the next tile of a matrix, so many terms down its sums.
#[cube]
fn advance<V: Size>(
    matrix: &[Vector<f32, V>],
    vectors: &mut Array<Vector<f32, V>>,
    extent: &Extent,
    across: u32,
    along: u32,
    #[comptime] tile: Tile,
) {
    if comptime!(tile.down) {
        fetch(matrix, vectors, extent, along, across, tile);
    } else {
        fetch(matrix, vectors, extent, across, along, tile);
    }
}

/// Tiles of both matrices in shared memory, and for each buffer whether some number of the left ones is not its first
/// part.
#[derive(CubeType)]
pub(super) struct Tiles<VL: Size, VR: Size> {
    left: Shared<[Vector<bf16, VL>]>,
    right: Shared<[Vector<bf16, VR>]>,
    inexact: Shared<[u32]>,
}

#[cube]
pub(super) fn tiles<VL: Size, VR: Size>(#[comptime] plan: Plan) -> Tiles<VL, VR> {
    let count = comptime!(plan.buffers * plan.parts);
    let left = comptime!(count * plan.left().size()) / VL::value().comptime();
    let right = comptime!(count * plan.right().size()) / VR::value().comptime();
    Tiles::<VL, VR> {
        left: Shared::<[Vector<bf16, VL>]>::new_aligned_slice(left, 32usize),
        right: Shared::<[Vector<bf16, VR>]>::new_aligned_slice(right, 32usize),
        inexact: Shared::<[u32]>::new_slice(plan.buffers),
    }
}

/// Adds factor · left · right to the sums, whose columns begin at one of the product.
///
/// Each number is the sum of bf16 parts, each the rounded rest of those before. Products of parts i and j
/// with i + j < parts are added; those with i > 0 only from where the left matrix has such parts, which
/// binary states have not.
#[cube]
#[allow(
    clippy::too_many_arguments,
    reason = "kernels have no structs of tensors"
)]
pub(super) fn accumulate<VL: Size, VR: Size>(
    left: &[Vector<f32, VL>],
    right: &[Vector<f32, VR>],
    sums: &Sequence<cmma::Matrix<f32>>,
    tiles: &mut Tiles<VL, VR>,
    sizes: &Sizes,
    factor: f32,
    column: u32,
    #[comptime] plan: Plan,
) {
    let left_tile = comptime!(plan.left());
    let right_tile = comptime!(plan.right());
    let parts = comptime!(plan.parts);
    let left_size = VL::value().comptime();
    let right_size = VR::value().comptime();
    let left_count = comptime!(left_tile.vectors(left_size));
    let right_count = comptime!(right_tile.vectors(right_size));
    let mut left_vectors = Array::<Vector<f32, VL>>::new(left_count);
    let mut right_vectors = Array::<Vector<f32, VR>>::new(right_count);

    let left_extent = extent(sizes.rows, sizes.depth, sizes.left_pitch, left_tile);
    let right_extent = extent(sizes.columns, sizes.depth, sizes.right_pitch, right_tile);
    let row = CUBE_POS_X * comptime!(plan.rows() as u32);
    let place = place(plan);
    let first_along = place.deep as usize * comptime!(plan.blocks_deep());
    let tall = comptime!(plan.rows_per_plane / SIDE);
    let wide = comptime!(plan.columns_per_plane / SIDE);

    // All planes have seen what the product before has left.
    sync_cube();
    if UNIT_POS == 0u32 {
        #[unroll]
        for buffer in 0..plan.buffers {
            tiles.inexact[buffer] = 0u32;
        }
    }
    if comptime!(plan.buffers > 1) {
        sync_cube();
    }
    advance(left, &mut left_vectors, &left_extent, row, 0u32, left_tile);
    advance(
        right,
        &mut right_vectors,
        &right_extent,
        column,
        0u32,
        right_tile,
    );
    let step = comptime!(plan.depth as u32);
    let steps = (sizes.depth + step - 1u32) / step;
    for number in 0..steps {
        let buffer = number as usize % comptime!(plan.buffers);
        if comptime!(plan.buffers == 1) {
            // All planes have read the tiles before. Those in another buffer may still be read.
            sync_cube();
        }
        if !stage(
            &left_vectors,
            &mut tiles.left,
            buffer,
            1.0f32,
            left_tile,
            parts,
        ) {
            tiles.inexact[buffer] = 1u32;
        }
        stage(
            &right_vectors,
            &mut tiles.right,
            buffer,
            factor,
            right_tile,
            parts,
        );
        sync_cube();
        let is_inexact = tiles.inexact[buffer] == 1u32;
        // Arrives while these tiles are multiplied.
        let next = (number + 1u32) * step;
        advance(left, &mut left_vectors, &left_extent, row, next, left_tile);
        advance(
            right,
            &mut right_vectors,
            &right_extent,
            column,
            next,
            right_tile,
        );
        #[unroll]
        for along in 0..comptime!(plan.blocks_deep()) {
            let mut rights = Sequence::<cmma::Matrix<bf16>>::new();
            #[unroll]
            for part in 0..parts {
                #[unroll]
                for c in 0..wide {
                    let across = place.across * comptime!(wide as u32) + comptime!(c as u32);
                    rights.push(load(
                        &tiles.right,
                        buffer,
                        across,
                        first_along,
                        along,
                        part,
                        cmma::MatrixIdent::B,
                        right_tile,
                        parts,
                    ));
                }
            }
            #[unroll]
            for r in 0..tall {
                let row = place.down * comptime!(tall as u32) + comptime!(r as u32);
                let exact = load(
                    &tiles.left,
                    buffer,
                    row,
                    first_along,
                    along,
                    0usize,
                    cmma::MatrixIdent::A,
                    left_tile,
                    parts,
                );
                #[unroll]
                for part in 0..parts {
                    #[unroll]
                    for c in 0..wide {
                        let sum = sums.index(comptime!(r * wide + c));
                        cmma::execute(&exact, rights.index(comptime!(part * wide + c)), sum, sum);
                    }
                }
            }
            if is_inexact {
                #[unroll]
                for i in 1..parts {
                    #[unroll]
                    for r in 0..tall {
                        let row = place.down * comptime!(tall as u32) + comptime!(r as u32);
                        let rest = load(
                            &tiles.left,
                            buffer,
                            row,
                            first_along,
                            along,
                            i,
                            cmma::MatrixIdent::A,
                            left_tile,
                            parts,
                        );
                        #[unroll]
                        for part in 0..comptime!(parts - i) {
                            #[unroll]
                            for c in 0..wide {
                                let sum = sums.index(comptime!(r * wide + c));
                                cmma::execute(
                                    &rest,
                                    rights.index(comptime!(part * wide + c)),
                                    sum,
                                    sum,
                                );
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Shared memory for a strip of each plane.
#[cube]
pub(super) fn strips(#[comptime] plan: Plan) -> Shared<[f32]> {
    Shared::<[f32]>::new_aligned_slice(comptime!(plan.planes() * SIDE * plan.stride()), 32usize)
}

/// Puts a strip of the sums of this plane, [`SIDE`] rows, into shared memory, where its units see it, and adds those of
/// the planes that share the same sums to the first of them. Returns where it begins.
#[cube]
pub(super) fn expose(
    sums: &Sequence<cmma::Matrix<f32>>,
    strips: &mut Shared<[f32]>,
    #[comptime] row: usize,
    #[comptime] strip: usize,
    #[comptime] plan: Plan,
) -> usize {
    let size = comptime!(SIDE * plan.stride());
    let start = UNIT_POS_Y as usize * size;
    let end = strips.len();
    let wide = comptime!(plan.columns_per_plane / SIDE);
    synchronize(plan);
    #[unroll]
    for half in 0..comptime!(plan.strip / SIDE) {
        cmma::store(
            &mut strips[start + comptime!(half * SIDE)..end],
            sums.index(comptime!(row * wide + strip * (plan.strip / SIDE) + half)),
            comptime!(plan.stride() as u32),
            cmma::MatrixLayout::RowMajor,
        );
    }
    synchronize(plan);
    if comptime!(plan.planes_deep > 1) {
        let flat = comptime!(plan.planes_down * plan.planes_across);
        if UNIT_POS_Y < comptime!(flat as u32) {
            for place in range_stepped(UNIT_POS_X, comptime!(size as u32), 32u32) {
                let at = start + place as usize;
                let mut sum = strips[at];
                #[unroll]
                for deep in 1..plan.planes_deep {
                    sum += strips[at + comptime!(deep * flat * size)];
                }
                strips[at] = sum;
            }
        }
        sync_plane();
    }
    start
}

/// Waits for the units that see the same strips.
#[cube]
fn synchronize(#[comptime] plan: Plan) {
    if comptime!(plan.planes_deep > 1) {
        sync_cube();
    } else {
        sync_plane();
    }
}

/// left · right, or the sum of two such products.
#[cube(launch_unchecked)]
pub(super) fn product_kernel<VL: Size, VR: Size>(
    left: &[Vector<f32, VL>],
    right: &[Vector<f32, VR>],
    second_left: &[Vector<f32, VL>],
    second_right: &[Vector<f32, VR>],
    output: &mut [f32],
    sizes: Sizes,
    factor: f32,
    second_sizes: Sizes,
    second_factor: f32,
    #[comptime] is_sum: bool,
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
        factor,
        column,
        plan,
    );
    if comptime!(is_sum) {
        accumulate(
            second_left,
            second_right,
            &sums,
            &mut shared,
            &second_sizes,
            second_factor,
            column,
            plan,
        );
    }
    let mut strips = strips(plan);
    let corner = corner(column, &sizes, plan);
    #[unroll]
    for r in 0..comptime!(plan.rows_per_plane / SIDE) {
        #[unroll]
        for strip in 0..comptime!(plan.columns_per_plane / plan.strip) {
            let start = expose(&sums, &mut strips, r, strip, plan);
            let column = corner.column + comptime!((strip * plan.strip) as u32) + UNIT_POS_X;
            #[unroll]
            for line in 0..SIDE {
                let row = corner.row + comptime!((r * SIDE + line) as u32);
                if row < sizes.rows && column < sizes.columns {
                    let sum = strips[start + comptime!(line * plan.stride()) + UNIT_POS_X as usize];
                    output[row as usize * sizes.columns as usize + column as usize] = sum;
                }
            }
        }
    }
}
