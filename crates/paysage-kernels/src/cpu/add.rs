//! A matrix moved along another, in one pass.

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
