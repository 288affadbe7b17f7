//! Uniform and normal numbers, and Gaussian units, computed in the buffer of the field.

use super::{
    instructions::{self, Kernel, Vectors},
    lanes::WIDTH,
    per_row::PerRow,
    random::{normals, unit_interval, words},
    rows::for_each_run,
};
use crate::RandomKey;

/// Replaces values `[rows, columns]` by uniform numbers in [0, 1).
pub(crate) fn uniform(values: &mut [f32], columns: usize, key: RandomKey) {
    fill(values, columns, key, Uniform);
}

/// Replaces values `[rows, columns]` by standard normal numbers.
pub(crate) fn normal(values: &mut [f32], columns: usize, key: RandomKey) {
    fill(values, columns, key, Normal);
}

/// The distribution of the units: N(loc + field, (scale · deviation)²).
#[derive(Clone, Copy)]
pub(crate) struct Gaussian<'a> {
    /// `[units]`.
    pub loc: &'a [f32],
    /// `[units]`.
    pub deviation: &'a [f32],
    /// The factor of the deviations in a row, β^(−½).
    pub scale: PerRow<'a>,
}

impl Gaussian<'_> {
    /// Replaces fields `[batch, units]` by samples.
    pub(crate) fn sample(self, values: &mut [f32], key: RandomKey) {
        fill(values, self.loc.len(), key, self);
    }
}

/// Function of up to 32 values of a row, the number of the row and of their first column, and their
/// random words.
trait Group: Copy + Sync {
    fn fill(self, values: &mut [f32], row: usize, column: usize, words: &[u32; WIDTH]);
}

#[derive(Clone, Copy)]
struct Uniform;

impl Group for Uniform {
    #[inline(always)]
    fn fill(self, values: &mut [f32], _: usize, _: usize, words: &[u32; WIDTH]) {
        for (value, &word) in values.iter_mut().zip(words) {
            *value = unit_interval(word);
        }
    }
}

#[derive(Clone, Copy)]
struct Normal;

impl Group for Normal {
    #[inline(always)]
    fn fill(self, values: &mut [f32], _: usize, _: usize, words: &[u32; WIDTH]) {
        let count = values.len();
        values.copy_from_slice(&normals(words)[..count]);
    }
}

impl Group for Gaussian<'_> {
    #[inline(always)]
    fn fill(self, values: &mut [f32], row: usize, column: usize, words: &[u32; WIDTH]) {
        let scale = self.scale.of(row);
        let units = column..column + values.len();
        let (loc, deviation) = (&self.loc[units.clone()], &self.deviation[units]);
        let noise = normals(words);
        for ((value, noise), (loc, deviation)) in
            values.iter_mut().zip(noise).zip(loc.iter().zip(deviation))
        {
            *value = noise.mul_add(scale * deviation, *value + loc);
        }
    }
}

fn fill<G: Group>(values: &mut [f32], columns: usize, key: RandomKey, group: G) {
    for_each_run(values, columns, |first_row, values| {
        instructions::run(Fill {
            values,
            columns,
            first_row,
            key,
            group,
        });
    });
}

struct Fill<'a, G> {
    values: &'a mut [f32],
    columns: usize,
    first_row: usize,
    key: RandomKey,
    group: G,
}

impl<G: Group> Kernel for Fill<'_, G> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vectors>(self, _: V) {
        for (row, values) in self.values.chunks_exact_mut(self.columns).enumerate() {
            let row = self.first_row + row;
            for (group, values) in values.chunks_mut(WIDTH).enumerate() {
                let words = words(self.key, row as u32, group);
                self.group.fill(values, row, group * WIDTH, &words);
            }
        }
    }
}
