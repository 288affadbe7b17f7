//! Errors of comparisons of two samples.

use thiserror::Error;

/// Two samples for which a metric is not defined. Rows are counted from 1.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum SamplesError {
    /// A sample is too small.
    #[error("{name}: the metric needs at least {least} rows, got {found}")]
    TooFew {
        /// The name of the sample.
        name: String,
        /// Its number of rows.
        found: usize,
        /// The smallest number of rows.
        least: usize,
    },
    /// The samples have different numbers of columns, or values that do not fill whole rows.
    #[error("{name}: expected rows of {expected} columns, got {found}")]
    Columns {
        /// The name of the sample.
        name: String,
        /// Its number of columns, or the number of values left over.
        found: usize,
        /// The number of columns of the other sample.
        expected: usize,
    },
    /// A value is missing or infinite.
    #[error("{name}: row {row}, column {column}: expected a finite number, got {value}")]
    NotFinite {
        /// The name of the sample.
        name: String,
        /// The row.
        row: usize,
        /// The column, counted from 1.
        column: usize,
        /// The value.
        value: f32,
    },
    /// A density by nearest neighbours is infinite.
    #[error(
        "{name}: row {row} equals at least {neighbours} rows of {other}: densities by {neighbours} \
         nearest neighbours are not defined"
    )]
    EqualRows {
        /// The name of the sample.
        name: String,
        /// The row.
        row: usize,
        /// The number of nearest neighbours.
        neighbours: usize,
        /// The name of the sample of the equal rows.
        other: String,
    },
    /// All rows of both samples are equal.
    #[error("all rows of {first} and {second} are equal: the metric is 0/0")]
    AllEqual {
        /// The name of the first sample.
        first: String,
        /// The name of the second sample.
        second: String,
    },
    /// The median distance of rows is zero, so that it is no bandwidth of a kernel.
    #[error(
        "the median distance of the rows of {first} and {second} is 0: choose the bandwidth of the \
         kernel"
    )]
    NoMedian {
        /// The name of the first sample.
        first: String,
        /// The name of the second sample.
        second: String,
    },
    /// A covariance has no decomposition in finite numbers.
    #[error("the singular values of the covariances of {first} and {second} do not converge")]
    NoConvergence {
        /// The name of the first sample.
        first: String,
        /// The name of the second sample.
        second: String,
    },
}
