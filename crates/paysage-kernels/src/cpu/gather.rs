//! The product of a sparse binary matrix with a real one: the rows of the real one are gathered
//! and summed where a bit is set. One-hot states are such matrices.

use super::{
    instructions::{self, Kernel, Vectors},
    lanes::Lanes,
    output::Output,
    term::{Block, Term},
};

/// One block of a sum of products: 32 columns of some rows.
pub(crate) struct Gather<'a> {
    pub terms: &'a [Term<'a>],
    pub block: Block,
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
        let mut sums = vec![Lanes::ZERO; self.block.rows];
        for term in self.terms {
            let mut panel = vec![Lanes::ZERO; term.matrix.rows()];
            term.load(vectors, 0, self.block.first_column, &mut panel);
            for (sum, words) in sums.iter_mut().zip(term.bits.words(self.block.first_row)) {
                let mut total = *sum;
                for (rows, &word) in panel.chunks(64).zip(words) {
                    let mut word = u64::from_le(word);
                    while word != 0 {
                        total.add(&rows[word.trailing_zeros() as usize]);
                        word &= word - 1;
                    }
                }
                *sum = total;
            }
        }
        self.block.write(&sums, &self.output);
    }
}
