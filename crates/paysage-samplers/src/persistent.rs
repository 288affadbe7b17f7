//! Persistent contrastive divergence.

use paysage_kernels::{Child, RandomKey, Replayable, TensorMut, on_workers};
use paysage_layers::Trainable;
use paysage_models::{
    Batch, BoltzmannMachine, Estimator, Record, RecordError, Recorded, SettingError, State, Step,
};

use crate::{
    Chain, Conditions, DataPhase, Gibbs, RowChains,
    center_constant::center_constant,
    contrastive_divergence::{GIBBS_SWEEPS, step_of},
};

/// Persistent contrastive divergence (PCD-k): the negative phase is taken from chains that continue
/// from one step of training to the next.
///
/// The chains start at the rows of the first batch, repeated where there are more chains than
/// rows. With [`Gibbs`] the hidden units come last in each sweep: the field that they are drawn
/// from is that of the gradient, so k sweeps cost 2k products and not 2k + 1.
///
/// Younes, "On the convergence of Markovian stochastic algorithms with rapidly decreasing
/// ergodicity rates", 1999; Tieleman, "Training restricted Boltzmann machines using approximations
/// to the likelihood gradient", 2008.
///
/// ```
/// use paysage_samplers::{Gibbs, PersistentContrastiveDivergence, Tempered};
///
/// let pcd = PersistentContrastiveDivergence {
///     chains: 512,
///     ..Default::default()
/// };
/// assert_eq!(pcd.steps, 1);
/// let hot = pcd.with_chain(Tempered { beta: 0.9, chain: Gibbs });
/// assert_eq!(hot.chains, 512);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PersistentContrastiveDivergence<C = Gibbs> {
    /// The number of chains; independent of the size of a batch.
    pub chains: usize,
    /// k, the number of steps of the chains in each step of training; at least 1.
    pub steps: usize,
    /// Positive-phase inference of unobserved units.
    pub data: DataPhase,
    /// The Markov chain.
    pub chain: C,
}

impl Default for PersistentContrastiveDivergence {
    fn default() -> Self {
        Self {
            chains: 100,
            steps: 1,
            data: DataPhase::default(),
            chain: Gibbs,
        }
    }
}

impl<C> PersistentContrastiveDivergence<C> {
    /// The same settings with another Markov chain.
    #[must_use]
    pub fn with_chain<D>(self, chain: D) -> PersistentContrastiveDivergence<D> {
        PersistentContrastiveDivergence {
            chains: self.chains,
            steps: self.steps,
            data: self.data,
            chain,
        }
    }
}

/// The state of [`PersistentContrastiveDivergence`].
#[derive(Clone, Debug)]
pub struct PersistentState<S = State> {
    /// The chains of the negative phase, from the first step on. With [`Gibbs`] a step begins by
    /// drawing the first visible layer, so only the other layers matter.
    pub chains: Option<S>,
    /// The chains of the positive phase.
    pub rows: RowChains,
}

impl<S> Default for PersistentState<S> {
    fn default() -> Self {
        Self {
            chains: None,
            rows: RowChains::default(),
        }
    }
}

impl<S: Replayable> Replayable for PersistentState<S> {
    fn tensors(&mut self, visit: &mut dyn FnMut(TensorMut<'_>)) -> bool {
        self.chains.tensors(visit) && self.rows.tensors(visit)
    }
}

impl<L: Trainable, S: Recorded<L>> Recorded<L> for PersistentState<S> {
    fn record(&self) -> Record {
        let mut record = Record::default();
        record.nest("chains", self.chains.record());
        record.nest("rows", Recorded::<L>::record(&self.rows));
        record
    }

    fn restore(mut record: Record, machine: &BoltzmannMachine<L>) -> Result<Self, RecordError> {
        let state = Self {
            chains: Recorded::restore(record.take_nested("chains"), machine)?,
            rows: Recorded::restore(record.take_nested("rows"), machine)?,
        };
        record.finish()?;
        Ok(state)
    }
}

/// ln Z of the machine by the chains of the negative phase, in nats.
const LOG_PARTITION: &str = "log_partition_ladder";

impl<L: Trainable, C: Chain<L>> Estimator<L> for PersistentContrastiveDivergence<C> {
    type State = PersistentState<C::State>;

    fn is_capturable(&self) -> bool {
        self.chain.is_capturable()
    }

    fn init(&self, _machine: &BoltzmannMachine<L>) -> Result<Self::State, SettingError> {
        SettingError::check_count("the number of persistent chains", self.chains)?;
        SettingError::check_count(GIBBS_SWEEPS, self.steps)?;
        self.data.check()?;
        self.chain.check()?;
        Ok(PersistentState::default())
    }

    fn step(
        &self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        state: Self::State,
        key: RandomKey,
    ) -> (Step, Self::State) {
        on_workers(|| {
            let PersistentState { chains, mut rows } = state;
            let [positive, negative] =
                [Child::PositivePhase, Child::NegativePhase].map(|child| key.child(child));
            // The same distribution; its sweeps subtract no centers.
            let plain = machine.without_centers();
            let is_first = chains.is_none();
            let data = self.data.rows(&plain, batch, &mut rows, positive, is_first);
            let chains = chains.unwrap_or_else(|| {
                let states = batch.starts(&data.draws(&Gibbs, &plain), self.chains);
                self.chain.start(&plain, states)
            });
            let free = Conditions::default();
            let (model, chains, mut info) = self
                .chain
                .negative_phase(&plain, chains, &free, self.steps, negative);
            if let Some(log_partition) = C::log_partition(&chains) {
                let constant = center_constant(machine, &plain, C::samples(&chains));
                info.insert(LOG_PARTITION, log_partition + constant);
            }
            let step = Step {
                info,
                ..step_of(machine, batch, data, model)
            };
            let chains = Some(chains);
            (step, PersistentState { chains, rows })
        })
    }

    fn takes_missing(&self) -> bool {
        true
    }

    fn chains(state: &Self::State) -> Option<&State> {
        state.chains.as_ref().map(C::samples)
    }
}
