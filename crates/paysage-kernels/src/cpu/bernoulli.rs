//! Bernoulli units, computed in the buffer of the field.

use super::{
    instructions::{self, Kernel, Vectors},
    lanes::WIDTH,
    math::{below_sigmoid, sigmoid},
    per_row::PerRow,
    random::{unit_interval, words},
    rows::for_each_run,
};
use crate::RandomKey;

/// The distribution of the units: p(x = 1) = σ(β(loc + field)).
#[derive(Clone, Copy)]
pub(crate) struct Bernoulli<'a, F = f32> {
    /// `[units]`.
    pub loc: &'a [F],
    /// β.
    pub beta: PerRow<'a, F>,
}

impl Bernoulli<'_> {
    /// Replaces fields `[batch, units]` by probabilities.
    pub(crate) fn mean(self, values: &mut [f32]) {
        for_each_run(values, self.loc.len(), |first_row, values| {
            instructions::run(Mean {
                units: self,
                values,
                first_row,
            });
        });
    }

    /// Replaces fields `[batch, units]` by samples.
    pub(crate) fn sample(self, values: &mut [f32], key: RandomKey) {
        for_each_run(values, self.loc.len(), |first_row, values| {
            instructions::run(Sample {
                units: self,
                values,
                first_row,
                key,
            });
        });
    }
}

struct Mean<'a> {
    units: Bernoulli<'a>,
    values: &'a mut [f32],
    first_row: usize,
}

impl Kernel for Mean<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vectors>(self, _: V) {
        let Bernoulli { loc, beta } = self.units;
        let rows = self.values.chunks_exact_mut(loc.len());
        for (row, number) in rows.zip(self.first_row..) {
            let beta = beta.of(number);
            for (x, loc) in row.iter_mut().zip(loc) {
                *x = sigmoid(beta * (*x + loc));
            }
        }
    }
}

struct Sample<'a> {
    units: Bernoulli<'a>,
    values: &'a mut [f32],
    first_row: usize,
    key: RandomKey,
}

impl Kernel for Sample<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vectors>(self, _: V) {
        let Bernoulli { loc, beta } = self.units;
        let (loc_groups, loc_rest) = loc.as_chunks::<WIDTH>();
        for (row, values) in self.values.chunks_exact_mut(loc.len()).enumerate() {
            let row = self.first_row + row;
            let (beta, row) = (beta.of(row), row as u32);
            let (groups, rest) = values.as_chunks_mut::<WIDTH>();
            let last = groups.len();
            for (group, (values, loc)) in groups.iter_mut().zip(loc_groups).enumerate() {
                draw(values, loc, beta, &words(self.key, row, group));
            }
            if !rest.is_empty() {
                let mut padded = [0.0; WIDTH];
                let mut padded_loc = [0.0; WIDTH];
                padded[..rest.len()].copy_from_slice(rest);
                padded_loc[..rest.len()].copy_from_slice(loc_rest);
                draw(&mut padded, &padded_loc, beta, &words(self.key, row, last));
                rest.copy_from_slice(&padded[..rest.len()]);
            }
        }
    }
}

#[inline(always)]
fn draw(values: &mut [f32; WIDTH], loc: &[f32; WIDTH], beta: f32, words: &[u32; WIDTH]) {
    for i in 0..WIDTH {
        let below = below_sigmoid(unit_interval(words[i]), beta * (values[i] + loc[i]));
        values[i] = if below { 1.0 } else { 0.0 };
    }
}
