//! The selection of a ladder from many past machines.

use paysage_kernels::{RandomKey, on_workers};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Progress, SettingError, Stage};
use thiserror::Error;

use super::climb::Climb;

/// The selection of the machines of a ladder by the swap rate of neighbours.
///
/// It begins with a machine of independent units. A population of chains moves up through the machines: the
/// next one of the ladder is the last machine of the trajectory with which swaps are accepted often enough.
/// Machines before it may be farther away: where the weights of modes oscillate during a training, the
/// ladder leaves out those that lack a mode. Where no machine is near enough, one with interpolated parameters
/// joins the ladder, between the top of the ladder and the next machine.
///
/// Importance weights of the population suggest a machine. The population is resampled by these weights and
/// swept, and the machine joins the ladder if the swap rate of the populations before and after is high enough.
/// The weights alone promise too many swaps where modes appear: few of the population have weight there.
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
        let mut climb = Climb::start(self, &machines[0], key);
        let mut next = 0;
        let mut between = 0;
        while next < machines.len() {
            progress.report(Stage::LadderSelection, next, machines.len());
            match climb.farthest(&machines[next..]) {
                Some((ahead, reached)) => {
                    next += ahead + 1;
                    between = 0;
                    if next < machines.len() {
                        climb.enter(reached);
                    }
                }
                None if between < MOST_BETWEEN => {
                    between += 1;
                    match climb.towards(&machines[next]) {
                        Some(reached) => climb.enter(reached),
                        // A machine that cannot be normalized is no part of a ladder.
                        None => between = MOST_BETWEEN,
                    }
                }
                None => {
                    between = 0;
                    next += 1;
                    if next < machines.len() {
                        let reached = climb.moved(machines[next - 1].clone());
                        climb.enter(reached);
                    }
                }
            }
        }
        progress.report(Stage::LadderSelection, machines.len(), machines.len());
        climb.ladder
    }
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
