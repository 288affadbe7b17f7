//! What some columns will be, given the rest of a row.

use burn::tensor::Tensor;
use paysage_kernels::on_workers;
use paysage_layers::Trainable;
use paysage_models::BoltzmannMachine;
use paysage_samplers::Imputation;

use super::{Prediction, PredictionError, question::Question, sums::LogSums};

/// Finds the distribution of some columns given the rest of each row: of a one-hot site, which makes
/// a classifier of the machine, or of a few binary units or sites together.
///
/// It is exact where no hidden layers are connected, or few states are to be summed over: p(a | b) ∝
/// Σ_h exp(−E(a, b, h)). Otherwise it is the mean of p(a | b, h) over chains in which the rest of the
/// row is held.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_layers::{AnyLayer, Bernoulli, OneHot};
/// use paysage_metrics::Predictor;
/// use paysage_models::{BoltzmannMachine, Connection};
///
/// // Pixels and a label that see the same hidden units.
/// let device = default_device()?;
/// let layers: Vec<AnyLayer> = vec![
///     Bernoulli::new(4, &device).into(),
///     OneHot::new(1, 3, &device).into(),
///     Bernoulli::new(5, &device).into(),
/// ];
/// let connections = vec![
///     Connection::zeros((0, 4), (2, 5), &device),
///     Connection::zeros((1, 3), (2, 5), &device),
/// ];
/// let machine = BoltzmannMachine::new(layers, connections, vec![0, 1])?;
/// let rows = Tensor::from_floats([[0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0]], &device);
/// let found = Predictor::default().predict(&machine, &rows, &[4, 5, 6])?;
/// assert_eq!(found.probabilities.dims(), [1, 3]);
/// assert!(found.standard_error.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Predictor {
    /// The largest exact sum that is made for each outcome of a row, as a power of 2 of its states.
    pub exact_states: u32,
    /// The chains, where the sum is larger.
    pub chains: Imputation,
}

impl Default for Predictor {
    fn default() -> Self {
        Self {
            exact_states: 16,
            chains: Imputation::default(),
        }
    }
}

impl Predictor {
    /// Predicts some columns, counted from 0, of rows `[batch, visible units]` from the others. What
    /// stands in these columns does not count.
    ///
    /// # Errors
    ///
    /// When there are no such columns, or too many for a list of outcomes, when they are real-valued
    /// or part of a one-hot site, when the machine cannot be normalized, and when chains are needed
    /// and there are none, or no sweeps.
    ///
    /// # Panics
    ///
    /// When the rows do not fit the machine.
    pub fn predict<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &Tensor<2>,
        columns: &[usize],
    ) -> Result<Prediction, PredictionError> {
        machine.check_normalizable()?;
        let question = Question::new(machine, columns)?;
        let sums = LogSums::cheapest(machine, &machine.visible);
        let (probabilities, standard_error) =
            match sums.filter(|sums| sums.log2_states() <= f64::from(self.exact_states)) {
                Some(sums) => (on_workers(|| question.exact(&sums, rows)), None),
                None => {
                    self.chains.check()?;
                    let (mean, error) = on_workers(|| question.by_chains(rows, &self.chains));
                    (mean, Some(error))
                }
            };
        Ok(Prediction {
            columns: question.columns,
            outcomes: question.outcomes,
            probabilities,
            standard_error,
        })
    }
}
