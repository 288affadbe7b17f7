//! From a matrix in memory to bf16 parts in shared memory.

use cubecl::prelude::*;
use half::bf16;

use super::plan::SIDE;

/// Columns of padding, so that rows of a tile do not start in the same bank of shared memory.
const PADDING: usize = 8;

/// A tile of a matrix that is stored line by line: known when the kernel is compiled.
///
/// Along the sums it has the depth of a step, across them the rows (or columns) of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Tile {
    pub(super) lines: usize,
    pub(super) width: usize,
    /// Whether the sums run down the lines, and not along them.
    pub(super) down: bool,
    units: usize,
}

impl Tile {
    pub(super) const fn new(across: usize, depth: usize, down: bool, units: usize) -> Self {
        let (lines, width) = if down {
            (depth, across)
        } else {
            (across, depth)
        };
        Self {
            lines,
            width,
            down,
            units,
        }
    }

    /// From one line in shared memory to the next.
    pub(super) const fn stride(self) -> usize {
        self.width + PADDING
    }

    /// Numbers in shared memory.
    pub(super) const fn size(self) -> usize {
        self.lines * self.stride()
    }

    /// Vectors of a size that each unit moves.
    pub(super) const fn vectors(self, size: usize) -> usize {
        self.lines * self.width / size / self.units
    }

    /// Where the block of [`SIDE`] × [`SIDE`] numbers begins.
    const fn start(self, across: usize, along: usize) -> usize {
        let (line, column) = if self.down {
            (along, across)
        } else {
            (across, along)
        };
        line * SIDE * self.stride() + column * SIDE
    }
}

/// The lines of a matrix in memory, the numbers in a line, and those from the beginning of one to that of the next.
#[derive(CubeType, Clone, Copy)]
pub(super) struct Extent {
    pub(super) lines: u32,
    pub(super) width: u32,
    pub(super) pitch: u32,
}

/// Reads the vectors of this unit of a tile; zero outside of the matrix.
#[cube]
pub(super) fn fetch<V: Size>(
    matrix: &[Vector<f32, V>],
    vectors: &mut Array<Vector<f32, V>>,
    extent: &Extent,
    first_line: u32,
    first_column: u32,
    #[comptime] tile: Tile,
) {
    let size = V::value().comptime();
    let per_line = comptime!((tile.width / size) as u32);
    #[unroll]
    for i in 0..comptime!(tile.vectors(size)) {
        let number = comptime!((i * tile.units) as u32) + UNIT_POS;
        let line = first_line + number / per_line;
        let column = first_column + number % per_line * comptime!(size as u32);
        let inside = line < extent.lines && column < extent.width;
        vectors[i] = Vector::new(0.0f32);
        if inside {
            vectors[i] = matrix[(line as usize * extent.pitch as usize + column as usize) / size];
        }
    }
}

/// Writes the parts of the vectors of this unit into a buffer in shared memory. Returns whether each number is its first
/// part.
#[cube]
pub(super) fn stage<V: Size>(
    vectors: &Array<Vector<f32, V>>,
    parts: &mut Shared<[Vector<bf16, V>]>,
    buffer: usize,
    factor: f32,
    #[comptime] tile: Tile,
    #[comptime] count: usize,
) -> bool {
    let size = V::value().comptime();
    let per_line = comptime!((tile.width / size) as u32);
    let first = buffer * comptime!(count * tile.size() / size);
    let mut is_exact = true;
    #[unroll]
    for i in 0..comptime!(tile.vectors(size)) {
        let number = comptime!((i * tile.units) as u32) + UNIT_POS;
        let line = number / per_line;
        let at = line * comptime!((tile.stride() / size) as u32) + number % per_line;
        let mut rest = vectors[i] * Vector::new(factor);
        #[unroll]
        for part in 0..count {
            let place = first + at as usize + comptime!(part * tile.size() / size);
            if comptime!(part + 1 == count) {
                parts[place] = Vector::<bf16, V>::cast_from(rest);
            } else {
                let rounded = nearest(rest);
                parts[place] = Vector::<bf16, V>::cast_from(rounded);
                rest -= rounded;
            }
            if comptime!(part == 0) {
                #[unroll]
                for lane in 0..size {
                    is_exact = is_exact && rest.extract(lane) == 0.0f32;
                }
            }
        }
    }
    is_exact
}

/// The nearest bf16 numbers, ties away from zero, as f32: conversions to bf16 and back would take the device longer.
#[cube]
fn nearest<V: Size>(numbers: Vector<f32, V>) -> Vector<f32, V> {
    let bits = Vector::<u32, V>::reinterpret(numbers) + Vector::new(0x8000u32);
    Vector::<f32, V>::reinterpret(bits & Vector::new(0xffff_0000u32))
}

/// The cooperative matrix at a block of a part of a tile in a buffer, so many blocks along the sums beyond the first of a plane.
#[cube]
pub(super) fn load<V: Size>(
    parts: &Shared<[Vector<bf16, V>]>,
    buffer: usize,
    across: u32,
    first_along: usize,
    #[comptime] along: usize,
    #[comptime] part: usize,
    #[comptime] ident: cmma::MatrixIdent,
    #[comptime] tile: Tile,
    #[comptime] count: usize,
) -> cmma::Matrix<bf16> {
    let layout = comptime!(match (ident == cmma::MatrixIdent::A, tile.down) {
        (true, false) | (false, true) => cmma::MatrixLayout::RowMajor,
        _ => cmma::MatrixLayout::ColMajor,
    });
    let first = comptime!(part * tile.size() + tile.start(0, along));
    let start = buffer * comptime!(count * tile.size())
        + across as usize * comptime!(tile.start(1, 0))
        + first_along * comptime!(tile.start(0, 1))
        + first;
    let size = V::value().comptime();
    // SAFETY: it is written before it is read.
    #[allow(unsafe_code)]
    let mut matrix =
        unsafe { cmma::Matrix::<bf16>::uninitialized(ident, SIDE, SIDE, SIDE, layout) };
    cmma::load(
        &mut matrix,
        &parts[start / size..parts.len()],
        comptime!(tile.stride() as u32),
    );
    matrix
}
