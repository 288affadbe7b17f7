//! Which plan a product takes.

use super::plan::{BLOCK, Plan, SIDE};

/// Planes of a processor that issue instructions at the same time.
const SCHEDULERS: usize = 4;

/// Instructions for a number that a unit brings from memory into a tile, for a cooperative matrix that a plane reads from
/// one, and for a multiplication of two: counted in machine code for NVIDIA GPUs of compute capability 9.0.
const STAGING: usize = 8;
const READING: usize = 8;
const MULTIPLICATION: usize = 2;

/// Cycles that a plane waits for memory and for the others in a step, in which only other planes issue: an estimate.
const WAIT: usize = 400;

impl Plan {
    /// The same product by the plan that takes a device the fewest cycles, of those that fit into the shared memory of a
    /// cube, in bytes.
    pub(super) fn fastest(
        self,
        [rows, columns, depth]: [usize; 3],
        processors: usize,
        memory: usize,
    ) -> Self {
        let [large, medium, small] =
            [Self::LARGE, Self::MEDIUM, Self::SMALL].map(|size| self.of_size(size));
        let plans = [
            large.buffered(),
            large,
            medium.shared_by(2),
            medium.buffered(),
            medium,
            small.shared_by(4),
            small,
        ];
        let fitting = plans
            .into_iter()
            .filter(|plan| plan.shared_memory() <= memory);
        let cycles = |plan: &Self| {
            let cubes = rows.div_ceil(plan.rows()) * columns.div_ceil(plan.columns());
            plan.cycles(cubes, depth, processors)
        };
        fitting.min_by_key(cycles).unwrap_or(small)
    }

    /// The same for a result whose columns are sites of so many states: each plane has whole sites. None where they
    /// are too wide.
    pub(super) fn fastest_of_sites(
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
        let plan = |rows_per_plane, planes_down| Self {
            rows_per_plane,
            columns_per_plane: columns,
            strip: columns,
            planes_down,
            planes_across: 1,
            ..self.of_size(Self::MEDIUM)
        };
        let [large, small] = [plan(rows_per_plane, 4), plan(16, 2)];
        let plans = [large.buffered(), large, small.shared_by(4), small];
        let fitting = plans
            .into_iter()
            .filter(|plan| plan.shared_memory() <= memory);
        let cycles = |plan: &Self| {
            let cubes = rows.div_ceil(plan.rows()) * sites.div_ceil(columns / states);
            plan.cycles(cubes, depth, processors)
        };
        fitting.min_by_key(cycles)
    }

    /// About the cycles that the busiest scheduler of a device takes for so many cubes, each of sums of so many terms.
    /// Larger blocks need fewer instructions, smaller ones occupy more processors.
    fn cycles(self, cubes: usize, depth: usize, processors: usize) -> usize {
        let planes = (cubes.div_ceil(processors) * self.planes()).div_ceil(SCHEDULERS);
        let instructions = self.instructions();
        let step = (instructions * planes).max(instructions + WAIT);
        depth.div_ceil(self.depth) * step
    }

    /// Instructions of a plane for a step, with binary states.
    fn instructions(self) -> usize {
        let staged = (self.rows() + self.columns()) * self.depth / self.units();
        let [tall, wide] = [self.rows_per_plane, self.columns_per_plane].map(|size| size / SIDE);
        let read = self.blocks_deep() * (tall + wide * self.parts);
        let multiplied = self.blocks_deep() * tall * wide * self.parts;
        STAGING * staged + READING * read + MULTIPLICATION * multiplied
    }

    /// The same plan with so many planes for each that was there, which share the terms of its sums.
    fn shared_by(self, planes_deep: usize) -> Self {
        Self {
            planes_deep,
            depth: self.depth * planes_deep,
            ..self
        }
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
        // Binary states have one part, the other matrix has all of them: fewer fragments of tall blocks are read.
        rows_per_plane: 64,
        columns_per_plane: 32,
        planes_down: 2,
        planes_across: 4,
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
                            assert_fits(form.fastest([rows, 500, depth], 132, memory), memory);
                        }
                        for states in 1..=128 {
                            let size = [rows, 50, 10 * states];
                            let plan = form.fastest_of_sites(size, states, 132, memory);
                            if let Some(plan) = plan {
                                assert!(states <= plan.strip, "{plan:?}");
                                assert_eq!(plan.strip, plan.columns(), "{plan:?}");
                                assert_fits(plan, memory);
                            } else {
                                assert!(states > 64 && memory == SMALLEST, "{states}");
                            }
                        }
                        assert!(
                            form.fastest_of_sites([rows, 50, 500], 129, 132, memory)
                                .is_none()
                        );
                    }
                }
            }
        }
    }

    /// Sweeps of small and large batches, and gradients, which have few blocks and long sums.
    #[test]
    fn few_blocks_are_small_and_many_are_large() {
        let form = Plan::SMALL;
        let chosen = |sizes| {
            let plan = form.fastest(sizes, 132, 227 << 10);
            (plan.rows(), plan.columns(), plan.planes_deep)
        };
        assert_eq!(chosen([100, 500, 784]), (32, 32, 4));
        assert_eq!(chosen([400, 500, 784]), (64, 64, 2));
        assert_eq!(chosen([1000, 500, 784]), (64, 64, 2));
        assert_eq!(chosen([5000, 500, 784]), (128, 128, 1));
        assert_eq!(chosen([2000, 4096, 4096]), (128, 128, 1));
        assert_eq!(chosen([784, 500, 200]), (64, 64, 2));
        assert_eq!(chosen([784, 500, 10_000]), (64, 64, 2));
    }
}
