//! Jumps of chains between two modes.

/// Jumps of chains between the outer quarters of the data.
pub(crate) struct Jumps {
    quartiles: [f64; 2],
    /// The side that a chain was on last.
    sides: Vec<Option<bool>>,
    /// The number of jumps from each side to the other.
    counts: [usize; 2],
    /// The number of steps of all chains on each side.
    steps: [usize; 2],
}

impl Jumps {
    pub(crate) fn new(chains: usize, quartiles: [f64; 2]) -> Self {
        Self {
            quartiles,
            sides: vec![None; chains],
            counts: [0; 2],
            steps: [0; 2],
        }
    }

    pub(crate) fn add(&mut self, order: &[f64]) {
        for (side, &x) in self.sides.iter_mut().zip(order) {
            let now = match x {
                x if x <= self.quartiles[0] => Some(false),
                x if x >= self.quartiles[1] => Some(true),
                _ => *side,
            };
            if let (Some(before), Some(now)) = (*side, now) {
                self.counts[usize::from(before)] += usize::from(before != now);
            }
            if let Some(now) = now {
                self.steps[usize::from(now)] += 1;
            }
            *side = now;
        }
    }

    /// The process of jumps, where a step costs so many sweeps.
    pub(crate) fn telegraph(&self, cost: f64) -> Telegraph {
        Telegraph {
            counts: self.counts,
            sweeps: self.steps.map(|steps| steps as f64 * cost),
        }
    }
}

/// A process that jumps between two states, and forgets in which one it has been: a random telegraph.
#[derive(Clone, Copy)]
pub(crate) struct Telegraph {
    /// The number of jumps from each state.
    counts: [usize; 2],
    /// The sweeps in each state.
    sweeps: [f64; 2],
}

impl Telegraph {
    /// The jumps per 10,000 sweeps of a chain.
    pub(crate) fn jumps(&self) -> f64 {
        let jumps = self.counts.iter().sum::<usize>() as f64;
        jumps / self.sweeps.iter().sum::<f64>().max(1.0) * 10_000.0
    }

    /// The integrated autocorrelation time 2/(a + b) of jump rates a and b per sweep, which are small, and
    /// its standard error, in sweeps: jumps are a Poisson process. `None` without jumps.
    pub(crate) fn time(&self) -> Option<[f64; 2]> {
        if self.counts == [0; 2] {
            return None;
        }
        let counts = self.counts.map(|count| count as f64);
        let rates = [0, 1].map(|side| match counts[side] {
            0.0 => 0.0,
            count => count / self.sweeps[side],
        });
        let variances = [0, 1].map(|side| match counts[side] {
            0.0 => 0.0,
            count => rates[side].powi(2) / count,
        });
        let sum: f64 = rates.iter().sum();
        let time = 2.0 / sum;
        Some([time, time * variances.iter().sum::<f64>().sqrt() / sum])
    }
}
