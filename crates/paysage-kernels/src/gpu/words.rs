//! Random words of a block of four columns.

use cubecl::prelude::*;

use super::observed;
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

/// The words of a key, in the order of [`Key`].
pub(super) fn key_words(key: RandomKey) -> [u32; 5] {
    let (counter, key) = key.counter_and_key(0);
    [key[0], key[1], counter[2], counter[3], counter[1]]
}

/// Where a kernel has its key from: known when it is compiled.
#[derive(CubeType, CubeLaunch)]
#[expect(dead_code, reason = "launches make it")]
pub(crate) enum KeySource {
    /// From the launch.
    Launch(Key),
    /// From memory, from this place on: work that is captured has another key each time.
    Memory(Box<[u32]>, u32),
}

/// The key of a draw.
#[cube]
pub(crate) fn key_of(source: &KeySource) -> Key {
    match source {
        KeySource::Launch(key) => Key {
            seed_low: key.seed_low,
            seed_high: key.seed_high,
            stream_low: key.stream_low,
            stream_high: key.stream_high,
            first_row: key.first_row,
        },
        KeySource::Memory(keys, place) => {
            let first = *place as usize;
            Key {
                seed_low: keys[first],
                seed_high: keys[first + 1],
                stream_low: keys[first + 2],
                stream_high: keys[first + 3],
                first_row: keys[first + 4],
            }
        }
    }
}

/// The launch argument of a key.
pub(crate) fn key_argument(key: RandomKey) -> KeySourceArgs {
    if let Some((keys, place)) = observed::place_of_key(key) {
        return KeySourceArgs::Memory(keys, place);
    }
    let [seed_low, seed_high, stream_low, stream_high, first_row] = key_words(key);
    KeySourceArgs::Launch(KeyLaunch::new(
        seed_low,
        seed_high,
        stream_low,
        stream_high,
        first_row,
    ))
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

/// The word of a column.
#[cube]
pub(crate) fn word(key: &Key, row: u32, column: u32) -> u32 {
    let words = words(key, row, column / 32u32 * 8u32 + column % 8u32);
    let quarter = column / 8u32 % 4u32;
    let lower = select(quarter == 0u32, words.a, words.b);
    let upper = select(quarter == 2u32, words.c, words.d);
    select(quarter < 2u32, lower, upper)
}

/// Where a kernel has a number from: known when it is compiled.
#[derive(CubeType, CubeLaunch)]
#[expect(dead_code, reason = "launches make it")]
pub(crate) enum NumberSource {
    /// From the launch.
    Launch(f32),
    /// From this place in memory: work that is captured has another number each time.
    Memory(Box<[f32]>, u32),
}

#[cube]
pub(crate) fn number_of(source: &NumberSource) -> f32 {
    match source {
        NumberSource::Launch(number) => *number,
        NumberSource::Memory(memory, place) => memory[*place as usize],
    }
}

/// Where a kernel has the inverse temperatures of its rows from: known when it is compiled.
#[derive(CubeType, CubeLaunch)]
#[expect(dead_code, reason = "launches make it")]
pub(crate) enum BetaSource {
    /// One for all.
    Shared(NumberSource),
    /// One for each.
    Rows(Box<[f32]>),
}

/// The inverse temperature of the first row, which is that of all where they share one.
#[cube]
pub(crate) fn first_beta(source: &BetaSource) -> f32 {
    match source {
        BetaSource::Shared(number) => number_of(number),
        BetaSource::Rows(betas) => betas[0],
    }
}

/// The inverse temperature of a row, given that of the first.
#[cube]
pub(crate) fn beta_of(source: &BetaSource, first: f32, row: u32) -> f32 {
    match source {
        BetaSource::Shared(_) => first,
        BetaSource::Rows(betas) => betas[row as usize],
    }
}

/// The launch argument of an inverse temperature or another number.
pub(crate) fn number_argument(number: f32) -> NumberSourceArgs {
    number_from(observed::place_of_number(number), number)
}

/// The launch argument of a learning rate.
pub(crate) fn rate_argument(rate: f64) -> NumberSourceArgs {
    number_from(observed::place_of_rate(rate), rate as f32)
}

fn number_from(place: Option<observed::Place>, number: f32) -> NumberSourceArgs {
    match place {
        Some((memory, place)) => NumberSourceArgs::Memory(memory, place),
        None => NumberSourceArgs::Launch(number),
    }
}
