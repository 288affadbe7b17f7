//! Products of a single row with a matrix.

use rayon::prelude::*;

use super::{
    instructions::{self, Kernel, Vectors},
    lanes::{Matrix, WIDTH},
};

/// Number of values of the matrix per task: some ten microseconds of memory.
const SHARE: usize = 32_768;
/// Largest number of tasks, each of which has a sum of the length of the result.
const TASKS: usize = 64;

/// row · matrix: `[rows] × [rows, columns] → [columns]`.
///
/// General products rearrange the matrix for a reuse that a single row does not make, on one thread.
pub(crate) fn times(row: &[f32], matrix: Matrix<'_>) -> Vec<f32> {
    let mut product = vec![0.0; matrix.columns()];
    let (values, width) = matrix.lines();
    if values.is_empty() {
        return product;
    }
    let height = (SHARE / width).max((values.len() / width).div_ceil(TASKS));
    let blocks = values.par_chunks(height * width);
    if matrix.is_transposed() {
        let blocks = blocks.zip(product.par_chunks_mut(height));
        blocks.for_each(|(lines, products)| {
            instructions::run(Dots {
                lines,
                row,
                products,
            });
        });
    } else {
        let sums: Vec<_> = blocks
            .zip(row.par_chunks(height))
            .map(|(lines, factors)| {
                let sum = vec![0.0; width];
                instructions::run(Combination {
                    lines,
                    factors,
                    sum,
                })
            })
            .collect();
        for sum in sums {
            for (total, part) in product.iter_mut().zip(sum) {
                *total += part;
            }
        }
    }
    product
}

/// The dot product of each line with the row.
struct Dots<'a> {
    lines: &'a [f32],
    row: &'a [f32],
    products: &'a mut [f32],
}

impl Kernel for Dots<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vectors>(self, _: V) {
        let lines = self.lines.chunks_exact(self.row.len());
        for (product, line) in self.products.iter_mut().zip(lines) {
            let (left, left_rest) = line.as_chunks::<WIDTH>();
            let (right, right_rest) = self.row.as_chunks::<WIDTH>();
            let mut lanes = [0.0_f32; WIDTH];
            for (left, right) in left.iter().zip(right) {
                for (lane, (a, b)) in lanes.iter_mut().zip(left.iter().zip(right)) {
                    *lane = a.mul_add(*b, *lane);
                }
            }
            let rest = left_rest.iter().zip(right_rest);
            let rest: f32 = rest.map(|(a, b)| a * b).sum();
            *product = lanes.iter().sum::<f32>() + rest;
        }
    }
}

/// The sum of the lines, each times its factor.
struct Combination<'a> {
    lines: &'a [f32],
    factors: &'a [f32],
    sum: Vec<f32>,
}

impl Kernel for Combination<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn run<V: Vectors>(mut self, _: V) -> Vec<f32> {
        let width = self.sum.len();
        let line = |index: usize| &self.lines[index * width..][..width];
        let (fours, rest) = self.factors.as_chunks::<4>();
        for (index, [a, b, c, d]) in fours.iter().enumerate() {
            let [l, m, n, o] = [0, 1, 2, 3].map(|next| line(4 * index + next));
            let lines = l.iter().zip(m).zip(n.iter().zip(o));
            for (sum, ((l, m), (n, o))) in self.sum.iter_mut().zip(lines) {
                let half = a.mul_add(*l, b * m);
                *sum += c.mul_add(*n, d.mul_add(*o, half));
            }
        }
        for (index, factor) in rest.iter().enumerate() {
            let line = line(4 * fours.len() + index);
            for (sum, value) in self.sum.iter_mut().zip(line) {
                *sum = factor.mul_add(*value, *sum);
            }
        }
        self.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in (−1, 1).
    fn numbers(count: usize) -> Vec<f32> {
        (1..=count)
            .map(|i| (1.7 * i as f32 * i as f32).sin())
            .collect()
    }

    /// The product in f64, value by value.
    fn expected(row: &[f32], values: &[f32], columns: usize) -> Vec<f64> {
        let at = |i: usize, j: usize| f64::from(row[i]) * f64::from(values[i * columns + j]);
        (0..columns)
            .map(|j| (0..row.len()).map(|i| at(i, j)).sum())
            .collect()
    }

    #[test]
    fn it_is_the_product_for_every_remainder_of_lanes_and_blocks() {
        let shapes = [
            [1, 1],
            [3, 5],
            [31, 33],
            [64, 4],
            [4, 64],
            [784, 100],
            [300, 501],
            [2, 70_000],
        ];
        for [rows, columns] in shapes {
            let (row, values) = (numbers(rows), numbers(rows * columns));
            let turned: Vec<f32> = (0..rows * columns)
                .map(|at| values[at % rows * columns + at / rows])
                .collect();
            let straight = times(&row, Matrix::new(&values, [rows, columns]));
            let transposed = times(&row, Matrix::new(&turned, [columns, rows]).transposed());
            for product in [straight, transposed] {
                assert_eq!(product.len(), columns);
                let bound = 1e-6 * (rows as f64).sqrt().max(4.0);
                for (found, expected) in product.iter().zip(expected(&row, &values, columns)) {
                    let error = (f64::from(*found) - expected).abs();
                    assert!(error < bound, "{rows} × {columns}: {error}");
                }
            }
        }
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let (row, values) = (numbers(700), numbers(700 * 300));
        let products = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("a pool").install(|| {
                let straight = times(&row, Matrix::new(&values, [700, 300]));
                let turned = times(&row, Matrix::new(&values, [300, 700]).transposed());
                (straight, turned)
            })
        };
        assert_eq!(products(1), products(3));
    }

    #[test]
    fn an_empty_sum_is_zero() {
        assert_eq!(times(&[], Matrix::new(&[], [0, 3])), [0.0; 3]);
    }
}
