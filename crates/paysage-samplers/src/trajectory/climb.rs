//! The population that selects a ladder.

use paysage_kernels::{Child, RandomKey};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, State};

use super::{LadderSelection, acceptance, interpolation::interpolated};
use crate::{
    Conditions, Gibbs, Sampler, blocks::Blocks, independent_machine, resampling::resample,
};

/// The number of bisections of the place between two machines.
const BISECTIONS: usize = 6;

/// A population of the last machine of a ladder.
pub(super) struct Climb<'a, L: Trainable> {
    settings: &'a LadderSelection,
    blocks: Blocks,
    pub(super) ladder: Vec<BoltzmannMachine<L>>,
    states: State,
    key: RandomKey,
    /// The number of moves so far.
    moves: usize,
}

/// A machine above the ladder, and the population after a move to it.
pub(super) struct Reached<L: Trainable> {
    machine: BoltzmannMachine<L>,
    states: State,
    /// The swap rate of the two populations.
    rate: f64,
}

impl<'a, L: Trainable> Climb<'a, L> {
    /// Independent units with about the moments of a machine.
    pub(super) fn start(
        settings: &'a LadderSelection,
        lowest: &BoltzmannMachine<L>,
        key: RandomKey,
    ) -> Self {
        let free = Conditions::default();
        let start = lowest.random_state(settings.chains, key.child(Child::Start));
        let burn_in = key.child(Child::BurnIn);
        let start = Gibbs.run(lowest, start, &free, settings.sweeps, burn_in);
        let bottom = independent_machine(lowest, start);
        let key = key.child(Child::Sweeps);
        Self {
            settings,
            blocks: Blocks::of(lowest, &free),
            states: bottom.random_state(settings.chains, key.child(Child::Rung(0))),
            ladder: vec![bottom],
            key,
            moves: 0,
        }
    }

    fn top(&self) -> &BoltzmannMachine<L> {
        self.ladder.last().expect("a machine of independent units")
    }

    /// F(x) − F'(x) of states, where F is the free energy of the top of the ladder and F' that of another
    /// machine.
    fn log_weights(&self, states: &State, other: &BoltzmannMachine<L>) -> Vec<f64> {
        let energy = |machine| self.blocks.free_energy_of(machine, states);
        let weights = energy(self.top()) - energy(other);
        weights.into_data().iter().collect()
    }

    /// Whether the importance weights of the population promise enough swaps with a machine.
    fn reaches(&self, machine: &BoltzmannMachine<L>) -> bool {
        let weights = self.log_weights(&self.states, machine);
        acceptance::from_log_weights(&weights) >= self.settings.target
    }

    /// The population moved to another machine: resampling by weights, then Gibbs sweeps.
    pub(super) fn moved(&mut self, machine: BoltzmannMachine<L>) -> Reached<L> {
        self.moves += 1;
        let key = self.key.child(Child::Rung(self.moves));
        let below = self.log_weights(&self.states, &machine);
        let (states, _) = resample(&self.states, &below, key.child(Child::Start));
        let (free, key) = (Conditions::default(), key.child(Child::Sweeps));
        let states = Gibbs.run(&machine, states, &free, self.settings.sweeps, key);
        let above = self.log_weights(&states, &machine);
        Reached {
            rate: acceptance::between_samples(&below, &above),
            machine,
            states,
        }
    }

    /// The last machine of a trajectory that is reached, and its place.
    ///
    /// Where modes appear, few of the population have weight, and the weights promise too many swaps: the
    /// population moves, and where the swap rate of both populations is too low, nearer machines
    /// are tried.
    pub(super) fn farthest(
        &mut self,
        ahead: &[BoltzmannMachine<L>],
    ) -> Option<(usize, Reached<L>)> {
        let places = 0..ahead.len();
        let mut promised: Vec<usize> = places
            .filter(|&place| self.reaches(&ahead[place]))
            .collect();
        while let Some(&place) = promised.last() {
            let reached = self.moved(ahead[place].clone());
            if reached.rate >= self.settings.target {
                return Some((place, reached));
            }
            promised.truncate(promised.len() * 3 / 4);
        }
        None
    }

    /// The farthest machine between the top of the ladder and another one that is reached, or the nearest
    /// one that was tried; `None` where it cannot be normalized.
    pub(super) fn towards(&mut self, other: &BoltzmannMachine<L>) -> Option<Reached<L>> {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..BISECTIONS {
            let middle = 0.5 * (low + high);
            match self.reaches(&interpolated(self.top(), other, middle)) {
                true => low = middle,
                false => high = middle,
            }
        }
        let mut share = if low > 0.0 { low } else { high };
        let mut tries = 0;
        loop {
            let machine = interpolated(self.top(), other, share);
            if machine.check_normalizable().is_err() {
                return None;
            }
            let reached = self.moved(machine);
            if reached.rate >= self.settings.target || tries == BISECTIONS {
                return Some(reached);
            }
            share *= 0.75;
            tries += 1;
        }
    }

    pub(super) fn enter(&mut self, reached: Reached<L>) {
        self.states = reached.states;
        self.ladder.push(reached.machine);
    }
}
