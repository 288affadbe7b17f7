//! The log-likelihood of rows: options, estimation and output.

mod options;
mod tap;
mod text;

use paysage::{
    data::{Rows, weighted_mean},
    inference::{InferenceError, PartitionFunction, RowScores},
    kernels::{Child, RandomKey},
    layers::AnyLayer,
    metrics::{
        Doubt, How, Interval, Likelihood, LikelihoodError, LikelihoodEstimator, LogPartition,
        Method, RowAnnealing,
    },
    models::{BoltzmannMachine, ExactError, Progress},
};

use crate::failure::Failure;

pub(crate) use options::{estimator, refuse_any, refuse_without_effect};
pub(crate) use tap::{tap_estimate, tap_text, tap_values};
pub(crate) use text::{line, note_rows, notes, text, values};

/// ln Z and the mean log-likelihood of rows.
pub(crate) struct Found {
    pub(crate) log_partition: Interval,
    pub(crate) log_likelihood: Interval,
    /// The annealing of ln Z; nothing where it is an exact sum.
    pub(crate) run: Option<LogPartition>,
    /// The annealing given each row; nothing where the sums of rows are exact.
    pub(crate) rows: Option<RowAnnealing>,
    /// Reasons why the intervals may not hold the true values.
    pub(crate) doubts: Vec<Doubt>,
    /// Whether the interval is as narrow as required, and reliable.
    pub(crate) reached: bool,
    /// For rows with missing values, their mean free energy.
    pub(crate) free_energy: Option<Interval>,
}

impl From<Likelihood> for Found {
    fn from(likelihood: Likelihood) -> Self {
        let (run, rows, reached) = match likelihood.how {
            How::Exact => (None, None, true),
            How::Annealing {
                log_partition,
                rows,
                reached,
            } => (Some(log_partition), rows, reached),
        };
        Self {
            log_partition: likelihood.log_partition,
            log_likelihood: likelihood.log_likelihood,
            run,
            rows,
            doubts: likelihood.how.doubts(),
            reached,
            free_energy: None,
        }
    }
}

/// ln Z and the mean log-likelihood of rows; of rows with missing values, that of their observed
/// values.
pub(crate) fn estimate(
    estimator: &LikelihoodEstimator,
    machine: &BoltzmannMachine<AnyLayer>,
    rows: &dyn Rows,
    key: RandomKey,
    progress: &mut dyn Progress,
) -> Result<Found, Failure> {
    if rows.is_complete() {
        let found = estimator.run(machine, rows, key, progress);
        return Ok(found.map_err(failure)?.into());
    }
    let (log_partition, how) = partition(estimator, machine, rows, key, progress)?;
    let scores = row_scores(estimator, PartitionFunction::Known(log_partition));
    let parts = scores.run(machine, rows, row_key(key), progress);
    let (mut free_energies, mut annealed) = (Vec::new(), Vec::new());
    for part in parts.map_err(row_failure)? {
        let part = part.map_err(row_failure)?;
        free_energies.extend(part.free_energy);
        annealed.extend(part.annealing);
    }
    let free_energy = mean(&free_energies, rows.weights());
    let log_likelihood = Interval::exactly(0.0) - free_energy - log_partition;
    let annealing = annealed.into_iter().reduce(RowAnnealing::and);
    let mut doubts = how.doubts();
    doubts.extend(annealing.iter().flat_map(RowAnnealing::doubts));
    let run = match how {
        How::Exact => None,
        How::Annealing { log_partition, .. } => Some(log_partition),
    };
    Ok(Found {
        log_partition,
        log_likelihood,
        run,
        rows: annealing,
        reached: doubts.is_empty() && log_likelihood.width() <= estimator.gap,
        doubts,
        free_energy: Some(free_energy),
    })
}

/// ln Z, and how it was found.
pub(crate) fn partition(
    estimator: &LikelihoodEstimator,
    machine: &BoltzmannMachine<AnyLayer>,
    rows: &dyn Rows,
    key: RandomKey,
    progress: &mut dyn Progress,
) -> Result<(Interval, How), Failure> {
    let found = estimator.log_partition(machine, rows, key, progress);
    found.map_err(failure)
}

/// The settings for scores of single rows: exact where a sum is required, otherwise where it is small.
pub(crate) fn row_scores(
    estimator: &LikelihoodEstimator,
    log_partition: PartitionFunction,
) -> RowScores {
    RowScores {
        method: match estimator.method {
            Method::Exact => Method::Exact,
            Method::Auto | Method::Annealing => Method::Auto,
        },
        log_partition,
        ..RowScores::default()
    }
}

/// The key of the sums of rows, beside that of ln Z.
pub(crate) fn row_key(key: RandomKey) -> RandomKey {
    key.child(Child::RowSums(0))
}

/// The mean of estimates, and those of their bounds.
fn mean(intervals: &[Interval], weights: Option<&[f32]>) -> Interval {
    let of = |end: fn(&Interval) -> f64| {
        let ends: Vec<f64> = intervals.iter().map(end).collect();
        weighted_mean(&ends, weights)
    };
    Interval {
        low: of(|interval| interval.low),
        value: of(|interval| interval.value),
        high: of(|interval| interval.high),
    }
}

/// The error of a likelihood, with the option that is at fault.
pub(crate) fn failure(error: LikelihoodError) -> Failure {
    match error {
        LikelihoodError::Exact(ExactError::TooManyStates { .. } | ExactError::NoClosedForm) => {
            Failure::input(format!("--likelihood exact: {error}; use auto or ais"))
        }
        LikelihoodError::TooFewChains { .. } => Failure::input(format!("--chains: {error}")),
        LikelihoodError::NoTemperatures => Failure::input(format!("--temperatures: {error}")),
        LikelihoodError::Exact(_) | LikelihoodError::Rows(_) => Failure::input(error),
        LikelihoodError::NotFinite => Failure::work(error),
    }
}

/// The same for the scores of single rows.
pub(crate) fn row_failure(error: InferenceError) -> Failure {
    match error {
        InferenceError::Likelihood(error) => failure(error),
        InferenceError::Exact(error) => failure(error.into()),
        error => error.into(),
    }
}
