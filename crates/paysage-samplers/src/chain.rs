//! Markov chains on the states of a machine.

use burn::tensor::Tensor;
use paysage_kernels::{Child, RandomKey};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Info, Phase, Recorded, SettingError, State};

use crate::{Conditions, Gibbs, MeanField, Mode, Sampler, phase::PhaseRows};

/// A Markov chain on the states of a machine; many chains run side by side.
///
/// A chain is a struct of settings; the positions of its chains are a state that the caller keeps. A step
/// of [`Gibbs`], [`MeanField`] or [`Mode`] is one sweep. [`Tempered`](crate::Tempered),
/// [`SimulatedAnnealing`](crate::SimulatedAnnealing) and
/// [`DrivenSequentialMonteCarlo`](crate::DrivenSequentialMonteCarlo) run any chain at other temperatures.
/// A chain may carry several states of the machine for each sample, as
/// [`ParallelTempering`](crate::ParallelTempering) does.
///
/// ```
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::Bernoulli;
/// use paysage_models::BoltzmannMachine;
/// use paysage_samplers::{Chain, Conditions, Gibbs, Tempered};
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(6, &device), Bernoulli::new(4, &device)];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let hot = Tempered { beta: 0.5, chain: Gibbs };
/// let state = hot.start(&machine, machine.zeros(100));
/// let (state, _info) = hot.step(&machine, state, &Conditions::default(), RandomKey::new(1));
/// assert_eq!(state.batch(), 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Chain<L: Trainable>: Send + Sync {
    /// Where the chains are.
    type State: Recorded<L>;

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// When a setting is out of range.
    fn check(&self) -> Result<(), SettingError> {
        Ok(())
    }

    /// [`Estimator::is_capturable`](paysage_models::Estimator::is_capturable).
    fn is_capturable(&self) -> bool {
        false
    }

    /// The number of states of the machine that a step updates for each of the samples: 1, or the number
    /// of replicas of parallel tempering.
    fn replicas(&self) -> usize {
        1
    }

    /// Chains that start in these states of the machine, one in each row.
    fn start(&self, machine: &BoltzmannMachine<L>, states: State) -> Self::State;

    /// One step of all chains, and quantities of it such as acceptance rates.
    fn step(
        &self,
        machine: &BoltzmannMachine<L>,
        state: Self::State,
        conditions: &Conditions,
        key: RandomKey,
    ) -> (Self::State, Info);

    /// Several steps, step i with child i of the key, and the quantities of the last one.
    fn steps(
        &self,
        machine: &BoltzmannMachine<L>,
        state: Self::State,
        conditions: &Conditions,
        steps: usize,
        key: RandomKey,
    ) -> (Self::State, Info) {
        (0..steps).fold((state, Info::new()), |(state, _), step| {
            self.step(machine, state, conditions, key.child(Child::Sweep(step)))
        })
    }

    /// The states of the machine that represent the distribution of the chains, one in each row.
    fn samples(state: &Self::State) -> &State;

    /// ln Z of the machine of the last step, in nats, `[1]`, by a chain that estimates it.
    fn log_partition(_state: &Self::State) -> Option<Tensor<1>> {
        None
    }

    /// Several [`steps`](Self::steps), and the negative phase of a gradient after them.
    ///
    /// By default the phase is made of the [`samples`](Self::samples). [`Gibbs`] averages the last
    /// block of layers over its conditional distribution and reuses its field for the draw.
    fn negative_phase(
        &self,
        machine: &BoltzmannMachine<L>,
        state: Self::State,
        conditions: &Conditions,
        steps: usize,
        key: RandomKey,
    ) -> (Phase, Self::State, Info) {
        let (state, info) = self.steps(machine, state, conditions, steps, key);
        (Phase::of(Self::samples(&state).clone()), state, info)
    }
}

/// A blanket implementation for samplers would leave no room for [`Tempered`](crate::Tempered) and
/// for chains of other crates.
macro_rules! chain_of_sweeps {
    ($($sampler:ty),+) => {$(
        impl<L: Trainable> Chain<L> for $sampler {
            type State = State;

            fn is_capturable(&self) -> bool {
                true
            }

            fn start(&self, _machine: &BoltzmannMachine<L>, states: State) -> State {
                states
            }

            fn step(
                &self,
                machine: &BoltzmannMachine<L>,
                state: State,
                conditions: &Conditions,
                key: RandomKey,
            ) -> (State, Info) {
                (self.sweep(machine, state, conditions, key), Info::new())
            }

            fn samples(state: &State) -> &State {
                state
            }

            /// Sweeps in which the first visible layer comes first and the last block (the hidden
            /// layer of a restricted machine) last, so that k steps cost 2k products.
            fn negative_phase(
                &self,
                machine: &BoltzmannMachine<L>,
                state: State,
                conditions: &Conditions,
                steps: usize,
                key: RandomKey,
            ) -> (Phase, State, Info) {
                let rows = PhaseRows::after(self, machine, state, conditions, steps, key, true);
                let draws = rows.draws(self, machine);
                (rows.phase, draws, Info::new())
            }
        }
    )+};
}

chain_of_sweeps!(Gibbs, MeanField, Mode);
