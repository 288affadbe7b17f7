//! Persistent contrastive divergence: chains that go on from step to step.

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Gradient, GradientEstimator, State};

use crate::{
    Conditions, Gibbs, Sampler,
    phase::{data_phase, model_phase},
};

/// PCD-k: the model phase is taken from chains that are kept between the steps of training, so
/// that they follow the slowly changing machine wherever it puts probability.
///
/// The chains start at the rows of the first batch, repeated where there are more chains than
/// rows.
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
    /// The chains, from the first step on.
    pub state: Option<State>,
}

impl Default for PersistentContrastiveDivergence {
    fn default() -> Self {
        Self {
            chains: 100,
            steps: 1,
            state: None,
        }
    }
}

impl<L: Trainable> GradientEstimator<L> for PersistentContrastiveDivergence {
    fn estimate(
        &mut self,
        machine: &BoltzmannMachine<L>,
        rows: Tensor<2>,
        key: RandomKey,
    ) -> Gradient {
        let (data, state) = data_phase(machine, rows);
        let chains = match self.state.take() {
            Some(chains) => chains,
            None => state.cycled(self.chains),
        };
        let chains = Gibbs.run(machine, chains, &Conditions::default(), self.steps, key);
        let gradient = data - model_phase(machine, &chains);
        self.state = Some(chains);
        gradient
    }

    fn chains(&self) -> Option<&State> {
        self.state.as_ref()
    }

    fn resume(&mut self, chains: State) {
        self.state = Some(chains);
    }
}
