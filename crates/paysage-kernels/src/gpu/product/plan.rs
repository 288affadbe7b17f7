//! How the work of a product is divided.

use super::stage::Tile;

/// Rows and columns of a cooperative matrix, and the depth of one multiplication of two.
pub(super) const SIDE: usize = 16;

/// The columns that share the words of a random block: see [`crate::gpu::words`].
pub(super) const STRIP: usize = 32;

/// From one row of a strip in shared memory to the next.
pub(super) const STRIDE: usize = STRIP + 8;

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

    /// Bytes of shared memory: the parts of both tiles, a strip of results for each plane, and a flag.
    pub(super) const fn shared_memory(self) -> usize {
        let tiles = self.parts * (self.left().size() + self.right().size()) * size_of::<u16>();
        tiles + self.planes() * SIDE * STRIDE * size_of::<f32>() + 32
    }

    /// The same product by the largest plan that fits into the shared memory of a device, in bytes, and occupies all
    /// of its processors, or else by the plan with the most cubes.
    pub(super) fn largest(
        self,
        [rows, columns]: [usize; 2],
        processors: usize,
        memory: usize,
    ) -> Self {
        let of_size = |size: Self| Self {
            parts: self.parts,
            left_transposed: self.left_transposed,
            right_transposed: self.right_transposed,
            ..size
        };
        let suits = |plan: &Self| {
            let cubes = rows.div_ceil(plan.rows()) * columns.div_ceil(plan.columns());
            plan.shared_memory() <= memory && cubes >= processors
        };
        let plans = [Self::LARGE, Self::MEDIUM].map(of_size);
        plans
            .into_iter()
            .find(suits)
            .unwrap_or(of_size(Self::SMALL))
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

    pub(super) const SMALL: Self = Self {
        rows_per_plane: 16,
        columns_per_plane: 32,
        planes_down: 2,
        planes_across: 1,
        depth: 64,
        ..Self::MEDIUM
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shared memory that every GPU with tensor cores has; Vulkan itself promises less.
    const SMALLEST: usize = 48 << 10;

    #[test]
    fn plans_fit_into_shared_memory_and_divide_their_tiles() {
        for parts in [2, 3] {
            for (left_transposed, right_transposed) in
                [(false, false), (false, true), (true, false), (true, true)]
            {
                let form = Plan {
                    parts,
                    left_transposed,
                    right_transposed,
                    ..Plan::SMALL
                };
                for memory in [SMALLEST, 99 << 10, 227 << 10] {
                    for rows in [16, 100, 1000, 5000, 20_000] {
                        let plan = form.largest([rows, 500], 132, memory);
                        assert!(plan.shared_memory() <= memory, "{plan:?}");
                        assert_eq!(plan.columns_per_plane % STRIP, 0, "{plan:?}");
                        for tile in [plan.left(), plan.right()] {
                            for size in [1, 2, 4] {
                                let moved = tile.vectors(size) * size * plan.planes() * 32;
                                assert_eq!(moved, tile.lines * tile.width, "{plan:?}");
                            }
                        }
                    }
                }
            }
        }
    }
}
