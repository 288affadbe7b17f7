//! Binary matrices, one bit per entry.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::instructions::{self, Kernel, Vectors};

/// Number of entries that a thread packs at a time: one or two microseconds.
const SHARE: usize = 16_384;

/// Binary matrix.
///
/// Every row starts at a new word and ends with at least one word of zeros, so that eight bytes can be
/// read from any byte of a column.
pub(crate) struct Bits {
    rows: usize,
    columns: usize,
    /// Words from one row to the next.
    stride: usize,
    words: Vec<u64>,
    ones: usize,
}

impl Bits {
    fn zeros(rows: usize, columns: usize) -> Self {
        let stride = columns.div_ceil(64) + 1;
        Self {
            rows,
            columns,
            stride,
            words: vec![0; rows * stride],
            ones: 0,
        }
    }

    /// The bits of a matrix; `None` if any entry is neither 0 nor 1.
    pub(crate) fn pack(values: &[f32], [rows, columns]: [usize; 2]) -> Option<Self> {
        if values.is_empty() {
            return Some(Self::zeros(rows, columns));
        }
        // A matrix of means betrays itself at once.
        let binary = |x: &f32| *x == 0.0 || *x == 1.0;
        if !values[..columns].iter().all(binary) {
            return None;
        }
        let mut bits = Self::zeros(rows, columns);
        let share = (SHARE / columns).max(1);
        let failed = AtomicBool::new(false);
        bits.ones = bits
            .words
            .par_chunks_mut(bits.stride * share)
            .zip(values.par_chunks(columns * share))
            .map(|(words, values)| {
                if failed.load(Ordering::Relaxed) {
                    return 0;
                }
                let packed = instructions::run(Pack {
                    values,
                    columns,
                    words,
                    stride: bits.stride,
                });
                packed.unwrap_or_else(|| {
                    failed.store(true, Ordering::Relaxed);
                    0
                })
            })
            .sum();
        (!failed.into_inner()).then_some(bits)
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Fraction of entries that are 1.
    pub(crate) fn density(&self) -> f64 {
        self.ones as f64 / (self.rows * self.columns).max(1) as f64
    }

    /// The words of rows from a first one on.
    #[inline(always)]
    pub(crate) fn words(&self, first_row: usize) -> std::slice::ChunksExact<'_, u64> {
        self.words[first_row * self.stride..].chunks_exact(self.stride)
    }

    /// The bytes of rows from a first one on; bit b of byte a is column 8 a + b.
    #[inline(always)]
    pub(crate) fn bytes(&self, first_row: usize) -> std::slice::ChunksExact<'_, u8> {
        let bytes: &[u8] = pulp::bytemuck::cast_slice(&self.words[first_row * self.stride..]);
        bytes.chunks_exact(8 * self.stride)
    }

    /// The transpose, in tiles of 64 × 64.
    pub(crate) fn transposed(&self) -> Self {
        let mut turned = Self {
            ones: self.ones,
            ..Self::zeros(self.columns, self.rows)
        };
        let stride = turned.stride;
        turned
            .words
            .par_chunks_mut(64 * stride)
            .enumerate()
            .with_min_len(4)
            .for_each(|(tile_column, words)| {
                for tile_row in 0..self.rows.div_ceil(64) {
                    let mut tile = [0; 64];
                    let rows = self.words(64 * tile_row);
                    for (line, row) in tile.iter_mut().zip(rows) {
                        *line = u64::from_le(row[tile_column]);
                    }
                    transpose(&mut tile);
                    for (row, line) in words.chunks_exact_mut(stride).zip(tile) {
                        row[tile_row] = line.to_le();
                    }
                }
            });
        turned
    }
}

struct Pack<'a> {
    values: &'a [f32],
    columns: usize,
    words: &'a mut [u64],
    stride: usize,
}

impl Kernel for Pack<'_> {
    /// The number of ones, if all entries are 0 or 1.
    type Output = Option<usize>;

    #[inline(always)]
    fn run<V: Vectors>(self, vectors: V) -> Option<usize> {
        let rows = self.words.chunks_exact_mut(self.stride);
        let mut ones = 0;
        for (words, values) in rows.zip(self.values.chunks_exact(self.columns)) {
            let mut binary = true;
            for (word, values) in words.iter_mut().zip(values.chunks(64)) {
                let (eights, rest) = values.as_chunks::<8>();
                let mut packed = 0;
                for (i, eight) in eights.iter().enumerate() {
                    let (one, zero) = vectors.ones_and_zeros(eight);
                    binary &= one | zero == u8::MAX;
                    packed |= u64::from(one) << (8 * i);
                }
                for (i, &x) in rest.iter().enumerate() {
                    binary &= x == 0.0 || x == 1.0;
                    packed |= u64::from(x == 1.0) << (8 * eights.len() + i);
                }
                ones += packed.count_ones() as usize;
                *word = packed.to_le();
            }
            if !binary {
                return None;
            }
        }
        Some(ones)
    }
}

/// Bit j of word i becomes bit i of word j: off-diagonal blocks are swapped, from 32 × 32 bits
/// to 1 × 1.
///
/// Warren, "Hacker's Delight", 2nd edition, section 7-3.
fn transpose(tile: &mut [u64; 64]) {
    let mut size = 32;
    let mut mask = 0x0000_0000_ffff_ffff_u64;
    while size > 0 {
        for i in (0..64).filter(|i| i & size == 0) {
            let swap = ((tile[i] >> size) ^ tile[i | size]) & mask;
            tile[i] ^= swap << size;
            tile[i | size] ^= swap;
        }
        size /= 2;
        mask ^= mask << size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(rows: usize, columns: usize) -> Vec<f32> {
        let entry = |i: usize| f32::from(u8::from((i * 7919 + i / 3) % 5 < 2));
        (0..rows * columns).map(entry).collect()
    }

    fn get(bits: &Bits, row: usize, column: usize) -> bool {
        bits.bytes(row).next().expect("a row")[column / 8] >> (column % 8) & 1 == 1
    }

    #[test]
    fn odd_sizes_are_packed_and_turned() {
        for [rows, columns] in [[1, 1], [1, 63], [64, 1], [65, 64], [77, 133], [200, 300]] {
            let values = pattern(rows, columns);
            let bits = Bits::pack(&values, [rows, columns]).expect("binary");
            let turned = bits.transposed();
            for (i, &value) in values.iter().enumerate() {
                let (row, column) = (i / columns, i % columns);
                assert_eq!(get(&bits, row, column), value == 1.0);
                assert_eq!(get(&turned, column, row), value == 1.0);
            }
            let ones = values.iter().filter(|&&x| x == 1.0).count();
            assert_eq!((bits.ones, turned.ones), (ones, ones));
        }
    }

    #[test]
    fn anything_but_zeros_and_ones_is_refused_wherever_it_is() {
        let shape = [100, 300];
        for bad in [0.5, -1.0, 2.0, f32::NAN, f32::INFINITY] {
            for place in [0, 299, 300, 15_000, 29_999] {
                let mut values = pattern(100, 300);
                values[place] = bad;
                assert!(Bits::pack(&values, shape).is_none(), "{bad} at {place}");
            }
        }
        let mut values = pattern(100, 300);
        values[7] = -0.0;
        assert!(Bits::pack(&values, shape).is_some());
    }
}
