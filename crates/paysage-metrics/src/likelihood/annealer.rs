//! ln Z by annealed importance sampling in both directions.

use paysage_data::{Order, Rows};
use paysage_kernels::{Child, RandomKey};
use paysage_layers::Annealed;
use paysage_models::{BoltzmannMachine, Exact, Progress, Stage, State};

use super::{
    Bennett, Estimate, Interval, LikelihoodError, Spacing,
    base::{base_rates, uniform},
    interval::spanned,
    path::{Direction, Path},
    temperatures::{equal_lengths, geometric, linear},
};
use crate::sweeps::Sweeps;

/// Largest number of chains of a pilot run, and its fraction of the temperatures (1/8).
const PILOT_CHAINS: usize = 256;
const PILOT_SHARE: usize = 8;

/// Largest number of states, as a power of 2, for exact samples as starts of reverse chains.
const EXACT_STATES: f64 = 16.0;

/// Settings of annealed importance sampling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Annealing {
    /// Number of chains.
    pub chains: usize,
    /// Number of temperatures (steps).
    pub temperatures: usize,
    /// Spacing of the inverse temperatures.
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

/// Starting states of reverse chains, on which the upper bound depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Starts {
    /// Exact samples of the machine: the bound holds with its confidence.
    Exact,
    /// Chains after Gibbs sweeps that started from rows of the data, from independent units where
    /// there were none, or from given chains. Where they have not mixed, the bound may not hold.
    Chains {
        /// Number of sweeps.
        sweeps: usize,
    },
}

/// ln Z by annealing in both directions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogPartition {
    /// The settings.
    pub annealing: Annealing,
    /// From forward chains. The mean weight is unbiased, so its logarithm is too low on average:
    /// [`Estimate::low`] is a stochastic lower bound of ln Z with 97.5 % confidence. For any number of
    /// effective chains the estimate exceeds ln Z by x nats with a probability of at most e⁻ˣ.
    pub forward: Estimate,
    /// From reverse chains, too high on average: [`Estimate::high`] is a stochastic upper bound with
    /// 97.5 % confidence, if the chains started from the distribution of the machine.
    pub reverse: Estimate,
    /// From both directions, by Bennett's acceptance ratio.
    pub bennett: Bennett,
    /// Starting states of the reverse chains.
    pub starts: Starts,
}

impl LogPartition {
    /// The estimate from both directions between the stochastic lower and upper bounds, which hold
    /// together with 95 % confidence.
    ///
    /// Where the bounds contradict each other, the interval is the union of those of both directions.
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

    /// Whether the lower bound is below the upper one. Otherwise the chains of the upper bound have
    /// not mixed; by chance this is rare.
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

/// Annealed importance sampling (AIS) in both directions between a base and a machine. It keeps the
/// chains that reverse runs start from, which continue from run to run.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::{AnyLayer, Bernoulli};
/// use paysage_metrics::{Annealer, Annealing};
/// use paysage_models::{BoltzmannMachine, Exact, Initialization, Silent};
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
/// let interval = annealer.run(&annealing, &mut Silent)?.interval();
/// let exact = Exact::new(&machine)?.log_partition();
/// assert!(interval.low < exact && exact < interval.high);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Annealer<'a, L: Annealed> {
    machine: &'a BoltzmannMachine<L>,
    pub(super) base: BoltzmannMachine<L>,
    rows: Option<&'a dyn Rows>,
    key: RandomKey,
    /// Number of runs so far.
    runs: usize,
    chains: Option<State>,
    sweeps: usize,
}

impl<'a, L: Annealed> Annealer<'a, L> {
    /// An annealer whose base is independent units: with the marginals of data, or uniform without.
    ///
    /// # Errors
    ///
    /// When the machine cannot be normalized, or rows cannot be read.
    pub fn new(
        machine: &'a BoltzmannMachine<L>,
        rows: Option<&'a dyn Rows>,
        key: RandomKey,
    ) -> Result<Self, LikelihoodError> {
        machine.check_normalizable()?;
        let base = match rows {
            Some(rows) => base_rates(machine, rows, key.child(Child::AnnealingBase))?,
            None => uniform(machine),
        };
        Ok(Self {
            machine,
            base,
            rows,
            key: key.child(Child::AnnealedChains),
            runs: 0,
            chains: None,
            sweeps: 0,
        })
    }

    /// Starts reverse runs from given chains of the machine, such as the persistent chains of
    /// training, after further sweeps.
    #[must_use]
    pub fn with_chains(mut self, chains: State) -> Self {
        self.chains = Some(chains);
        self
    }

    /// ln Z from below and from above. Every run uses new random numbers, and continues the chains
    /// that reverse runs start from for as many sweeps as there are temperatures.
    ///
    /// # Errors
    ///
    /// When there are fewer than two chains or no temperatures, when weights are not finite, or when
    /// rows cannot be read.
    pub fn run(
        &mut self,
        annealing: &Annealing,
        progress: &mut dyn Progress,
    ) -> Result<LogPartition, LikelihoodError> {
        annealing.check()?;
        let key = self.next_key();
        let Forward {
            betas,
            base,
            weights: up,
        } = self.up(annealing, key, progress);

        let (state, starts) = self.starts(annealing, key.child(Child::ReverseStart), progress)?;
        let betas: Vec<f64> = betas.into_iter().rev().collect();
        let down = self.weigh(
            &betas,
            Direction::Reverse,
            state,
            key.child(Child::ReverseChains),
            progress,
        );

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

    /// ln Z from below: annealed importance sampling in the forward direction alone.
    ///
    /// # Errors
    ///
    /// When there are fewer than two chains, or no temperatures.
    pub fn forward(
        &mut self,
        annealing: &Annealing,
        progress: &mut dyn Progress,
    ) -> Result<Estimate, LikelihoodError> {
        annealing.check()?;
        let key = self.next_key();
        let up = self.up(annealing, key, progress);
        let estimate = Estimate::of_log_weights(&up.weights);
        Ok(Estimate {
            value: up.base + estimate.value,
            ..estimate
        })
    }

    /// The key of a new run.
    fn next_key(&mut self) -> RandomKey {
        let key = self.key.child(Child::Repeat(self.runs));
        self.runs += 1;
        key
    }

    /// Anneals chains from the base to the machine.
    fn up(&self, annealing: &Annealing, key: RandomKey, progress: &mut dyn Progress) -> Forward {
        let betas = self.betas(annealing, key.child(Child::Temperatures), progress);
        let state = self
            .base
            .random_state(annealing.chains, key.child(Child::ForwardStart));
        let path = Path::new(self.machine, &self.base, &[]);
        let base = path.log_partition_of_base(&state)[0];
        let weights = self.weigh(
            &betas,
            Direction::Forward,
            state,
            key.child(Child::ForwardChains),
            progress,
        );
        Forward {
            betas,
            base,
            weights,
        }
    }

    /// The inverse temperatures, from 0 to 1.
    fn betas(
        &self,
        annealing: &Annealing,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Vec<f64> {
        let steps = annealing.temperatures;
        match annealing.spacing {
            Spacing::Linear => linear(steps),
            Spacing::Geometric => geometric(steps),
            Spacing::Adaptive => {
                let pilot = linear((steps / PILOT_SHARE).max(8));
                let chains = annealing.chains.min(PILOT_CHAINS);
                let state = self.base.random_state(chains, key.child(Child::Start));
                let (mut deviations, last) = (Vec::new(), pilot.len() - 1);
                let mut each = |increments: &[f64]| {
                    deviations.push(deviation(increments));
                    progress.report(Stage::PilotRun, deviations.len(), last);
                };
                let path = Path::new(self.machine, &self.base, &[]);
                path.anneal(
                    &pilot,
                    Direction::Forward,
                    state,
                    key.child(Child::BurnIn),
                    &mut each,
                );
                equal_lengths(&pilot, &deviations, steps)
            }
        }
    }

    /// Log weights of chains annealed along a schedule.
    fn weigh(
        &self,
        betas: &[f64],
        direction: Direction,
        state: State,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Vec<f64> {
        let path = Path::new(self.machine, &self.base, &[]);
        let stage = match direction {
            Direction::Forward => Stage::ForwardAnnealing,
            Direction::Reverse => Stage::ReverseAnnealing,
        };
        let (mut weights, mut done) = (vec![0.0; state.batch()], 0);
        let mut each = |increments: &[f64]| {
            add(&mut weights, increments);
            done += 1;
            progress.report(stage, done, betas.len() - 1);
        };
        path.anneal(betas, direction, state, key, &mut each);
        weights
    }

    /// Samples of the machine, exact or from chains.
    fn starts(
        &mut self,
        annealing: &Annealing,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Result<(State, Starts), LikelihoodError> {
        let small = Exact::log2_states(self.machine).is_ok_and(|(all, _)| all <= EXACT_STATES);
        if small && let Ok(exact) = Exact::new(self.machine) {
            return Ok((exact.sample(annealing.chains, key), Starts::Exact));
        }
        let machine = self.machine;
        let state = match (self.chains.take(), self.rows) {
            (Some(chains), _) if chains.batch() == annealing.chains => chains,
            (Some(chains), _) => chains.cycled(annealing.chains),
            (None, Some(rows)) => {
                let order = Order::Shuffled { seed: 0, epoch: 0 };
                let count = annealing.chains.min(rows.count());
                match rows.chunks(order, count).next() {
                    Some(chunk) => {
                        let start = machine.state_from_visible(machine.tensor_of(&chunk?));
                        start.cycled(annealing.chains)
                    }
                    None => self
                        .base
                        .random_state(annealing.chains, key.child(Child::Start)),
                }
            }
            (None, None) => self
                .base
                .random_state(annealing.chains, key.child(Child::Start)),
        };
        let sweeps = Sweeps {
            count: annealing.temperatures,
            piece: 64,
            stage: Stage::BurnIn,
        };
        let state = sweeps.run(machine, state, key, progress);
        self.sweeps += sweeps.count;
        self.chains = Some(state.clone());
        let sweeps = self.sweeps;
        Ok((state, Starts::Chains { sweeps }))
    }
}

/// Result of forward chains.
struct Forward {
    /// The inverse temperatures.
    betas: Vec<f64>,
    /// ln Z of the base.
    base: f64,
    /// The log weights.
    weights: Vec<f64>,
}

/// Adds the increments of a step to the log weights of all chains.
pub(super) fn add(weights: &mut [f64], increments: &[f64]) {
    for (weight, increment) in weights.iter_mut().zip(increments) {
        *weight += increment;
    }
}

/// Standard deviation of a sample (divisor n).
fn deviation(sample: &[f64]) -> f64 {
    let count = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / count;
    let squares = sample.iter().map(|x| (x - mean).powi(2));
    (squares.sum::<f64>() / count).sqrt()
}
