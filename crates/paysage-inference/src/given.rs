//! Values that some visible units are set to.

use burn::tensor::{Bool, Tensor};
use paysage_data::Table;
use paysage_layers::Trainable;
use paysage_models::BoltzmannMachine;

use crate::InferenceError;

/// Rows of values for some visible units, checked.
pub(crate) struct Given<'a, L: Trainable> {
    machine: &'a BoltzmannMachine<L>,
    rows: Table,
}

impl<'a, L: Trainable> Given<'a, L> {
    /// One value per visible unit, NaN for units without one.
    ///
    /// # Errors
    ///
    /// When there is not one value per visible unit, when a unit does not take its value, or when a
    /// site of several units has values in part.
    pub fn new(machine: &'a BoltzmannMachine<L>, values: &[f32]) -> Result<Self, InferenceError> {
        match values.len() == machine.visible_units() {
            true => Self::rows(machine, values),
            false => Err(width(machine, values)),
        }
    }

    /// One row or more of values; otherwise as [`new`](Self::new).
    pub fn rows(machine: &'a BoltzmannMachine<L>, values: &[f32]) -> Result<Self, InferenceError> {
        let units = machine.visible_units();
        if values.is_empty() || !values.len().is_multiple_of(units) {
            return Err(width(machine, values));
        }
        let rows = Table::with_missing("given values", units, values.to_vec())?;
        machine.check_known(&rows)?;
        Ok(Self { machine, rows })
    }

    /// `count` rows on the device from row `first` on, starting over after the last one: the mask of
    /// the units that have a value, and the values, zero elsewhere, `[count, visible units]` each.
    pub fn repeated(&self, first: usize, count: usize) -> (Tensor<2, Bool>, Tensor<2>) {
        let rows = first..first + count;
        let indices: Vec<usize> = rows.map(|row| row % self.rows.rows()).collect();
        let batch = self.machine.batch(&self.rows, &indices);
        let all = || Tensor::full(batch.rows.dims(), true, &batch.rows.device());
        (batch.known.unwrap_or_else(all), batch.rows)
    }
}

fn width<L: Trainable>(machine: &BoltzmannMachine<L>, values: &[f32]) -> InferenceError {
    InferenceError::GivenWidth {
        found: values.len(),
        expected: machine.visible_units(),
    }
}
