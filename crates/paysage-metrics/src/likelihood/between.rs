//! Annealing between one base and a machine, in both directions.

use paysage_kernels::{Child, RandomKey};
use paysage_layers::Annealed;
use paysage_models::{BoltzmannMachine, Progress, Stage, State};
use paysage_samplers::systematic_resampling;

use super::{
    Annealing, Estimate, Spacing,
    exchange::Start,
    path::{Direction, Path},
    temperatures::{equal_lengths, geometric, linear},
};

/// Largest number of chains of a pilot run, and its fraction of the temperatures (1/8).
const PILOT_CHAINS: usize = 256;
const PILOT_SHARE: usize = 8;

/// Smallest and largest number of inverse temperatures of replicas.
const REPLICAS: (usize, usize) = (4, 24);

/// Chains between a base and a machine.
pub(super) struct BetweenBase<'a, L: Annealed> {
    pub machine: &'a BoltzmannMachine<L>,
    pub base: BoltzmannMachine<L>,
}

/// Result of forward chains.
pub(super) struct Forward {
    /// The inverse temperatures.
    betas: Vec<f64>,
    /// ln Z of the base.
    pub base: f64,
    /// The log weights.
    pub weights: Vec<f64>,
    /// The states at the end, samples of the machine with these weights.
    pub states: State,
}

impl Forward {
    /// States of the machine from the chains of all bases, resampled by their weights.
    pub fn resampled(of_bases: &[Self], count: usize) -> Start {
        let weights = of_bases.iter();
        let weights = weights.flat_map(|f| f.weights.iter().map(move |weight| f.base + weight));
        let weights: Vec<f64> = weights.collect();
        let ancestors = systematic_resampling(&weights, count, 0.5);
        let states = State::stacked(of_bases.iter().map(|f| &f.states));
        Start {
            states: states.selected(&ancestors),
            samples: ancestors,
            are_given: false,
        }
    }

    /// ln Z.
    pub fn estimate(&self) -> Estimate {
        Estimate::of_log_weights(&self.weights).plus(self.base)
    }
}

/// Inverse temperatures, and the standard deviation of the increments between them.
pub(super) struct Pilot {
    betas: Vec<f64>,
    deviations: Vec<f64>,
}

impl Pilot {
    /// Inverse temperatures of replicas at equal distances, about one standard deviation of the log
    /// density ratio of neighbours; so many at most, as far as there are enough.
    pub fn replicas(&self, most: usize) -> Vec<f64> {
        let length: f64 = self.deviations.iter().sum();
        let most = most.clamp(REPLICAS.0, REPLICAS.1);
        let count = (length.ceil() as usize + 1).clamp(REPLICAS.0, most);
        equal_lengths(&self.betas, &self.deviations, count - 1)
    }
}

impl<L: Annealed> BetweenBase<'_, L> {
    pub fn path(&self) -> Path<'_, L> {
        Path::new(self.machine, &self.base, &[])
    }

    /// The log weights of chains that are annealed from samples of the machine to the base.
    pub fn reverse(
        &self,
        forward: &Forward,
        samples: State,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Vec<f64> {
        let betas: Vec<f64> = forward.betas.iter().rev().copied().collect();
        let (weights, _) = self.weigh(&betas, Direction::Reverse, samples, key, progress);
        weights
    }

    /// Anneals chains from the base to the machine.
    pub fn forward(
        &self,
        annealing: &Annealing,
        pilot: &Pilot,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Forward {
        let steps = annealing.temperatures;
        let betas = match annealing.spacing {
            Spacing::Linear => linear(steps),
            Spacing::Geometric => geometric(steps),
            Spacing::Adaptive => equal_lengths(&pilot.betas, &pilot.deviations, steps),
        };
        let state = self
            .base
            .random_state(annealing.chains, key.child(Child::ForwardStart));
        let base = self.path().log_partition_of_base(&state)[0];
        let key = key.child(Child::ForwardChains);
        let (weights, states) = self.weigh(&betas, Direction::Forward, state, key, progress);
        Forward {
            betas,
            base,
            weights,
            states,
        }
    }

    /// A short run along equal steps.
    pub fn pilot(
        &self,
        annealing: &Annealing,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Pilot {
        let betas = linear((annealing.temperatures / PILOT_SHARE).max(8));
        let chains = annealing.chains.min(PILOT_CHAINS);
        let state = self.base.random_state(chains, key.child(Child::Start));
        let (mut deviations, last) = (Vec::new(), betas.len() - 1);
        let mut each = |increments: &[f64]| {
            deviations.push(deviation(increments));
            progress.report(Stage::PilotRun, deviations.len(), last);
        };
        let key = key.child(Child::BurnIn);
        self.path()
            .anneal(&betas, Direction::Forward, state, key, &mut each);
        Pilot { betas, deviations }
    }

    /// Log weights of chains annealed along a schedule, and their states at the end.
    fn weigh(
        &self,
        betas: &[f64],
        direction: Direction,
        state: State,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> (Vec<f64>, State) {
        let stage = match direction {
            Direction::Forward => Stage::ForwardAnnealing,
            Direction::Reverse => Stage::ReverseAnnealing,
        };
        let mut step = |done| progress.report(stage, done, betas.len() - 1);
        self.path().weigh(betas, direction, state, key, &mut step)
    }
}

/// Standard deviation of a sample (divisor n).
fn deviation(sample: &[f64]) -> f64 {
    let count = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / count;
    let squares = sample.iter().map(|x| (x - mean).powi(2));
    (squares.sum::<f64>() / count).sqrt()
}
