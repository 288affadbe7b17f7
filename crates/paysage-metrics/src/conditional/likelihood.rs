//! How likely some visible units are given others.

use std::collections::BTreeMap;

use burn::tensor::{Bool, Tensor};
use paysage_kernels::{RandomKey, on_workers};
use paysage_layers::Annealed;
use paysage_models::{BoltzmannMachine, ExactError};
use paysage_samplers::{ConditioningError, check_sites};
use thiserror::Error;

use super::{
    part::{Parted, selected},
    sums::LogSums,
};
use crate::{
    Interval, LikelihoodError, Method,
    likelihood::{Sides, Under, base_of_rows, uniform},
};

/// Rows, repeated where there are fewer, that annealing takes its base from.
const BASE_ROWS: usize = 64;

/// Finds ln p(a | b) of some visible units a given others b, in nats: ln Σ exp(−E) over all that is
/// neither a nor b, less the same over all that is not b. ln Z has no part in it.
///
/// Each of the two terms is an exact sum where a row has few enough states: those of the discrete
/// layers that must be enumerated so that no two of the rest meet. In a restricted machine they are
/// the states of the unknown visible units or of the hidden layers, whichever are fewer, and real
/// visible units that meet discrete hidden ones have their sum too. Otherwise it is annealed under
/// each row, from below and from above. Gaussian units that are summed over and meet hidden Gaussian
/// ones have no sum here: they are always annealed.
///
/// ```
/// use burn::tensor::{Bool, Tensor, TensorData};
/// use paysage_kernels::default_device;
/// use paysage_layers::Bernoulli;
/// use paysage_metrics::ConditionalLikelihood;
/// use paysage_models::BoltzmannMachine;
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(3, &device), Bernoulli::new(2, &device)];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let rows = Tensor::from_floats([[0.0, 1.0, 1.0]], &device);
/// let asked = Tensor::<2, Bool>::from_data(TensorData::from([[true, true, false]]), &device);
/// let given = asked.clone().bool_not();
/// let found = ConditionalLikelihood::default().estimate(&machine, &rows, &asked, &given)?;
/// // Two fair coins, whatever the third one shows.
/// assert!((found.mean.value + 2.0 * 2.0_f64.ln()).abs() < 1e-6);
/// assert_eq!(found.row_sweeps, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ConditionalLikelihood {
    /// Exact or annealed.
    pub method: Method,
    /// The largest sum that is made for a row, as a power of 2 of its states.
    pub exact_states: u32,
    /// How many steps annealing takes.
    pub steps: usize,
    /// What all draws depend on.
    pub key: RandomKey,
}

impl Default for ConditionalLikelihood {
    fn default() -> Self {
        Self {
            method: Method::default(),
            exact_states: 16,
            steps: 256,
            key: RandomKey::new(0),
        }
    }
}

/// ln p(a | b) of rows, in nats. Bounds are those of the first term less those of the second: exact
/// sums have no width, and annealed ones bounds of 95 % confidence each.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditional {
    /// Of each row.
    pub rows: Vec<Interval>,
    /// Their mean, within narrower bounds than the mean of theirs.
    pub mean: Interval,
    /// Where sums are annealed, the Gibbs sweeps of the chains under each row, on which the bounds
    /// rest that come from above: they may not have mixed.
    pub row_sweeps: Option<usize>,
}

/// Why there is no conditional likelihood.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ConditionalError {
    /// What is asked about or given does not fit the sites of the machine.
    #[error(transparent)]
    Sites(#[from] ConditioningError),
    /// There is no sum, or no finite one.
    #[error(transparent)]
    Likelihood(#[from] LikelihoodError),
}

impl ConditionalLikelihood {
    /// Of rows `[batch, visible units]`, with masks of the units that are asked about and of those
    /// that are given, of the same shape or `[1, visible units]`. What is both is given; what is
    /// neither is summed over, and what stands there does not count.
    ///
    /// Rows with the same masks are worked on together.
    ///
    /// # Errors
    ///
    /// When a one-hot site is asked about or given in part, when the machine cannot be normalized,
    /// when an exact sum was asked for and there is none or one of too many states, when there are no
    /// steps to anneal in, or when the result is not finite.
    ///
    /// # Panics
    ///
    /// When rows or masks do not fit the machine or one another.
    pub fn estimate<L: Annealed>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &Tensor<2>,
        asked: &Tensor<2, Bool>,
        given: &Tensor<2, Bool>,
    ) -> Result<Conditional, ConditionalError> {
        let shape = rows.dims();
        let given = given.clone().expand(shape);
        let known = asked.clone().expand(shape).bool_or(given.clone());
        check_sites(machine, &given)?;
        check_sites(machine, &known)?;
        machine
            .check_normalizable()
            .map_err(LikelihoodError::from)?;
        if self.steps == 0 {
            return Err(LikelihoodError::NoTemperatures.into());
        }
        let terms = on_workers(|| {
            let first = self.log_sums(machine, rows, &known, self.key.split(0))?;
            let second = self.log_sums(machine, rows, &given, self.key.split(1))?;
            Ok::<_, LikelihoodError>((first, second))
        });
        let (first, second) = terms?;
        let pairs = first.sides.iter().zip(&second.sides);
        let found = Conditional {
            rows: pairs.map(|(a, b)| a.interval() - b.interval()).collect(),
            mean: Sides::mean(&first.sides) - Sides::mean(&second.sides),
            row_sweeps: (first.annealed || second.annealed).then_some(self.steps),
        };
        let ends = found.rows.iter().chain([&found.mean]);
        if ends.flat_map(|i| [i.low, i.high]).all(f64::is_finite) {
            Ok(found)
        } else {
            Err(LikelihoodError::NotFinite.into())
        }
    }

    /// ln Σ exp(−E) over all that is not known, for each row.
    fn log_sums<L: Annealed>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &Tensor<2>,
        known: &Tensor<2, Bool>,
        key: RandomKey,
    ) -> Result<Terms, LikelihoodError> {
        let [count, columns] = rows.dims();
        let mask: Vec<bool> = known.to_data().iter().collect();
        let mut patterns: BTreeMap<&[bool], Vec<usize>> = BTreeMap::new();
        for (row, known) in mask.chunks(columns).enumerate() {
            patterns.entry(known).or_default().push(row);
        }
        let (mut sides, mut annealed) = (vec![Sides::exactly(0.0); count], false);
        for (known, members) in patterns {
            let parted = Parted::new(machine, known);
            let shown = parted.shown(&selected(rows, 0, &members));
            let found = match self.exact(&parted)? {
                Some(sums) => {
                    let shown = (!parted.held.is_empty()).then_some(&shown);
                    let sums = sums.of_rows(members.len(), shown);
                    sums.into_iter().map(Sides::exactly).collect()
                }
                None => {
                    annealed = true;
                    self.anneal(&parted, &shown, key.split(members[0] as u64))
                }
            };
            for (row, found) in members.into_iter().zip(found) {
                sides[row] = found;
            }
        }
        Ok(Terms { sides, annealed })
    }

    /// The exact sum, where it is to be made.
    fn exact<L: Annealed>(
        &self,
        parted: &Parted<L>,
    ) -> Result<Option<LogSums<L>>, LikelihoodError> {
        if self.method == Method::Annealing {
            return Ok(None);
        }
        let limit = self.exact_states;
        let error = match LogSums::cheapest(&parted.machine, &parted.held) {
            Some(sums) if sums.log2_states() <= f64::from(limit) => return Ok(Some(sums)),
            Some(sums) => ExactError::TooManyStates {
                log2_states: sums.log2_states(),
                limit,
            },
            None => ExactError::NoClosedForm,
        };
        match self.method {
            Method::Exact => Err(error.into()),
            Method::Auto | Method::Annealing => Ok(None),
        }
    }

    fn anneal<L: Annealed>(
        &self,
        parted: &Parted<L>,
        shown: &Tensor<2>,
        key: RandomKey,
    ) -> Vec<Sides> {
        let (machine, held) = (&parted.machine, &parted.held);
        let base = if held.is_empty() {
            uniform(machine)
        } else {
            let rows = shown.dims()[0];
            let repeated: Vec<usize> = (0..rows.max(BASE_ROWS)).map(|row| row % rows).collect();
            base_of_rows(machine, selected(shown, 0, &repeated), key.split(0))
        };
        let steps = self.steps;
        let under = Under {
            machine,
            base: &base,
            held,
            steps,
        };
        under.rows(shown, key.split(1))
    }
}

/// One term for all rows.
struct Terms {
    sides: Vec<Sides>,
    /// Whether some of them were annealed.
    annealed: bool,
}
