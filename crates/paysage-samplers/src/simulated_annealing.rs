//! Simulated annealing.

use paysage_kernels::{RandomKey, Replayable};
use paysage_layers::Trainable;
use paysage_models::{
    BoltzmannMachine, Info, Record, RecordError, Recorded, Scalar, SettingError, State,
};

use crate::{Chain, Conditions, Gibbs};

/// Simulated annealing: a chain at an inverse temperature that follows a schedule.
///
/// A schedule is any function of the fraction of the steps done, from 0 to 1; after them it keeps its last
/// value. From a small β up to 1 it takes chains from anywhere to the modes of the machine, and up to a
/// large β to states of low energy. Only at a constant β is the distribution exp(−βE) invariant.
///
/// Kirkpatrick, Gelatt & Vecchi, "Optimization by simulated annealing", 1983.
///
/// ```
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::Bernoulli;
/// use paysage_models::BoltzmannMachine;
/// use paysage_samplers::{Chain, Conditions, Gibbs, SimulatedAnnealing};
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(6, &device), Bernoulli::new(4, &device)];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let annealing = SimulatedAnnealing {
///     schedule: |done: f64| 0.1 + 0.9 * done,
///     steps: 50,
///     chain: Gibbs,
/// };
/// let mut state = annealing.start(&machine, machine.random_state(100, RandomKey::new(1)));
/// for step in 0..50 {
///     let key = RandomKey::new(2).split(step);
///     (state, _) = annealing.step(&machine, state, &Conditions::default(), key);
/// }
/// assert_eq!(state.steps, 50);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SimulatedAnnealing<S, C = Gibbs> {
    /// The inverse temperature, relative to that of the conditions, given the fraction of the steps done.
    pub schedule: S,
    /// The number of steps of the schedule; at least 1.
    pub steps: usize,
    /// The chain.
    pub chain: C,
}

/// The state of [`SimulatedAnnealing`].
#[derive(Clone, Debug)]
pub struct AnnealingState<S = State> {
    /// The chains.
    pub chains: S,
    /// The number of steps done.
    pub steps: usize,
}

const CHAINS: &str = "chains";
const STEPS: &str = "steps";

impl<S> Replayable for AnnealingState<S> {}

impl<L: Trainable, S: Recorded<L>> Recorded<L> for AnnealingState<S> {
    fn record(&self) -> Record {
        let mut record = Record::default();
        record.nest(CHAINS, self.chains.record());
        let steps = Scalar::UInt(self.steps as u64);
        record.scalars.insert(STEPS.into(), steps);
        record
    }

    fn restore(mut record: Record, machine: &BoltzmannMachine<L>) -> Result<Self, RecordError> {
        let state = Self {
            chains: Recorded::restore(record.take_nested(CHAINS), machine)?,
            steps: record.take_uint(STEPS)? as usize,
        };
        record.finish()?;
        Ok(state)
    }
}

impl<S: Fn(f64) -> f64, C> SimulatedAnnealing<S, C> {
    /// The inverse temperature of a step, counted from 0. The last step has that of the end.
    #[must_use]
    pub fn beta(&self, step: usize) -> f64 {
        let last = self.steps.saturating_sub(1).max(1);
        (self.schedule)(step.min(last) as f64 / last as f64)
    }

    fn conditions(&self, conditions: &Conditions, step: usize) -> Conditions {
        Conditions {
            clamp: conditions.clamp.clone(),
            beta: conditions.beta.times(self.beta(step)),
        }
    }
}

impl<L: Trainable, S: Fn(f64) -> f64 + Send + Sync, C: Chain<L>> Chain<L>
    for SimulatedAnnealing<S, C>
{
    type State = AnnealingState<C::State>;

    /// Also evaluates the schedule at every step.
    fn check(&self) -> Result<(), SettingError> {
        SettingError::check_count("the number of annealing steps", self.steps)?;
        for step in 0..self.steps {
            SettingError::check_positive("the inverse temperature of a step", self.beta(step))?;
        }
        self.chain.check()
    }

    fn replicas(&self) -> usize {
        self.chain.replicas()
    }

    fn start(&self, machine: &BoltzmannMachine<L>, states: State) -> Self::State {
        AnnealingState {
            chains: self.chain.start(machine, states),
            steps: 0,
        }
    }

    fn step(
        &self,
        machine: &BoltzmannMachine<L>,
        state: Self::State,
        conditions: &Conditions,
        key: RandomKey,
    ) -> (Self::State, Info) {
        let AnnealingState { chains, steps } = state;
        let conditions = self.conditions(conditions, steps);
        let (chains, info) = self.chain.step(machine, chains, &conditions, key);
        let steps = steps.saturating_add(1);
        (AnnealingState { chains, steps }, info)
    }

    fn samples(state: &Self::State) -> &State {
        C::samples(&state.chains)
    }
}
