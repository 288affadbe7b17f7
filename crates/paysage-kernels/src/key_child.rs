//! The children of random keys, by name.

use crate::RandomKey;

/// The use of a child of a [`RandomKey`].
///
/// Every draw of Paysage outside its tests takes its key from one of these children, so this file
/// lists all random streams. A variant belongs to the parent that its documentation names: variants of different
/// parents may share a number, variants of one parent may not. A changed number changes the results
/// of every seed.
///
/// ```
/// use paysage_kernels::{Child, RandomKey};
///
/// let run = RandomKey::new(7);
/// let step = run.child(Child::Epoch(2)).child(Child::Batch(0));
/// assert_eq!(step, run.split(2).split(0));
/// assert_ne!(run.child(Child::Monitors), run.child(Child::Initialization));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    /// Of a run: an epoch, counted from 0.
    Epoch(usize),
    /// Of a run: the metrics during training.
    Monitors,
    /// Of a run: the initial parameters.
    Initialization,
    /// Of a run: the samples in figures.
    Figures,
    /// Of a run: the likelihood in the report.
    Report,
    /// Of an epoch: a batch, counted from 0.
    Batch(usize),
    /// Of a batch: the positive phase of the gradient.
    PositivePhase,
    /// Of a batch: the negative phase of the gradient.
    NegativePhase,
    /// Of a batch: the weighted chains of a monitor of ln Z.
    WeightedChains,
    /// Of a batch: rows that are drawn when they are read.
    DrawnRows,
    /// Of a positive phase of so many sweeps: the start of new chains.
    NewChains(usize),
    /// Of a chain: a sweep, counted from 0.
    Sweep(usize),
    /// Of a sweep or of a random state: a layer.
    Layer(usize),
    /// Of a step of trajectory tempering or of its swaps: a machine, counted from the bottom of the ladder
    /// from 0.
    Rung(usize),
    /// Of a sweep: the swaps of replicas.
    Swaps,
    /// Of a sweep: the inverse temperatures of driven chains.
    DrivenTemperatures,
    /// Of a negative phase: units that are drawn again after the sweeps.
    PhaseUnits,
    /// Of a negative phase: random states that its chains start from.
    Noise,
    /// Of an initialization: a connection.
    Connection(usize),
    /// Of an initialization: the directions from which wide principal components start.
    PrincipalComponents,
    /// Of layerwise pretraining: a stage, counted from 1.
    Stage(usize),
    /// Of a stage: the rows that its initialization reads.
    StageRows,
    /// Of a stage: its initial parameters.
    StageParameters,
    /// Of drawn rows: the draw of a pair of layers, counted from 0.
    Level(usize),
    /// Of a question: a repeat or a chain, counted from 0.
    Repeat(usize),
    /// Of a repeat: the initial state.
    Start,
    /// Of a repeat: the sweeps whose states are discarded.
    BurnIn,
    /// Of a repeat: the sweeps whose states are used.
    Sweeps,
    /// Of a likelihood: the sum with target and given units clamped, or that of a free energy.
    JointSum,
    /// Of a likelihood: the sum with the given units clamped.
    GivenSum,
    /// Of a likelihood: ln Z.
    Partition,
    /// Of an annealed sum: the independent units from which annealing starts.
    AnnealingBase,
    /// Of an annealed sum: the annealed chains.
    AnnealedChains,
    /// Of an estimate of a log-likelihood: ln Z by annealing.
    AnnealedPartition,
    /// Of an estimate of a log-likelihood: the sums over hidden units given rows, per data set.
    RowSums(usize),
    /// Of sums given rows: a number of annealing steps.
    Steps(usize),
    /// Of sums given rows: a row, counted from 0.
    Row(usize),
    /// Of sums given rows: a chunk of rows, counted from 0.
    Chunk(usize),
    /// Of annealing: the inverse temperatures.
    Temperatures,
    /// Of annealing: the initial state of forward chains.
    ForwardStart,
    /// Of annealing: forward chains.
    ForwardChains,
    /// Of annealing: the initial state of reverse chains.
    ReverseStart,
    /// Of annealing: reverse chains.
    ReverseChains,
    /// Of annealing: the chains between the uniform base and the machine.
    UniformBase,
    /// Of chains that report progress: the sweeps after so many.
    SweepsFrom(usize),
    /// Of metrics: the Gibbs chains that several of them share.
    MetricChains,
    /// Of exact samples: a part of the machine, counted from 0.
    Part(usize),
    /// Of exact samples: the states over which the sum runs.
    SummedStates,
    /// Of exact samples: the joint Gaussian units.
    JointNoise,
    /// Of exact samples: a layer given these states.
    SummedLayer(usize),
}

impl Child {
    /// The number of the child, for [`RandomKey::split`].
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Self::Epoch(count)
            | Self::Batch(count)
            | Self::NewChains(count)
            | Self::Sweep(count)
            | Self::Layer(count)
            | Self::Rung(count)
            | Self::Connection(count)
            | Self::Stage(count)
            | Self::Level(count)
            | Self::Repeat(count)
            | Self::Steps(count)
            | Self::Row(count)
            | Self::Chunk(count)
            | Self::Part(count) => count as u64,
            Self::RowSums(count) | Self::SweepsFrom(count) => 1 + count as u64,
            Self::SummedLayer(count) => 2 + count as u64,
            Self::PositivePhase
            | Self::StageRows
            | Self::Start
            | Self::JointSum
            | Self::AnnealingBase
            | Self::AnnealedPartition
            | Self::Temperatures
            | Self::SummedStates => 0,
            Self::NegativePhase
            | Self::StageParameters
            | Self::BurnIn
            | Self::GivenSum
            | Self::AnnealedChains
            | Self::ForwardStart
            | Self::JointNoise => 1,
            Self::Sweeps | Self::Partition | Self::ForwardChains | Self::WeightedChains => 2,
            Self::ReverseStart => 3,
            Self::ReverseChains => 4,
            Self::UniformBase => 5,
            Self::Report => u64::MAX - 3,
            Self::Figures => u64::MAX - 2,
            Self::Initialization | Self::DrivenTemperatures | Self::Noise => u64::MAX - 1,
            Self::Monitors
            | Self::DrawnRows
            | Self::PrincipalComponents
            | Self::MetricChains
            | Self::Swaps
            | Self::PhaseUnits => u64::MAX,
        }
    }
}

impl RandomKey {
    /// The child for a use.
    #[must_use]
    pub fn child(self, child: Child) -> Self {
        self.split(child.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_of_one_parent_differ() {
        let families: [&[Child]; 15] = [
            &[
                Child::Epoch(0),
                Child::Monitors,
                Child::Initialization,
                Child::Figures,
                Child::Report,
            ],
            &[
                Child::PositivePhase,
                Child::NegativePhase,
                Child::WeightedChains,
                Child::DrawnRows,
            ],
            &[Child::Connection(0), Child::PrincipalComponents],
            &[Child::StageRows, Child::StageParameters],
            &[Child::Layer(0), Child::Swaps, Child::DrivenTemperatures],
            &[Child::Sweep(0), Child::PhaseUnits, Child::Noise],
            &[Child::Rung(0), Child::Swaps],
            &[Child::Start, Child::BurnIn, Child::Sweeps],
            &[Child::JointSum, Child::GivenSum, Child::Partition],
            &[Child::AnnealingBase, Child::AnnealedChains],
            &[Child::AnnealedPartition, Child::RowSums(0)],
            &[
                Child::Temperatures,
                Child::ForwardStart,
                Child::ForwardChains,
                Child::ReverseStart,
                Child::ReverseChains,
                Child::UniformBase,
            ],
            &[Child::Start, Child::SweepsFrom(0)],
            &[Child::Repeat(0), Child::MetricChains],
            &[
                Child::SummedStates,
                Child::JointNoise,
                Child::SummedLayer(0),
            ],
        ];
        for family in families {
            for (place, child) in family.iter().enumerate() {
                let same = |other: &&Child| other.number() == child.number();
                assert_eq!(family.iter().position(|other| same(&other)), Some(place));
            }
        }
    }
}
