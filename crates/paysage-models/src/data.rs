//! From rows on the host to tensors on the device.

use burn::tensor::{Tensor, TensorData};
use paysage_data::{Chunk, DataError, Order, Rows, Table};
use paysage_layers::{Domain, Trainable};

use crate::{Batch, BoltzmannMachine, chunks::CHUNK};

impl<L: Trainable> BoltzmannMachine<L> {
    /// Checks that every value of a data set is one that the visible units can take.
    ///
    /// # Errors
    ///
    /// When the rows are not as wide as the visible layers or cannot be read, or else at the first
    /// value that no unit can take, with its position.
    pub fn check(&self, rows: &(impl Rows + ?Sized)) -> Result<(), DataError> {
        self.check_each(rows, Domain::first_invalid)
    }

    /// Checks that every value of a data set is one that the visible units can take, or missing
    /// (NaN): of a site with several units all are missing or none.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn check_known(&self, rows: &(impl Rows + ?Sized)) -> Result<(), DataError> {
        self.check_each(rows, Domain::first_invalid_known)
    }

    fn check_each(
        &self,
        rows: &(impl Rows + ?Sized),
        first_invalid: impl Fn(&Domain, &[f32]) -> Option<usize>,
    ) -> Result<(), DataError> {
        if rows.columns() != self.visible_units() {
            return Err(DataError::Width {
                file: rows.source().to_owned(),
                found: rows.columns(),
                expected: self.visible_units(),
            });
        }
        for chunk in rows.chunks(Order::Stored, CHUNK) {
            self.check_values(rows, &chunk?, &first_invalid)?;
        }
        Ok(())
    }

    /// [`check_known`](Self::check_known) for some of the rows, as wide as the visible layers.
    ///
    /// # Errors
    ///
    /// At the first value that no unit can take, with its position.
    pub fn check_chunk(&self, rows: &(impl Rows + ?Sized), chunk: &Chunk) -> Result<(), DataError> {
        self.check_values(rows, chunk, &Domain::first_invalid_known)
    }

    fn check_values(
        &self,
        rows: &(impl Rows + ?Sized),
        chunk: &Chunk,
        first_invalid: &impl Fn(&Domain, &[f32]) -> Option<usize>,
    ) -> Result<(), DataError> {
        let layers = self.visible_spans();
        let layers = layers.map(|(layer, span)| (self.layers[layer].domain(), span));
        let layers: Vec<_> = layers.collect();
        for (row, position) in chunk.values.chunks(rows.columns()).zip(&chunk.positions) {
            for (domain, span) in &layers {
                if let Some(unit) = first_invalid(domain, &row[span.clone()]) {
                    let unit = span.start + unit;
                    return Err(DataError::OutOfRange {
                        file: rows.source().to_owned(),
                        position: rows.position(*position, unit),
                        value: row[unit],
                        expected: domain.expectation(),
                    });
                }
            }
        }
        Ok(())
    }

    /// Rows of a table on the device of the machine: `[indices, visible units]`.
    #[must_use]
    pub fn rows(&self, table: &Table, indices: &[usize]) -> Tensor<2> {
        let data = TensorData::new(table.gather(indices), [indices.len(), table.columns()]);
        Tensor::from_data(data, (&self.device(), self.dtype()))
    }

    /// Rows of a table as a batch, with their weights; see [`batch_of`](Self::batch_of).
    #[must_use]
    pub fn batch(&self, table: &Table, indices: &[usize]) -> Batch {
        let chunk = Chunk {
            values: table.gather(indices),
            positions: indices.to_vec(),
        };
        let batch = self.batch_of(chunk, table.rows());
        match table.weights() {
            Some(weights) => batch.with_weights(weights),
            None => batch,
        }
    }

    /// A chunk of a data set of `of` rows on the device of the machine, for a step of training.
    /// Missing values (NaN) become zero and are marked as missing. The rows have no weights.
    #[must_use]
    pub fn batch_of(&self, chunk: Chunk, of: usize) -> Batch {
        Batch::of_chunk(chunk, of, (&self.device(), self.dtype()))
    }

    /// All rows of a table, in order and in batches of 1,000 rows.
    pub fn batches<'a>(&'a self, table: &'a Table) -> impl Iterator<Item = Tensor<2>> + 'a {
        (0..table.rows()).step_by(CHUNK).map(move |start| {
            let indices: Vec<usize> = (start..table.rows().min(start + CHUNK)).collect();
            self.rows(table, &indices)
        })
    }
}

#[cfg(test)]
mod tests {
    use paysage_data::{DataError, Position, Table};
    use paysage_kernels::default_device;
    use paysage_layers::{AnyLayer, Bernoulli, OneHot};

    use crate::BoltzmannMachine;

    fn machine() -> BoltzmannMachine {
        let device = default_device().expect("a backend");
        let visible: Vec<AnyLayer> = vec![
            Bernoulli::new(1, &device).into(),
            OneHot::new(1, 2, &device).into(),
        ];
        let hidden = vec![Bernoulli::new(1, &device).into()];
        BoltzmannMachine::stacked(visible, hidden).expect("valid")
    }

    #[test]
    fn batches_mark_missing_values() {
        let gap = f32::NAN;
        let values = vec![1.0, gap, gap, 0.0, 1.0, 0.0, gap, 0.0, 1.0];
        let table = Table::with_missing("t", 3, values).expect("rows");
        let machine = machine();
        assert!(machine.check_known(&table).is_ok());
        let error = machine.check(&table).expect_err("gaps");
        assert!(
            matches!(
                error,
                DataError::OutOfRange { ref position, .. } if *position == Position::row(1, 2)
            ),
            "{error}"
        );

        let batch = machine.batch(&table, &[2, 0]);
        assert_eq!((&batch.indices[..], batch.of), (&[2, 0][..], 3));
        let rows: Vec<f32> = batch.rows.into_data().iter().collect();
        assert_eq!(rows, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
        let known = batch.known.expect("gaps").into_data();
        let known: Vec<bool> = known.iter().collect();
        assert_eq!(known, [false, true, true, true, false, false]);
        assert!(machine.batch(&table, &[1]).known.is_none());
    }

    #[test]
    fn a_site_is_missing_as_a_whole() {
        let table = Table::with_missing("t", 3, vec![1.0, f32::NAN, 0.0]).expect("rows");
        let error = machine().check_known(&table).expect_err("half a site");
        assert!(
            matches!(
                error,
                DataError::OutOfRange { ref position, .. } if *position == Position::row(1, 2)
            ),
            "{error}"
        );
    }
}
