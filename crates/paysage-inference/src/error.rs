//! The errors of this crate.

use paysage_data::{DataError, Position};
use paysage_metrics::LikelihoodError;
use paysage_models::{ExactError, MachineError, SettingError};
use thiserror::Error;

/// Reason why a question cannot be answered.
#[derive(Debug, Error)]
pub enum InferenceError {
    /// Rows cannot be read, or do not fit the machine.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The machine cannot be normalized, or has no exact sum.
    #[error(transparent)]
    Exact(#[from] ExactError),
    /// A sum cannot be estimated or is not finite.
    #[error(transparent)]
    Likelihood(#[from] LikelihoodError),
    /// A setting of the chain is out of range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The free energy has no closed form.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// A visible layer whose sites have infinitely many states where finitely many are needed.
    #[error(
        "visible layer {layer} has infinitely many states: couplings and mutations are those of one-hot \
         sites and of discrete units"
    )]
    InfiniteStates {
        /// The layer.
        layer: usize,
    },
    /// All sites of finitely many states are missing in a row to be mutated.
    #[error("no site is observed, so none can be mutated: give the state of at least 1 site")]
    NoObservedSite,
    /// A value is missing where rows must be complete.
    #[error(
        "{file}: {position}: the value is missing, but {needed_by} needs it: impute missing values first"
    )]
    Missing {
        /// The data set.
        file: String,
        /// The position of the value.
        position: Position,
        /// What needs the value.
        needed_by: &'static str,
    },
    /// Some units of a site are clamped or observed and others are not.
    #[error(
        "row {row}: the site of {width} units that starts at column {column} is given in part: give \
         all of its units or none"
    )]
    PartOfSite {
        /// The row, counted from 1.
        row: usize,
        /// The first column of the site, counted from 1.
        column: usize,
        /// Number of units of the site.
        width: usize,
    },
    /// The number of chains is 0.
    #[error("the number of chains per row is 0: expected at least 1")]
    NoChains,
    /// The number of sweeps is 0.
    #[error("the number of sweeps is 0: expected at least 1")]
    NoSweeps,
    /// The number of repeats is 0.
    #[error("the number of repeats is 0: expected at least 1")]
    NoRepeats,
    /// The number of samples is 0.
    #[error("the number of samples is 0: expected at least 1")]
    NoSamples,
    /// The list of target columns is empty.
    #[error("no target columns: name at least 1")]
    NoTargets,
    /// A target column does not exist.
    #[error("target column {column} does not exist: rows have {columns} columns, counted from 0")]
    NoSuchColumn {
        /// The column, counted from 0.
        column: usize,
        /// Number of columns.
        columns: usize,
    },
    /// The discrete target columns have too many joint outcomes.
    #[error(
        "the target columns have 2^{log2_outcomes:.0} joint outcomes, more than 2^{limit}: predict \
         fewer columns at a time"
    )]
    TooManyOutcomes {
        /// Number of outcomes, as a power of 2.
        log2_outcomes: f64,
        /// The largest power of 2.
        limit: u32,
    },
    /// The coverage of an interval is not between 0 and 1.
    #[error("the coverage of the interval is {coverage}: expected a number between 0 and 1")]
    Coverage {
        /// The coverage.
        coverage: f64,
    },
    /// A hidden layer does not exist.
    #[error("hidden layer {layer} does not exist: the machine has {layers}, counted from 1")]
    NoSuchHiddenLayer {
        /// The hidden layer, counted from 1.
        layer: usize,
        /// Number of hidden layers.
        layers: usize,
    },
    /// A layer cannot be divided into clamped and free units.
    #[error(
        "layer {layer} cannot be divided into clamped and free units, because its size is not that of \
         its parameters: clamp the whole layer or none of it"
    )]
    Indivisible {
        /// The layer.
        layer: usize,
    },
    /// Given values are no row for the visible layers, or no rows.
    #[error("{found} values are given, but the machine has {expected} visible units")]
    GivenWidth {
        /// Number of values.
        found: usize,
        /// Number of visible units.
        expected: usize,
    },
}
