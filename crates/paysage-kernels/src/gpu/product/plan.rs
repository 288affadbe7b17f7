//! How the work of a product is divided.

use super::stage::Tile;

/// Rows and columns of a cooperative matrix, and the depth of one multiplication of two.
pub(super) const SIDE: usize = 16;

/// The columns that share the words of a random block: see [`crate::gpu::words`].
pub(super) const BLOCK: usize = 32;

/// The part of a result that a cube computes, and how: known when the kernel is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Plan {
    /// Rows of the result for each plane.
    pub(super) rows_per_plane: usize,
    /// Columns of the result for each plane, a multiple of those of a strip.
    pub(super) columns_per_plane: usize,
    /// Columns of the sums that the units of a plane see at a time.
    pub(super) strip: usize,
    /// Planes side by side along the rows.
    pub(super) planes_down: usize,
    /// Planes side by side along the columns.
    pub(super) planes_across: usize,
    /// Planes that share the terms of the same sums.
    pub(super) planes_deep: usize,
    /// The terms of a sum that are multiplied at a time, from tiles in shared memory.
    pub(super) depth: usize,
    /// Tiles of each matrix in shared memory: with two, the next ones are written while these are multiplied.
    pub(super) buffers: usize,
    /// The bf16 parts of each number.
    pub(super) parts: usize,
    /// Whether the left matrix is stored by columns.
    pub(super) left_transposed: bool,
    /// Whether the right matrix is stored by columns.
    pub(super) right_transposed: bool,
}

impl Plan {
    /// Rows of the result for each cube.
    pub(super) const fn rows(self) -> usize {
        self.rows_per_plane * self.planes_down
    }

    /// Columns of the result for each cube.
    pub(super) const fn columns(self) -> usize {
        self.columns_per_plane * self.planes_across
    }

    pub(super) const fn planes(self) -> usize {
        self.planes_down * self.planes_across * self.planes_deep
    }

    /// Multiplications of cooperative matrices along the terms of a step, for each plane.
    pub(super) const fn blocks_deep(self) -> usize {
        self.depth / SIDE / self.planes_deep
    }

    pub(super) const fn units(self) -> usize {
        self.planes() * 32
    }

    /// The tile of the left matrix in shared memory.
    pub(super) const fn left(self) -> Tile {
        Tile::new(self.rows(), self.depth, self.left_transposed, self.units())
    }

    /// The tile of the right matrix, whose sums run down its columns, in shared memory.
    pub(super) const fn right(self) -> Tile {
        Tile::new(
            self.columns(),
            self.depth,
            !self.right_transposed,
            self.units(),
        )
    }

    /// From one row of a strip in shared memory to the next: rows that are read at a time start in different banks.
    pub(super) const fn stride(self) -> usize {
        // Units read eight columns of four rows, or each a row of its own.
        self.strip + if self.strip == BLOCK { 8 } else { 4 }
    }

    /// Bytes of shared memory: the parts of the tiles, a strip of results for each plane, and a flag.
    pub(super) const fn shared_memory(self) -> usize {
        let numbers = self.parts * (self.left().size() + self.right().size());
        let tiles = self.buffers * numbers * size_of::<u16>();
        tiles + self.planes() * SIDE * self.stride() * size_of::<f32>() + 32
    }
}
