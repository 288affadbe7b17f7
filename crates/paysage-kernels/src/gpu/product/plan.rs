//! How the work of a product is divided.

use super::stage::Tile;

/// Rows and columns of a cooperative matrix, and the depth of one multiplication of two.
pub(super) const SIDE: usize = 16;

/// The columns that share the words of a random block: see [`crate::gpu::words`].
const BLOCK: usize = 32;

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

    /// The same product by the largest plan that fits into the shared memory of a device, in bytes, and occupies all
    /// of its processors, or else by one with the most cubes: its planes share the terms of a sum where they would have
    /// processors for themselves.
    pub(super) fn largest(
        self,
        [rows, columns, depth]: [usize; 3],
        processors: usize,
        memory: usize,
    ) -> Self {
        let fits = |plan: &Self| plan.shared_memory() <= memory;
        let cubes = |plan: &Self| rows.div_ceil(plan.rows()) * columns.div_ceil(plan.columns());
        let occupies = |plan: &Self| fits(plan) && cubes(plan) >= processors;
        let has_room = |plan: &Self| fits(plan) && plan.is_deep_for(depth, cubes(plan), processors);
        let plans = [Self::LARGE, Self::MEDIUM].map(|size| self.of_size(size));
        let mut plans = plans.into_iter().flat_map(|plan| [plan.buffered(), plan]);
        let [deep, small] = [Self::DEEP, Self::SMALL].map(|size| self.of_size(size));
        plans
            .find(occupies)
            .or(Some(deep).filter(has_room))
            .unwrap_or(small)
    }

    /// Whether sums have terms for all planes that share them, and each cube a processor for itself.
    fn is_deep_for(&self, depth: usize, cubes: usize, processors: usize) -> bool {
        depth >= self.depth && cubes <= processors
    }

    /// The same for a result whose columns are sites of so many states: each plane has whole sites. None where they
    /// are too wide.
    pub(super) fn largest_of_sites(
        self,
        [rows, sites, depth]: [usize; 3],
        states: usize,
        processors: usize,
        memory: usize,
    ) -> Option<Self> {
        let (rows_per_plane, columns) = match states {
            0..=64 => (32, 64),
            65..=128 => (16, 128),
            _ => return None,
        };
        let plan = |rows_per_plane, planes_down, planes_deep| Self {
            rows_per_plane,
            columns_per_plane: columns,
            strip: columns,
            planes_down,
            planes_across: 1,
            planes_deep,
            depth: 32 * planes_deep,
            ..self.of_size(Self::MEDIUM)
        };
        let fits = |plan: &Self| plan.shared_memory() <= memory;
        let cubes = |plan: &Self| rows.div_ceil(plan.rows()) * sites.div_ceil(columns / states);
        let occupies = |plan: &Self| fits(plan) && cubes(plan) >= processors;
        let has_room = |plan: &Self| fits(plan) && plan.is_deep_for(depth, cubes(plan), processors);
        let [large, deep, small] = [plan(rows_per_plane, 4, 1), plan(16, 2, 4), plan(16, 2, 1)];
        [large.buffered(), large]
            .into_iter()
            .find(occupies)
            .or(Some(deep).filter(has_room))
            .or(Some(small).filter(fits))
    }

    /// The same plan with two buffers.
    fn buffered(self) -> Self {
        Self { buffers: 2, ..self }
    }

    /// The size of another plan.
    fn of_size(self, size: Self) -> Self {
        Self {
            parts: self.parts,
            left_transposed: self.left_transposed,
            right_transposed: self.right_transposed,
            ..size
        }
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
        strip: BLOCK,
        planes_down: 2,
        planes_across: 2,
        planes_deep: 1,
        depth: 32,
        buffers: 1,
        parts: 2,
        left_transposed: false,
        right_transposed: false,
    };

    const DEEP: Self = Self {
        planes_deep: 4,
        depth: 256,
        ..Self::SMALL
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

    fn assert_fits(plan: Plan, memory: usize) {
        assert!(plan.shared_memory() <= memory, "{plan:?}");
        assert_eq!(plan.columns_per_plane % plan.strip, 0, "{plan:?}");
        assert_eq!(plan.strip % SIDE, 0, "{plan:?}");
        assert_eq!(
            plan.blocks_deep() * plan.planes_deep * SIDE,
            plan.depth,
            "{plan:?}"
        );
        for tile in [plan.left(), plan.right()] {
            for size in [1, 2, 4] {
                let moved = tile.vectors(size) * size * plan.planes() * 32;
                assert_eq!(moved, tile.lines * tile.width, "{plan:?}");
            }
        }
    }

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
                        for depth in [10, 784] {
                            assert_fits(form.largest([rows, 500, depth], 132, memory), memory);
                        }
                        for states in 1..=128 {
                            let size = [rows, 50, 10 * states];
                            let plan = form.largest_of_sites(size, states, 132, memory);
                            if let Some(plan) = plan {
                                assert!(states <= plan.strip, "{plan:?}");
                                assert_eq!(plan.strip, plan.columns(), "{plan:?}");
                                assert_fits(plan, memory);
                            } else {
                                assert!(states > 64 && memory == SMALLEST, "{states}");
                            }
                        }
                        assert!(
                            form.largest_of_sites([rows, 50, 500], 129, 132, memory)
                                .is_none()
                        );
                    }
                }
            }
        }
    }
}
