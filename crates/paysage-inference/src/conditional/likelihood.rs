//! Conditional log-likelihood of some visible units given others.

use burn::tensor::{Bool, Tensor, TensorData};
use paysage_data::Rows;
use paysage_kernels::{Child, RandomKey, on_workers};
use paysage_layers::Annealed;
use paysage_metrics::{Interval, LikelihoodError, Method, RowAnnealing, TwoSided};
use paysage_models::{BoltzmannMachine, Progress};

use super::free_sums::{FreeSums, RowSums};
use crate::{
    Answers, InferenceError, check_sites,
    chunks::{CHUNK, answer},
};

/// Conditional log-likelihood ln p(a | b) of some visible units a given others b, in nats: ln Σ exp(−E)
/// over all units but a and b, minus ln Σ exp(−E) over all units but b. It needs no ln Z.
///
/// Each of the two sums is exact where it has few enough states: those of the discrete layers that must
/// be enumerated so that no two of the other free layers are connected. In a restricted machine these
/// are the states of the free visible units or of the hidden layers, whichever are fewer, and free
/// real-valued visible units connected to discrete hidden ones are integrated in closed form. Otherwise
/// the sum is bounded for each row by annealing in both directions. Free Gaussian units connected to
/// hidden Gaussian ones are always annealed.
///
/// ```
/// use paysage_data::Table;
/// use paysage_inference::ConditionalLikelihood;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_models::{BoltzmannMachine, Silent};
/// use paysage_layers::Bernoulli;
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(3, &device), Bernoulli::new(2, &device)];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let rows = Table::new("rows", 3, vec![0.0, 1.0, 1.0])?;
/// let (target, given, mut progress) = ([true, true, false], [false, false, true], Silent);
/// let estimator = ConditionalLikelihood::default();
/// let key = RandomKey::new(1);
/// let mut answers = estimator.run(&machine, &rows, &target, &given, key, &mut progress)?;
/// let found = answers.next().expect("a chunk")?;
/// // Without weights: two fair coins, whatever the third one is.
/// assert!((found.mean().value + 2.0 * 2.0_f64.ln()).abs() < 1e-6);
/// assert_eq!(found.annealing, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ConditionalLikelihood {
    /// Exact sums or annealing.
    pub method: Method,
    /// The largest exact sum for a row, as a power of 2 of its states.
    pub exact_states: u32,
    /// Number of annealing steps.
    pub steps: usize,
}

impl Default for ConditionalLikelihood {
    fn default() -> Self {
        Self {
            method: Method::default(),
            exact_states: 16,
            steps: 256,
        }
    }
}

/// ln p(a | b) of rows, in nats, with bounds: those of the first sum minus those of the second. Exact
/// sums have an interval of width 0, annealed ones bounds of 95 % confidence each.
#[derive(Clone, Debug)]
pub struct ConditionalLogLikelihood {
    /// Position of the first row in the data set, counted from 0.
    pub first_row: usize,
    /// The annealing of the sums; nothing where all are exact. Bounds may not hold where there is
    /// [doubt](RowAnnealing::doubts).
    pub annealing: Option<RowAnnealing>,
    joint: Vec<TwoSided>,
    given: Vec<TwoSided>,
}

impl ConditionalLogLikelihood {
    /// ln p(a | b) of each row.
    #[must_use]
    pub fn rows(&self) -> Vec<Interval> {
        let pairs = self.joint.iter().zip(&self.given);
        pairs
            .map(|(joint, given)| joint.interval() - given.interval())
            .collect()
    }

    /// The mean of ln p(a | b) over the rows, with narrower bounds than the mean of their bounds.
    #[must_use]
    pub fn mean(&self) -> Interval {
        TwoSided::mean(&self.joint) - TwoSided::mean(&self.given)
    }

    /// Appends the rows of another chunk.
    pub fn append(&mut self, other: Self) {
        let both = [self.annealing, other.annealing].into_iter().flatten();
        self.annealing = both.reduce(RowAnnealing::and);
        self.joint.extend(other.joint);
        self.given.extend(other.given);
    }
}

impl ConditionalLikelihood {
    /// The conditional log-likelihood of the rows of a data set, chunk by chunk, for the target and
    /// given units where `target` and `given` are true, one entry per visible unit. Units that are both
    /// are given. All other units, and given units that are missing in a row, are summed over.
    ///
    /// # Errors
    ///
    /// When `target` or `given` do not fit the visible units or name a site in part, when the machine
    /// cannot be normalized, or when there are no annealing steps. An answer is an error where rows
    /// cannot be read, miss a target unit or have values that the visible units do not take, where an
    /// exact sum was asked for and does not exist or has too many states, and where the result is not
    /// finite.
    pub fn run<'a, L: Annealed>(
        &self,
        machine: &'a BoltzmannMachine<L>,
        rows: &'a dyn Rows,
        target: &[bool],
        given: &[bool],
        key: RandomKey,
        progress: &'a mut dyn Progress,
    ) -> Result<Answers<'a, ConditionalLogLikelihood>, InferenceError> {
        machine.check_normalizable()?;
        self.sums().check()?;
        let mask = |of: &[bool]| {
            let (found, expected) = (of.len(), machine.visible_units());
            if found != expected {
                return Err(InferenceError::GivenWidth { found, expected });
            }
            let data = TensorData::new(of.to_vec(), [1, expected]);
            Ok(Tensor::<2, Bool>::from_data(data, &machine.device()))
        };
        let masks = [mask(target)?, mask(given)?];
        check_sites(machine, &masks[1])?;
        check_sites(machine, &masks[0].clone().bool_or(masks[1].clone()))?;
        let pairs = target.iter().zip(given);
        let needed: Vec<bool> = pairs.map(|(&target, &given)| target && !given).collect();
        let settings = *self;
        Ok(answer(machine, rows, CHUNK, progress, move |chunk| {
            let needed_by = "a conditional likelihood";
            chunk.require(rows, needed_by, |column| needed[column])?;
            let observed = chunk.mask();
            let [target, given] = masks.clone().map(|mask| mask.expand(chunk.rows.dims()));
            let given = given.bool_and(observed.clone());
            let clamped = target.bool_and(observed).bool_or(given.clone());
            settings.evaluate(machine, &chunk.rows, &clamped, &given, chunk.first_row, key)
        }))
    }

    /// The conditional log-likelihood of rows `[batch, visible units]` on the device, with masks of
    /// target and given units of the same shape or `[1, visible units]`. Units that are both are given;
    /// units that are neither are summed over, and their values are ignored.
    ///
    /// Rows with the same masks are processed together.
    ///
    /// # Errors
    ///
    /// When a site of several units is a target or given in part, when the machine cannot be normalized,
    /// when an exact sum was asked for and does not exist or has too many states, when there are no
    /// annealing steps, or when the result is not finite.
    ///
    /// # Panics
    ///
    /// When rows or masks do not fit the machine or one another.
    pub fn run_batch<L: Annealed>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &Tensor<2>,
        target: &Tensor<2, Bool>,
        given: &Tensor<2, Bool>,
        key: RandomKey,
    ) -> Result<ConditionalLogLikelihood, InferenceError> {
        let shape = rows.dims();
        let given = given.clone().expand(shape);
        let clamped = target.clone().expand(shape).bool_or(given.clone());
        check_sites(machine, &given)?;
        check_sites(machine, &clamped)?;
        machine.check_normalizable()?;
        self.sums().check()?;
        self.evaluate(machine, rows, &clamped, &given, 0, key)
    }

    fn sums(&self) -> FreeSums {
        FreeSums {
            method: self.method,
            exact_states: self.exact_states,
            steps: self.steps,
        }
    }

    fn evaluate<L: Annealed>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &Tensor<2>,
        clamped: &Tensor<2, Bool>,
        given: &Tensor<2, Bool>,
        first_row: usize,
        key: RandomKey,
    ) -> Result<ConditionalLogLikelihood, InferenceError> {
        let sums = self.sums();
        let of = |mask: &Tensor<2, Bool>, sum: Child| {
            sums.of_rows(machine, rows, mask, first_row, key.child(sum))
        };
        let both = on_workers(|| -> Result<[RowSums; 2], InferenceError> {
            Ok([of(clamped, Child::JointSum)?, of(given, Child::GivenSum)?])
        });
        let [joint, given] = both?;
        let annealing = [joint.annealing, given.annealing].into_iter().flatten();
        let found = ConditionalLogLikelihood {
            first_row,
            annealing: annealing.reduce(RowAnnealing::and),
            joint: joint.rows,
            given: given.rows,
        };
        let mut ends = found.rows().into_iter().chain([found.mean()]);
        if ends.all(|i| i.low.is_finite() && i.high.is_finite()) {
            Ok(found)
        } else {
            Err(LikelihoodError::NotFinite.into())
        }
    }
}
