//! Trajectory parallel tempering of a machine that trains.

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Info, Phase, SettingError, State};

use super::{Trajectory, state::LEAST_INTERVAL};
use crate::{
    Chain, Conditions, independent::independent_log_partition, independent_machine,
    phase::PhaseRows,
};

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
/// of the gradient; the ladder is part of its state, and so of a checkpoint. The log weights of the swaps
/// give ln Z of the machine in every step, [`log_partition`](Chain::log_partition).
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

/// The weight of a step in the swap rates and differences of ln Z, which change with the machine.
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
        state.observe_differences();
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

    /// That of independent units, and the differences of neighbours by Bennett's acceptance ratio from the
    /// log weights of swaps. The difference of the sampled machine is that of the last step in which it took
    /// part in swaps.
    fn log_partition(state: &Trajectory<L>) -> Option<Tensor<1>> {
        let start = independent_log_partition(state.ladder.first()?);
        let differences = state.pairs.iter().map(|pair| pair.difference.clone());
        Some(differences.fold(start, |sum, difference| sum + difference))
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

    /// The log weights of the last step, in the differences of ln Z. Of the sampled machine, which trains,
    /// the last step counts alone.
    fn observe_differences(&mut self) {
        let last = self.pairs.len() - 1;
        for works in &self.works {
            let pair = &mut self.pairs[works.pair];
            let weight = match works.pair == last {
                true => 1.0,
                // The step itself is counted already.
                false => WEIGHT.max(1.0 / pair.count as f64),
            };
            pair.observe_difference(works, weight);
        }
    }
}
