//! From tables on the host to rows on the device.

use burn::tensor::{Bool, Tensor, TensorData};
use paysage_data::{DataError, Table};
use paysage_layers::{Support, Trainable};

use crate::{Batch, BoltzmannMachine};

impl<L: Trainable> BoltzmannMachine<L> {
    /// Checks that every value of a table is one that the visible units can take.
    ///
    /// # Errors
    ///
    /// When the table is not as wide as the visible layers, or else at the first value that no
    /// unit can take, with its row and column.
    pub fn check(&self, table: &Table) -> Result<(), DataError> {
        self.check_each(table, Support::first_invalid)
    }

    /// Checks that every value of a table is one that the visible units can take, or missing (NaN):
    /// of a site with several units all are missing or none.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn check_known(&self, table: &Table) -> Result<(), DataError> {
        self.check_each(table, Support::first_invalid_known)
    }

    fn check_each(
        &self,
        table: &Table,
        first_invalid: impl Fn(&Support, &[f32]) -> Option<usize>,
    ) -> Result<(), DataError> {
        if table.columns() != self.visible_units() {
            return Err(DataError::Width {
                file: table.source().to_owned(),
                found: table.columns(),
                expected: self.visible_units(),
            });
        }
        let mut start = 0;
        for &layer in &self.visible {
            let support = self.layers[layer].support();
            let end = start + self.layers[layer].units();
            for index in 0..table.rows() {
                let row = table.row(index);
                if let Some(unit) = first_invalid(&support, &row[start..end]) {
                    return Err(DataError::OutOfRange {
                        file: table.source().to_owned(),
                        row: index + 1,
                        column: start + unit + 1,
                        value: row[start + unit],
                        expected: support.expectation().to_owned(),
                    });
                }
            }
            start = end;
        }
        Ok(())
    }

    /// Rows of a table on the device of the machine: `[indices, visible units]`.
    #[must_use]
    pub fn rows(&self, table: &Table, indices: &[usize]) -> Tensor<2> {
        let data = TensorData::new(table.gather(indices), [indices.len(), table.columns()]);
        Tensor::from_data(data, (&self.device(), self.dtype()))
    }

    /// Rows of a table on the device of the machine, for a step of training. What is missing (NaN) is
    /// zero, and not known.
    #[must_use]
    pub fn batch(&self, table: &Table, indices: &[usize]) -> Batch {
        let mut values = table.gather(indices);
        let shape = [indices.len(), table.columns()];
        let is_missing = values.iter().any(|value| value.is_nan());
        let known = is_missing.then(|| {
            let known: Vec<bool> = values.iter().map(|value| !value.is_nan()).collect();
            values
                .iter_mut()
                .filter(|x| x.is_nan())
                .for_each(|x| *x = 0.0);
            Tensor::<2, Bool>::from_data(TensorData::new(known, shape), &self.device())
        });
        let data = TensorData::new(values, shape);
        Batch {
            rows: Tensor::from_data(data, (&self.device(), self.dtype())),
            known,
            indices: indices.to_vec(),
            of: table.rows(),
        }
    }

    /// All rows of a table, in order and in batches that keep intermediate results small.
    pub fn batches<'a>(&'a self, table: &'a Table) -> impl Iterator<Item = Tensor<2>> + 'a {
        const ROWS: usize = 1000;
        (0..table.rows()).step_by(ROWS).map(move |start| {
            let indices: Vec<usize> = (start..table.rows().min(start + ROWS)).collect();
            self.rows(table, &indices)
        })
    }
}
