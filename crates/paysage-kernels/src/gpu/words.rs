//! Random words of a block of four columns.

use cubecl::prelude::*;

use crate::{
    RandomKey,
    philox::{INCREMENTS, MULTIPLIERS, ROUNDS},
};

/// A key as four words, and its first row.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
pub(crate) struct Key {
    seed_low: u32,
    seed_high: u32,
    stream_low: u32,
    stream_high: u32,
    first_row: u32,
}

/// Launch arguments of a key.
pub(crate) fn key_argument(key: RandomKey) -> KeyLaunch {
    let (counter, key) = key.counter_and_key(0);
    KeyLaunch::new(key[0], key[1], counter[2], counter[3], counter[1])
}

/// Word w of block `8 g + b` of a row belongs to column `32 g + 8 w + b`.
#[derive(CubeType)]
pub(crate) struct Words {
    pub a: u32,
    pub b: u32,
    pub c: u32,
    pub d: u32,
}

/// One block of Philox 4x32-10.
#[cube]
pub(crate) fn words(key: &Key, row: u32, block: u32) -> Words {
    let mut c0 = block;
    let mut c1 = key.first_row + row;
    let mut c2 = key.stream_low;
    let mut c3 = key.stream_high;
    let mut k0 = key.seed_low;
    let mut k1 = key.seed_high;
    #[unroll]
    for _ in 0..comptime!(ROUNDS) {
        let left_high = c0.mul_hi(comptime!(MULTIPLIERS[0]));
        let left_low = c0 * comptime!(MULTIPLIERS[0]);
        let right_high = c2.mul_hi(comptime!(MULTIPLIERS[1]));
        let right_low = c2 * comptime!(MULTIPLIERS[1]);
        c0 = right_high ^ c1 ^ k0;
        c1 = right_low;
        c2 = left_high ^ c3 ^ k1;
        c3 = left_low;
        k0 += comptime!(INCREMENTS[0]);
        k1 += comptime!(INCREMENTS[1]);
    }
    Words {
        a: c0,
        b: c1,
        c: c2,
        d: c3,
    }
}
