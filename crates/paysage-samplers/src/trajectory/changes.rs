//! Changes of the ladder while a machine trains.

use paysage_layers::Trainable;
use paysage_models::BoltzmannMachine;

use super::{Trajectory, interpolation::interpolated, pair::Pair};

/// The number of swaps of a pair after which its swap rate is known.
const SETTLED: usize = 40;

impl<L: Trainable> Trajectory<L> {
    /// Adds the sampled machine to the ladder, with its population.
    pub(super) fn keep(&mut self, machine: &BoltzmannMachine<L>) {
        let states = self.samples().clone();
        self.pairs.push(Pair::of_equals(Self::options_of(&states)));
        self.ladder.push(machine.clone());
        self.populations.push(states);
    }

    /// Adds a machine between the two of the ladder with the lowest swap rate, if that is below a rate. Its
    /// population is that of the upper one.
    pub(super) fn bridge(&mut self, rate: f64) {
        let settled = self.pairs.iter().map(|pair| pair.count >= SETTLED);
        let inside = settled.take(self.ladder.len() - 1);
        if !inside.clone().any(|settled| settled) {
            return;
        }
        let pairs = self.swap_rates().into_iter().zip(inside).enumerate();
        let low = pairs.filter(|(_, (found, settled))| *settled && *found < rate);
        let lowest = low.min_by(|(_, (a, _)), (_, (b, _))| a.total_cmp(b));
        let Some((place, _)) = lowest else { return };
        let [low, high] = [place, place + 1].map(|rung| &self.ladder[rung]);
        let between = interpolated(low, high, 0.5);
        // A machine that cannot be normalized is no part of a ladder.
        if between.check_normalizable().is_err() {
            return;
        }
        self.ladder.insert(place + 1, between);
        let states = self.populations[place + 1].clone();
        self.populations.insert(place + 1, states);
        let half = self.pairs[place].half();
        self.pairs[place] = half.clone();
        self.pairs.insert(place + 1, half);
    }

    /// Removes machines until there are so many; never the first and the last one.
    pub(super) fn thin(&mut self, most: usize) {
        while self.ladder.len() > most {
            let rates = self.swap_rates();
            // Without machine k the pair k − 1 joins the neighbours.
            let joint = |k: &usize| rates[k - 1] * rates[*k];
            let inner = 1..self.ladder.len() - 1;
            let best = inner.max_by(|a, b| joint(a).total_cmp(&joint(b)));
            let Some(machine) = best else { return };
            self.ladder.remove(machine);
            self.populations.remove(machine);
            let above = self.pairs.remove(machine);
            self.pairs[machine - 1] = Pair::joined(&self.pairs[machine - 1], &above);
        }
    }
}
