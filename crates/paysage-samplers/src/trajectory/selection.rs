//! The selection of a ladder from many past machines.

use burn::tensor::Tensor;
use paysage_kernels::{Child, RandomKey, on_workers};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Mapper, ParameterId, Progress, SettingError, Stage, State};
use thiserror::Error;

use super::acceptance;
use crate::{
    Conditions, Gibbs, Sampler, blocks::Blocks, independent_machine, resampling::resample,
};

/// The selection of the machines of a ladder by the swap rate of neighbours.
///
/// It begins with a machine of independent units. A population of chains moves up through the machines: the
/// next one of the ladder is the last machine of the trajectory with which swaps are accepted often enough.
/// Where even the next machine is too far away, a machine between them, with interpolated parameters, joins
/// the ladder. The swap rate is estimated from importance weights of the population, which is resampled
/// by these weights for the next machine.
///
/// ```
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::Bernoulli;
/// use paysage_models::{BoltzmannMachine, Silent};
/// use paysage_samplers::LadderSelection;
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(6, &device), Bernoulli::new(4, &device)];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let past = vec![machine.clone(); 5];
/// let selection = LadderSelection::default();
/// let ladder = selection.run(&machine, &past, RandomKey::new(1), &mut Silent)?;
/// // All machines are equal: independent units are the whole ladder.
/// assert_eq!(ladder.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LadderSelection {
    /// The least swap rate of neighbours, in (0, 1).
    pub target: f64,
    /// The number of chains; at least 1.
    pub chains: usize,
    /// The number of Gibbs sweeps of the chains for each machine of the ladder; at least 1.
    pub sweeps: usize,
}

/// A swap rate of 0.3, estimated from 500 chains of 20 sweeps for each machine.
impl Default for LadderSelection {
    fn default() -> Self {
        Self {
            target: 0.3,
            chains: 500,
            sweeps: 20,
        }
    }
}

/// Why machines make no ladder.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TrajectoryError {
    /// A setting is out of range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A past machine has other layers or connections than the sampled one.
    #[error("past machine {number} has other layers or connections than the sampled machine")]
    OtherLayers {
        /// The number of the past machine, counted from 1.
        number: usize,
    },
}

/// The most interpolated machines between two machines of a trajectory.
const MOST_BETWEEN: usize = 50;

/// The number of bisections of the place between two machines.
const BISECTIONS: usize = 6;

impl LadderSelection {
    /// The machines of a ladder below `machine`, from the bottom: independent units, then machines of the
    /// trajectory, which is in the order of the training, and interpolated ones.
    ///
    /// # Errors
    ///
    /// When a setting is out of range, or a machine of the trajectory has other layers.
    pub fn run<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        trajectory: &[BoltzmannMachine<L>],
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Result<Vec<BoltzmannMachine<L>>, TrajectoryError> {
        SettingError::check_fraction("the least swap rate of a ladder", self.target)?;
        SettingError::check_count("the number of chains", self.chains)?;
        SettingError::check_count("the number of Gibbs sweeps", self.sweeps)?;
        for (place, past) in trajectory.iter().enumerate() {
            if !is_alike(machine, past) {
                let number = place + 1;
                return Err(TrajectoryError::OtherLayers { number });
            }
        }
        let machines = trajectory.iter().chain([machine]);
        let machines: Vec<_> = machines.map(|m| m.without_centers().into_owned()).collect();
        Ok(on_workers(|| self.selected(&machines, key, progress)))
    }

    fn selected<L: Trainable>(
        &self,
        machines: &[BoltzmannMachine<L>],
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Vec<BoltzmannMachine<L>> {
        let free = Conditions::default();
        let start = machines[0].random_state(self.chains, key.child(Child::Start));
        let burn_in = key.child(Child::BurnIn);
        let start = Gibbs.run(&machines[0], start, &free, self.sweeps, burn_in);
        let bottom = independent_machine(&machines[0], start);
        let key = key.child(Child::Sweeps);
        let mut climb = Climb {
            blocks: Blocks::of(&machines[0], &free),
            states: bottom.random_state(self.chains, key.child(Child::Rung(0))),
            ladder: vec![bottom],
        };
        let (mut next, mut between) = (0, 0);
        loop {
            let weights = |machine: &BoltzmannMachine<L>| climb.log_weights(machine);
            let reaches = |machine: &BoltzmannMachine<L>| {
                acceptance::from_log_weights(&weights(machine)) >= self.target
            };
            let ahead = machines[next..].iter();
            let reached = ahead.take_while(|machine| reaches(machine)).count();
            if next + reached == machines.len() {
                progress.report(Stage::LadderSelection, machines.len(), machines.len());
                return climb.ladder;
            }
            let new = match reached {
                0 if between < MOST_BETWEEN => {
                    between += 1;
                    let found = climb.between(&machines[next], reaches);
                    // A machine that cannot be normalized is no part of a ladder.
                    let valid = found.check_normalizable().is_ok();
                    valid.then_some(found)
                }
                _ => None,
            };
            let new = new.unwrap_or_else(|| {
                next += reached.max(1);
                between = 0;
                machines[next - 1].clone()
            });
            if next == machines.len() {
                return climb.ladder;
            }
            let key = key.child(Child::Rung(climb.ladder.len()));
            climb.step(new, self.sweeps, key);
            progress.report(Stage::LadderSelection, next, machines.len());
        }
    }
}

/// A population of the last machine of a ladder.
struct Climb<L: Trainable> {
    blocks: Blocks,
    ladder: Vec<BoltzmannMachine<L>>,
    states: State,
}

impl<L: Trainable> Climb<L> {
    fn top(&self) -> &BoltzmannMachine<L> {
        self.ladder.last().expect("a machine of independent units")
    }

    /// F(x) − F'(x) of the population, where F' is the free energy of another machine.
    fn log_weights(&self, other: &BoltzmannMachine<L>) -> Vec<f64> {
        let energy = |machine| self.blocks.free_energy_of(machine, &self.states);
        (energy(self.top()) - energy(other))
            .into_data()
            .iter()
            .collect()
    }

    /// The farthest machine between the top of the ladder and another one that is reached, or the nearest
    /// one that was tried.
    fn between(
        &self,
        other: &BoltzmannMachine<L>,
        reaches: impl Fn(&BoltzmannMachine<L>) -> bool,
    ) -> BoltzmannMachine<L> {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..BISECTIONS {
            let middle = 0.5 * (low + high);
            match reaches(&interpolated(self.top(), other, middle)) {
                true => low = middle,
                false => high = middle,
            }
        }
        let share = if low > 0.0 { low } else { high };
        interpolated(self.top(), other, share)
    }

    /// Adds a machine to the ladder and moves the population to it: resampling, then Gibbs sweeps.
    fn step(&mut self, machine: BoltzmannMachine<L>, sweeps: usize, key: RandomKey) {
        let log_weights = self.log_weights(&machine);
        let (states, _) = resample(&self.states, &log_weights, key.child(Child::Start));
        let free = Conditions::default();
        let key = key.child(Child::Sweeps);
        self.states = Gibbs.run(&machine, states, &free, sweeps, key);
        self.ladder.push(machine);
    }
}

/// A machine whose parameters are on the line from one machine to another; a machine without connections
/// has zero weights.
pub(super) fn interpolated<L: Trainable>(
    from: &BoltzmannMachine<L>,
    to: &BoltzmannMachine<L>,
    share: f64,
) -> BoltzmannMachine<L> {
    struct Interpolate<'a, L: Trainable> {
        from: &'a BoltzmannMachine<L>,
        share: f64,
    }
    impl<L: Trainable> Mapper for Interpolate<'_, L> {
        fn vector(&mut self, id: ParameterId, tensor: Tensor<1>) -> Tensor<1> {
            let ParameterId::Layer { layer, name } = id else {
                return tensor;
            };
            let own = self.from.layers[layer].parameters().into_iter();
            match own.into_iter().find(|(other, _)| *other == name) {
                Some((_, own)) => tensor * self.share + own.clone() * (1.0 - self.share),
                None => tensor,
            }
        }
        fn matrix(&mut self, id: ParameterId, tensor: Tensor<2>) -> Tensor<2> {
            let ParameterId::Weight { connection } = id else {
                return tensor;
            };
            let weight = tensor * self.share;
            match self.from.connections.get(connection) {
                Some(own) => weight + own.weight.clone() * (1.0 - self.share),
                None => weight,
            }
        }
    }
    let mut machine = to.clone();
    machine.map(&mut Interpolate { from, share });
    machine
}

/// Whether two machines have the same layers and connections.
fn is_alike<L: Trainable>(first: &BoltzmannMachine<L>, second: &BoltzmannMachine<L>) -> bool {
    let layers = |machine: &BoltzmannMachine<L>| {
        let layers = machine.layers.iter();
        layers.map(|l| (l.units(), l.domain())).collect::<Vec<_>>()
    };
    let ends = |machine: &BoltzmannMachine<L>| {
        let connections = machine.connections.iter();
        connections
            .map(|c| (c.target, c.domain))
            .collect::<Vec<_>>()
    };
    let connected = ends(first) == ends(second);
    layers(first) == layers(second) && connected && first.visible == second.visible
}
