//! Mutants of valid files.

use rand::Rng;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

/// The most changes of a mutant.
const MOST_CHANGES: u64 = 4;

/// Texts that replace a number.
const NUMBERS: [&str; 20] = [
    "",
    "0",
    "-0",
    "-1",
    "NaN",
    "inf",
    "-inf",
    "1e999",
    "-1e308",
    "1e-400",
    "3.5e38",
    "0x10",
    "1_000",
    "65536",
    "4294967295",
    "4294967296",
    "1000000000000",
    "9223372036854775808",
    "18446744073709551616",
    "999999999999999999999999999999",
];

/// Values that replace a length or an extent of a header.
const EXTENTS: [u64; 12] = [
    0,
    1,
    0x7f,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    1_000_000_000_000,
    0x7fff_ffff_ffff_ffff,
    u64::MAX,
];

/// Bytes that mean something in a format.
const BYTES: [u8; 22] = [
    0, 1, 0x7f, 0x80, 0xff, 0x1b, b'\n', b'\r', b'\t', b' ', b',', b';', b'"', b'\'', b'\\', b'#',
    b'>', b'-', b'.', b'[', b'{', b'=',
];

/// A file changed at one to four places: a pure function of the seed, the other file and the number.
///
/// Bits are flipped, bytes set, inserted and deleted, chunks duplicated, swapped and replaced by those of the
/// other file, numbers replaced by others, and headers by extremes.
#[must_use]
pub fn mutant(seed: &[u8], other: &[u8], number: u64) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    let mut random = Random(ChaCha8Rng::seed_from_u64(number));
    // Half of them have one change, so that many come far.
    let changes = match random.below(2) {
        0 => 1,
        _ => 1 + random.below(MOST_CHANGES),
    };
    for _ in 0..changes {
        change(&mut bytes, other, &mut random);
    }
    bytes
}

struct Random(ChaCha8Rng);

impl Random {
    /// A number below a bound. That it is not exactly uniform does not matter here.
    fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound.max(1)
    }

    fn place(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.place(from.len())]
    }

    /// A chunk of bytes, mostly a short one.
    fn chunk(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.place(length);
        let most = match self.below(4) {
            0 => length,
            _ => 16,
        };
        let end = start + 1 + self.place(most);
        start.min(length)..end.min(length)
    }
}

fn change(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let length = bytes.len();
    if length == 0 {
        bytes.extend(other);
        return;
    }
    match random.below(12) {
        0 => {
            let place = random.place(length);
            bytes[place] ^= 1 << random.below(8);
        }
        1 => {
            let place = random.place(length);
            bytes[place] = random.pick(&BYTES);
        }
        2 => {
            let place = random.place(length + 1);
            bytes.insert(place, random.pick(&BYTES));
        }
        3 => {
            let chunk = random.chunk(length);
            bytes.drain(chunk);
        }
        4 => {
            let chunk = bytes[random.chunk(length)].to_vec();
            let place = random.place(length + 1);
            bytes.splice(place..place, chunk);
        }
        5 => swap(bytes, random),
        6 => {
            let chunk = other[random.chunk(other.len())].to_vec();
            let place = random.chunk(length);
            bytes.splice(place, chunk);
        }
        7 => {
            let times = 1 + random.below(64) as usize;
            let chunk = bytes[random.chunk(length)].repeat(times);
            let place = random.place(length + 1);
            bytes.splice(place..place, chunk);
        }
        8 | 9 => number(bytes, random),
        _ => extent(bytes, random),
    }
}

/// Exchanges two chunks.
fn swap(bytes: &mut Vec<u8>, random: &mut Random) {
    let (first, second) = (random.chunk(bytes.len()), random.chunk(bytes.len()));
    let (first, second) = match first.start <= second.start {
        true => (first, second),
        false => (second, first),
    };
    if first.end > second.start {
        return;
    }
    let parts = [
        &bytes[..first.start],
        &bytes[second.clone()],
        &bytes[first.end..second.start],
        &bytes[first.clone()],
        &bytes[second.end..],
    ];
    *bytes = parts.concat();
}

/// Replaces a number that is written as text.
fn number(bytes: &mut Vec<u8>, random: &mut Random) {
    let is_digit = |index: &usize| bytes[*index].is_ascii_digit();
    let digits: Vec<usize> = (0..bytes.len()).filter(is_digit).collect();
    if digits.is_empty() {
        return;
    }
    let place = random.pick(&digits);
    let is_part = |byte: &u8| byte.is_ascii_digit() || b".-+".contains(byte);
    let before = bytes[..place].iter().rev().take_while(|byte| is_part(byte));
    let after = bytes[place..].iter().take_while(|byte| is_part(byte));
    let number = place - before.count()..place + after.count();
    bytes.splice(number, random.pick(&NUMBERS).bytes());
}

/// Replaces a binary number, mostly one near the beginning or the end, where headers are.
fn extent(bytes: &mut [u8], random: &mut Random) {
    let length = bytes.len();
    let place = match random.below(3) {
        0 => random.place(length.min(48)),
        1 => length - 1 - random.place(length.min(96)),
        _ => random.place(length),
    };
    let value = random.pick(&EXTENTS);
    let size = random.pick(&[2, 4, 8]);
    let encoded = match random.below(2) {
        0 => value.to_le_bytes()[..size].to_vec(),
        _ => value.to_be_bytes()[8 - size..].to_vec(),
    };
    for (byte, value) in bytes[place..].iter_mut().zip(encoded) {
        *byte = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mutants_differ_from_their_seed_and_are_reproducible() {
        let seed = b"a,b\n1,2\n3,4\n";
        let changed = (0..100).filter(|&number| mutant(seed, b"x,y\n", number) != seed);
        assert!(changed.count() > 90);
        assert_eq!(mutant(seed, b"x", 7), mutant(seed, b"x", 7));
        assert_ne!(mutant(seed, b"x", 7), mutant(seed, b"x", 8));
    }

    #[test]
    fn nothing_is_too_short_to_change() {
        for length in 0..4 {
            for number in 0..500 {
                let _ = mutant(&b"12,"[..length], b"", number);
            }
        }
    }
}
