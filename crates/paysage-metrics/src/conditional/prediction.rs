//! The distribution of some columns.

use burn::tensor::Tensor;
use paysage_models::ExactError;
use paysage_samplers::ConditioningError;
use thiserror::Error;

use super::part::selected;

/// The distribution of some columns of each row.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// The columns, in order.
    pub columns: Vec<usize>,
    /// What may stand in them together, the last site changing fastest: `[outcomes, columns]`. Those
    /// of a one-hot site are its states from the first to the last.
    pub outcomes: Tensor<2>,
    /// The probability of each outcome given the rest of the row: `[batch, outcomes]`.
    pub probabilities: Tensor<2>,
    /// From how chains differ, `[batch, outcomes]`, and not a number where there is one; nothing where
    /// the probabilities are exact.
    pub standard_error: Option<Tensor<2>>,
}

/// Why there is no prediction.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PredictionError {
    /// A site is asked about in part, or there are no chains or sweeps.
    #[error(transparent)]
    Conditioning(#[from] ConditioningError),
    /// The machine cannot be normalized.
    #[error(transparent)]
    Exact(#[from] ExactError),
    /// No columns.
    #[error("no columns are to be predicted: name at least 1")]
    NoColumns,
    /// A column is named that is not there.
    #[error("column {column} is to be predicted, but rows have {columns}, counted from 0")]
    NoSuchColumn {
        /// The column named.
        column: usize,
        /// How many there are.
        columns: usize,
    },
    /// A column takes any real number.
    #[error(
        "column {column}, counted from 0, takes any real number: there is no list of probabilities, \
         but imputation gives its mean and its spread"
    )]
    RealValued {
        /// The column, from 0.
        column: usize,
    },
    /// There are too many outcomes.
    #[error(
        "the columns have 2^{log2_outcomes:.0} outcomes together, more than 2^{limit}: \
         predict fewer of them at a time"
    )]
    TooManyOutcomes {
        /// The number of outcomes, as a power of 2.
        log2_outcomes: f64,
        /// The largest power that is told apart.
        limit: u32,
    },
}

impl Prediction {
    /// The likeliest outcome of each row: `[batch, columns]`.
    #[must_use]
    pub fn mode(&self) -> Tensor<2> {
        let best = self.probabilities.clone().argmax(1).squeeze_dim::<1>(1);
        self.outcomes.clone().select(0, best)
    }

    /// The share of rows `[batch, visible units]` in which the likeliest outcome is what stands in the
    /// columns.
    ///
    /// # Panics
    ///
    /// When these are not as many rows as were predicted.
    #[must_use]
    pub fn accuracy(&self, rows: &Tensor<2>) -> f64 {
        let right = self.mode().equal(selected(rows, 1, &self.columns));
        let right: Vec<bool> = right.into_data().iter().collect();
        let rows = right.chunks(self.columns.len());
        let count = rows.len() as f64;
        rows.filter(|row| row.iter().all(|&right| right)).count() as f64 / count
    }
}
