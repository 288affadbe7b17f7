//! Philox 4x32-10, a counter-based random number generator.

/// Multipliers.
pub(crate) const MULTIPLIERS: [u32; 2] = [0xd251_1f53, 0xcd9e_8d57];
/// Weyl increments.
pub(crate) const INCREMENTS: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];
/// Number of rounds.
pub(crate) const ROUNDS: u32 = 10;

/// One block of Philox 4x32-10: four random words from a 128-bit counter and a 64-bit key.
///
/// It is a bijection of the counter for every key: the words of a stream can be computed independently,
/// in any order, on any device.
///
/// Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
///
/// ```
/// use paysage_kernels::philox4x32_10;
///
/// // The first of the authors' published test vectors.
/// let words = philox4x32_10([0; 4], [0; 2]);
/// assert_eq!(words, [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
/// ```
#[must_use]
pub fn philox4x32_10(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    block(counter.map(u64::from), key).map(|word| word as u32)
}

/// The same with each word in the lower half of 64 bits; the upper halves of the result are
/// undefined.
///
/// A product of two words has 64 bits, so a loop over blocks is vectorized without shuffles.
#[inline(always)]
pub(crate) fn block(counter: [u64; 4], key: [u32; 2]) -> [u64; 4] {
    let low = |word: u64| word & 0xffff_ffff;
    let [left, right] = MULTIPLIERS.map(u64::from);
    let (mut c, mut k) = (counter, key);
    for _ in 0..ROUNDS {
        let (left, right) = (left * low(c[0]), right * low(c[2]));
        c = [
            (right >> 32) ^ c[1] ^ u64::from(k[0]),
            right,
            (left >> 32) ^ c[3] ^ u64::from(k[1]),
            left,
        ];
        k = [
            k[0].wrapping_add(INCREMENTS[0]),
            k[1].wrapping_add(INCREMENTS[1]),
        ];
    }
    c
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reproduces_the_published_vectors() {
        let ones = u32::MAX;
        assert_eq!(
            philox4x32_10([ones; 4], [ones; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox4x32_10(
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0]
            ),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }
}
