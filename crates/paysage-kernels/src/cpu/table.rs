//! The product of a binary matrix with a real one, by tables of partial sums.
//!
//! For every G rows of the real matrix there are 2^G partial sums. They are tabulated once, with one
//! addition each, and every row of bits selects one by G of its bits: one addition per G entries, and no
//! multiplication.
//!
//! Arlazarov, Dinic, Kronrod & Faradžev, "On economical construction of the transitive closure of
//! a directed graph", 1970, known as the method of the four Russians.

use super::{
    instructions::{self, Kernel, Vectors},
    lanes::{Lanes, WIDTH},
    output::Output,
    term::{Block, Term},
};

/// One block of a sum of products: 32 columns of some rows. T tables of 2^G entries are used at a
/// time; together they must fit in the first-level cache, 32 KiB on most processors.
pub(crate) struct Table<'a, const G: usize, const T: usize> {
    pub terms: &'a [Term<'a>],
    pub block: Block,
    pub output: Output<'a>,
}

impl<const G: usize, const T: usize> Table<'_, G, T> {
    /// Number of bits per lookup: whole bytes, at most the eight bytes of a word.
    const BITS: usize = {
        assert!((G * T).is_multiple_of(8) && G * T <= 64);
        G * T
    };

    pub(crate) fn multiply(self) {
        instructions::run(self);
    }
}

impl<const G: usize, const T: usize> Kernel for Table<'_, G, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vectors>(self, vectors: V) {
        let entries = 1 << G;
        let mut rows = vec![Lanes::ZERO; Self::BITS];
        let mut tables = vec![Lanes::ZERO; entries * T];
        let mut sums = vec![Lanes::ZERO; self.block.rows];
        for term in self.terms {
            for first in (0..term.matrix.rows()).step_by(Self::BITS) {
                term.load(vectors, first, self.block.first_column, &mut rows);
                let groups = rows.chunks_exact(G);
                for (table, rows) in tables.chunks_exact_mut(entries).zip(groups) {
                    tabulate(rows, table);
                }
                // Sliced to a constant length, so that lookups need no bounds checks.
                let tables = &tables[..entries * T];
                let bits = term.bits.bytes(self.block.first_row);
                for (sum, bytes) in sums.iter_mut().zip(bits) {
                    let word = bytes[first / 8..].first_chunk().expect("a word of padding");
                    let word = u64::from_le_bytes(*word);
                    let mut total = *sum;
                    for t in 0..T {
                        let code = (word >> (G * t)) as usize % entries;
                        total.add(&tables[t * entries + code]);
                    }
                    *sum = total;
                }
            }
        }
        self.block.write(&sums, &self.output);
    }
}

/// All partial sums of the rows: entry c is the sum of the rows whose bits are set in c.
#[inline(always)]
fn tabulate(rows: &[Lanes], table: &mut [Lanes]) {
    table[0] = Lanes::ZERO;
    for (bit, row) in rows.iter().enumerate() {
        let (known, new) = table.split_at_mut(1 << bit);
        for (new, known) in new.iter_mut().zip(known) {
            for lane in 0..WIDTH {
                new.0[lane] = known.0[lane] + row.0[lane];
            }
        }
    }
}
