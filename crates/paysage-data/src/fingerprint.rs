//! Fingerprints of data sets and of bytes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::rows::{CHUNK, Order, Rows};

/// The identity of a data set: its size and a hash of all its values and weights.
///
/// Two data sets with the same values in the same order have the same fingerprint, wherever they
/// are stored; another one has the same with probability about 2⁻¹²⁸.
///
/// ```
/// use paysage_data::{Fingerprint, Table};
///
/// let table = Table::new("a.csv", 2, vec![1.0, 2.0, 3.0, 4.0])?;
/// let same = Table::new("b.csv", 2, vec![1.0, 2.0, 3.0, 4.0])?;
/// let other = Table::new("c.csv", 2, vec![3.0, 4.0, 1.0, 2.0])?;
/// assert_eq!(Fingerprint::of(&table)?, Fingerprint::of(&same)?);
/// assert_ne!(Fingerprint::of(&table)?, Fingerprint::of(&other)?);
/// # Ok::<(), paysage_data::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Number of rows.
    pub rows: u64,
    /// Number of columns.
    pub columns: u64,
    /// Hash of the values, row by row, and of the weights where rows have weights.
    pub hash: ContentHash,
}

impl Fingerprint {
    /// The fingerprint of rows in the order in which they are stored, in one pass.
    ///
    /// # Errors
    ///
    /// When the rows cannot be read.
    pub fn of(rows: &(impl Rows + ?Sized)) -> Result<Self, DataError> {
        let mut hasher = Hasher::default();
        for chunk in rows.chunks(Order::Stored, CHUNK) {
            for value in chunk?.values {
                // All NaN mark a missing value.
                let bits = if value.is_nan() {
                    u32::MAX
                } else {
                    value.to_bits()
                };
                hasher.word(u64::from(bits));
            }
        }
        for weight in rows.weights().unwrap_or_default() {
            hasher.word(u64::from(weight.to_bits()));
        }
        Ok(Self {
            rows: rows.count() as u64,
            columns: rows.columns() as u64,
            hash: hasher.finish(),
        })
    }
}

/// `60000 rows × 784 columns`
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows × {} columns", self.rows, self.columns)
    }
}

/// A hash of 128 bits against accidental changes; it is no protection against deliberate ones.
///
/// A change of a single word always changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentHash([u64; 2]);

impl ContentHash {
    /// The two halves of the hash.
    #[must_use]
    pub const fn words(self) -> [u64; 2] {
        self.0
    }

    /// The hash with these halves.
    #[must_use]
    pub const fn from_words(words: [u64; 2]) -> Self {
        Self(words)
    }

    /// The hash of pieces of bytes. Where one piece ends and the next begins counts.
    #[must_use]
    pub fn of_bytes<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = Hasher::default();
        for piece in pieces {
            let (words, rest) = piece.as_chunks::<8>();
            for word in words {
                hasher.word(u64::from_le_bytes(*word));
            }
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            hasher.word(u64::from_le_bytes(last));
            hasher.word(piece.len() as u64);
        }
        hasher.finish()
    }
}

/// Two lanes of multiply and shift, each a bijection of its state for every word.
struct Hasher([u64; 2]);

/// Odd numbers with irregular bits: the fractions of the golden ratio and of √2.
const FACTORS: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0x6A09_E667_F3BC_C909];

impl Default for Hasher {
    fn default() -> Self {
        Self([FACTORS[1], FACTORS[0]])
    }
}

impl Hasher {
    fn word(&mut self, word: u64) {
        for (lane, factor) in self.0.iter_mut().zip(FACTORS) {
            let mixed = (*lane ^ word).wrapping_mul(factor);
            *lane = mixed ^ (mixed >> 29);
        }
    }

    fn finish(mut self) -> ContentHash {
        for _ in 0..2 {
            self.word(0);
        }
        ContentHash(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Table;

    #[test]
    fn every_bit_and_every_boundary_counts() {
        let bytes: Vec<u8> = (0..37).collect();
        let hash = |bytes: &[u8]| ContentHash::of_bytes([bytes]);
        let whole = hash(&bytes);
        for bit in 0..8 * bytes.len() {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(hash(&flipped), whole, "bit {bit}");
        }
        assert_ne!(ContentHash::of_bytes([&bytes[..8], &bytes[8..]]), whole);
        assert_ne!(hash(&[0; 8]), hash(&[0; 9]));
    }

    #[test]
    fn shape_and_missing_values_are_part_of_a_fingerprint() {
        let of = |columns, values: &[f32]| {
            let table = Table::with_missing("t", columns, values.to_vec()).unwrap();
            Fingerprint::of(&table).unwrap()
        };
        let wide = of(4, &[1.0, 0.0, 1.0, 0.0]);
        assert_ne!(wide, of(2, &[1.0, 0.0, 1.0, 0.0]));
        assert_eq!(wide.hash, of(2, &[1.0, 0.0, 1.0, 0.0]).hash);
        let gap = f32::NAN;
        assert_eq!(of(2, &[gap, 1.0]), of(2, &[-gap, 1.0]));
        assert_ne!(of(2, &[gap, 1.0]), of(2, &[0.0, 1.0]));
    }
}
