//! Log partition functions of units, given their fields.

use rayon::prelude::*;

use super::{
    bernoulli::Bernoulli,
    categorical::Categorical,
    instructions::{self, Kernel, Vectors},
    lanes::WIDTH,
    math::ln,
    real::Real,
    rows::rows_of_a_share,
};

impl<F: Real> Bernoulli<'_, F> {
    /// Σ ln(1 + exp(β(loc + field))) over the units of each row: `[batch, units] → [batch]`.
    pub(crate) fn log_partition(self, fields: &[F]) -> Vec<F> {
        for_each_row(fields, self.loc.len(), |first_row, fields, sums| {
            instructions::run(Units {
                units: self,
                fields,
                sums,
                first_row,
            });
        })
    }
}

impl Categorical<'_> {
    /// Σ ln Σ exp(β(loc + field)) over the states and then the sites of each row:
    /// `[batch, sites · states] → [batch]`.
    pub(crate) fn log_partition(self, fields: &[f32]) -> Vec<f32> {
        for_each_row(fields, self.loc.len(), |first_row, fields, sums| {
            instructions::run(Sites {
                sites: self,
                fields,
                sums,
                first_row,
            });
        })
    }
}

/// One number per row, computed for blocks of whole rows by a function that takes the number of
/// their first row.
fn for_each_row<F: Real>(
    values: &[F],
    columns: usize,
    work: impl Fn(usize, &[F], &mut [F]) + Sync,
) -> Vec<F> {
    let rows = rows_of_a_share(columns);
    let mut results = vec![F::ZERO; values.len() / columns];
    if results.len() <= rows {
        work(0, values, &mut results);
    } else {
        results
            .par_chunks_mut(rows)
            .zip(values.par_chunks(rows * columns))
            .enumerate()
            .for_each(|(block, (results, values))| work(block * rows, values, results));
    }
    results
}

/// Number of factors between 1 and 2 whose product does not overflow in f32.
const FACTORS: usize = 100;

struct Units<'a, F> {
    units: Bernoulli<'a, F>,
    fields: &'a [F],
    sums: &'a mut [F],
    first_row: usize,
}

impl<F: Real> Kernel for Units<'_, F> {
    type Output = ();

    /// Σ ln(1 + eˣ) = Σ max(x, 0) + ln Π (1 + e⁻ˡˣˡ), with one sum and one product per lane, so
    /// that many units share a logarithm.
    #[inline(always)]
    fn run<V: Vectors>(self, _: V) {
        let Bernoulli { loc, beta } = self.units;
        let units = loc.len();
        let rows = self.sums.iter_mut().zip(self.fields.chunks_exact(units));
        for ((sum, fields), row) in rows.zip(self.first_row..) {
            let (mut total, beta) = (0.0, beta.of(row));
            let stretches = fields.chunks(FACTORS * WIDTH);
            for (fields, loc) in stretches.zip(loc.chunks(FACTORS * WIDTH)) {
                total += stretch(fields, loc, beta);
            }
            *sum = F::of(total);
        }
    }
}

/// Units with at most [`FACTORS`] per lane.
#[inline(always)]
fn stretch<F: Real>(fields: &[F], loc: &[F], beta: F) -> f64 {
    let (groups, rest) = loc.as_chunks::<WIDTH>();
    let (field_groups, field_rest) = fields.as_chunks::<WIDTH>();
    let (mut sums, mut products) = ([F::ZERO; WIDTH], [F::ONE; WIDTH]);
    for (fields, loc) in field_groups.iter().zip(groups) {
        for i in 0..WIDTH {
            let x = beta * (fields[i] + loc[i]);
            sums[i] = sums[i] + positive(x);
            products[i] = products[i] * factor(x);
        }
    }
    let lanes = sums.iter_mut().zip(&mut products);
    for ((sum, product), (field, loc)) in lanes.zip(field_rest.iter().zip(rest)) {
        let x = beta * (*field + *loc);
        *sum = *sum + positive(x);
        *product = *product * factor(x);
    }
    let total = |lanes: [F; WIDTH]| lanes.into_iter().map(Into::<f64>::into);
    total(sums).sum::<f64>() + total(products).map(f64::ln).sum::<f64>()
}

/// max(x, 0), and NaN for NaN.
#[inline(always)]
fn positive<F: Real>(x: F) -> F {
    if x < F::ZERO { F::ZERO } else { x }
}

/// 1 + e⁻ˡˣˡ.
#[inline(always)]
fn factor<F: Real>(x: F) -> F {
    F::ONE + x.exp_of_minus_size()
}

struct Sites<'a> {
    sites: Categorical<'a>,
    fields: &'a [f32],
    sums: &'a mut [f32],
    first_row: usize,
}

impl Kernel for Sites<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vectors>(self, _: V) {
        let units = self.sites.loc.len();
        let mut row = vec![0.0; units];
        let rows = self.sums.iter_mut().zip(self.fields.chunks_exact(units));
        for ((sum, fields), number) in rows.zip(self.first_row..) {
            row.copy_from_slice(fields);
            let mut total = self.sites.weigh(&mut row, number);
            for site in row.chunks_exact(self.sites.states) {
                total += f64::from(ln(site.iter().sum()));
            }
            *sum = total as f32;
        }
    }
}
