//! Predicted distributions.

use burn::tensor::Tensor;
use paysage_data::Layout;

/// Predictions for some rows.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// Position of the first row in the data set, counted from 0.
    pub first_row: usize,
    /// The joint distribution of the discrete target columns; nothing where there are none.
    pub discrete: Option<DiscretePrediction>,
    /// The distribution of each real-valued target column; nothing where there are none.
    pub real: Option<RealPrediction>,
}

/// The joint distribution of discrete target columns given the other columns of each row. Real-valued
/// targets are integrated over.
#[derive(Clone, Debug)]
pub struct DiscretePrediction {
    /// The columns, counted from 0, in order.
    pub columns: Vec<usize>,
    /// The joint outcomes of the columns, the last site changing fastest: `[outcomes, columns]`. Those
    /// of a one-hot site are its states from the first to the last.
    pub outcomes: Tensor<2>,
    /// The probability of each outcome: `[batch, outcomes]`.
    pub probabilities: Tensor<2>,
    /// Whether the probabilities are exact, or means over chains.
    pub exact: bool,
    /// The Monte Carlo standard error of the probabilities, from the differences between chains:
    /// `[batch, outcomes]`; nothing for exact probabilities and for a single chain.
    pub standard_error: Option<Tensor<2>>,
    /// The outcome that each row has in the target columns; nothing where it is missing.
    pub truth: Vec<Option<usize>>,
}

impl DiscretePrediction {
    /// The most probable outcome of each row.
    #[must_use]
    pub fn most_probable(&self) -> Vec<usize> {
        let best = self.probabilities.clone().argmax(1).into_data();
        best.iter::<i64>().map(|outcome| outcome as usize).collect()
    }

    /// The values of the most probable outcome of each row: `[batch, columns]`.
    #[must_use]
    pub fn mode(&self) -> Tensor<2> {
        let best = self.probabilities.clone().argmax(1).squeeze_dim::<1>(1);
        self.outcomes.clone().select(0, best)
    }

    /// The values of each outcome in the target columns.
    #[must_use]
    pub fn outcome_values(&self) -> Vec<Vec<f32>> {
        let values: Vec<f32> = self.outcomes.to_data().iter().collect();
        let outcomes = values.chunks(self.columns.len());
        outcomes.map(<[f32]>::to_vec).collect()
    }

    /// Fraction of the rows with a known outcome whose most probable outcome is that one; nothing where
    /// no outcome is known.
    #[must_use]
    pub fn accuracy(&self) -> Option<f64> {
        let pairs = self.most_probable().into_iter().zip(&self.truth);
        let known: Vec<bool> = pairs
            .filter_map(|(best, truth)| truth.map(|truth| truth == best))
            .collect();
        let correct = known.iter().filter(|&&correct| correct).count();
        (!known.is_empty()).then(|| correct as f64 / known.len() as f64)
    }
}

/// The distribution of each real-valued target column given the other columns of each row. Other targets
/// are summed over.
#[derive(Clone, Debug, PartialEq)]
pub struct RealPrediction {
    /// The columns, counted from 0, in order.
    pub columns: Vec<usize>,
    /// The distributions, column by column for each row.
    pub rows: Vec<Vec<RealValue>>,
    /// Whether they are exact, or means over chains.
    pub exact: bool,
    /// The values that each row has in the target columns, NaN where missing.
    pub truth: Vec<Vec<f32>>,
}

/// The predictive distribution of a real value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RealValue {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub standard_deviation: f64,
    /// The lower end of the central interval.
    pub low: f64,
    /// The upper end of the central interval.
    pub high: f64,
    /// The Monte Carlo standard error of the mean, from the differences between chains; nothing for an
    /// exact mean and for a single chain.
    pub standard_error: Option<f64>,
}

impl RealValue {
    /// The distribution in the original units of measurement of the column that a unit, counted from
    /// 0, belongs to.
    ///
    /// ```
    /// use paysage_data::{Layout, Standardizer, Table};
    /// use paysage_inference::RealValue;
    ///
    /// // Mean 15, standard deviation 5.
    /// let rows = Table::new("rows", 1, vec![10.0, 20.0])?;
    /// let mut layout = Layout::units(1);
    /// layout.preparation.standardize = Some(Standardizer::fit(&rows));
    /// let value = RealValue {
    ///     mean: 1.0,
    ///     standard_deviation: 0.5,
    ///     low: 0.0,
    ///     high: 2.0,
    ///     standard_error: None,
    /// };
    /// let restored = value.restored(&layout, 0);
    /// assert_eq!((restored.mean, restored.standard_deviation), (20.0, 2.5));
    /// assert_eq!((restored.low, restored.high), (15.0, 25.0));
    /// # Ok::<(), paysage_data::DataError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When the layout has no such unit.
    #[must_use]
    pub fn restored(&self, layout: &Layout, unit: usize) -> Self {
        let value = |x| layout.restore_value(unit, x);
        let scale = layout.scale(unit).abs();
        // A negative divisor of the values turns the interval around.
        let (low, high) = (value(self.low), value(self.high));
        Self {
            mean: value(self.mean),
            standard_deviation: self.standard_deviation * scale,
            low: low.min(high),
            high: low.max(high),
            standard_error: self.standard_error.map(|error| error * scale),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_scale_turns_intervals_around() {
        let mut layout = Layout::units(1);
        layout.preparation.scale = Some(-2.0);
        let value = RealValue {
            mean: 1.0,
            standard_deviation: 0.5,
            low: 0.0,
            high: 3.0,
            standard_error: Some(0.25),
        };
        let expected = RealValue {
            mean: -2.0,
            standard_deviation: 1.0,
            low: -6.0,
            high: 0.0,
            standard_error: Some(0.5),
        };
        assert_eq!(value.restored(&layout, 0), expected);
    }
}
