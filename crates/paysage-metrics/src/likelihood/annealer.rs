//! ln Z by annealed importance sampling in both directions.

use paysage_data::{Chunk, Order, Rows, sample_by_weight};
use paysage_kernels::{Child, RandomKey};
use paysage_layers::Annealed;
use paysage_models::{BoltzmannMachine, Exact, Progress, Stage, State};

use super::{
    Estimate, LikelihoodError, LogPartition, Population, Spacing, Starts,
    base::{base_rates, uniform},
    between::{BetweenBase, Forward, Pilot},
    exchange::{Exchange, Samples, Start},
};

/// Largest number of states, as a power of 2, for exact samples as starts of reverse chains.
const EXACT_STATES: f64 = 16.0;

/// Number of sweeps of replica exchange, as a share of the temperatures: so much for every density, which
/// makes about ten ways between base and machine in 1,000 temperatures, and at least a quarter.
const SWEEPS_OF_DENSITY: f64 = 0.01;
const LEAST_SWEEPS: f64 = 0.25;

/// Smallest number of chains of each density, if there are enough chains.
const LADDERS: usize = 4;

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

/// Annealed importance sampling (AIS) in both directions between one or two bases and a machine. It keeps
/// the replicas that reverse chains start from, which continue from run to run.
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
    /// From the base with the marginals of the data, if any, and from the uniform one.
    bases: Vec<BetweenBase<'a, L>>,
    exact: Option<Exact<L>>,
    rows: Option<&'a dyn Rows>,
    chains: Option<State>,
    key: RandomKey,
    /// Number of runs so far.
    runs: usize,
    /// The replicas that reverse chains start from, which continue from run to run.
    exchange: Option<Exchange>,
}

impl<'a, L: Annealed> Annealer<'a, L> {
    /// An annealer between a machine and independent units: with the marginals of data, and uniform.
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
        let small = Exact::log2_states(machine).is_ok_and(|(all, _)| all <= EXACT_STATES);
        let exact = small.then(|| Exact::new(machine).ok()).flatten();
        let mut bases = Vec::new();
        if let Some(rows) = rows {
            bases.push(base_rates(machine, rows, key.child(Child::AnnealingBase))?);
        }
        bases.push(uniform(machine));
        let bases = bases.into_iter().map(|base| BetweenBase { machine, base });
        Ok(Self {
            bases: bases.collect(),
            exact,
            rows,
            chains: None,
            key: key.child(Child::AnnealedChains),
            runs: 0,
            exchange: None,
        })
    }

    /// The bases: with the marginals of the data, if any, and the uniform one.
    pub(super) fn bases(&self) -> impl Iterator<Item = &BoltzmannMachine<L>> {
        self.bases.iter().map(|between| &between.base)
    }

    /// Starts replicas from given chains of the machine, such as the persistent chains of training.
    #[must_use]
    pub fn with_chains(mut self, chains: State) -> Self {
        self.chains = Some(chains);
        self
    }

    /// ln Z from below and from above. Every run uses new random numbers, and continues the replicas
    /// that reverse chains start from.
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
        let of_each = Annealing {
            chains: annealing.chains.div_ceil(self.bases.len()).max(2),
            ..*annealing
        };
        let (mut pilots, mut forward) = (Vec::new(), Vec::new());
        for (between, key) in self.bases.iter().zip(keys(key)) {
            let pilot = between.pilot(&of_each, key.child(Child::Temperatures), progress);
            forward.push(between.forward(&of_each, &pilot, key, progress));
            pilots.push(pilot);
        }
        let count = of_each.chains * self.bases.len();
        let key_of_starts = key.child(Child::ReverseStart);
        let (samples, origins, starts) = match &self.exact {
            Some(exact) => (exact.sample(count, key_of_starts), None, Starts::Exact),
            None => {
                let (samples, starts) =
                    self.exchanged(&of_each, &pilots, &forward, key_of_starts, progress)?;
                (samples.state, Some(samples.origins), starts)
            }
        };
        let mut populations = Vec::new();
        let of_bases = self.bases.iter().zip(&forward).zip(keys(key)).enumerate();
        for (number, ((between, forward), key)) in of_bases {
            // Every base has its share of the samples.
            let own = (0..of_each.chains).map(|row| row * self.bases.len() + number);
            let own: Vec<usize> = own.collect();
            let key = key.child(Child::ReverseChains);
            let reverse = between.reverse(forward, samples.selected(&own), key, progress);
            let origins = origins.as_ref();
            let origins = origins.map(|origins| own.iter().map(|&row| origins[row]).collect());
            populations.push(Population::new(forward, &reverse, origins));
        }
        let found = LogPartition {
            annealing: *annealing,
            first: populations[0],
            second: populations.get(1).copied(),
            starts,
        };
        if found.is_finite() {
            Ok(found)
        } else {
            Err(LikelihoodError::NotFinite)
        }
    }

    /// ln Z from below: annealed importance sampling from the first base in the forward direction alone.
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
        let (key, between) = (self.next_key(), &self.bases[0]);
        let pilot = between.pilot(annealing, key.child(Child::Temperatures), progress);
        let forward = between.forward(annealing, &pilot, key, progress);
        Ok(forward.estimate())
    }

    /// The key of a new run.
    fn next_key(&mut self) -> RandomKey {
        let key = self.key.child(Child::Repeat(self.runs));
        self.runs += 1;
        key
    }

    /// Samples of the machine by replica exchange, as many as there are forward chains; there are as many
    /// replicas.
    fn exchanged(
        &mut self,
        annealing: &Annealing,
        pilots: &[Pilot],
        forward: &[Forward],
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Result<(Samples, Starts), LikelihoodError> {
        let count = annealing.chains * self.bases.len();
        let exchange = match self.exchange.take() {
            Some(exchange) => exchange,
            None => {
                let most = count / LADDERS / pilots.len();
                let ladders: Vec<_> = pilots.iter().map(|pilot| pilot.replicas(most)).collect();
                let all: usize = ladders.iter().map(Vec::len).sum();
                Exchange::new(
                    &ladders,
                    &self.replica_starts((count / all).max(1), forward)?,
                )
            }
        };
        let exchange = self.exchange.insert(exchange);
        let share = (exchange.replicas() as f64 * SWEEPS_OF_DENSITY).max(LEAST_SWEEPS);
        let sweeps = (annealing.temperatures as f64 * share).ceil() as usize;
        let paths: Vec<_> = self.bases.iter().map(BetweenBase::path).collect();
        let times = count.div_ceil(exchange.chains());
        let mut each = |done| progress.report(Stage::BurnIn, done, sweeps);
        let samples = exchange.run(&paths, sweeps, times, key, &mut each);
        let starts = Starts::Replicas {
            sweeps: exchange.sweeps(),
            replicas: exchange.replicas(),
            arrivals: samples.arrivals(),
        };
        Ok((samples.cycled(count), starts))
    }

    /// The states in which the replicas of each path start: those of the last path in the resampled
    /// states of forward chains, and others in given chains or rows of the data.
    fn replica_starts(
        &mut self,
        chains: usize,
        forward: &[Forward],
    ) -> Result<Vec<Start>, LikelihoodError> {
        let annealed = Forward::resampled(forward, chains);
        let given = match (self.chains.take(), self.rows) {
            (Some(given), _) => Some(given),
            (None, Some(rows)) => {
                let order = Order::Shuffled { seed: 0, epoch: 0 };
                let sample = match rows.weights() {
                    Some(_) => Some(sample_by_weight(rows, chains.min(rows.count()), 0)?),
                    None => None,
                };
                let rows = sample.as_ref().map_or(rows, |sample| sample as &dyn Rows);
                let chunk = rows.chunks(order, chains.min(rows.count())).next();
                let machine = self.bases[0].machine;
                let state = |chunk: Chunk| machine.state_from_visible(machine.tensor_of(&chunk));
                chunk.transpose()?.map(state)
            }
            (None, None) => None,
        };
        let given = given.map(|states: State| Start {
            samples: (0..chains).map(|chain| chain % states.batch()).collect(),
            states: states.cycled(chains),
            are_given: true,
        });
        let mut starts: Vec<Start> = given.into_iter().chain([annealed]).collect();
        // Without a second path there is no place for given states.
        Ok(starts.split_off(starts.len() - self.bases.len()))
    }
}

/// The keys of the bases.
fn keys(key: RandomKey) -> [RandomKey; 2] {
    [key, key.child(Child::UniformBase)]
}
