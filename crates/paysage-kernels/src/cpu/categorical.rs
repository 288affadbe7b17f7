//! One-hot sites, computed in the buffer of the field.

use super::{
    instructions::{self, Kernel, Vectors},
    lanes::WIDTH,
    math::exp_of_negative,
    per_row::PerRow,
    random::{unit_interval, words},
    rows::for_each_run,
};
use crate::RandomKey;

/// The distribution of the sites: softmax(β(loc + field)) over the states of each.
#[derive(Clone, Copy)]
pub(crate) struct Categorical<'a> {
    /// `[sites · states]`.
    pub loc: &'a [f32],
    /// Number of states of a site.
    pub states: usize,
    /// β.
    pub beta: PerRow<'a>,
}

impl Categorical<'_> {
    /// Replaces fields `[batch, sites · states]` by probabilities.
    pub(crate) fn mean(self, values: &mut [f32]) {
        for_each_run(values, self.loc.len(), |first_row, values| {
            instructions::run(Mean {
                sites: self,
                values,
                first_row,
            });
        });
    }

    /// Replaces fields `[batch, sites · states]` by samples.
    pub(crate) fn sample(self, values: &mut [f32], key: RandomKey) {
        for_each_run(values, self.loc.len(), |first_row, values| {
            instructions::run(Sample {
                sites: self,
                values,
                first_row,
                key,
            });
        });
    }

    /// Replaces the fields of a row, given its number in the batch, by weights with a largest weight of
    /// 1 per site; returns the sum of the logarithms of the divisors.
    #[inline(always)]
    pub(crate) fn weigh(self, row: &mut [f32], number: usize) -> f64 {
        let beta = self.beta.of(number);
        for (x, loc) in row.iter_mut().zip(self.loc) {
            *x = beta * (*x + loc);
        }
        let mut removed = 0.0;
        for site in row.chunks_exact_mut(self.states) {
            let largest = site.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            removed += f64::from(largest);
            for x in site {
                // Equal to the largest, though the difference of infinities is not zero.
                *x = if *x == largest { 0.0 } else { *x - largest };
            }
        }
        for x in row {
            *x = exp_of_negative(*x);
        }
        removed
    }
}

struct Mean<'a> {
    sites: Categorical<'a>,
    values: &'a mut [f32],
    first_row: usize,
}

impl Kernel for Mean<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vectors>(self, _: V) {
        let rows = self.values.chunks_exact_mut(self.sites.loc.len());
        for (row, number) in rows.zip(self.first_row..) {
            self.sites.weigh(row, number);
            for site in row.chunks_exact_mut(self.sites.states) {
                let scale = 1.0 / site.iter().sum::<f32>();
                for x in site {
                    *x *= scale;
                }
            }
        }
    }
}

struct Sample<'a> {
    sites: Categorical<'a>,
    values: &'a mut [f32],
    first_row: usize,
    key: RandomKey,
}

impl Kernel for Sample<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vectors>(self, _: V) {
        let states = self.sites.states;
        for (row, values) in self
            .values
            .chunks_exact_mut(self.sites.loc.len())
            .enumerate()
        {
            let row = self.first_row + row;
            self.sites.weigh(values, row);
            for (group, sites) in values.chunks_mut(WIDTH * states).enumerate() {
                let words = words(self.key, row as u32, group);
                for (site, word) in sites.chunks_exact_mut(states).zip(words) {
                    choose(site, unit_interval(word));
                }
            }
        }
    }
}

/// Inversion: the state is the number of cumulative weights below the uniform number times their sum,
/// and at most the last state.
#[inline(always)]
fn choose(site: &mut [f32], uniform: f32) {
    let total: f32 = site.iter().sum();
    let (mut cumulated, mut chosen) = (0.0, 0);
    for weight in &*site {
        cumulated += weight;
        chosen += usize::from(cumulated <= uniform * total);
    }
    let chosen = chosen.min(site.len() - 1);
    site.fill(0.0);
    site[chosen] = 1.0;
}
