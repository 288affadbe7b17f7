//! The product of a sparse binary matrix with a real one: the rows of the real one are gathered
//! and summed where a bit is set. One-hot states are such matrices.

use super::{
    binary::{Block, Update},
    bits::Bits,
    instructions::{self, Kernel, Vectors},
    lanes::{Lanes, Matrix},
    output::Output,
};

/// One block of the product: 32 columns of some rows.
pub(crate) struct Gather<'a> {
    pub bits: &'a Bits,
    pub matrix: Matrix<'a>,
    pub block: Block,
    pub update: Update,
    pub output: Output<'a>,
}

impl Gather<'_> {
    pub(crate) fn multiply(self) {
        instructions::run(self);
    }
}

impl Kernel for Gather<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vectors>(self, vectors: V) {
        let mut panel = vec![Lanes::ZERO; self.matrix.rows()];
        self.matrix
            .load(vectors, 0, self.block.first_column, &mut panel);
        let mut sums = vec![Lanes::ZERO; self.block.rows];
        for (sum, words) in sums.iter_mut().zip(self.bits.words(self.block.first_row)) {
            let mut total = Lanes::ZERO;
            for (rows, &word) in panel.chunks(64).zip(words) {
                let mut word = u64::from_le(word);
                while word != 0 {
                    total.add(&rows[word.trailing_zeros() as usize]);
                    word &= word - 1;
                }
            }
            *sum = total;
        }
        self.block.write(&sums, self.update, &self.output);
    }
}
