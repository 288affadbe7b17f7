//! Sums over the free units of rows, exact or annealed.

use std::collections::{BTreeMap, BTreeSet};

use burn::tensor::{Bool, Tensor};
use paysage_data::{Order, Rows};
use paysage_kernels::{Child, RandomKey};
use paysage_layers::Annealed;
use paysage_metrics::{
    AnnealedSums, LikelihoodError, Method, RowAnnealing, TwoSided, base_of_rows, uniform_base,
};
use paysage_models::{BoltzmannMachine, ExactError};

use super::{
    log_sums::LogSums,
    split::{Split, selected},
};
use crate::{InferenceError, chunks::CHUNK};

/// Rows, repeated where there are fewer, whose moments annealing starts from.
const BASE_ROWS: usize = 64;

/// Finds ln Σ exp(−E) over all free units of each row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FreeSums {
    pub method: Method,
    pub exact_states: u32,
    pub steps: usize,
}

/// Sums of rows.
pub(crate) struct RowSums {
    pub rows: Vec<TwoSided>,
    /// The annealing of those that are not exact.
    pub annealing: Option<RowAnnealing>,
}

impl FreeSums {
    pub fn check(&self) -> Result<(), InferenceError> {
        if self.steps == 0 {
            return Err(LikelihoodError::NoTemperatures.into());
        }
        Ok(())
    }

    /// Whether the sums of all rows are exact, over the units that have no value.
    pub fn are_exact<L: Annealed>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &dyn Rows,
    ) -> Result<bool, InferenceError> {
        let exact = |clamped: &[bool]| -> Result<bool, InferenceError> {
            Ok(self.exact(&Split::new(machine, clamped)?)?.is_some())
        };
        if rows.is_complete() {
            return exact(&vec![true; rows.columns()]);
        }
        for chunk in rows.chunks(Order::Stored, CHUNK) {
            let values = chunk?.values;
            let clamped = |row: &[f32]| row.iter().map(|x| !x.is_nan()).collect();
            let patterns: BTreeSet<Vec<bool>> =
                values.chunks(rows.columns()).map(clamped).collect();
            for clamped in patterns {
                if !exact(&clamped)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// The sums of rows `[batch, visible units]` over all units that a mask of the same shape does not
    /// clamp. Rows with the same clamped units are processed together. `first_row` is the position of
    /// the first row in the data set.
    pub fn of_rows<L: Annealed>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &Tensor<2>,
        clamped: &Tensor<2, Bool>,
        first_row: usize,
        key: RandomKey,
    ) -> Result<RowSums, InferenceError> {
        let [count, columns] = rows.dims();
        let mask: Vec<bool> = clamped.to_data().iter().collect();
        let mut patterns: BTreeMap<&[bool], Vec<usize>> = BTreeMap::new();
        for (row, clamped) in mask.chunks(columns).enumerate() {
            patterns.entry(clamped).or_default().push(row);
        }
        let (mut sums, mut annealing) = (vec![TwoSided::exactly(0.0); count], None);
        for (clamped, members) in patterns {
            let split = Split::new(machine, clamped)?;
            let shown = split.clamped_columns(&selected(rows, 0, &members));
            let found = match self.exact(&split)? {
                Some(exact) => {
                    let shown = (!split.clamped.is_empty()).then_some(&shown);
                    let exact = exact.of_rows(members.len(), shown);
                    exact.into_iter().map(TwoSided::exactly).collect()
                }
                None => {
                    let key = key.child(Child::Row(first_row + members[0]));
                    let found = self.anneal(&split, &shown, key);
                    let own = RowAnnealing::of(&found, None, self.steps);
                    annealing = annealing.into_iter().chain([own]).reduce(RowAnnealing::and);
                    found
                }
            };
            for (row, found) in members.into_iter().zip(found) {
                sums[row] = found;
            }
        }
        Ok(RowSums {
            rows: sums,
            annealing,
        })
    }

    /// The exact sum, where it is to be used.
    fn exact<L: Annealed>(&self, split: &Split<L>) -> Result<Option<LogSums<L>>, InferenceError> {
        let sums = LogSums::cheapest(&split.machine, &split.clamped);
        if split.clamped.len() == split.machine.layers.len() {
            // Nothing is free: the sum has one term.
            return Ok(sums);
        }
        if self.method == Method::Annealing {
            return Ok(None);
        }
        let limit = self.exact_states;
        let error = match sums {
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
        split: &Split<L>,
        shown: &Tensor<2>,
        key: RandomKey,
    ) -> Vec<TwoSided> {
        let (machine, clamped) = (&split.machine, &split.clamped);
        let mut bases = vec![uniform_base(machine)];
        if !clamped.is_empty() {
            let rows = shown.dims()[0];
            let repeated: Vec<usize> = (0..rows.max(BASE_ROWS)).map(|row| row % rows).collect();
            let key = key.child(Child::AnnealingBase);
            bases.insert(0, base_of_rows(machine, selected(shown, 0, &repeated), key));
        }
        let sums = AnnealedSums {
            machine,
            bases,
            clamped,
            steps: self.steps,
        };
        sums.rows(shown, key.child(Child::AnnealedChains))
    }
}
