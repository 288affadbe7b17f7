//! The front door: exact or annealed, for as long as it takes.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::Annealed;
use paysage_models::{BoltzmannMachine, Exact, ExactError, State};
use thiserror::Error;

use super::{Annealer, Annealing, Interval, LogPartition, Stage, Watch, rows::log_weights_of_rows};

/// The first number of steps under rows of a machine with connected hidden layers.
const ROW_STEPS: usize = 64;

/// Exact sums or annealing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Exact where there are few enough states, otherwise annealing.
    #[default]
    Auto,
    /// An exact sum, or an error.
    Exact,
    /// Annealing, also where a sum would do.
    Annealing,
}

/// How a likelihood was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum How {
    /// By a sum over all states.
    Exact,
    /// By annealing: the last and longest run, and whether it reached the gap that was asked for.
    Annealing {
        /// What it says of ln Z.
        log_partition: LogPartition,
        /// Where hidden layers are connected, the Gibbs sweeps of the chains under each row, on
        /// which the upper bound on its likelihood rests: they may not have mixed.
        row_sweeps: Option<usize>,
        /// Whether the interval is as narrow as asked, and its bounds do not contradict each other.
        reached: bool,
    },
}

/// ln Z and the mean log-likelihood of rows, each within bounds that hold with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likelihood {
    /// ln Z, in nats.
    pub log_partition: Interval,
    /// The mean of ln p(v) over the rows, in nats.
    pub log_likelihood: Interval,
    /// How they were found.
    pub how: How,
}

/// Why there is no likelihood.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum LikelihoodError {
    /// The machine cannot be summed, or not be normalized.
    #[error(transparent)]
    Exact(#[from] ExactError),
    /// An estimate without a standard error.
    #[error("{chains} chains have no spread to judge an estimate by: take at least 2")]
    TooFewChains {
        /// The chains that were asked for.
        chains: usize,
    },
    /// No steps.
    #[error("the number of temperatures is 0: take at least 1")]
    NoTemperatures,
    /// Weights or sums are not finite.
    #[error(
        "the likelihood is not a finite number: are parameters of the machine, or values of the \
         data, too large for it, or outside of what its units take?"
    )]
    NotFinite,
}

/// Finds ln Z and the mean log-likelihood of rows, as exactly as asked.
///
/// An annealed interval is that of [`LogPartition::interval`]. Where hidden layers are connected,
/// ln p*(v) of the rows is annealed as well, and has a part in the width.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::{AnyLayer, Bernoulli};
/// use paysage_metrics::{How, LikelihoodEstimator, Method};
/// use paysage_models::BoltzmannMachine;
///
/// let device = default_device()?;
/// let layers: Vec<AnyLayer> = vec![
///     Bernoulli::new(9, &device).into(),
///     Bernoulli::new(4, &device).into(),
/// ];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let data = BarsAndStripes { size: 3 }.generate();
/// let estimator = LikelihoodEstimator { gap: 0.1, ..Default::default() };
/// let likelihood = estimator.estimate(&machine, &data, &mut |_, _, _| {})?;
/// // Nine fair coins, by a sum over the states of the smaller layer.
/// assert_eq!(likelihood.how, How::Exact);
/// assert!((likelihood.log_likelihood.value + 9.0 * 2.0_f64.ln()).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LikelihoodEstimator {
    /// Exact or annealed.
    pub method: Method,
    /// The chains, and the temperatures of the first run.
    pub annealing: Annealing,
    /// How far apart the bounds of the mean log-likelihood may be, in nats: as long as they are
    /// farther, the temperatures are doubled.
    pub gap: f64,
    /// The time that annealing may take: no run is started that would not end within it, other
    /// than the first.
    pub budget: Duration,
    /// The largest sum that is made, as a power of 2 of its states; at most 25.
    pub exact_states: u32,
    /// What all draws depend on.
    pub key: RandomKey,
}

impl Default for LikelihoodEstimator {
    fn default() -> Self {
        Self {
            method: Method::default(),
            annealing: Annealing::default(),
            gap: 0.5,
            budget: Duration::from_secs(60),
            exact_states: 25,
            key: RandomKey::new(0),
        }
    }
}

impl LikelihoodEstimator {
    /// ln Z and the mean log-likelihood of the rows of a table, which also are what annealing
    /// starts from.
    ///
    /// # Errors
    ///
    /// When the machine cannot be normalized, when an exact sum was asked for that has too many
    /// states, when there are too few chains or temperatures, or when the result is not finite.
    pub fn estimate<L: Annealed>(
        &self,
        machine: &BoltzmannMachine<L>,
        table: &Table,
        watch: Watch<'_>,
    ) -> Result<Likelihood, LikelihoodError> {
        let all = self.estimate_all(machine, &[table], None, watch)?;
        Ok(all[0])
    }

    /// The same for several tables with one estimate of ln Z, which starts from the first of them;
    /// and where there are chains of the machine already, from those.
    ///
    /// # Errors
    ///
    /// As [`estimate`](Self::estimate).
    pub fn estimate_all<L: Annealed>(
        &self,
        machine: &BoltzmannMachine<L>,
        tables: &[&Table],
        chains: Option<&State>,
        watch: Watch<'_>,
    ) -> Result<Vec<Likelihood>, LikelihoodError> {
        machine.check_normalizable()?;
        if self.sums(machine, tables)? {
            return exact(machine, tables, watch);
        }
        let key = self.key;
        let mut annealer = Annealer::new(machine, tables.first().copied(), key.split(0))?;
        if let Some(chains) = chains {
            annealer = annealer.with_chains(chains.clone());
        }
        let started = Instant::now();
        // Where rows are annealed as well, half of time and gap are theirs.
        let closed = machine.check_restricted().is_ok();
        let share = if closed { 1.0 } else { 0.5 };
        let mut annealing = self.annealing;
        let run = self.narrow(started, share, || {
            let run = annealer.log_partition(&annealing, watch)?;
            annealing.temperatures *= 2;
            let narrow = run.interval().width() <= self.gap * share;
            Ok((narrow && run.is_consistent(), run))
        })?;
        let lnz = run.interval();
        let mut likelihoods = Vec::new();
        for (count, table) in tables.iter().enumerate() {
            let (mut steps, key) = (ROW_STEPS, key.split(1 + count as u64));
            let base = &annealer.base;
            let until = share + (1.0 - share) * (count + 1) as f64 / tables.len() as f64;
            let (rows, row_sweeps) = self.narrow(started, until, || {
                let key = key.split(steps as u64);
                let rows = log_weights_of_rows(machine, base, table, steps, key, watch)?;
                let sweeps = steps;
                steps *= 2;
                let narrow = closed || rows.width() <= self.gap * (1.0 - share);
                Ok((narrow, (rows, (!closed).then_some(sweeps))))
            })?;
            let log_likelihood = rows - lnz;
            let narrow = log_likelihood.width() <= self.gap;
            likelihoods.push(Likelihood {
                log_partition: lnz,
                log_likelihood,
                how: How::Annealing {
                    log_partition: run,
                    row_sweeps,
                    reached: narrow && run.is_consistent(),
                },
            });
        }
        Ok(likelihoods)
    }

    /// Runs again, each run twice as long as the one before, until one is narrow enough or a share of
    /// the time is spent.
    fn narrow<T>(
        &self,
        started: Instant,
        share: f64,
        mut run: impl FnMut() -> Result<(bool, T), LikelihoodError>,
    ) -> Result<T, LikelihoodError> {
        loop {
            let before = Instant::now();
            let (narrow, result) = run()?;
            let next = started.elapsed() + 2 * before.elapsed();
            if narrow || next.as_secs_f64() > self.budget.as_secs_f64() * share {
                return Ok(result);
            }
        }
    }

    /// Whether to sum exactly.
    fn sums<L: Annealed>(
        &self,
        machine: &BoltzmannMachine<L>,
        tables: &[&Table],
    ) -> Result<bool, LikelihoodError> {
        if self.method == Method::Annealing {
            return Ok(false);
        }
        let rows: usize = tables.iter().map(|table| table.rows()).sum();
        let states = Exact::log2_states(machine);
        let total = states.map(|(all, row)| {
            if row > 0.0 {
                all.max(row + (rows as f64).log2())
            } else {
                all
            }
        });
        match (total, self.method) {
            (Ok(total), _) if total <= f64::from(self.exact_states) => Ok(true),
            (_, Method::Auto) => Ok(false),
            (Ok(log2_states), _) => Err(ExactError::TooManyStates {
                log2_states,
                limit: self.exact_states,
            }
            .into()),
            (Err(error), _) => Err(error.into()),
        }
    }
}

fn exact<L: Annealed>(
    machine: &BoltzmannMachine<L>,
    tables: &[&Table],
    watch: Watch<'_>,
) -> Result<Vec<Likelihood>, LikelihoodError> {
    let watch = Mutex::new(watch);
    let exact = Exact::watched(machine, &|done, all| {
        // Who finds it busy has nothing to add.
        if let Ok(mut watch) = watch.try_lock() {
            watch(Stage::Sum, done, all);
        }
    })?;
    let likelihood = |table: &&Table| {
        let (z, rows) = (exact.log_partition(), exact.mean_log_likelihood(table)?);
        if !(z.is_finite() && rows.is_finite()) {
            return Err(LikelihoodError::NotFinite);
        }
        Ok(Likelihood {
            log_partition: Interval::exactly(z),
            log_likelihood: Interval::exactly(rows),
            how: How::Exact,
        })
    };
    tables.iter().map(likelihood).collect()
}
