//! Units with a truncated normal distribution on one side of 0 or on both.

use rayon::prelude::*;

use super::{
    instructions::{self, Kernel, Vectors},
    math::{exp_of_negative, ln, sigmoid},
    per_row::PerRow,
    rows::rows_of_a_share,
    truncated::{Depth, Lanes, Truncated, WIDTH},
};
use crate::rectified::RectifiedQuantity;

/// The parameters of one side of up to sixteen units: θ, 1/√γ and −½ ln γ.
#[derive(Clone, Copy)]
pub(crate) struct SideGroup {
    loc: Lanes,
    spread: Lanes,
    log_spread: Lanes,
}

impl SideGroup {
    /// The groups of units with these θ and γ.
    pub(crate) fn all(loc: &[f32], gamma: &[f32]) -> Vec<Self> {
        let pairs = loc.chunks(WIDTH).zip(gamma.chunks(WIDTH));
        let group = |(loc, gamma): (&[f32], &[f32])| {
            let (loc, gamma) = (padded(loc, 0.0), padded(gamma, 1.0));
            Self {
                loc,
                spread: gamma.map(|gamma| gamma.sqrt().recip()),
                log_spread: gamma.map(|gamma| -0.5 * gamma.ln()),
            }
        };
        pairs.map(group).collect()
    }
}

/// The values of a group, and a number for the units that it lacks.
#[inline(always)]
fn padded(values: &[f32], rest: f32) -> Lanes {
    let mut lanes = [rest; WIDTH];
    match values.first_chunk() {
        Some(whole) => lanes = *whole,
        None => lanes[..values.len()].copy_from_slice(values),
    }
    lanes
}

/// The distribution of the units.
#[derive(Clone, Copy)]
pub(crate) struct Rectified<'a> {
    pub plus: &'a [SideGroup],
    pub minus: Option<&'a [SideGroup]>,
    pub units: usize,
    /// √β of each row.
    pub root_beta: PerRow<'a>,
}

impl Rectified<'_> {
    /// A quantity of units with fields `[batch, units]`: `[batch, parts · units]`.
    pub(crate) fn compute(self, quantity: RectifiedQuantity, fields: &[f32]) -> Vec<f32> {
        let (units, parts) = (self.units, quantity.parts(self.minus.is_some()));
        let mut results = vec![0.0; fields.len() * parts];
        let rows = rows_of_a_share(units * parts);
        let blocks = results.par_chunks_mut(rows * units * parts);
        let blocks = blocks.zip(fields.par_chunks(rows * units)).enumerate();
        blocks
            .with_max_len(1)
            .for_each(|(block, (results, fields))| {
                instructions::run(Rows {
                    units: self,
                    quantity,
                    fields,
                    results,
                    first_row: block * rows,
                });
            });
        results
    }
}

struct Rows<'a> {
    units: Rectified<'a>,
    quantity: RectifiedQuantity,
    fields: &'a [f32],
    results: &'a mut [f32],
    first_row: usize,
}

impl Kernel for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vectors>(self, _: V) {
        let Rectified {
            plus, minus, units, ..
        } = self.units;
        let parts = self.quantity.parts(minus.is_some());
        let rows = self.fields.chunks_exact(units);
        let rows = rows.zip(self.results.chunks_exact_mut(parts * units));
        for ((fields, results), row) in rows.zip(self.first_row..) {
            let root_beta = self.units.root_beta.of(row);
            for (group, values) in fields.chunks(WIDTH).enumerate() {
                let field = padded(values, 0.0);
                let minus = minus.map(|groups| &groups[group]);
                let found = parts_of(self.quantity, &field, root_beta, &plus[group], minus);
                let first = group * WIDTH;
                for (part, found) in found.iter().enumerate().take(parts) {
                    let start = part * units + first;
                    let end = start + values.len();
                    results[start..end].copy_from_slice(&found[..values.len()]);
                }
            }
        }
    }
}

/// One side under a field: its integral, and the mean and variance of |x|.
#[inline(always)]
fn side(side: &SideGroup, field: &Lanes, sign: f32, root_beta: f32, depth: Depth) -> Truncated {
    let mut a = [0.0; WIDTH];
    for i in 0..WIDTH {
        a[i] = (field[i] + side.loc[i]) * side.spread[i] * (sign * root_beta);
    }
    let mut found = Truncated::of(&a, depth);
    for i in 0..WIDTH {
        let scale = side.spread[i] / root_beta;
        found.log_integral[i] += side.log_spread[i];
        found.mean[i] *= scale;
        found.variance[i] *= scale * scale;
    }
    found
}

/// The parts of a quantity for a group of units.
#[inline(always)]
fn parts_of(
    quantity: RectifiedQuantity,
    field: &Lanes,
    root_beta: f32,
    plus: &SideGroup,
    minus: Option<&SideGroup>,
) -> [Lanes; 4] {
    let zero = [0.0; WIDTH];
    let depth = match quantity {
        RectifiedQuantity::LogIntegral | RectifiedQuantity::Probability => Depth::Integral,
        RectifiedQuantity::Mean => Depth::Mean,
        RectifiedQuantity::Variance | RectifiedQuantity::RawMoments => Depth::Variance,
    };
    let above = side(plus, field, 1.0, root_beta, depth);
    let Some(minus) = minus else {
        return match quantity {
            RectifiedQuantity::LogIntegral => [above.log_integral, zero, zero, zero],
            RectifiedQuantity::Probability => [[1.0; WIDTH], zero, zero, zero],
            RectifiedQuantity::Mean => [above.mean, zero, zero, zero],
            RectifiedQuantity::Variance => [above.variance, zero, zero, zero],
            RectifiedQuantity::RawMoments => {
                let mut square = above.variance;
                for (square, mean) in square.iter_mut().zip(&above.mean) {
                    *square += mean * mean;
                }
                [above.mean, square, zero, zero]
            }
        };
    };
    let below = side(minus, field, -1.0, root_beta, depth);
    let [mut first, mut second, mut third, mut fourth] = [zero; 4];
    for i in 0..WIDTH {
        let difference = above.log_integral[i] - below.log_integral[i];
        if quantity == RectifiedQuantity::LogIntegral {
            let larger = if difference < 0.0 {
                below.log_integral[i]
            } else {
                above.log_integral[i]
            };
            first[i] = larger + ln(1.0 + exp_of_negative(-difference.abs()));
            continue;
        }
        let p = sigmoid(difference);
        let (q, m, n) = (1.0 - p, above.mean[i], below.mean[i]);
        let (v, w) = (above.variance[i], below.variance[i]);
        match quantity {
            RectifiedQuantity::LogIntegral | RectifiedQuantity::Probability => first[i] = p,
            RectifiedQuantity::Mean => first[i] = (m + n).mul_add(p, -n),
            RectifiedQuantity::Variance => {
                first[i] = p * v + q * w + p * q * (m + n) * (m + n);
            }
            RectifiedQuantity::RawMoments => {
                first[i] = p * m;
                second[i] = p * m.mul_add(m, v);
                third[i] = -q * n;
                fourth[i] = q * n.mul_add(n, w);
            }
        }
    }
    [first, second, third, fourth]
}
