//! Random keys.

use serde::{Deserialize, Serialize};

use crate::{
    lineage::{self, Derivation},
    philox::philox4x32_10,
};

/// Random key: a seed, a stream, and the first row of a draw. All random numbers are functions of a key.
///
/// A key is an immutable value. Two draws from the same key are equal, so code that needs several
/// draws derives children with [`split`](Self::split), one per use: `key.split(epoch).split(step)`. A
/// process with only some of the chains draws with [`starting_at`](Self::starting_at), and gets the
/// rows that a single process with all chains would draw.
///
/// Seed and stream have 128 bits, and those of a child are one Philox block: among n keys, two are
/// equal with a probability of about n²/2¹²⁹.
///
/// ```
/// use paysage_kernels::RandomKey;
///
/// let key = RandomKey::new(7);
/// assert_eq!(key.split(3), RandomKey::new(7).split(3));
/// assert_ne!(key.split(3), key.split(4));
/// assert_ne!(key.split(3).split(4), key.split(4).split(3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RandomKey {
    seed: u64,
    stream: u64,
    first_row: u32,
}

impl RandomKey {
    /// The root key of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            stream: 0,
            first_row: 0,
        }
    }

    /// The child of this key with number `count`, with the same first row.
    #[must_use]
    pub fn split(self, count: u64) -> Self {
        // Draws use the seed itself as the Philox key: the complement keeps children apart from
        // every word that a draw of the parent can produce.
        let block = philox4x32_10(
            [low(count), high(count), low(self.stream), high(self.stream)],
            [low(!self.seed), high(!self.seed)],
        );
        let child = Self {
            seed: join(block[0], block[1]),
            stream: join(block[2], block[3]),
            first_row: self.first_row,
        };
        self.noted(child, Derivation::Split(count))
    }

    /// The same key for a draw that starts at row `row`.
    #[must_use]
    pub fn starting_at(self, row: u32) -> Self {
        let key = Self {
            first_row: row,
            ..self
        };
        self.noted(key, Derivation::StartingAt(row))
    }

    /// The same key for a draw with `rows` rows for each row of this one: its first row is `rows` times
    /// as far down.
    ///
    /// ```
    /// use paysage_kernels::RandomKey;
    ///
    /// let key = RandomKey::new(7).starting_at(5);
    /// assert_eq!(key.times_rows(12), RandomKey::new(7).starting_at(60));
    /// ```
    #[must_use]
    pub fn times_rows(self, rows: u32) -> Self {
        let key = Self {
            first_row: self.first_row.wrapping_mul(rows),
            ..self
        };
        self.noted(key, Derivation::TimesRows(rows))
    }

    /// A key that was derived from this one.
    fn noted(self, derived: Self, derivation: Derivation) -> Self {
        lineage::note(self, derived, derivation);
        derived
    }

    /// A seed for a generator on the host, another one for each row and for each key.
    ///
    /// ```
    /// use paysage_kernels::RandomKey;
    ///
    /// let key = RandomKey::new(7);
    /// assert_ne!(key.seed_of_row(0), key.seed_of_row(1));
    /// assert_eq!(key.starting_at(3).seed_of_row(1), key.seed_of_row(4));
    /// ```
    #[must_use]
    pub fn seed_of_row(self, row: u32) -> [u8; 32] {
        lineage::note_use_on_host();
        let (counter, key) = self.counter_and_key(row);
        let mut seed = [0; 32];
        for (number, bytes) in seed.chunks_exact_mut(16).enumerate() {
            let block = philox4x32_10([number as u32, counter[1], counter[2], counter[3]], key);
            for (bytes, word) in bytes.chunks_exact_mut(4).zip(block) {
                bytes.copy_from_slice(&word.to_le_bytes());
            }
        }
        seed
    }

    /// The Philox input of a row: a counter, whose first word numbers the blocks of the row, and a
    /// key.
    pub(crate) fn counter_and_key(self, row: u32) -> ([u32; 4], [u32; 2]) {
        (
            [
                0,
                self.first_row.wrapping_add(row),
                low(self.stream),
                high(self.stream),
            ],
            [low(self.seed), high(self.seed)],
        )
    }
}

const fn low(x: u64) -> u32 {
    x as u32
}

const fn high(x: u64) -> u32 {
    (x >> 32) as u32
}

const fn join(low: u32, high: u32) -> u64 {
    low as u64 | (high as u64) << 32
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn children_of_a_tree_of_keys_are_distinct() {
        let mut seen = HashSet::new();
        for seed in 0..20 {
            let root = RandomKey::new(seed);
            seen.insert(root);
            for i in 0..100 {
                seen.insert(root.split(i));
                for j in 0..50 {
                    seen.insert(root.split(i).split(j));
                }
            }
        }
        assert_eq!(seen.len(), 20 * (1 + 100 + 100 * 50));
    }

    #[test]
    fn keys_are_stable() {
        // A change here changes every result that was made with a seed: say so in the changelog.
        let child = RandomKey::new(1).split(2);
        let expected = (7_010_037_719_455_715_618, 13_164_790_219_724_410_970);
        assert_eq!((child.seed, child.stream), expected);
    }
}
