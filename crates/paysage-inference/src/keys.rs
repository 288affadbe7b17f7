//! Children of random keys.

use paysage_kernels::RandomKey;

/// Draws of one chain with clamped units.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ChainKey {
    /// The initial state.
    Start = 0,
    /// Sweeps of the burn-in, or between the factual row and the intervention.
    BurnIn = 1,
    /// Sweeps after the burn-in.
    Sweeps = 2,
}

impl ChainKey {
    pub fn of(self, key: RandomKey) -> RandomKey {
        key.split(self as u64)
    }
}

/// The two sums of a conditional likelihood.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SumKey {
    /// Σ exp(−E) with target and given units clamped; the sum of a free energy.
    Joint = 0,
    /// Σ exp(−E) with given units clamped.
    Given = 1,
    /// ln Z.
    Partition = 2,
}

impl SumKey {
    pub fn of(self, key: RandomKey) -> RandomKey {
        key.split(self as u64)
    }
}

/// Draws of an annealed sum.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AnnealingKey {
    /// The independent units from which annealing starts.
    Base = 0,
    /// The annealed chains.
    Chains = 1,
}

impl AnnealingKey {
    pub fn of(self, key: RandomKey) -> RandomKey {
        key.split(self as u64)
    }
}
