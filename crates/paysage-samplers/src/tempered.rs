//! Chains at another temperature.

use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Info, Phase, SettingError, State};

use crate::{Chain, Conditions, Gibbs};

/// A chain at a fixed inverse temperature, relative to that of the conditions.
///
/// At β < 1 the chains cross energy barriers more often than at β = 1; their distribution is then
/// proportional to exp(−βE) and not to exp(−E), which biases a gradient that is estimated from
/// them.
#[derive(Clone, Copy, Debug)]
pub struct Tempered<C = Gibbs> {
    /// The inverse temperature: finite and greater than 0.
    pub beta: f64,
    /// The chain.
    pub chain: C,
}

impl<C> Tempered<C> {
    fn conditions(&self, conditions: &Conditions) -> Conditions {
        Conditions {
            clamp: conditions.clamp.clone(),
            beta: conditions.beta.times(self.beta),
        }
    }
}

impl<L: Trainable, C: Chain<L>> Chain<L> for Tempered<C> {
    type State = C::State;

    fn check(&self) -> Result<(), SettingError> {
        SettingError::check_positive("the inverse temperature of the chains", self.beta)?;
        self.chain.check()
    }

    fn is_capturable(&self) -> bool {
        self.chain.is_capturable()
    }

    fn replicas(&self) -> usize {
        self.chain.replicas()
    }

    fn start(&self, machine: &BoltzmannMachine<L>, states: State) -> C::State {
        self.chain.start(machine, states)
    }

    fn step(
        &self,
        machine: &BoltzmannMachine<L>,
        state: C::State,
        conditions: &Conditions,
        key: RandomKey,
    ) -> (C::State, Info) {
        let conditions = self.conditions(conditions);
        self.chain.step(machine, state, &conditions, key)
    }

    fn samples(state: &C::State) -> &State {
        C::samples(state)
    }

    fn negative_phase(
        &self,
        machine: &BoltzmannMachine<L>,
        state: C::State,
        conditions: &Conditions,
        steps: usize,
        key: RandomKey,
    ) -> (Phase, C::State, Info) {
        let conditions = self.conditions(conditions);
        let chain = &self.chain;
        chain.negative_phase(machine, state, &conditions, steps, key)
    }
}
