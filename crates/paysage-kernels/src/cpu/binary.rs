//! Products with binary matrices.

use rayon::prelude::*;

use super::{
    bits::Bits,
    gather::Gather,
    lanes::{Matrix, WIDTH},
    output::{Output, written},
    table::Table,
    term::{Block, Term},
};

/// Smallest number of rows of bits for which tables are faster.
const FEW_ROWS: usize = 16;
/// Smallest number of columns of the result: fewer would leave blocks of 32 mostly empty.
const FEW_COLUMNS: usize = 16;
/// Below this fraction of ones, adding rows is faster than looking up the sums of groups: for 640 × 500
/// both are equal at 0.2 for 100 and 500 rows, and at 0.15 for 2000.
const SPARSE: f64 = 0.15;
/// Number of rows whose sums, by 32 columns (128 KiB), stay in the second-level cache.
const ROWS_AT_A_TIME: usize = 1024;
/// Number of additions of rows of 32 columns for which a second thread is used: some ten microseconds.
const ALONE: usize = 4096;

/// states · matrix: `[batch, rows] × [rows, columns] → [batch, columns]`.
///
/// `None` where an ordinary product is faster, or where a state is neither 0 nor 1.
pub(crate) fn times(states: &[f32], matrix: Matrix<'_>, batch: usize) -> Option<Vec<f32>> {
    if batch < FEW_ROWS || matrix.columns() < FEW_COLUMNS {
        return None;
    }
    let bits = Bits::pack(states, [batch, matrix.rows()])?;
    let scale = 1.0;
    Some(sum(&[Term {
        bits,
        matrix,
        scale,
    }]))
}

/// Σ scale · leftᵀ · right over terms of `[batch, rows] × [batch, columns] → [rows, columns]`.
///
/// `None` where an ordinary product is faster, or where an entry of a `left` is neither 0 nor 1.
pub(crate) fn outer_sum(terms: &[Outer<'_>], rows: usize) -> Option<Vec<f32>> {
    if rows < FEW_ROWS || terms[0].right.columns() < FEW_COLUMNS {
        return None;
    }
    let terms: Option<Vec<_>> = terms.iter().map(|outer| outer.term(rows)).collect();
    Some(sum(&terms?))
}

/// A term of [`outer_sum`].
pub(crate) struct Outer<'a> {
    pub left: &'a [f32],
    pub right: Matrix<'a>,
    pub scale: f32,
}

impl<'a> Outer<'a> {
    fn term(&self, rows: usize) -> Option<Term<'a>> {
        let bits = Bits::pack(self.left, [self.right.rows(), rows])?;
        Some(Term {
            bits: bits.transposed(),
            matrix: self.right,
            scale: self.scale,
        })
    }
}

/// The sum of terms of the same shape.
fn sum(terms: &[Term<'_>]) -> Vec<f32> {
    let shape = [terms[0].bits.rows(), terms[0].matrix.columns()];
    // SAFETY: the blocks cover the result.
    #[allow(unsafe_code)]
    unsafe {
        written(shape, |output| write_blocks(terms, output))
    }
}

fn write_blocks(terms: &[Term<'_>], output: Output<'_>) {
    let [rows, columns] = [output.rows(), output.columns()];
    let blocks = columns.div_ceil(WIDTH);
    // Enough blocks for all threads, none of them so low that its tables do not pay.
    let wanted = (2 * rayon::current_num_threads()).div_ceil(blocks);
    let height = rows.div_ceil(wanted).clamp(256, ROWS_AT_A_TIME);
    let sparse = terms.iter().all(|term| term.bits.density() < SPARSE);
    let work = |index: usize| {
        let (first_row, first_column) = (index / blocks * height, index % blocks * WIDTH);
        let block = Block {
            first_row,
            first_column,
            rows: height.min(rows - first_row),
            columns: WIDTH.min(columns - first_column),
        };
        // Fewer bits a table where fewer rows share it.
        if sparse {
            Gather {
                terms,
                block,
                output,
            }
            .multiply();
        } else if rows < 160 {
            Table::<4, 8> {
                terms,
                block,
                output,
            }
            .multiply();
        } else if rows < 400 {
            Table::<5, 8> {
                terms,
                block,
                output,
            }
            .multiply();
        } else {
            Table::<6, 4> {
                terms,
                block,
                output,
            }
            .multiply();
        }
    };
    let tasks = blocks * rows.div_ceil(height);
    let inner: usize = terms.iter().map(|term| term.matrix.rows()).sum();
    if tasks == 1 || rows * inner * blocks / 4 < ALONE {
        (0..tasks).for_each(work);
    } else {
        // A block is ten microseconds and more: a thread that comes late takes single ones.
        (0..tasks).into_par_iter().with_max_len(1).for_each(work);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole numbers, whose sums are exact.
    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 7919) % 17) as f32 - 8.0).collect()
    }

    /// Zeros and ones, of which one in `gap` is 1.
    fn binary_numbers(count: usize, gap: usize) -> Vec<f32> {
        let is_one = |i: usize| ((i * 7919 + i / 3) % 1999).is_multiple_of(gap);
        (0..count).map(|i| f32::from(u8::from(is_one(i)))).collect()
    }

    /// The transpose of a matrix in row-major order.
    fn turned(values: &[f32], columns: usize) -> Vec<f32> {
        let column = |j| values.iter().skip(j).step_by(columns);
        (0..columns).flat_map(column).copied().collect()
    }

    fn expected(left: &[f32], right: &[f32], [batch, rows, columns]: [usize; 3]) -> Vec<f32> {
        let mut product = vec![0.0; batch * columns];
        let sums = product.chunks_exact_mut(columns);
        for (sums, left) in sums.zip(left.chunks_exact(rows)) {
            let lines = left.iter().zip(right.chunks_exact(columns));
            for (_, line) in lines.filter(|(x, _)| **x == 1.0) {
                for (sum, x) in sums.iter_mut().zip(line) {
                    *sum += x;
                }
            }
        }
        product
    }

    /// Tables of four, five and six bits and gathered rows, in one block and in several.
    const CASES: [([usize; 3], usize); 8] = [
        ([16, 1, 16], 2),
        ([16, 64, 32], 2),
        ([37, 70, 33], 2),
        ([160, 41, 16], 2),
        ([290, 29, 33], 2),
        ([400, 9, 17], 2),
        ([16, 130, 20], 20),
        ([290, 29, 33], 20),
    ];

    #[test]
    fn products_are_sums_of_rows() {
        for (shape, gap) in CASES {
            let [batch, rows, columns] = shape;
            let (states, values) = (binary_numbers(batch * rows, gap), numbers(rows * columns));
            let expected = expected(&states, &values, shape);
            let straight = Matrix::new(&values, [rows, columns]);
            assert_eq!(times(&states, straight, batch).as_ref(), Some(&expected));
            let values = turned(&values, columns);
            let transposed = Matrix::new(&values, [columns, rows]).transposed();
            assert_eq!(times(&states, transposed, batch), Some(expected));
        }
    }

    #[test]
    fn sums_of_outer_products_are_added() {
        for (shape, gap) in CASES {
            let [rows, batch, columns] = shape;
            let (left, right) = (binary_numbers(batch * rows, gap), numbers(batch * columns));
            let product = expected(&turned(&left, rows), &right, [rows, batch, columns]);
            let terms = [1.0, -3.0].map(|scale| Outer {
                left: &left,
                right: Matrix::new(&right, [batch, columns]),
                scale,
            });
            let sum = outer_sum(&terms, rows).expect("binary");
            assert!(sum.iter().zip(&product).all(|(sum, x)| *sum == -2.0 * x));
        }
    }
}
