//! Trajectory parallel tempering with a fixed ladder.

use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, Layer, Trainable};
use paysage_models::{BoltzmannMachine, Info, Phase, State};

use super::Trajectory;
use crate::{Chain, Conditions, phase::PhaseRows};

/// Trajectory parallel tempering (PTT): a population of chains for each machine of a ladder, with swaps
/// of configurations between neighbours.
///
/// The ladder has past machines of a training, from the oldest one on; the sampled machine is on top of
/// it. A step is a Gibbs sweep of every population and then swaps of neighbours t and t + 1 with
/// probability
///
/// min(1, exp(F_t(x_t) + F_{t+1}(x_{t+1}) − F_t(x_{t+1}) − F_{t+1}(x_t))),
///
/// of the even and of the odd pairs in alternate steps. x are the units of all layers but one group without
/// connections inside (the hidden units of a restricted machine), which the free energies F sum out and
/// which are drawn after the swap. Both leave the product of the distributions of all machines invariant.
/// A machine without connections at the bottom ([`independent_machine`](crate::independent_machine)) is sampled exactly in
/// every step, so that new states come up through the ladder.
///
/// Unlike temperatures, past machines do not pass a first-order transition in which modes appear with the
/// wrong weights: a training adds modes one after the other.
///
/// A step costs 3 products of states with weights for each machine, where a Gibbs sweep costs 2. Use
/// [`LadderSelection`](crate::LadderSelection) to make a ladder from many past machines.
///
/// Béreux, Decelle, Furtlehner, Rosset & Seoane, "Fast, accurate training and sampling of restricted
/// Boltzmann machines", 2024.
///
/// ```
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::Bernoulli;
/// use paysage_models::BoltzmannMachine;
/// use paysage_samplers::{Chain, Conditions, TrajectoryTempering, independent_machine};
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(6, &device), Bernoulli::new(4, &device)];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let bottom = independent_machine(&machine, machine.zeros(10));
/// let tempering = TrajectoryTempering { ladder: vec![bottom, machine.clone()] };
/// let mut state = tempering.start(&machine, machine.zeros(100));
/// for step in 0..10 {
///     let key = RandomKey::new(1).split(step);
///     (state, _) = tempering.step(&machine, state, &Conditions::default(), key);
/// }
/// assert_eq!(state.populations().len(), 3);
/// assert_eq!(state.swap_rates().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TrajectoryTempering<L: Layer = AnyLayer> {
    /// The machines below the sampled one, from the bottom. All have the layers of the sampled machine.
    pub ladder: Vec<BoltzmannMachine<L>>,
}

impl<L: Trainable> TrajectoryTempering<L> {
    /// Populations that start in these states, one state for each machine from the bottom, that of the
    /// sampled machine last.
    ///
    /// # Panics
    ///
    /// When there is not one state for each machine.
    #[must_use]
    pub fn start_at(&self, states: Vec<State>) -> Trajectory<L> {
        let (found, machines) = (states.len(), self.ladder.len() + 1);
        assert_eq!(found, machines, "{found} states for {machines} machines");
        Trajectory::at(self.ladder.clone(), states)
    }
}

impl<L: Trainable> Chain<L> for TrajectoryTempering<L> {
    type State = Trajectory<L>;

    fn replicas(&self) -> usize {
        self.ladder.len() + 1
    }

    fn start(&self, _machine: &BoltzmannMachine<L>, states: State) -> Trajectory<L> {
        Trajectory::new(self.ladder.clone(), states)
    }

    fn step(
        &self,
        machine: &BoltzmannMachine<L>,
        state: Trajectory<L>,
        conditions: &Conditions,
        key: RandomKey,
    ) -> (Trajectory<L>, Info) {
        let state = state.advanced(machine, conditions, 0.0, key);
        let info = state.info();
        (state, info)
    }

    fn samples(state: &Trajectory<L>) -> &State {
        state.samples()
    }

    fn negative_phase(
        &self,
        machine: &BoltzmannMachine<L>,
        state: Trajectory<L>,
        conditions: &Conditions,
        steps: usize,
        key: RandomKey,
    ) -> (Phase, Trajectory<L>, Info) {
        PhaseRows::after_steps(self, machine, state, conditions, steps, key)
    }
}
