//! Vector instructions of the processor, detected at run time.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::__m256;

use pulp::{Arch, Simd, WithSimd};

/// Work that is compiled for each set of instructions.
///
/// All functions that it calls must be `#[inline(always)]`.
pub(crate) trait Kernel {
    type Output;
    fn run<V: Vectors>(self, vectors: V) -> Self::Output;
}

/// Operations for which compilers do not generate vector instructions.
pub(crate) trait Vectors: Copy {
    /// The transpose.
    fn transpose(self, tile: [[f32; 8]; 8]) -> [[f32; 8]; 8];
    /// Bit masks of the lanes that are 1, and of those that are 0.
    fn ones_and_zeros(self, lanes: &[f32; 8]) -> (u8, u8);
}

/// Runs a kernel with the widest instructions that this processor has.
pub(crate) fn run<K: Kernel>(kernel: K) -> K::Output {
    match chosen() {
        #[cfg(target_arch = "x86_64")]
        Arch::V4(v4) => Simd::vectorize(
            v4,
            Bound {
                kernel,
                vectors: Avx(*v4),
            },
        ),
        #[cfg(target_arch = "x86_64")]
        Arch::V3(v3) => Simd::vectorize(
            v3,
            Bound {
                kernel,
                vectors: Avx(v3),
            },
        ),
        other => other.dispatch(Bound {
            kernel,
            vectors: Portable,
        }),
    }
}

/// The widest instructions of this processor.
#[cfg(not(test))]
#[inline(always)]
fn chosen() -> Arch {
    Arch::new()
}

/// In tests a thread may be restricted to some.
#[cfg(test)]
fn chosen() -> Arch {
    super::instruction_sets::of_this_thread()
}

struct Bound<K, V> {
    kernel: K,
    vectors: V,
}

impl<K: Kernel, V: Vectors> WithSimd for Bound<K, V> {
    type Output = K::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> K::Output {
        self.kernel.run(self.vectors)
    }
}

/// Portable implementation.
#[derive(Clone, Copy)]
struct Portable;

impl Vectors for Portable {
    #[inline(always)]
    fn transpose(self, tile: [[f32; 8]; 8]) -> [[f32; 8]; 8] {
        std::array::from_fn(|i| std::array::from_fn(|j| tile[j][i]))
    }

    #[inline(always)]
    fn ones_and_zeros(self, lanes: &[f32; 8]) -> (u8, u8) {
        let mask = |value: f32| {
            lanes
                .iter()
                .enumerate()
                .fold(0, |mask, (i, &x)| mask | u8::from(x == value) << i)
        };
        (mask(1.0), mask(0.0))
    }
}

/// AVX2 implementation.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
struct Avx(pulp::x86::V3);

#[cfg(target_arch = "x86_64")]
impl Vectors for Avx {
    #[inline(always)]
    fn transpose(self, tile: [[f32; 8]; 8]) -> [[f32; 8]; 8] {
        let avx = self.0.avx;
        let rows: [__m256; 8] = pulp::bytemuck::cast(tile);
        // No closures in here: an instruction is only inlined into code that is compiled for it.
        let mut fours = rows;
        for half in [0, 4] {
            let [a, b, c, d] = [rows[half], rows[half + 1], rows[half + 2], rows[half + 3]];
            let (low, high) = (avx._mm256_unpacklo_ps(a, b), avx._mm256_unpackhi_ps(a, b));
            let (low2, high2) = (avx._mm256_unpacklo_ps(c, d), avx._mm256_unpackhi_ps(c, d));
            fours[half] = avx._mm256_shuffle_ps::<0b01_00_01_00>(low, low2);
            fours[half + 1] = avx._mm256_shuffle_ps::<0b11_10_11_10>(low, low2);
            fours[half + 2] = avx._mm256_shuffle_ps::<0b01_00_01_00>(high, high2);
            fours[half + 3] = avx._mm256_shuffle_ps::<0b11_10_11_10>(high, high2);
        }
        let mut columns = rows;
        for i in 0..4 {
            let (upper, lower) = (fours[i], fours[i + 4]);
            columns[i] = avx._mm256_permute2f128_ps::<0x20>(upper, lower);
            columns[i + 4] = avx._mm256_permute2f128_ps::<0x31>(upper, lower);
        }
        pulp::bytemuck::cast(columns)
    }

    #[inline(always)]
    fn ones_and_zeros(self, lanes: &[f32; 8]) -> (u8, u8) {
        const EQUAL: i32 = 0;
        let avx = self.0.avx;
        let lanes: __m256 = pulp::bytemuck::cast(*lanes);
        let ones = avx._mm256_cmp_ps::<EQUAL>(lanes, avx._mm256_set1_ps(1.0));
        let zeros = avx._mm256_cmp_ps::<EQUAL>(lanes, avx._mm256_setzero_ps());
        (
            avx._mm256_movemask_ps(ones) as u8,
            avx._mm256_movemask_ps(zeros) as u8,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Both([[f32; 8]; 8]);

    impl Kernel for Both {
        type Output = ([[f32; 8]; 8], (u8, u8));

        #[inline(always)]
        fn run<V: Vectors>(self, vectors: V) -> Self::Output {
            (
                vectors.transpose(self.0),
                vectors.ones_and_zeros(&self.0[0]),
            )
        }
    }

    #[test]
    fn this_processors_instructions_do_what_the_language_says() {
        let mut tile: [[f32; 8]; 8] =
            std::array::from_fn(|i| std::array::from_fn(|j| (8 * i + j) as f32));
        tile[0] = [1.0, 0.0, -0.0, 0.5, f32::NAN, 1.0, f32::INFINITY, -1.0];
        let (transposed, masks) = run(Both(tile));
        let bits = |tile: [[f32; 8]; 8]| tile.map(|row| row.map(f32::to_bits));
        assert_eq!(bits(transposed), bits(Portable.transpose(tile)));
        assert_eq!(masks, (0b0010_0001, 0b0000_0110));
        assert_eq!(masks, Portable.ones_and_zeros(&tile[0]));
    }
}
