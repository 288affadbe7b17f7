//! Weights of sequences by their identity with others.

use rayon::prelude::*;

use super::AlignmentError;

/// Sequences that are compared at once: as many bytes as a few vector registers hold.
const LANES: usize = 64;

/// Sites that are counted in one byte before it could overflow.
const BLOCK: usize = 255;

/// The weight of each of some aligned sequences, `[sequences, sites]`: one over the number of sequences,
/// itself included, that have the same symbol at a fraction of at least `identity` of the sites.
///
/// Similar sequences then count together as about one, which corrects for uneven sampling of a family.
/// The sum of the weights is the effective number of sequences. All symbols are compared, gaps too.
/// The time is that of sequences² × sites / 2 comparisons of bytes, on all threads.
///
/// Morcos et al., "Direct-coupling analysis of residue coevolution captures native contacts across many
/// protein families", PNAS 2011.
///
/// ```
/// use paysage_data::identity_weights;
///
/// // The first two agree at 4 of 5 sites.
/// let weights = identity_weights(b"ACDEFACDEGKLMNP", 5, 0.8)?;
/// assert_eq!(weights, [0.5, 0.5, 1.0]);
/// # Ok::<(), paysage_data::AlignmentError>(())
/// ```
///
/// # Errors
///
/// [`AlignmentError::Identity`] unless 0 < `identity` ≤ 1.
///
/// # Panics
///
/// When `sites` is zero or the symbols do not fill whole sequences.
pub fn identity_weights(
    symbols: &[u8],
    sites: usize,
    identity: f64,
) -> Result<Vec<f32>, AlignmentError> {
    check_identity(identity)?;
    assert!(
        sites > 0 && symbols.len().is_multiple_of(sites),
        "{} symbols are no whole sequences of {sites} sites",
        symbols.len()
    );
    // The rounding of 0.8 · 5 must not exclude 4 of 5.
    let least = (identity * sites as f64 * (1.0 - 1e-12)).ceil().max(1.0) as u32;
    let neighbours = neighbours(symbols, sites, least);
    Ok(neighbours.iter().map(|&count| 1.0 / count as f32).collect())
}

/// Checks an identity threshold.
pub(crate) fn check_identity(identity: f64) -> Result<(), AlignmentError> {
    match identity > 0.0 && identity <= 1.0 {
        true => Ok(()),
        false => Err(AlignmentError::Identity { found: identity }),
    }
}

/// The number of sequences with at least so many equal sites, itself included.
fn neighbours(symbols: &[u8], sites: usize, least: u32) -> Vec<u32> {
    let count = symbols.len() / sites;
    let tiles = Tiles::of(symbols, sites);
    let none = || vec![[0; LANES]; tiles.count];
    let together = |mut sum: Vec<[u32; LANES]>, other: Vec<[u32; LANES]>| {
        sum.as_flattened_mut()
            .iter_mut()
            .zip(other.as_flattened())
            .for_each(|(sum, other)| *sum += other);
        sum
    };
    // Each pair of sequences once: of a tile with itself and with those after it.
    let firsts = (0..tiles.count).into_par_iter();
    let found = firsts.fold(none, |mut found: Vec<[u32; LANES]>, first| {
        let rows = count.min((first + 1) * LANES) - first * LANES;
        for tile in first..tiles.count {
            let lanes = count.min((tile + 1) * LANES) - tile * LANES;
            for row in 0..rows {
                let letters = &symbols[(first * LANES + row) * sites..][..sites];
                let mut near = tiles.near(tile, letters, least);
                near[lanes..].fill(0);
                if tile == first {
                    near[..=row].fill(0);
                }
                for (found, near) in found[tile].iter_mut().zip(near) {
                    *found = found.wrapping_add(u32::from(near));
                }
                let of_row = near.iter().fold(0u8, |sum, &near| sum.wrapping_add(near));
                found[first][row] += u32::from(of_row);
            }
        }
        found
    });
    let found = found.reduce(none, together);
    let others = found.as_flattened().iter().take(count);
    others.map(|others| others + 1).collect()
}

/// Sequences side by side: `[tiles, sites, LANES]`, so that one symbol is compared with those of many
/// sequences at once.
struct Tiles {
    symbols: Vec<[u8; LANES]>,
    sites: usize,
    count: usize,
}

impl Tiles {
    fn of(symbols: &[u8], sites: usize) -> Self {
        let count = (symbols.len() / sites).div_ceil(LANES);
        let mut tiles = vec![[0; LANES]; count * sites];
        for (sequence, letters) in symbols.chunks_exact(sites).enumerate() {
            let tile = &mut tiles[sequence / LANES * sites..][..sites];
            for (lanes, &letter) in tile.iter_mut().zip(letters) {
                lanes[sequence % LANES] = letter;
            }
        }
        Self {
            symbols: tiles,
            sites,
            count,
        }
    }

    /// Whether each sequence of a tile, 1 or 0, equals another sequence at so many sites.
    ///
    /// Sums wrap, which they never do here: checks of overflow would keep the loops from vectors.
    fn near(&self, tile: usize, sequence: &[u8], least: u32) -> [u8; LANES] {
        let tile = &self.symbols[tile * self.sites..][..self.sites];
        if self.sites <= BLOCK {
            let equal = equal_sites(tile, sequence);
            return equal.map(|equal| u8::from(u32::from(equal) >= least));
        }
        let mut equal = [0u32; LANES];
        for (lanes, letters) in tile.chunks(BLOCK).zip(sequence.chunks(BLOCK)) {
            let of_block = equal_sites(lanes, letters);
            for (equal, of_block) in equal.iter_mut().zip(of_block) {
                *equal = equal.wrapping_add(u32::from(of_block));
            }
        }
        equal.map(|equal| u8::from(equal >= least))
    }
}

/// The number of equal sites, at most [`BLOCK`], of each sequence of a tile with another sequence.
fn equal_sites(tile: &[[u8; LANES]], sequence: &[u8]) -> [u8; LANES] {
    let mut equal = [0u8; LANES];
    for (lanes, &letter) in tile.iter().zip(sequence) {
        for (equal, &lane) in equal.iter_mut().zip(lanes) {
            *equal = equal.wrapping_add(u8::from(lane == letter));
        }
    }
    equal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};
    use crate::testing::in_threads;

    /// A family with clusters, so that some sequences have many neighbours and some none.
    fn family(count: usize, sites: usize) -> Vec<u8> {
        let mut stream = Stream::new(Purpose::Sample, 7, 0);
        let mut symbols: Vec<u8> = (0..sites).map(|_| stream.below(21) as u8).collect();
        for sequence in 1..count {
            let parent = stream.below(sequence as u64) as usize;
            let letters = symbols[parent * sites..][..sites].to_vec();
            let changed = letters.into_iter().map(|letter| match stream.below(8) {
                0 => stream.below(21) as u8,
                _ => letter,
            });
            symbols.extend(changed.collect::<Vec<u8>>());
        }
        symbols
    }

    fn naive(symbols: &[u8], sites: usize, identity: f64) -> Vec<f32> {
        let sequences = || symbols.chunks(sites);
        let near = |a: &[u8], b: &[u8]| {
            let equal = a.iter().zip(b).filter(|(a, b)| a == b).count();
            equal as f64 / sites as f64 >= identity - 1e-12
        };
        let weight = |a| 1.0 / sequences().filter(|b| near(a, b)).count() as f32;
        sequences().map(weight).collect()
    }

    #[test]
    fn weights_are_those_of_a_double_loop() {
        for (count, sites) in [(1, 5), (63, 10), (64, 7), (65, 30), (300, 53), (150, 600)] {
            let symbols = family(count, sites);
            for identity in [0.2, 0.5, 0.8, 0.9, 1.0] {
                let found = identity_weights(&symbols, sites, identity).unwrap();
                assert_eq!(
                    found,
                    naive(&symbols, sites, identity),
                    "{count} {sites} {identity}"
                );
            }
        }
    }

    #[test]
    fn weights_do_not_depend_on_the_number_of_threads() {
        let symbols = family(500, 40);
        let weights = || identity_weights(&symbols, 40, 0.7).unwrap();
        assert_eq!(in_threads(1, weights), in_threads(3, weights));
    }

    #[test]
    fn a_threshold_is_met_by_exactly_its_fraction() {
        for sites in 1..200 {
            for equal in 1..=sites {
                let mut symbols = vec![0; 2 * sites];
                symbols[sites + equal..].fill(1);
                let identity = equal as f64 / sites as f64;
                let weights = identity_weights(&symbols, sites, identity).unwrap();
                assert_eq!(weights, [0.5, 0.5], "{equal} of {sites}");
            }
        }
    }

    #[test]
    fn thresholds_out_of_range_are_refused() {
        for identity in [0.0, -0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(identity_weights(b"AC", 2, identity).is_err());
        }
    }
}
