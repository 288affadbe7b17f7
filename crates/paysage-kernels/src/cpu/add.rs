//! A matrix moved along another or along an outer product, in one pass.

use rayon::prelude::*;

use super::instructions::{self, Kernel, Vectors};

/// So many values are worth another thread: ten microseconds of memory.
const SHARE: usize = 65_536;

/// values + scale · direction, in place.
pub(crate) fn add_scaled(values: &mut [f32], direction: &[f32], scale: f32) {
    let share = |(values, direction)| {
        instructions::run(Add {
            values,
            direction,
            scale,
        });
    };
    if values.len() <= SHARE {
        share((values, direction));
    } else {
        values
            .par_chunks_mut(SHARE)
            .zip(direction.par_chunks(SHARE))
            .for_each(share);
    }
}

/// values + column ⊗ row, in place, for a matrix in row-major order.
pub(crate) fn add_outer(values: &mut [f32], column: &[f32], row: &[f32]) {
    let share = |(values, column)| {
        instructions::run(AddOuter {
            values,
            column,
            row,
        });
    };
    if values.len() <= SHARE {
        share((values, column));
    } else {
        let rows = (SHARE / row.len()).max(1);
        values
            .par_chunks_mut(rows * row.len())
            .zip(column.par_chunks(rows))
            .for_each(share);
    }
}

struct Add<'a> {
    values: &'a mut [f32],
    direction: &'a [f32],
    scale: f32,
}

impl Kernel for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vectors>(self, _: V) {
        for (value, step) in self.values.iter_mut().zip(self.direction) {
            *value = self.scale.mul_add(*step, *value);
        }
    }
}

struct AddOuter<'a> {
    values: &'a mut [f32],
    column: &'a [f32],
    row: &'a [f32],
}

impl Kernel for AddOuter<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vectors>(self, _: V) {
        let width = self.row.len().max(1);
        for (values, factor) in self.values.chunks_exact_mut(width).zip(self.column) {
            for (value, x) in values.iter_mut().zip(self.row) {
                *value = factor.mul_add(*x, *value);
            }
        }
    }
}
