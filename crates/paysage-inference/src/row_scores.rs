//! Free energy and log-likelihood of each row.

use std::time::Duration;

use paysage_data::Rows;
use paysage_kernels::{Child, RandomKey, on_workers};
use paysage_layers::Annealed;
use paysage_metrics::{
    Annealing, Doubt, Interval, LikelihoodError, LikelihoodEstimator, Method, RowAnnealing,
    TwoSided,
};
use paysage_models::{BoltzmannMachine, Exact, Progress};

use crate::{
    Answers, InferenceError,
    chunks::{CHUNK, answer},
    conditional::free_sums::FreeSums,
};

/// Scores of each row, to find outliers: the free energy, and the log-likelihood where ln Z is known.
///
/// ```text
/// F(v) = −ln Σ_h exp(−E(v, h)),     ln p(v) = −F(v) − ln Z
/// ```
///
/// Both are in nats. Missing values of a row are summed over as hidden units are: its scores are those
/// of its observed part.
///
/// The sum over free units is exact where it has at most 2^`exact_states` states, which it always has
/// for complete rows of a restricted machine. Otherwise (connected hidden layers, or many missing
/// values) it is bounded for each row by annealing in both directions, and so are the scores.
///
/// ```
/// use paysage_data::Table;
/// use paysage_inference::RowScores;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_models::{BoltzmannMachine, Silent};
/// use paysage_layers::Bernoulli;
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(3, &device), Bernoulli::new(2, &device)];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let rows = Table::with_missing("rows", 3, vec![0.0, 1.0, 1.0, 0.0, f32::NAN, 1.0])?;
/// let mut progress = Silent;
/// let mut answers = RowScores::default().run(&machine, &rows, RandomKey::new(1), &mut progress)?;
/// let scores = answers.next().expect("a chunk")?;
/// // Without weights: three fair coins, and two of them.
/// let log_likelihood = scores.log_likelihood.expect("a small machine");
/// assert!((log_likelihood[0].value + 3.0 * 2.0_f64.ln()).abs() < 1e-6);
/// assert!((log_likelihood[1].value + 2.0 * 2.0_f64.ln()).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RowScores {
    /// Exact sums over free units, or annealing.
    pub method: Method,
    /// The largest exact sum for a row, as a power of 2 of its states.
    pub exact_states: u32,
    /// Number of annealing steps for each row.
    pub steps: usize,
    /// How ln Z is found.
    pub log_partition: PartitionFunction,
}

/// How ln Z is found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PartitionFunction {
    /// By an exact sum of at most so many states, as a power of 2 (at most 25); no log-likelihood for
    /// larger machines.
    IfExact {
        /// The largest power of 2.
        states: u32,
    },
    /// By annealed importance sampling in both directions.
    Annealing(Annealing),
    /// It is this, with bounds.
    Known(Interval),
}

impl Default for PartitionFunction {
    fn default() -> Self {
        Self::IfExact { states: 20 }
    }
}

impl Default for RowScores {
    fn default() -> Self {
        Self {
            method: Method::default(),
            exact_states: 16,
            steps: 256,
            log_partition: PartitionFunction::default(),
        }
    }
}

/// Scores of rows, in nats. Exact values have an interval of width 0, annealed ones bounds of 95 %
/// confidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Position of the first row in the data set, counted from 0.
    pub first_row: usize,
    /// The free energy of each row.
    pub free_energy: Vec<Interval>,
    /// The log-likelihood of each row; nothing where ln Z is unknown.
    pub log_likelihood: Option<Vec<Interval>>,
    /// Reasons why the bounds of ln Z may not hold.
    pub log_partition_doubts: Vec<Doubt>,
    /// The annealing of free energies; nothing where all are exact. Bounds may not hold where there is
    /// [doubt](RowAnnealing::doubts).
    pub annealing: Option<RowAnnealing>,
}

impl RowScores {
    /// Whether the free energies of all rows are exact. Of rows with missing values it reads all rows, or those
    /// up to the first one whose free energy is annealed.
    ///
    /// # Errors
    ///
    /// When rows cannot be read, and where an exact sum was asked for and does not exist or has too many states.
    pub fn are_exact<L: Annealed>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &dyn Rows,
    ) -> Result<bool, InferenceError> {
        self.sums().are_exact(machine, rows)
    }

    fn sums(&self) -> FreeSums {
        FreeSums {
            method: self.method,
            exact_states: self.exact_states,
            steps: self.steps,
        }
    }

    /// Scores the rows of a data set, chunk by chunk.
    ///
    /// ln Z is found first, which may take minutes.
    ///
    /// # Errors
    ///
    /// When the machine cannot be normalized, or when ln Z cannot be estimated. An answer is an error
    /// where rows cannot be read or have values that the visible units do not take, where an exact sum
    /// was asked for and does not exist or has too many states, and where a score is not finite.
    pub fn run<'a, L: Annealed>(
        &self,
        machine: &'a BoltzmannMachine<L>,
        rows: &'a dyn Rows,
        key: RandomKey,
        progress: &'a mut dyn Progress,
    ) -> Result<Answers<'a, Scores>, InferenceError> {
        machine.check_normalizable()?;
        let sums = self.sums();
        sums.check()?;
        let key_of_partition = key.child(Child::Partition);
        let (log_partition, doubts) =
            self.log_partition
                .find(machine, rows, key_of_partition, progress)?;
        Ok(answer(machine, rows, CHUNK, progress, move |chunk| {
            let (key, mask) = (key.child(Child::JointSum), chunk.mask());
            let found =
                on_workers(|| sums.of_rows(machine, &chunk.rows, &mask, chunk.first_row, key));
            let found = found?;
            let logs = found.rows.iter().map(TwoSided::interval);
            let logs: Vec<Interval> = logs.collect();
            if !logs.iter().all(|i| i.low.is_finite() && i.high.is_finite()) {
                return Err(LikelihoodError::NotFinite.into());
            }
            let zero = Interval::exactly(0.0);
            Ok(Scores {
                first_row: chunk.first_row,
                free_energy: logs.iter().map(|&log| zero - log).collect(),
                log_likelihood: log_partition
                    .map(|log_partition| logs.iter().map(|&log| log - log_partition).collect()),
                log_partition_doubts: doubts.clone(),
                annealing: found.annealing,
            })
        }))
    }
}

impl PartitionFunction {
    /// ln Z, in nats, or nothing where it is unknown, with reasons for doubt. The machine can be normalized.
    fn find<L: Annealed>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &dyn Rows,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Result<(Option<Interval>, Vec<Doubt>), InferenceError> {
        match *self {
            Self::Known(interval) => Ok((Some(interval), Vec::new())),
            Self::IfExact { states } => {
                let log2_states = Exact::log2_states(machine);
                let small = log2_states.is_ok_and(|(all, _)| all <= f64::from(states));
                if !small {
                    return Ok((None, Vec::new()));
                }
                let exact = on_workers(|| Exact::new(machine))?;
                let found = Interval::exactly(exact.log_partition());
                Ok((Some(found), Vec::new()))
            }
            Self::Annealing(annealing) => {
                let once = LikelihoodEstimator {
                    method: Method::Annealing,
                    annealing,
                    budget: Duration::ZERO,
                    ..LikelihoodEstimator::default()
                };
                let (found, how) = once.log_partition(machine, rows, key, progress)?;
                Ok((Some(found), how.doubts()))
            }
        }
    }
}
