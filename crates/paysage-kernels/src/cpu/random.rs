//! Random words, uniform and normal numbers of a row.

use super::{
    lanes::WIDTH,
    math::{ln, sine_and_cosine},
};
use crate::{RandomKey, philox};

/// The random words for columns `32 group` to `32 group + 31` of a row: word w of block
/// `8 group + b` belongs to column `32 group + 8 w + b`.
#[inline(always)]
pub(crate) fn words(key: RandomKey, row: u32, group: usize) -> [u32; WIDTH] {
    const BLOCKS: usize = WIDTH / 4;
    let (counter, key) = key.counter_and_key(row);
    let counter = counter.map(u64::from);
    let mut words = [0; WIDTH];
    for b in 0..BLOCKS {
        let first = (BLOCKS * group + b) as u64;
        let block = philox::block([first, counter[1], counter[2], counter[3]], key);
        words[b] = block[0] as u32;
        words[BLOCKS + b] = block[1] as u32;
        words[2 * BLOCKS + b] = block[2] as u32;
        words[3 * BLOCKS + b] = block[3] as u32;
    }
    words
}

/// A uniform number in [0, 1) from the upper 24 bits of a word: exact in f32.
#[inline(always)]
pub(crate) fn unit_interval(word: u32) -> f32 {
    (word >> 8) as i32 as f32 * (1.0 / 16_777_216.0)
}

/// Standard normal numbers for the columns of [`words`], by the Box–Muller transform of the words of two
/// columns eight apart: radius from the first, angle from the second.
#[inline(always)]
pub(crate) fn normals(words: &[u32; WIDTH]) -> [f32; WIDTH] {
    let mut normals = [0.0; WIDTH];
    for half in [0, WIDTH / 2] {
        for b in half..half + 8 {
            let radius = radius(words[b]);
            let (sine, cosine) = sine_and_cosine(words[b + 8]);
            normals[b] = radius * cosine;
            normals[b + 8] = radius * sine;
        }
    }
    normals
}

/// √(−2 ln u) with u = (word + ½)/2³². The half keeps the logarithm finite, with a
/// largest value of 6.76.
#[inline(always)]
fn radius(word: u32) -> f32 {
    let u = (word as f32 + 0.5) * (1.0 / 4_294_967_296.0);
    (-2.0 * ln(u)).max(0.0).sqrt()
}
