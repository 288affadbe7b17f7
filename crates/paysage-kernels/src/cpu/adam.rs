//! A step of Adam in one pass.

use rayon::prelude::*;

use super::instructions::{self, Kernel, Vectors};
use crate::AdamStep;

/// So many values are worth another thread: ten microseconds of memory.
const SHARE: usize = 16_384;

/// Moves values and both moments, in place.
pub(crate) fn adam(
    values: &mut [f32],
    gradient: &[f32],
    first: &mut [f32],
    second: &mut [f32],
    step: AdamStep,
) {
    let share = |(((values, gradient), first), second)| {
        instructions::run(Adam {
            values,
            gradient,
            first,
            second,
            step,
        });
    };
    if values.len() <= SHARE {
        share((((values, gradient), first), second));
    } else {
        values
            .par_chunks_mut(SHARE)
            .zip(gradient.par_chunks(SHARE))
            .zip(first.par_chunks_mut(SHARE))
            .zip(second.par_chunks_mut(SHARE))
            .for_each(share);
    }
}

struct Adam<'a> {
    values: &'a mut [f32],
    gradient: &'a [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    step: AdamStep,
}

impl Kernel for Adam<'_> {
    type Output = ();

    /// Rounded as by the same operations one after the other.
    #[inline(always)]
    fn run<V: Vectors>(self, _: V) {
        let step = self.step;
        let (keep_first, keep_second) = (step.decay_first, step.decay_second);
        let (take_first, take_second) = (1.0 - keep_first, 1.0 - keep_second);
        let (rate, [factor, floor]) = (step.rate as f32, step.factor_and_floor());
        let moments = self.first.iter_mut().zip(self.second);
        for ((value, &g), (first, second)) in self.values.iter_mut().zip(self.gradient).zip(moments)
        {
            *first = *first * keep_first + g * take_first;
            *second = *second * keep_second + g * g * take_second;
            let direction = *first * factor / (second.sqrt() + floor);
            *value -= direction * rate;
        }
    }
}
