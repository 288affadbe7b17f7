//! Products with matrices of states that are all zeros and ones.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use super::{
    bits::Bits,
    gather::Gather,
    lanes::{Lanes, Matrix, WIDTH},
    output::{Output, written},
    table::Table,
};

/// Below so many rows of bits, tables cost more than they save.
const FEW_ROWS: usize = 16;
/// Below so many columns of the result, blocks of 32 would be mostly empty.
const FEW_COLUMNS: usize = 16;
/// Below this share of ones, adding the rows of the ones beats looking up the sums of groups.
const SPARSE: f64 = 0.08;
/// The sums of so many rows by 32 columns, 128 KiB, stay in the second-level cache.
const ROWS_AT_A_TIME: usize = 1024;
/// Additions of rows of 32 columns that are worth a second thread: some ten microseconds.
const ALONE: usize = 4096;

/// What becomes of a product.
#[derive(Clone, Copy)]
pub(crate) enum Update {
    /// The result is the product times a factor.
    Replace { scale: f32 },
    /// The product times a factor is added to the result.
    Add { scale: f32 },
}

/// states · matrix: `[batch, rows] × [rows, columns] → [batch, columns]`.
///
/// Nothing where an ordinary product serves better, or where a state is neither 0 nor 1.
pub(crate) fn times(states: &[f32], matrix: Matrix<'_>, batch: usize) -> Option<Vec<f32>> {
    if batch < FEW_ROWS || matrix.columns() < FEW_COLUMNS {
        return None;
    }
    let bits = Bits::pack(states, [batch, matrix.rows()])?;
    Some(product(&bits, matrix, 1.0))
}

/// scale · leftᵀ · right: `[batch, rows] × [batch, columns] → [rows, columns]`.
///
/// Nothing where an ordinary product serves better, or where an entry of `left` is neither 0 nor 1.
pub(crate) fn transposed_times(
    left: &[f32],
    right: Matrix<'_>,
    rows: usize,
    scale: f32,
) -> Option<Vec<f32>> {
    let bits = turned_bits(left, right, rows)?;
    Some(product(&bits, right, scale))
}

/// Adds scale · leftᵀ · right to a sum.
///
/// Does nothing and returns false where an ordinary product serves better, or where an entry of
/// `left` is neither 0 nor 1.
pub(crate) fn add_transposed_times(
    sum: &mut [f32],
    left: &[f32],
    right: Matrix<'_>,
    rows: usize,
    scale: f32,
) -> bool {
    let Some(bits) = turned_bits(left, right, rows) else {
        return false;
    };
    let output = Output::of(sum, [rows, right.columns()]);
    multiply(&bits, right, Update::Add { scale }, output);
    true
}

/// leftᵀ in bits, if it is binary and tables pay.
fn turned_bits(left: &[f32], right: Matrix<'_>, rows: usize) -> Option<Bits> {
    if rows < FEW_ROWS || right.columns() < FEW_COLUMNS {
        return None;
    }
    Some(Bits::pack(left, [right.rows(), rows])?.transposed())
}

/// scale · bits · matrix.
fn product(bits: &Bits, matrix: Matrix<'_>, scale: f32) -> Vec<f32> {
    let shape = [bits.rows(), matrix.columns()];
    // SAFETY: the blocks of a product cover its result.
    #[allow(unsafe_code)]
    unsafe {
        written(shape, |output| {
            multiply(bits, matrix, Update::Replace { scale }, output);
        })
    }
}

fn multiply(bits: &Bits, matrix: Matrix<'_>, update: Update, output: Output<'_>) {
    let [rows, columns] = [output.rows(), output.columns()];
    let blocks = columns.div_ceil(WIDTH);
    // Enough blocks for all threads, none of them so low that its tables do not pay.
    let wanted = (2 * rayon::current_num_threads()).div_ceil(blocks);
    let height = rows
        .div_ceil(wanted)
        .clamp(256, ROWS_AT_A_TIME)
        .min(rows.max(1));
    let work = |index: usize| {
        let (first_row, first_column) = (index / blocks * height, index % blocks * WIDTH);
        let block = Block {
            first_row,
            first_column,
            rows: height.min(rows - first_row),
            columns: WIDTH.min(columns - first_column),
        };
        // Fewer bits a table where fewer rows share it.
        if bits.density() < SPARSE {
            Gather {
                bits,
                matrix,
                block,
                update,
                output,
            }
            .multiply();
        } else if rows < 160 {
            Table::<4, 8> {
                bits,
                matrix,
                block,
                update,
                output,
            }
            .multiply();
        } else if rows < 400 {
            Table::<5, 8> {
                bits,
                matrix,
                block,
                update,
                output,
            }
            .multiply();
        } else {
            Table::<6, 4> {
                bits,
                matrix,
                block,
                update,
                output,
            }
            .multiply();
        }
    };
    let tasks = blocks * rows.div_ceil(height);
    if tasks == 1 || rows * matrix.rows() * blocks / 4 < ALONE {
        (0..tasks).for_each(work);
    } else {
        (0..tasks).into_par_iter().for_each(work);
    }
}

/// Some rows of up to 32 columns of a result.
#[derive(Clone, Copy)]
pub(crate) struct Block {
    pub first_row: usize,
    pub first_column: usize,
    pub rows: usize,
    pub columns: usize,
}

impl Block {
    #[inline(always)]
    #[allow(unsafe_code)]
    pub(crate) fn write(&self, sums: &[Lanes], update: Update, output: &Output<'_>) {
        for (row, sum) in sums.iter().enumerate() {
            // SAFETY: blocks of one product do not overlap, and this one is written once.
            let piece =
                unsafe { output.piece(self.first_row + row, self.first_column, self.columns) };
            match piece.first_chunk_mut::<WIDTH>() {
                Some(whole) => put(whole, &sum.0, update),
                None => put(piece, &sum.0[..self.columns], update),
            }
        }
    }
}

#[inline(always)]
fn put(output: &mut [MaybeUninit<f32>], sums: &[f32], update: Update) {
    match update {
        Update::Replace { scale } => {
            for (out, sum) in output.iter_mut().zip(sums) {
                out.write(scale * sum);
            }
        }
        Update::Add { scale } => {
            for (out, sum) in output.iter_mut().zip(sums) {
                // SAFETY: `add_transposed_times`, the only one to add, is given an output that
                // holds values.
                #[allow(unsafe_code)]
                let old = unsafe { out.assume_init() };
                out.write(scale.mul_add(*sum, old));
            }
        }
    }
}
