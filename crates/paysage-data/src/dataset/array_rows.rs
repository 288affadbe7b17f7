//! The rows of an array, checked one after another.

use super::Chosen;
use crate::error::DataError;
use crate::position::{ColumnPlace, Position};
use crate::read::{ArrayHeader, Decoder, Missing, refused_value};

/// The rows of an array, checked one after another.
pub(super) struct ArrayRows<'a> {
    file: &'a str,
    missing: Missing,
    decoder: Decoder,
    /// The columns that are used, from 0, where a unit has one; all where there are none.
    pub(super) columns: Option<Vec<Option<usize>>>,
    carried: Vec<usize>,
    /// The column of the weights.
    weights: Option<usize>,
    /// Number of rows so far.
    rows: usize,
    row: Vec<f32>,
    units: Vec<f32>,
}

impl<'a> ArrayRows<'a> {
    /// Before the first row.
    pub(super) fn of(
        file: &'a str,
        header: &ArrayHeader,
        chosen: &Chosen,
        missing: Missing,
    ) -> Self {
        let used = &chosen.choice.used;
        let is_all = chosen.choice.is_all(header.columns);
        Self {
            file,
            missing,
            decoder: header.decoder,
            columns: (!is_all).then(|| used.clone()),
            carried: chosen.choice.carried.clone(),
            weights: chosen.weights,
            rows: 0,
            row: vec![0.0; header.columns],
            units: Vec::with_capacity(used.len()),
        }
    }

    /// The numbers of the columns, where some are left out.
    pub(super) fn places(&self) -> Option<Vec<ColumnPlace>> {
        let columns = self.columns.as_ref()?.iter();
        let place = |column: &Option<usize>| (column.map_or(0, |column| column + 1), None);
        Some(columns.map(place).collect())
    }

    /// The next row and its weight, from its bytes.
    pub(super) fn next(&mut self, bytes: &[u8]) -> Result<(&mut [f32], Option<f32>), DataError> {
        (self.decoder.rounded)(bytes, &mut self.row);
        self.rows += 1;
        if self.row.iter().any(|x| !x.is_finite()) {
            self.check(bytes)?;
        }
        self.units.clear();
        match &self.columns {
            None => self.units.extend(&self.row),
            Some(columns) => {
                let value = |column: &Option<usize>| column.map_or(f32::NAN, |c| self.row[c]);
                self.units.extend(columns.iter().map(value));
            }
        }
        let weight = self.weights.map(|column| self.row[column]);
        Ok((&mut self.units, weight))
    }

    /// The cells of the last row that are carried through.
    pub(super) fn carried(&self) -> Vec<String> {
        let columns = self.carried.iter();
        columns
            .map(|&column| self.row[column].to_string())
            .collect()
    }

    /// Checks a row that has a value that is missing or that no `f32` can hold.
    fn check(&self, bytes: &[u8]) -> Result<(), DataError> {
        let values = bytes.chunks_exact(self.decoder.size);
        for (column, bytes) in values.enumerate() {
            let value = (self.decoder.exact)(bytes);
            let position = || Position::row(self.rows, column + 1);
            if let Some(error) = refused_value(self.file, value, self.missing, position) {
                return Err(error);
            }
        }
        Ok(())
    }
}
