//! Exact or annealed log-likelihood.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use paysage_data::{DataError, Order, Rows, Table, sample_rows, total_weight, weighted_mean};
use paysage_kernels::{Child, RandomKey};
use paysage_layers::Annealed;
use paysage_models::{BoltzmannMachine, Exact, ExactError, Progress, Silent, Stage, State};
use thiserror::Error;

use super::{
    AnnealedSums, Annealer, Annealing, Doubt, Interval, LogPartition, RowAnnealing,
    rows::log_weights_of_rows,
};
use crate::{MetricError, RowsError, completed::Completed, exact::log_likelihoods};

/// Number of annealing steps given each row in the first run, for connected hidden layers.
const ROW_STEPS: usize = 64;

/// Largest number of rows with missing values whose moments the base of annealing has.
const BASE_ROWS: usize = 1000;

/// Exact sums or annealing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Exact where there are few enough states, otherwise annealing.
    #[default]
    Auto,
    /// Exact, or an error.
    Exact,
    /// Annealing in any case.
    Annealing,
}

/// The way a likelihood was computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum How {
    /// Sum over all states.
    Exact,
    /// Annealed importance sampling; the result is that of the last and longest run.
    Annealing {
        /// ln Z.
        log_partition: LogPartition,
        /// The annealing given each row, for connected hidden layers.
        rows: Option<RowAnnealing>,
        /// Whether the interval is as narrow as required, and reliable.
        reached: bool,
    },
}

impl How {
    /// Reasons why the interval may not hold the true value; none where it is reliable.
    #[must_use]
    pub fn doubts(&self) -> Vec<Doubt> {
        match self {
            Self::Exact => Vec::new(),
            Self::Annealing {
                log_partition,
                rows,
                ..
            } => {
                let mut doubts = log_partition.doubts();
                doubts.extend(rows.iter().flat_map(RowAnnealing::doubts));
                doubts
            }
        }
    }
}

/// ln Z and the mean log-likelihood of rows, each within bounds of 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likelihood {
    /// ln Z, in nats.
    pub log_partition: Interval,
    /// The mean of ln p(v) over the rows, in nats.
    pub log_likelihood: Interval,
    /// The way they were computed.
    pub how: How,
}

/// Error of a likelihood.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum LikelihoodError {
    /// The machine has no exact sum, or cannot be normalized.
    #[error(transparent)]
    Exact(#[from] ExactError),
    /// Rows cannot be read.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// Too few chains for a standard error.
    #[error("{chains} chains have no standard error: use at least 2")]
    TooFewChains {
        /// The number of chains.
        chains: usize,
    },
    /// No steps.
    #[error("the number of temperatures is 0: use at least 1")]
    NoTemperatures,
    /// Weights or sums are not finite.
    #[error(
        "the likelihood is not a finite number: check that the parameters of the model are finite, \
         and that the data are complete and within the values that its visible units take"
    )]
    NotFinite,
}

impl From<DataError> for LikelihoodError {
    fn from(error: DataError) -> Self {
        Self::Rows(error.into())
    }
}

/// Settings for ln Z and the mean log-likelihood of rows, exact or within bounds.
///
/// An annealed interval is [`LogPartition::interval`]. Where hidden layers are connected, ln p*(v) of
/// the rows is annealed as well, and contributes to the width.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::{AnyLayer, Bernoulli};
/// use paysage_metrics::{How, LikelihoodEstimator, Method};
/// use paysage_models::{BoltzmannMachine, Silent};
///
/// let device = default_device()?;
/// let layers: Vec<AnyLayer> = vec![
///     Bernoulli::new(9, &device).into(),
///     Bernoulli::new(4, &device).into(),
/// ];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let data = BarsAndStripes { size: 3 }.generate();
/// let estimator = LikelihoodEstimator { gap: 0.1, ..Default::default() };
/// let likelihood = estimator.run(&machine, &data, RandomKey::new(0), &mut Silent)?;
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
    /// Largest distance of the bounds of the mean log-likelihood, in nats: the number of temperatures
    /// is doubled until it is reached.
    pub gap: f64,
    /// Time limit of annealing: a run is not started if it would end later. There is always a first
    /// run.
    pub budget: Duration,
    /// Largest number of states of an exact sum, as a power of 2; at most 25.
    pub exact_states: u32,
}

impl Default for LikelihoodEstimator {
    fn default() -> Self {
        Self {
            method: Method::default(),
            annealing: Annealing::default(),
            gap: 0.5,
            budget: Duration::from_secs(60),
            exact_states: 25,
        }
    }
}

impl LikelihoodEstimator {
    /// ln Z and the mean log-likelihood of rows. The base of annealing has the marginals of the rows.
    ///
    /// # Errors
    ///
    /// When the machine cannot be normalized, when an exact sum was required that has too many
    /// states, when there are too few chains or temperatures, when rows cannot be read, or when the
    /// result is not finite.
    pub fn run<L: Annealed>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &dyn Rows,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Result<Likelihood, LikelihoodError> {
        let all = self.run_all(machine, &[rows], None, key, progress)?;
        Ok(all[0])
    }

    /// The same for several data sets with one estimate of ln Z, whose base has the marginals of the
    /// first data set. Reverse annealing starts from given chains of the machine, if any.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn run_all<L: Annealed>(
        &self,
        machine: &BoltzmannMachine<L>,
        data: &[&dyn Rows],
        chains: Option<&State>,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Result<Vec<Likelihood>, LikelihoodError> {
        machine.check_normalizable()?;
        if self.is_exact(machine, data)? {
            return exact(machine, data, progress);
        }
        let mut annealer = Annealer::new(
            machine,
            data.first().copied(),
            key.child(Child::AnnealedPartition),
        )?;
        if let Some(chains) = chains {
            annealer = annealer.with_chains(chains.clone());
        }
        let started = Instant::now();
        // Where rows are annealed as well, they take half of the time and of the gap.
        let closed = machine.check_restricted().is_ok();
        let share = if closed { 1.0 } else { 0.5 };
        let run = self.anneal(&mut annealer, started, share, progress)?;
        let lnz = run.interval();
        let mut likelihoods = Vec::new();
        for (count, rows) in data.iter().enumerate() {
            let (mut steps, key) = (ROW_STEPS, key.child(Child::RowSums(count)));
            let until = share + (1.0 - share) * (count + 1) as f64 / data.len() as f64;
            let (log_weights, annealed) = self.narrow(started, until, || {
                let key = key.child(Child::Steps(steps));
                let sums = AnnealedSums {
                    machine,
                    bases: annealer.bases().cloned().collect(),
                    clamped: &machine.visible,
                    steps,
                };
                let (found, annealed) = log_weights_of_rows(&sums, *rows, key, progress)?;
                steps *= 2;
                let narrow = found.width() <= self.gap * (1.0 - share);
                let reliable = annealed.is_none_or(|annealed| annealed.is_reliable());
                Ok((closed || narrow && reliable, (found, annealed)))
            })?;
            let log_likelihood = log_weights - lnz;
            let is_reliable =
                run.is_reliable() && annealed.is_none_or(|annealed| annealed.is_reliable());
            likelihoods.push(Likelihood {
                log_partition: lnz,
                log_likelihood,
                how: How::Annealing {
                    log_partition: run,
                    rows: annealed,
                    reached: is_reliable && log_likelihood.width() <= self.gap,
                },
            });
        }
        Ok(likelihoods)
    }

    /// ln Z alone, as [`run`](Self::run) with the same key finds it, and how it was found. `rows` may
    /// have missing values: the base of annealing then has the marginals of 1,000 random rows, in which
    /// they are replaced by mean-field means.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn log_partition<L: Annealed>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &dyn Rows,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Result<(Interval, How), LikelihoodError> {
        machine.check_normalizable()?;
        if self.is_exact(machine, &[])? {
            let log_partition = exact_sum(machine, progress)?.log_partition();
            if !log_partition.is_finite() {
                return Err(LikelihoodError::NotFinite);
            }
            return Ok((Interval::exactly(log_partition), How::Exact));
        }
        let filled = match rows.is_complete() {
            true => None,
            false => Some(completed_table(machine, rows)?),
        };
        let rows = filled.as_ref().map_or(rows, |table| table as &dyn Rows);
        let mut annealer = Annealer::new(machine, Some(rows), key.child(Child::AnnealedPartition))?;
        let run = self.anneal(&mut annealer, Instant::now(), 1.0, progress)?;
        let how = How::Annealing {
            log_partition: run,
            rows: None,
            reached: run.interval().width() <= self.gap && run.is_reliable(),
        };
        Ok((run.interval(), how))
    }

    /// ln Z within a fraction of the gap, if it is reached within the same fraction of the time.
    fn anneal<L: Annealed>(
        &self,
        annealer: &mut Annealer<'_, L>,
        started: Instant,
        share: f64,
        progress: &mut dyn Progress,
    ) -> Result<LogPartition, LikelihoodError> {
        let mut annealing = self.annealing;
        self.narrow(started, share, || {
            let run = annealer.run(&annealing, progress)?;
            annealing.temperatures *= 2;
            let narrow = run.interval().width() <= self.gap * share;
            Ok((narrow && run.is_reliable(), run))
        })
    }

    /// Repeats a run, each twice as long as the one before, until one is narrow enough or the given
    /// fraction of the time is spent.
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

    /// Whether ln Z and the log-likelihoods of data sets (of none: ln Z alone) are exact sums under
    /// these settings.
    ///
    /// # Errors
    ///
    /// When [`Method::Exact`] is required and there is no such sum, or it has too many states.
    pub fn is_exact<L: Annealed>(
        &self,
        machine: &BoltzmannMachine<L>,
        data: &[&dyn Rows],
    ) -> Result<bool, LikelihoodError> {
        if self.method == Method::Annealing {
            return Ok(false);
        }
        let rows: usize = data.iter().map(|rows| rows.count()).sum();
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
    data: &[&dyn Rows],
    progress: &mut dyn Progress,
) -> Result<Vec<Likelihood>, LikelihoodError> {
    let exact = exact_sum(machine, progress)?;
    let likelihood = |rows: &&dyn Rows| {
        let values = log_likelihoods(&exact, *rows, &mut Silent).map_err(|error| match error {
            MetricError::Exact(error) => LikelihoodError::Exact(error),
            MetricError::Rows(error) => LikelihoodError::Rows(error),
            _ => LikelihoodError::NotFinite,
        })?;
        let mean = weighted_mean(&values, rows.weights());
        let (z, rows) = (exact.log_partition(), mean);
        if !(z.is_finite() && rows.is_finite()) {
            return Err(LikelihoodError::NotFinite);
        }
        Ok(Likelihood {
            log_partition: Interval::exactly(z),
            log_likelihood: Interval::exactly(rows),
            how: How::Exact,
        })
    };
    data.iter().map(likelihood).collect()
}

/// The sum over all states.
fn exact_sum<L: Annealed>(
    machine: &BoltzmannMachine<L>,
    progress: &mut dyn Progress,
) -> Result<Exact<L>, ExactError> {
    let progress = Mutex::new(progress);
    Exact::watched(machine, &|done, all| {
        // A report that would wait for another one is left out.
        if let Ok(mut progress) = progress.try_lock() {
            progress.report(Stage::ExactSum, done, all);
        }
    })
}

/// A random sample of the rows of a data set, with their weights and without missing values.
fn completed_table<L: Annealed>(
    machine: &BoltzmannMachine<L>,
    rows: &dyn Rows,
) -> Result<Table, DataError> {
    let sample = sample_rows(rows, BASE_ROWS, 0)?;
    let mut values = Vec::with_capacity(sample.values().len());
    for chunk in sample.chunks(Order::Stored, BASE_ROWS) {
        let filled = Completed::new(machine, machine.tensor_of(&chunk?)).rows;
        values.extend(filled.into_data().iter::<f32>());
    }
    let table = Table::new(rows.source(), rows.columns(), values)?;
    match sample.weights() {
        Some(weights) if total_weight(weights) > 0.0 => table.with_weights(weights.to_vec()),
        _ => Ok(table),
    }
}
