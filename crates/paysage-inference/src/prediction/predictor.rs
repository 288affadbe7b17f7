//! Prediction of some columns from the others.

use burn::tensor::Tensor;
use paysage_data::Rows;
use paysage_kernels::{RandomKey, on_workers};
use paysage_layers::{Layer, Trainable};
use paysage_models::{BoltzmannMachine, Progress};

use super::{
    DiscretePrediction, Prediction, RealPrediction,
    chains::TargetChains,
    exact::{ExactMixtures, ExactOutcomes},
    targets::{Outcomes, Targets},
};
use crate::{
    Answers, ChainSettings, InferenceError,
    chunks::{CHUNK, answer},
};

/// Largest number of components of mixtures that are kept at a time.
const MOST_COMPONENTS: usize = 1 << 25;

/// Prediction of some columns from the other columns of a row: classification where the target is a
/// one-hot site, the joint distribution of several discrete columns, and mean, standard deviation and
/// central interval of real-valued columns.
///
/// Probabilities are exact where a sum over hidden units has at most 2^`exact_states` states, which it
/// always has for a restricted machine: p(a | b) ∝ Σ_h exp(−E(a, b, h)). A real-valued column of a
/// Gaussian layer has a mixture of normal distributions, one for each state of the hidden units; it is
/// exact where there are at most 2¹⁰. Otherwise distributions are averages of the distribution given
/// all other units over Gibbs chains in which the other columns are clamped.
///
/// ```
/// use paysage_data::Table;
/// use paysage_inference::{PredictionScores, Predictor};
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_models::{BoltzmannMachine, Silent};
/// use paysage_layers::{AnyLayer, Bernoulli, OneHot};
///
/// // Pixels and a label with common hidden units.
/// let device = default_device()?;
/// let pixels = Bernoulli::new(2, &device).into();
/// let label = OneHot::new(1, 3, &device).into();
/// let hidden: Vec<AnyLayer> = vec![Bernoulli::new(5, &device).into()];
/// let machine = BoltzmannMachine::stacked(vec![pixels, label], hidden)?;
/// let rows = Table::new("rows", 5, vec![0.0, 1.0, 1.0, 0.0, 0.0])?;
/// let (predictor, mut progress) = (Predictor::default(), Silent);
/// let mut scores = PredictionScores::default();
/// for found in predictor.run(&machine, &rows, &[2, 3, 4], RandomKey::new(1), &mut progress)? {
///     let found = found?;
///     let label = found.discrete.as_ref().expect("a discrete target");
///     assert!(label.exact);
///     assert_eq!(label.probabilities.dims(), [1, 3]);
///     scores.add(&found);
/// }
/// let scores = scores.discrete().expect("a known label");
/// assert!((scores.mean_log_probability + 3.0_f64.ln()).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Predictor {
    /// The largest exact sum for each outcome of a row, as a power of 2 of its states.
    pub exact_states: u32,
    /// The probability of the central interval of real-valued columns, between 0 and 1.
    pub coverage: f64,
    /// The chains, where sums are larger.
    pub chains: ChainSettings,
}

impl Default for Predictor {
    fn default() -> Self {
        Self {
            exact_states: 16,
            coverage: 0.9,
            chains: ChainSettings::default(),
        }
    }
}

impl Predictor {
    /// Predicts target columns, counted from 0, of the rows of a data set, chunk by chunk. Values in the
    /// target columns are not used and may be missing; all other values must be observed.
    ///
    /// # Errors
    ///
    /// When there are no target columns, when one does not exist or is part of a one-hot site, when
    /// discrete targets have too many joint outcomes, when the coverage is not between 0 and 1, when the
    /// machine cannot be normalized, and when chains are needed and there are none, or no sweeps. An
    /// answer is an error where rows cannot be read, miss a value outside of the target columns or have
    /// values that the visible units do not take.
    pub fn run<'a, L: Trainable>(
        &self,
        machine: &'a BoltzmannMachine<L>,
        rows: &'a dyn Rows,
        targets: &[usize],
        key: RandomKey,
        progress: &'a mut dyn Progress,
    ) -> Result<Answers<'a, Prediction>, InferenceError> {
        let plan = Plan::new(self, machine, targets)?;
        let at_once = plan.rows_at_once();
        Ok(answer(machine, rows, at_once, progress, move |chunk| {
            let needed = |column| !plan.targets.contains(column);
            chunk.require(rows, "a prediction", needed)?;
            let key = key.starting_at(chunk.first_row as u32);
            Ok(Prediction {
                first_row: chunk.first_row,
                ..on_workers(|| plan.predict(&chunk.rows, &chunk.values, key))
            })
        }))
    }

    /// Predicts target columns, counted from 0, of rows `[batch, visible units]` on the device from the
    /// others. Values in the target columns are not used, and may be NaN.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    ///
    /// # Panics
    ///
    /// When the rows do not fit the machine.
    pub fn run_batch<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &Tensor<2>,
        targets: &[usize],
        key: RandomKey,
    ) -> Result<Prediction, InferenceError> {
        let plan = Plan::new(self, machine, targets)?;
        let values: Vec<f32> = rows.to_data().iter().collect();
        Ok(on_workers(|| plan.predict(rows, &values, key)))
    }
}

/// How the distributions of target columns are found.
struct Plan<L: Layer> {
    settings: Predictor,
    targets: Targets,
    outcomes: Option<Outcomes>,
    exact_outcomes: Option<ExactOutcomes<L>>,
    exact_mixtures: Option<ExactMixtures<L>>,
    /// Where one of the above has no exact sum.
    chains: Option<TargetChains<L>>,
}

impl<L: Trainable> Plan<L> {
    fn new(
        settings: &Predictor,
        machine: &BoltzmannMachine<L>,
        columns: &[usize],
    ) -> Result<Self, InferenceError> {
        machine.check_normalizable()?;
        let coverage = settings.coverage;
        if !(coverage > 0.0 && coverage < 1.0) {
            return Err(InferenceError::Coverage { coverage });
        }
        let targets = Targets::new(machine, columns)?;
        let states = settings.exact_states;
        let (mut outcomes, mut exact_outcomes, mut exact_mixtures) = (None, None, None);
        if !targets.discrete.is_empty() {
            outcomes = Some(Outcomes::new(machine, &targets)?);
            exact_outcomes = ExactOutcomes::new(machine, &targets, states)?;
        }
        if !targets.real.is_empty() {
            exact_mixtures = ExactMixtures::new(machine, &targets, states)?;
        }
        let discrete_by_chains = outcomes.is_some() && exact_outcomes.is_none();
        let real_by_chains = !targets.real.is_empty() && exact_mixtures.is_none();
        let mut chains = None;
        if discrete_by_chains || real_by_chains {
            settings.chains.check()?;
            chains = Some(TargetChains::new(machine, &targets)?);
        }
        Ok(Self {
            settings: *settings,
            targets,
            outcomes,
            exact_outcomes,
            exact_mixtures,
            chains,
        })
    }

    /// Whether real-valued targets are predicted by chains.
    fn real_by_chains(&self) -> bool {
        !self.targets.real.is_empty() && self.exact_mixtures.is_none()
    }

    fn rows_at_once(&self) -> usize {
        if !self.real_by_chains() {
            return CHUNK;
        }
        let ChainSettings { chains, sweeps, .. } = self.settings.chains;
        let components = chains.saturating_mul(sweeps);
        let kept = components.saturating_mul(self.targets.real.len());
        (MOST_COMPONENTS / kept).clamp(1, CHUNK)
    }

    /// Predictions for rows on the device, which have these values, NaN where missing.
    fn predict(&self, rows: &Tensor<2>, values: &[f32], key: RandomKey) -> Prediction {
        let sampled = self.chains.as_ref().map(|chains| {
            let by_chains = self.exact_outcomes.is_none();
            let outcomes = self.outcomes.as_ref().filter(|_| by_chains);
            let coverage = self.real_by_chains().then_some(self.settings.coverage);
            chains.run(rows, outcomes, coverage, &self.settings.chains, key)
        });
        let (sampled_outcomes, sampled_real) = match sampled {
            Some(sampled) => (sampled.outcomes, sampled.real),
            None => (None, None),
        };
        let exact_outcomes = self.exact_outcomes.as_ref().zip(self.outcomes.as_ref());
        let exact_outcomes =
            exact_outcomes.map(|(exact, outcomes)| exact.probabilities(outcomes, rows));
        let probabilities = match (exact_outcomes, sampled_outcomes) {
            (Some(exact), _) => Some((exact, None, true)),
            (None, Some((mean, error))) => Some((mean, error, false)),
            (None, None) => None,
        };
        let discrete = self.outcomes.as_ref().zip(probabilities);
        let exact_real = self.exact_mixtures.as_ref();
        let exact_real = exact_real.map(|exact| exact.summaries(rows, self.settings.coverage));
        let exact = exact_real.is_some();
        let truth = Truth {
            values,
            columns: self.targets.units,
        };
        Prediction {
            first_row: 0,
            discrete: discrete.map(|(outcomes, (probabilities, standard_error, exact))| {
                DiscretePrediction {
                    truth: truth.outcomes(&self.targets.discrete, &outcomes.values),
                    columns: self.targets.discrete.clone(),
                    outcomes: outcomes.values.clone(),
                    probabilities,
                    exact,
                    standard_error,
                }
            }),
            real: exact_real.or(sampled_real).map(|rows| RealPrediction {
                columns: self.targets.real.clone(),
                rows,
                exact,
                truth: truth.values(&self.targets.real),
            }),
        }
    }
}

/// The values of rows on the host.
struct Truth<'a> {
    values: &'a [f32],
    columns: usize,
}

impl Truth<'_> {
    /// The values in some columns, row by row.
    fn values(&self, columns: &[usize]) -> Vec<Vec<f32>> {
        let rows = self.values.chunks(self.columns);
        rows.map(|row| columns.iter().map(|&column| row[column]).collect())
            .collect()
    }

    /// The outcome in some columns, row by row.
    fn outcomes(&self, columns: &[usize], outcomes: &Tensor<2>) -> Vec<Option<usize>> {
        let all: Vec<f32> = outcomes.to_data().iter().collect();
        let index = |values: Vec<f32>| all.chunks(columns.len()).position(|o| o == values);
        self.values(columns).into_iter().map(index).collect()
    }
}
