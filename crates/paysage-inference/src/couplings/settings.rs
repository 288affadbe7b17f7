//! The settings of effective couplings, and their result.

use paysage_kernels::{RandomKey, most_precise, on_workers};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Progress, SettingError};

use super::{PairScores, averaged::Averaging, contributions::Sites};
use crate::InferenceError;

/// Effective pairwise couplings of the visible sites: the terms of second order of the free energy.
///
/// The free energy of the visible sites s has one expansion into terms of one site, of pairs, triples, …
///
/// ```text
/// −F(s) = c + Σ_i h_i(s_i) + Σ_{i<j} J_ij(s_i, s_j) + …
/// ```
///
/// in which every term sums to 0 over the states of each of its sites (zero-sum gauge). With averages ⟨·⟩
/// over uniform states of all sites that are not given,
///
/// ```text
/// J_ij(a, b) = ⟨−F | a, b⟩ − ⟨−F | s_i = a⟩ − ⟨−F | s_j = b⟩ + ⟨−F⟩
/// ```
///
/// The hidden units are summed over exactly, by their log-partition functions, so that J has the
/// contributions of all orders in the weights; for Gaussian hidden units it is Σ_μ W_iaμ W_jbμ/σ_μ² in the
/// zero-sum gauge. Weights between visible layers add their own term.
///
/// The average over the other sites is
///
/// - the sum over all states, where the visible layers have at most 2^`enumerated` states;
/// - otherwise, for hidden units of one field each, a Gaussian integral over the field of the other
///   sites, with their mean and variance (central limit theorem), by the trapezoidal rule, which converges
///   exponentially;
/// - for hidden sites of several units, a mean over `samples` random states.
///
/// Decelle, Furtlehner, Navas Gómez & Seoane, "Inferring effective couplings with restricted Boltzmann
/// machines", SciPost Physics 16, 2024.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_inference::EffectiveCouplings;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::{AnyLayer, Gaussian, Spin};
/// use paysage_models::{BoltzmannMachine, Silent};
///
/// let device = default_device()?;
/// let layers: Vec<AnyLayer> = vec![Spin::new(3, &device).into(), Gaussian::new(1, &device).into()];
/// let mut machine = BoltzmannMachine::chain(layers)?;
/// machine.connections[0].weight = Tensor::from_floats([[0.5], [2.0], [0.0]], &device);
/// let question = EffectiveCouplings::default();
/// let couplings = question.run(&machine, RandomKey::new(1), &mut Silent)?;
/// // The coupling of an Ising model: +1 for equal spins, −1 for opposite ones.
/// let block = couplings.between(0, 1).expect("a pair");
/// for (found, expected) in block.iter().zip([1.0, -1.0, -1.0, 1.0]) {
///     assert!((found - expected).abs() < 1e-6);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EffectiveCouplings {
    /// The largest number of visible states over which the average is a sum, as a power of 2.
    pub enumerated: u32,
    /// Number of points of the Gaussian integral.
    pub points: usize,
    /// Number of random states for hidden sites of several units.
    pub samples: usize,
}

impl Default for EffectiveCouplings {
    fn default() -> Self {
        Self {
            enumerated: 12,
            points: 17,
            samples: 1000,
        }
    }
}

/// Effective couplings of all pairs of visible sites, in nats.
#[derive(Clone, Debug, PartialEq)]
pub struct Couplings {
    /// Number of states of each site.
    pub states: Vec<usize>,
    /// The couplings of each pair i < j, in order: `[states of i, states of j]`, row-major.
    pub(crate) blocks: Vec<Vec<f64>>,
}

impl EffectiveCouplings {
    /// Computes the couplings of all pairs of visible sites, in the most precise float type of the
    /// device.
    ///
    /// # Errors
    ///
    /// When hidden layers are connected with each other, when a visible layer has infinitely many states,
    /// or a setting is out of range.
    pub fn run<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Result<Couplings, InferenceError> {
        self.check()?;
        machine.check_restricted()?;
        machine.check_normalizable()?;
        let precise = most_precise(&machine.device());
        // Centers change terms of one site only.
        let machine = machine.without_centers().into_owned().cast(precise);
        let sites = Sites::new(&machine)?;
        let averaging = Averaging {
            settings: *self,
            machine: &machine,
            sites: &sites,
        };
        let mut blocks = on_workers(|| averaging.sums(key, progress));
        sites.add_direct(&machine, &mut blocks);
        let mut pairs = sites.pairs();
        for block in &mut blocks {
            if let Some((_, second)) = pairs.next() {
                center(block, sites.states[second]);
            }
        }
        Ok(Couplings {
            states: sites.states,
            blocks,
        })
    }

    fn check(&self) -> Result<(), SettingError> {
        SettingError::check_count("the number of points of an integral", self.points)?;
        SettingError::check_count("the number of random states", self.samples)?;
        SettingError::check(
            "the largest number of states, as a power of 2,",
            f64::from(self.enumerated),
            self.enumerated <= 25,
            "at most 25",
        )
    }
}

impl Couplings {
    /// The couplings of two sites i < j: `[states of i, states of j]`, row-major, with sums of 0 over
    /// the states of either site; nothing where there is no such pair.
    #[must_use]
    pub fn between(&self, first: usize, second: usize) -> Option<&[f64]> {
        let sites = self.states.len();
        (first < second && second < sites)
            .then(|| &self.blocks[pair_index(sites, first, second)][..])
    }

    /// The Frobenius norm √(Σ_ab J_ij(a, b)²) of the couplings of each pair, without the states that are
    /// left out, such as gaps: `left_out(site, state)`.
    #[must_use]
    pub fn frobenius_norms(&self, left_out: impl Fn(usize, usize) -> bool) -> PairScores {
        PairScores::of(self.states.len(), |i, j| {
            let width = self.states[j];
            let block = self.between(i, j).unwrap_or_default();
            let kept = block
                .iter()
                .enumerate()
                .filter(|(place, _)| !left_out(i, place / width) && !left_out(j, place % width));
            kept.map(|(_, value)| value * value).sum::<f64>().sqrt()
        })
    }
}

/// The place of a pair i < j in the order (0, 1), (0, 2), …, (1, 2), ….
pub(super) fn pair_index(sites: usize, first: usize, second: usize) -> usize {
    first * (2 * sites - first - 1) / 2 + second - first - 1
}

/// Subtracts the means of rows and of columns, and adds the mean of all.
pub(super) fn center(block: &mut [f64], width: usize) {
    let height = block.len() / width;
    for row in block.chunks_mut(width) {
        let mean = row.iter().sum::<f64>() / width as f64;
        row.iter_mut().for_each(|value| *value -= mean);
    }
    for column in 0..width {
        let entries = block.iter().skip(column).step_by(width);
        let mean = entries.sum::<f64>() / height as f64;
        let entries = block.iter_mut().skip(column).step_by(width);
        entries.for_each(|value| *value -= mean);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_numbered_in_order() {
        let mut count = 0;
        for first in 0..7 {
            for second in first + 1..7 {
                assert_eq!(pair_index(7, first, second), count);
                count += 1;
            }
        }
    }

    #[test]
    fn centered_blocks_sum_to_zero() {
        let mut block = vec![1.0, 2.0, 4.0, 8.0, 16.0, 32.0];
        center(&mut block, 3);
        for row in block.chunks(3) {
            assert!(row.iter().sum::<f64>().abs() < 1e-12);
        }
        assert!((0..3).all(|column| (block[column] + block[column + 3]).abs() < 1e-12));
        // The mixed differences stay.
        assert!(
            (block[0] - block[1] - block[3] + block[4] - (1.0 - 2.0 - 8.0 + 16.0)).abs() < 1e-12
        );
    }
}
