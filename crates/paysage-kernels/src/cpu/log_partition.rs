//! Logarithms of sums over the states of units under a field.

use rayon::prelude::*;

use super::{
    bernoulli::Bernoulli,
    categorical::Categorical,
    instructions::{self, Kernel, Vectors},
    lanes::{Lanes, WIDTH},
    math::{ln, softplus},
    rows::rows_of_a_share,
};

impl Bernoulli<'_> {
    /// Σ ln(1 + exp(β(loc + field))) over the units of each row: `[batch, units] → [batch]`.
    pub(crate) fn log_partition(self, fields: &[f32]) -> Vec<f32> {
        for_each_row(fields, self.loc.len(), |fields, sums| {
            instructions::run(Units {
                units: self,
                fields,
                sums,
            });
        })
    }
}

impl Categorical<'_> {
    /// Σ ln Σ exp(β(loc + field)) over the states and then the sites of each row:
    /// `[batch, sites · states] → [batch]`.
    pub(crate) fn log_partition(self, fields: &[f32]) -> Vec<f32> {
        for_each_row(fields, self.loc.len(), |fields, sums| {
            instructions::run(Sites {
                sites: self,
                fields,
                sums,
            });
        })
    }
}

/// A number for each row, by work on runs of whole rows.
fn for_each_row(
    values: &[f32],
    columns: usize,
    work: impl Fn(&[f32], &mut [f32]) + Sync,
) -> Vec<f32> {
    let rows = rows_of_a_share(columns);
    let mut results = vec![0.0; values.len() / columns];
    if results.len() <= rows {
        work(values, &mut results);
    } else {
        results
            .par_chunks_mut(rows)
            .zip(values.par_chunks(rows * columns))
            .for_each(|(results, values)| work(values, results));
    }
    results
}

struct Units<'a> {
    units: Bernoulli<'a>,
    fields: &'a [f32],
    sums: &'a mut [f32],
}

impl Kernel for Units<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vectors>(self, _: V) {
        let Bernoulli { loc, beta } = self.units;
        let (groups, rest) = loc.as_chunks::<WIDTH>();
        for (sum, fields) in self
            .sums
            .iter_mut()
            .zip(self.fields.chunks_exact(loc.len()))
        {
            // A sum for each lane, which also rounds less than one for all.
            let mut lanes = Lanes::ZERO;
            let (field_groups, field_rest) = fields.as_chunks::<WIDTH>();
            for (fields, loc) in field_groups.iter().zip(groups) {
                for i in 0..WIDTH {
                    lanes.0[i] += softplus(beta * (fields[i] + loc[i]));
                }
            }
            for ((lane, field), loc) in lanes.0.iter_mut().zip(field_rest).zip(rest) {
                *lane += softplus(beta * (field + loc));
            }
            *sum = lanes.0.iter().map(|&x| f64::from(x)).sum::<f64>() as f32;
        }
    }
}

struct Sites<'a> {
    sites: Categorical<'a>,
    fields: &'a [f32],
    sums: &'a mut [f32],
}

impl Kernel for Sites<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vectors>(self, _: V) {
        let units = self.sites.loc.len();
        let mut row = vec![0.0; units];
        for (sum, fields) in self.sums.iter_mut().zip(self.fields.chunks_exact(units)) {
            row.copy_from_slice(fields);
            let mut total = self.sites.weigh(&mut row);
            for site in row.chunks_exact(self.sites.states) {
                total += f64::from(ln(site.iter().sum()));
            }
            *sum = total as f32;
        }
    }
}
