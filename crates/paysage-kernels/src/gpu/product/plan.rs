//! How the work of a product is divided.

use super::stage::Tile;

/// Rows and columns of a cooperative matrix, and the depth of one multiplication of two.
pub(super) const SIDE: usize = 16;

/// The columns that share the words of a random block: see [`crate::gpu::words`].
pub(super) const STRIP: usize = 32;

/// The part of a result that a cube computes, and how: known when the kernel is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Plan {
    /// Rows of the result for each plane.
    pub(super) rows_per_plane: usize,
    /// Columns of the result for each plane, a multiple of [`STRIP`].
    pub(super) columns_per_plane: usize,
    /// Planes side by side along the rows.
    pub(super) planes_down: usize,
    /// Planes side by side along the columns.
    pub(super) planes_across: usize,
    /// The terms of a sum that are in shared memory at a time.
    pub(super) depth: usize,
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
        self.planes_down * self.planes_across
    }

    const fn units(self) -> usize {
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

    /// The largest plan that occupies all processors of a device, or else the one with the most cubes.
    pub(super) fn of(rows: usize, columns: usize, processors: usize) -> Self {
        let plans = [Self::LARGE, Self::MEDIUM];
        let occupies = |plan: &Self| {
            rows.div_ceil(plan.rows()) * columns.div_ceil(plan.columns()) >= processors
        };
        plans.into_iter().find(occupies).unwrap_or(Self::SMALL)
    }

    const LARGE: Self = Self {
        rows_per_plane: 32,
        columns_per_plane: 64,
        planes_down: 4,
        planes_across: 2,
        ..Self::MEDIUM
    };

    const MEDIUM: Self = Self {
        rows_per_plane: 32,
        columns_per_plane: 32,
        planes_down: 2,
        planes_across: 2,
        depth: 32,
        parts: 2,
        left_transposed: false,
        right_transposed: false,
    };

    const SMALL: Self = Self {
        rows_per_plane: 16,
        columns_per_plane: 32,
        planes_down: 2,
        planes_across: 1,
        depth: 64,
        ..Self::MEDIUM
    };
}
