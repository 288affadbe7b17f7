//! Trajectory parallel tempering of a machine that trains.

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Info, Phase, SettingError, State};

use super::{Trajectory, selection::interpolated, state::LEAST_INTERVAL};
use crate::{Chain, Conditions, independent_machine, phase::PhaseRows};

/// Trajectory parallel tempering whose ladder grows while the machine trains.
///
/// The ladder starts with a machine of independent units. A step is that of
/// [`TrajectoryTempering`](super::TrajectoryTempering), and the machine joins the ladder when its
/// swap rate with the last machine of it falls below the target. Where the swap rate of two machines of the
/// ladder turns out to be less than half of the target, a machine with interpolated parameters joins
/// between them. Above the largest number of machines, the machine leaves whose neighbours have the highest
/// swap rates.
///
/// With [`PersistentContrastiveDivergence`](crate::PersistentContrastiveDivergence) it makes an estimator
/// of the gradient; the ladder is part of its state, and so of a checkpoint.
///
/// Béreux, Decelle, Furtlehner, Rosset & Seoane, "Fast, accurate training and sampling of restricted
/// Boltzmann machines", 2024.
///
/// ```
/// use paysage_samplers::{GrowingTrajectory, PersistentContrastiveDivergence};
///
/// let pcd = PersistentContrastiveDivergence::default();
/// let ptt = pcd.with_chain(GrowingTrajectory { target: 0.25, ..Default::default() });
/// assert_eq!(ptt.chain.most, 30);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GrowingTrajectory {
    /// The swap rate below which the machine joins the ladder, in (0, 1).
    pub target: f64,
    /// The largest number of machines in the ladder; at least 2.
    pub most: usize,
}

/// Machines join at a swap rate of 0.3, and the ladder has at most 30 of them.
impl Default for GrowingTrajectory {
    fn default() -> Self {
        Self {
            target: 0.3,
            most: 30,
        }
    }
}

/// The largest number of steps between two looks at the swap rate: each waits for the device.
const LARGEST_INTERVAL: usize = 16;

/// The swap rate below which the machine is looked at in every step in which it takes part in swaps.
const NEAR: f64 = 0.8;

/// The number of swaps of a pair after which its swap rate is known.
const SETTLED: usize = 40;

/// The weight of a step in the swap rates, which change with the machine.
const WEIGHT: f64 = 0.05;

impl<L: Trainable> Chain<L> for GrowingTrajectory {
    type State = Trajectory<L>;

    fn check(&self) -> Result<(), SettingError> {
        let (most, enough) = (self.most as f64, self.most >= 2);
        SettingError::check("the number of machines", most, enough, "at least 2")?;
        SettingError::check_fraction("the target of the swap rate", self.target)
    }

    fn replicas(&self) -> usize {
        self.most + 1
    }

    fn start(&self, machine: &BoltzmannMachine<L>, states: State) -> Trajectory<L> {
        let bottom = independent_machine(machine, states.clone());
        Trajectory::new(vec![bottom], states)
    }

    fn step(
        &self,
        machine: &BoltzmannMachine<L>,
        state: Trajectory<L>,
        conditions: &Conditions,
        key: RandomKey,
    ) -> (Trajectory<L>, Info) {
        let mut state = state.advanced(machine, conditions, WEIGHT, key);
        if let Some(rate) = state.checked_rate() {
            let interval = match rate < NEAR {
                true => LEAST_INTERVAL,
                false => (2 * state.check.1).min(LARGEST_INTERVAL),
            };
            state.check = (state.steps + interval, interval);
            if rate < self.target {
                state.keep(machine);
                state.thin(self.most);
            } else if state.ladder.len() < self.most {
                state.bridge(0.5 * self.target);
            }
        }
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

impl<L: Trainable> Trajectory<L> {
    /// The swap rate of the sampled machine in the last step, where it took part in swaps and it is time
    /// to look at it.
    fn checked_rate(&self) -> Option<f64> {
        let works = self.works.last()?;
        let is_due = self.steps >= self.check.0 && works.pair + 1 == self.ladder.len();
        is_due.then(|| works.swap_probabilities().mean().into_scalar())
    }

    /// Adds the sampled machine to the ladder, with its population.
    fn keep(&mut self, machine: &BoltzmannMachine<L>) {
        let states = self.samples().clone();
        let certain = Tensor::ones_like(&self.rates[0].0);
        self.ladder.push(machine.clone());
        self.populations.push(states);
        self.rates.push((certain, 0));
    }

    /// Adds a machine between the two of the ladder with the lowest swap rate, if that is below a rate. Its
    /// population is that of the upper one.
    fn bridge(&mut self, rate: f64) {
        let settled = self.rates.iter().map(|(_, count)| *count >= SETTLED);
        let inside = settled.take(self.ladder.len() - 1);
        if !inside.clone().any(|settled| settled) {
            return;
        }
        let pairs = self.swap_rates().into_iter().zip(inside).enumerate();
        let low = pairs.filter(|(_, (found, settled))| *settled && *found < rate);
        let lowest = low.min_by(|(_, (a, _)), (_, (b, _))| a.total_cmp(b));
        let Some((pair, _)) = lowest else { return };
        let [low, high] = [pair, pair + 1].map(|rung| &self.ladder[rung]);
        let between = interpolated(low, high, 0.5);
        // A machine that cannot be normalized is no part of a ladder.
        if between.check_normalizable().is_err() {
            return;
        }
        self.ladder.insert(pair + 1, between);
        let states = self.populations[pair + 1].clone();
        self.populations.insert(pair + 1, states);
        let (rate, _) = self.rates[pair].clone();
        self.rates[pair] = (rate.clone(), 0);
        self.rates.insert(pair + 1, (rate, 0));
    }

    /// Removes machines until there are so many; never the first and the last one.
    fn thin(&mut self, most: usize) {
        while self.ladder.len() > most {
            let rates = self.swap_rates();
            // Without machine k the pair k − 1 joins the neighbours.
            let joint = |k: &usize| rates[k - 1] * rates[*k];
            let inner = 1..self.ladder.len() - 1;
            let best = inner.max_by(|a, b| joint(a).total_cmp(&joint(b)));
            let Some(machine) = best else { return };
            self.ladder.remove(machine);
            self.populations.remove(machine);
            let (above, _) = self.rates.remove(machine);
            let (below, _) = self.rates[machine - 1].clone();
            self.rates[machine - 1] = (below * above, 0);
        }
    }
}
