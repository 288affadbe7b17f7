//! Persistent contrastive divergence: chains that go on from step to step.

use paysage_kernels::{RandomKey, on_workers};
use paysage_layers::Trainable;
use paysage_models::{Batch, BoltzmannMachine, Gradient, GradientEstimator, Memory, State};

use crate::{Conditions, DataPhase, phase::PhaseRows};

/// PCD-k: the model phase is taken from chains that are kept between the steps of training, so
/// that they follow the slowly changing machine wherever it puts probability.
///
/// The chains start at the rows of the first batch, repeated where there are more chains than
/// rows. In each sweep the hidden units come last: the field that they are drawn from is that of
/// the gradient, so k sweeps cost 2k products and not 2k + 1.
///
/// Younes, "On the convergence of Markovian stochastic algorithms with rapidly decreasing
/// ergodicity rates", 1999; Tieleman, "Training restricted Boltzmann machines using approximations
/// to the likelihood gradient", 2008.
///
/// ```
/// use paysage_samplers::PersistentContrastiveDivergence;
///
/// let pcd = PersistentContrastiveDivergence {
///     chains: 512,
///     ..Default::default()
/// };
/// assert_eq!(pcd.steps, 1);
/// ```
#[derive(Clone, Debug)]
pub struct PersistentContrastiveDivergence {
    /// How many chains there are; independent of the size of a batch.
    pub chains: usize,
    /// k, the number of sweeps in each step.
    pub steps: usize,
    /// How the data phase finds what rows do not show.
    pub data: DataPhase,
    /// The chains, from the first step on. A sweep begins with the first visible layer, so what
    /// counts of chains that are put here are their hidden units.
    pub state: Option<State>,
}

impl Default for PersistentContrastiveDivergence {
    fn default() -> Self {
        Self {
            chains: 100,
            steps: 1,
            data: DataPhase::default(),
            state: None,
        }
    }
}

impl<L: Trainable> GradientEstimator<L> for PersistentContrastiveDivergence {
    fn estimate(
        &mut self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        key: RandomKey,
    ) -> Gradient {
        on_workers(|| {
            let (draws, sweeps) = (key.split(0), key.split(1));
            let (data, free) = (self.data.show(machine, batch, draws), Conditions::default());
            let chains = self.state.take();
            let chains = chains.unwrap_or_else(|| data.draws(machine).cycled(self.chains));
            let model = PhaseRows::after(machine, chains, &free, self.steps, sweeps);
            let gradient = machine.gradient(data.phase(), model.phase());
            self.state = Some(model.draws(machine));
            gradient
        })
    }

    fn chains(&self) -> Option<&State> {
        self.state.as_ref()
    }

    fn takes_missing(&self) -> bool {
        true
    }

    fn memory(&self) -> Memory {
        let mut memory = Memory::default();
        if let Some(chains) = &self.state {
            memory.put(Memory::CHAINS, chains);
        }
        self.data.remember(&mut memory);
        memory
    }

    fn resume(&mut self, mut memory: Memory) {
        self.state = memory.take(Memory::CHAINS);
        self.data.resume(memory);
    }
}
