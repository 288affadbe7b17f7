//! Rows of a data set on the device, chunk by chunk.

use burn::tensor::{Bool, Tensor};
use paysage_data::{Chunk, Order, Rows};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Progress, Stage};

use crate::InferenceError;

/// Rows that are processed together.
pub(crate) const CHUNK: usize = 1000;

/// Some rows of a data set on the device.
pub(crate) struct DeviceRows {
    /// Position of the first row in the data set, counted from 0.
    pub first_row: usize,
    /// The values, zero where missing: `[rows, visible units]`.
    pub rows: Tensor<2>,
    /// True where a value is observed; nothing where all of them are.
    pub observed: Option<Tensor<2, Bool>>,
    /// The values on the host, NaN where missing.
    pub values: Vec<f32>,
}

impl DeviceRows {
    /// True where a value is observed: `[rows, visible units]`.
    pub fn mask(&self) -> Tensor<2, Bool> {
        let all = || Tensor::<2, Bool>::full(self.rows.dims(), true, &self.rows.device());
        self.observed.clone().unwrap_or_else(all)
    }

    /// The first missing value that `needed` says is needed, as an error.
    pub fn require(
        &self,
        rows: &dyn Rows,
        needed_by: &'static str,
        needed: impl Fn(usize) -> bool,
    ) -> Result<(), InferenceError> {
        let columns = self.rows.dims()[1];
        let missing = |&(place, value): &(usize, &f32)| value.is_nan() && needed(place % columns);
        match self.values.iter().enumerate().find(missing) {
            Some((place, _)) => Err(InferenceError::Missing {
                file: rows.source().to_owned(),
                position: rows.position(self.first_row + place / columns, place % columns),
                needed_by,
            }),
            None => Ok(()),
        }
    }
}

/// Reads rows in their stored order, `size` at a time, checks every value against the visible units,
/// and answers chunk by chunk.
pub(crate) fn answer<'a, L: Trainable, T: 'a>(
    machine: &'a BoltzmannMachine<L>,
    rows: &'a dyn Rows,
    size: usize,
    progress: &'a mut dyn Progress,
    mut answer: impl FnMut(DeviceRows) -> Result<T, InferenceError> + 'a,
) -> crate::Answers<'a, T> {
    Box::new(rows.chunks(Order::Stored, size).map(move |chunk| {
        let chunk = load(machine, rows, chunk?)?;
        let done = chunk.first_row + chunk.rows.dims()[0];
        let found = answer(chunk)?;
        progress.report(Stage::Rows, done, rows.count());
        Ok(found)
    }))
}

/// A chunk on the device, its values checked.
fn load<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    rows: &dyn Rows,
    chunk: Chunk,
) -> Result<DeviceRows, InferenceError> {
    machine.check_chunk(rows, &chunk)?;
    let first_row = chunk.positions.first().copied().unwrap_or(0);
    let values = chunk.values.clone();
    let batch = machine.batch_of(chunk, rows.count());
    Ok(DeviceRows {
        first_row,
        rows: batch.rows,
        observed: batch.known,
        values,
    })
}
