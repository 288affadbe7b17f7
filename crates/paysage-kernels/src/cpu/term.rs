//! Terms and result blocks of products with binary matrices.

use std::mem::MaybeUninit;

use super::{
    bits::Bits,
    instructions::Vectors,
    lanes::{Lanes, Matrix, WIDTH},
    output::Output,
};

/// Factor · bits · matrix.
pub(crate) struct Term<'a> {
    pub bits: Bits,
    pub matrix: Matrix<'a>,
    pub scale: f32,
}

impl Term<'_> {
    /// A block of columns of the matrix times the factor.
    #[inline(always)]
    pub(crate) fn load<V: Vectors>(
        &self,
        vectors: V,
        first_row: usize,
        first_column: usize,
        block: &mut [Lanes],
    ) {
        self.matrix.load(vectors, first_row, first_column, block);
        if self.scale != 1.0 {
            for lanes in block {
                for x in &mut lanes.0 {
                    *x *= self.scale;
                }
            }
        }
    }
}

/// Some rows of up to 32 columns of a result. `binary` creates each block once, without overlaps, so
/// that writing them is sound.
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
    pub(crate) fn write(&self, sums: &[Lanes], output: &Output<'_>) {
        for (row, sum) in sums.iter().enumerate() {
            // SAFETY: blocks of one result do not overlap, and this one is written once.
            let piece =
                unsafe { output.piece(self.first_row + row, self.first_column, self.columns) };
            match piece.first_chunk_mut::<WIDTH>() {
                Some(whole) => put(whole, &sum.0),
                None => put(piece, &sum.0),
            }
        }
    }
}

#[inline(always)]
fn put(output: &mut [MaybeUninit<f32>], sums: &[f32]) {
    for (out, sum) in output.iter_mut().zip(sums) {
        out.write(*sum);
    }
}
