//! Logarithms of products of sums of products.

use std::f64::consts::LN_2;

use super::instructions::{self, Kernel, Vectors};

/// Points side by side.
const LANES: usize = 8;

/// The number of sums that are multiplied before the exponent of their product is taken: sums from 1e-77
/// to 1e77 have a product that is a normal number.
const FACTORS: usize = 4;

/// ln Π_k Σ_s a_rs b_sk for each row r of a: `[rows, states]` and points k → `[rows]`.
///
/// It takes one logarithm for each row, and is far faster than the logarithms of all sums. The points are
/// eight side by side: `[points / 8, states]` of lanes. Where a product of sums is no normal number, because
/// they are 0, infinite, NaN or too far from 1, the result is NaN.
///
/// ```
/// let factors = [1.0, 3.0, 0.0, 2.0];
/// let points = [[1.0; 8], [0.5; 8], [2.0; 8], [1.0; 8]];
/// let found = paysage_kernels::log_products(&factors, 2, &points);
/// // Sums of 1 + 1.5 and 2 + 3 in the first row, of 1 and 2 in the second one.
/// assert!((found[0] - 8.0 * 12.5_f64.ln()).abs() < 1e-12);
/// assert!((found[1] - 8.0 * 2.0_f64.ln()).abs() < 1e-12);
/// ```
///
/// # Panics
///
/// When `states` is zero or does not divide the number of factors or of lanes.
#[must_use]
pub fn log_products(factors: &[f64], states: usize, points: &[[f64; LANES]]) -> Vec<f64> {
    assert!(
        factors.len().is_multiple_of(states) && points.len().is_multiple_of(states),
        "{} factors and {} lanes are no whole rows of {states} states",
        factors.len(),
        points.len()
    );
    instructions::run(LogProducts {
        factors,
        states,
        points,
    })
}

struct LogProducts<'a> {
    factors: &'a [f64],
    states: usize,
    points: &'a [[f64; LANES]],
}

impl Kernel for LogProducts<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn run<V: Vectors>(self, _vectors: V) -> Vec<f64> {
        let mut logs = Vec::with_capacity(self.factors.len() / self.states);
        for factors in self.factors.chunks_exact(self.states) {
            logs.push(log_product(factors, self.points));
        }
        logs
    }
}

/// Bits of the mantissa of an `f64`.
const MANTISSA: u32 = 52;
/// The exponent of 1.
const ONE: u64 = 1023;
/// The exponent of infinity and NaN.
const INFINITE: u64 = 2047;

#[inline(always)]
fn log_product(factors: &[f64], points: &[[f64; LANES]]) -> f64 {
    let (mut products, mut exponents, mut is_normal) = ([1.0_f64; LANES], 0, true);
    for some in points.chunks(FACTORS * factors.len()) {
        for tile in some.chunks_exact(factors.len()) {
            let mut sums = [0.0; LANES];
            for (&factor, lanes) in factors.iter().zip(tile) {
                for (sum, lane) in sums.iter_mut().zip(lanes) {
                    *sum += factor * lane;
                }
            }
            for (product, sum) in products.iter_mut().zip(sums) {
                *product *= sum;
            }
        }
        for product in &mut products {
            let bits = product.to_bits();
            let exponent = bits >> MANTISSA;
            is_normal &= exponent > 0 && exponent < INFINITE;
            exponents += exponent as i64 - ONE as i64;
            *product = f64::from_bits((bits & ((1 << MANTISSA) - 1)) | (ONE << MANTISSA));
        }
    }
    match is_normal {
        true => products.iter().product::<f64>().ln() + exponents as f64 * LN_2,
        false => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_of_products_are_sums_of_logarithms() {
        for (states, smallest) in [(1, 1.0), (2, 0.1), (5, 1e-18), (21, 1e-70), (3, 1e70)] {
            let value = |place: usize| smallest * (1.0 + (place * 7 % 13) as f64);
            let lanes = |tile: usize| std::array::from_fn(|lane| value(LANES * tile + lane));
            let points: Vec<[f64; LANES]> = (0..9 * states).map(lanes).collect();
            let factors: Vec<f64> = (0..3 * states).map(|s| 1.0 / (1.0 + s as f64)).collect();
            let found = log_products(&factors, states, &points);
            for (row, found) in factors.chunks(states).zip(found) {
                let of_tile = |tile: &[[f64; LANES]]| -> f64 {
                    let sum = |lane| row.iter().zip(tile).map(|(a, b)| a * b[lane]).sum::<f64>();
                    (0..LANES).map(|lane| sum(lane).ln()).sum()
                };
                let expected: f64 = points.chunks(states).map(of_tile).sum();
                let error = (found - expected).abs();
                assert!(error < 1e-12 * (1.0 + expected.abs()), "{found} {expected}");
            }
        }
        for value in [1e-100, 1e100, 0.0, f64::NAN, f64::INFINITY] {
            let found = log_products(&[1.0], 1, &[[value; LANES]; 4]);
            assert!(found[0].is_nan(), "{value}");
        }
        assert_eq!(log_products(&[1.0, 2.0], 1, &[]), [0.0, 0.0]);
    }
}
