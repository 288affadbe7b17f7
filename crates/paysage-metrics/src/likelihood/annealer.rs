//! ln Z by annealed importance sampling, from below and from above.

use paysage_data::{Table, shuffled};
use paysage_kernels::RandomKey;
use paysage_layers::Annealed;
use paysage_models::{BoltzmannMachine, Exact, State};
use paysage_samplers::{Conditions, Gibbs, Sampler};

use super::{
    Bennett, Estimate, Interval, LikelihoodError, Spacing, Stage, Watch,
    base::{base_rates, uniform},
    interval::spanned,
    path::{Direction, Path},
    temperatures::{equal_lengths, geometric, linear},
};

/// The most chains, and the share of the temperatures, of a pilot run.
const PILOT_CHAINS: usize = 256;
const PILOT_SHARE: usize = 8;

/// Up to so many states, as a power of 2, reverse chains start from exact samples.
const EXACT_STATES: f64 = 16.0;

/// How chains are annealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Annealing {
    /// How many chains walk side by side.
    pub chains: usize,
    /// In how many steps.
    pub temperatures: usize,
    /// How long each step is.
    pub spacing: Spacing,
}

impl Default for Annealing {
    fn default() -> Self {
        Self {
            chains: 1000,
            temperatures: 1000,
            spacing: Spacing::default(),
        }
    }
}

impl Annealing {
    fn check(&self) -> Result<(), LikelihoodError> {
        if self.chains < 2 {
            return Err(LikelihoodError::TooFewChains {
                chains: self.chains,
            });
        }
        if self.temperatures == 0 {
            return Err(LikelihoodError::NoTemperatures);
        }
        Ok(())
    }
}

/// What reverse chains start from, on which an upper bound rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Starts {
    /// Exact samples of the machine: the bound holds with its confidence.
    Exact,
    /// Chains of the machine after so many Gibbs sweeps from rows of the data, from independent units
    /// where there were none, or from chains that were given. They may not have mixed, and then the
    /// bound may not hold.
    Chains {
        /// The sweeps.
        sweeps: usize,
    },
}

/// What annealing says of ln Z.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogPartition {
    /// How it was annealed.
    pub annealing: Annealing,
    /// From forward chains. The mean weight is unbiased, so its logarithm is too low on average:
    /// [`Estimate::low`] is a stochastic lower bound on ln Z, of 97.5 % confidence. Even a few
    /// effective chains exceed ln Z by x nats with a probability of no more than e⁻ˣ.
    pub forward: Estimate,
    /// From reverse chains, and in the same way too high on average: [`Estimate::high`] is a
    /// stochastic upper bound of 97.5 % confidence, if the chains started from the machine.
    pub reverse: Estimate,
    /// From both together.
    pub bennett: Bennett,
    /// What the reverse chains started from.
    pub starts: Starts,
}

impl LogPartition {
    /// The stochastic lower and upper bounds, which hold together with 95 % confidence, and the
    /// estimate from both directions between them.
    ///
    /// Where the bounds contradict each other, the interval spans all that either direction says.
    #[must_use]
    pub fn interval(&self) -> Interval {
        let (low, high) = spanned(
            (self.forward.low(), self.forward.high()),
            (self.reverse.low(), self.reverse.high()),
        );
        let value = match self.bennett {
            bennett if bennett.standard_error.is_finite() => bennett.value,
            _ => 0.5 * (low + high),
        };
        Interval {
            low,
            value: value.clamp(low, high),
            high,
        }
    }

    /// Whether the lower bound is below the upper one. It is not where the chains that the upper
    /// one rests on have not mixed; seldom by chance.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.forward.low() <= self.reverse.high()
    }

    fn is_finite(&self) -> bool {
        let estimates = [self.forward, self.reverse];
        let finite = |e: &Estimate| e.value.is_finite() && e.standard_error.is_finite();
        estimates.iter().all(finite)
    }
}

/// Anneals chains to and from a machine. It keeps the chains that reverse runs start from, which go
/// on mixing from run to run.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::{AnyLayer, Bernoulli};
/// use paysage_metrics::{Annealer, Annealing};
/// use paysage_models::{BoltzmannMachine, Exact, Initialization};
///
/// let device = default_device()?;
/// let layers: Vec<AnyLayer> = vec![
///     Bernoulli::new(9, &device).into(),
///     Bernoulli::new(4, &device).into(),
/// ];
/// let mut machine = BoltzmannMachine::chain(layers)?;
/// let data = BarsAndStripes { size: 3 }.generate();
/// machine.initialize(Initialization::Glorot, &data, RandomKey::new(1));
///
/// let annealing = Annealing { chains: 200, temperatures: 50, ..Default::default() };
/// let mut annealer = Annealer::new(&machine, Some(&data), RandomKey::new(2))?;
/// let interval = annealer.log_partition(&annealing, &mut |_, _, _| {})?.interval();
/// let exact = Exact::new(&machine)?.log_partition();
/// assert!(interval.low < exact && exact < interval.high);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Annealer<'a, L: Annealed> {
    machine: &'a BoltzmannMachine<L>,
    pub(super) base: BoltzmannMachine<L>,
    table: Option<&'a Table>,
    key: RandomKey,
    /// Runs so far.
    runs: u64,
    chains: Option<State>,
    sweeps: usize,
}

impl<'a, L: Annealed> Annealer<'a, L> {
    /// Starts from independent units: with the marginals of data, or uniform without.
    ///
    /// # Errors
    ///
    /// When the machine cannot be normalized.
    pub fn new(
        machine: &'a BoltzmannMachine<L>,
        table: Option<&'a Table>,
        key: RandomKey,
    ) -> Result<Self, LikelihoodError> {
        machine.check_normalizable()?;
        let base = match table {
            Some(table) => base_rates(machine, table, key.split(0)),
            None => uniform(machine),
        };
        Ok(Self {
            machine,
            base,
            table,
            key: key.split(1),
            runs: 0,
            chains: None,
            sweeps: 0,
        })
    }

    /// Starts reverse runs from these chains of the machine instead of new ones, after some more
    /// sweeps: chains that training carried on, say.
    #[must_use]
    pub fn with_chains(mut self, chains: State) -> Self {
        self.chains = Some(chains);
        self
    }

    /// ln Z from below and from above. Every run draws anew, and lets the chains that reverse runs
    /// start from go on for as many sweeps as there are temperatures.
    ///
    /// # Errors
    ///
    /// When there are less than two chains or no temperatures, or when weights are not finite.
    pub fn log_partition(
        &mut self,
        annealing: &Annealing,
        watch: Watch<'_>,
    ) -> Result<LogPartition, LikelihoodError> {
        annealing.check()?;
        let key = self.next_key();
        let Up {
            betas,
            base,
            weights: up,
        } = self.up(annealing, key, watch);

        let (state, starts) = self.starts(annealing, key.split(3), watch);
        let betas: Vec<f64> = betas.into_iter().rev().collect();
        let down = self.weigh(&betas, Direction::Reverse, state, key.split(4), watch);

        let (forward, reverse) = (
            Estimate::of_log_weights(&up),
            Estimate::of_log_weights(&down),
        );
        let bennett = Bennett::of_log_weights(&up, &down);
        let found = LogPartition {
            annealing: *annealing,
            forward: Estimate {
                value: base + forward.value,
                ..forward
            },
            reverse: Estimate {
                value: base - reverse.value,
                ..reverse
            },
            bennett: Bennett {
                value: base + bennett.value,
                ..bennett
            },
            starts,
        };
        if found.is_finite() {
            Ok(found)
        } else {
            Err(LikelihoodError::NotFinite)
        }
    }

    /// ln Z from below alone: plain annealed importance sampling.
    ///
    /// # Errors
    ///
    /// When there are less than two chains, or no temperatures.
    pub fn forward(
        &mut self,
        annealing: &Annealing,
        watch: Watch<'_>,
    ) -> Result<Estimate, LikelihoodError> {
        annealing.check()?;
        let key = self.next_key();
        let up = self.up(annealing, key, watch);
        let estimate = Estimate::of_log_weights(&up.weights);
        Ok(Estimate {
            value: up.base + estimate.value,
            ..estimate
        })
    }

    /// Every run draws anew.
    fn next_key(&mut self) -> RandomKey {
        let key = self.key.split(self.runs);
        self.runs += 1;
        key
    }

    /// Chains from the base to the machine.
    fn up(&self, annealing: &Annealing, key: RandomKey, watch: Watch<'_>) -> Up {
        let betas = self.betas(annealing, key.split(0), watch);
        let state = self.base.random_state(annealing.chains, key.split(1));
        let path = Path::new(self.machine, &self.base, &[]);
        let base = path.log_partition_of_base(&state)[0];
        let weights = self.weigh(&betas, Direction::Forward, state, key.split(2), watch);
        Up {
            betas,
            base,
            weights,
        }
    }

    /// The inverse temperatures, from 0 to 1.
    fn betas(&self, annealing: &Annealing, key: RandomKey, watch: Watch<'_>) -> Vec<f64> {
        let steps = annealing.temperatures;
        match annealing.spacing {
            Spacing::Linear => linear(steps),
            Spacing::Geometric => geometric(steps),
            Spacing::Adaptive => {
                let pilot = linear((steps / PILOT_SHARE).max(8));
                let chains = annealing.chains.min(PILOT_CHAINS);
                let state = self.base.random_state(chains, key.split(0));
                let (mut deviations, last) = (Vec::new(), pilot.len() - 1);
                let mut each = |increments: &[f64]| {
                    deviations.push(deviation(increments));
                    watch(Stage::Pilot, deviations.len(), last);
                };
                let path = Path::new(self.machine, &self.base, &[]);
                path.walk(&pilot, Direction::Forward, state, key.split(1), &mut each);
                equal_lengths(&pilot, &deviations, steps)
            }
        }
    }

    /// The logarithms of the weights of chains that walk along some inverse temperatures.
    fn weigh(
        &self,
        betas: &[f64],
        direction: Direction,
        state: State,
        key: RandomKey,
        watch: Watch<'_>,
    ) -> Vec<f64> {
        let path = Path::new(self.machine, &self.base, &[]);
        let stage = match direction {
            Direction::Forward => Stage::Forward,
            Direction::Reverse => Stage::Reverse,
        };
        let (mut weights, mut done) = (vec![0.0; state.batch()], 0);
        let mut each = |increments: &[f64]| {
            add(&mut weights, increments);
            done += 1;
            watch(stage, done, betas.len() - 1);
        };
        path.walk(betas, direction, state, key, &mut each);
        weights
    }

    /// States of the machine.
    fn starts(
        &mut self,
        annealing: &Annealing,
        key: RandomKey,
        watch: Watch<'_>,
    ) -> (State, Starts) {
        let small = Exact::log2_states(self.machine).is_ok_and(|(all, _)| all <= EXACT_STATES);
        if small && let Ok(exact) = Exact::new(self.machine) {
            return (exact.sample(annealing.chains, key), Starts::Exact);
        }
        let machine = self.machine;
        let mut state = match (self.chains.take(), self.table) {
            (Some(chains), _) if chains.batch() == annealing.chains => chains,
            (Some(chains), _) => chains.cycled(annealing.chains),
            (None, Some(table)) => {
                let rows = shuffled(table.rows(), 0, 0).into_iter().cycle();
                let indices: Vec<usize> = rows.take(annealing.chains).collect();
                machine.state_from_visible(machine.rows(table, &indices))
            }
            (None, None) => self.base.random_state(annealing.chains, key.split(0)),
        };
        // In pieces, to be told of.
        let (sweeps, piece, mut done) = (annealing.temperatures, 64, 0);
        while done < sweeps {
            let now = piece.min(sweeps - done);
            let key = key.split(1 + done as u64);
            state = Gibbs.run(machine, state, &Conditions::default(), now, key);
            done += now;
            watch(Stage::Mixing, done, sweeps);
        }
        self.sweeps += sweeps;
        self.chains = Some(state.clone());
        let sweeps = self.sweeps;
        (state, Starts::Chains { sweeps })
    }
}

/// What forward chains leave.
struct Up {
    /// The inverse temperatures that they walked along.
    betas: Vec<f64>,
    /// ln Z of the base.
    base: f64,
    /// The logarithms of their weights.
    weights: Vec<f64>,
}

/// Adds the increments of a step to the weights of all chains.
pub(super) fn add(weights: &mut [f64], increments: &[f64]) {
    for (weight, increment) in weights.iter_mut().zip(increments) {
        *weight += increment;
    }
}

/// The standard deviation of a sample.
fn deviation(sample: &[f64]) -> f64 {
    let count = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / count;
    let squares = sample.iter().map(|x| (x - mean).powi(2));
    (squares.sum::<f64>() / count).sqrt()
}
