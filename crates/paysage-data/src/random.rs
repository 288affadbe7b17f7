//! The random streams of this crate.

use rand::Rng;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

/// Purpose of a stream. Streams of two purposes are independent, whatever their seeds.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Shuffle = 1,
    Split = 2,
    Digits = 3,
    Ising = 4,
    Sample = 5,
}

/// A stream of numbers that is a pure function of purpose, seed and index.
///
/// The generator is fixed (ChaCha8), and the conversions below are our own, so that neither an
/// upgrade of a dependency nor another platform changes a data set.
pub(crate) struct Stream(ChaCha8Rng);

impl Stream {
    pub(crate) fn new(purpose: Purpose, seed: u64, index: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&(purpose as u64).to_le_bytes());
        key[8..16].copy_from_slice(&seed.to_le_bytes());
        key[16..24].copy_from_slice(&index.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform on `[0, 1)`, in steps of 2⁻²⁴.
    pub(crate) fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / (1u32 << 24) as f32
    }

    /// Uniform on `[low, high)`.
    pub(crate) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// Mean 0 and standard deviation 1, within ±3: the sum of three uniform numbers.
    pub(crate) fn bell(&mut self) -> f32 {
        2.0 * (self.unit() + self.unit() + self.unit()) - 3.0
    }

    /// Uniform on `0..bound`, exactly (Lemire, 2019, arXiv:1805.10941).
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let mut product = u128::from(self.bits()) * u128::from(bound);
        if (product as u64) < bound {
            let rejected = bound.wrapping_neg() % bound;
            while (product as u64) < rejected {
                product = u128::from(self.bits()) * u128::from(bound);
            }
        }
        (product >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_pinned() {
        let mut stream = Stream::new(Purpose::Shuffle, 0, 0);
        assert_eq!(stream.bits(), PINNED);
        let mut other = Stream::new(Purpose::Split, 0, 0);
        assert_ne!(other.bits(), PINNED);
    }

    const PINNED: u64 = 7_037_237_572_835_827_407;

    #[test]
    fn below_is_uniform() {
        let mut stream = Stream::new(Purpose::Shuffle, 1, 0);
        let mut counts = [0u32; 6];
        let draws = 60_000;
        for _ in 0..draws {
            counts[stream.below(6) as usize] += 1;
        }
        let expected = f64::from(draws) / 6.0;
        let chi2: f64 = counts
            .iter()
            .map(|&c| (f64::from(c) - expected).powi(2) / expected)
            .sum();
        // The 0.9999 quantile of chi-squared with 5 degrees of freedom.
        assert!(chi2 < 25.7, "{chi2}");
    }

    #[test]
    fn bell_has_unit_variance_and_is_bounded() {
        let mut stream = Stream::new(Purpose::Digits, 1, 0);
        let n = 40_000;
        let draws: Vec<f64> = (0..n).map(|_| f64::from(stream.bell())).collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        let variance = draws.iter().map(|x| x * x).sum::<f64>() / f64::from(n) - mean * mean;
        let bound = 4.0 / f64::from(n).sqrt();
        assert!(mean.abs() < bound, "{mean}");
        // The fourth moment is below the 3 of a normal, so the variance of x² is below 2.
        assert!((variance - 1.0).abs() < bound * 2f64.sqrt(), "{variance}");
        assert!(draws.iter().all(|x| x.abs() <= 3.0));
    }
}
