//! The rows of an array, checked one after another.

use super::{Chosen, ReadOptions};
use crate::disk::{ColumnWeights, Survey};
use crate::error::DataError;
use crate::layout::{Layout, Preparation};
use crate::position::{Origin, Position};
use crate::read::{ArrayHeader, Missing, refused_value};

/// The rows of an array, checked one after another.
pub(super) struct ArrayRows<'a> {
    file: &'a str,
    missing: Missing,
    header: ArrayHeader,
    preparation: Preparation,
    pub(super) chosen: Chosen,
    /// The columns that are used, from 0; all where there are none.
    pub(super) columns: Option<Vec<usize>>,
    pub(super) survey: Survey,
    pub(super) weights: ColumnWeights,
    row: Vec<f32>,
    units: Vec<f32>,
}

impl<'a> ArrayRows<'a> {
    /// Before the first row.
    pub(super) fn of(
        options: &'a ReadOptions,
        header: ArrayHeader,
        model: Option<&Layout>,
    ) -> Result<Self, DataError> {
        let chosen = options.chosen_for(model, None, header.columns)?;
        let used = &chosen.choice.used;
        if used.is_empty() {
            let file = options.source.clone();
            return Err(DataError::NoColumns { file });
        }
        let is_all = chosen.choice.is_all(header.columns);
        let columns = used.iter().copied().flatten().collect();
        Ok(Self {
            file: &options.source,
            missing: options.missing_values(),
            header,
            preparation: options.preparation(),
            columns: (!is_all).then_some(columns),
            survey: Survey::default(),
            weights: ColumnWeights::default(),
            row: vec![0.0; header.columns],
            units: Vec::with_capacity(chosen.choice.used.len()),
            chosen,
        })
    }

    /// Number of columns that are used.
    pub(super) fn width(&self) -> usize {
        self.chosen.choice.used.len()
    }

    /// The positions of rows and columns.
    pub(super) fn origin(&self) -> Origin {
        let origin = Origin::default();
        match &self.columns {
            None => origin,
            Some(columns) => {
                let places = columns.iter().map(|column| (column + 1, None));
                origin.with_columns(places.collect())
            }
        }
    }

    /// The next row after scale and threshold, from its bytes.
    pub(super) fn next(&mut self, bytes: &[u8]) -> Result<&[f32], DataError> {
        (self.header.decoder.rounded)(bytes, &mut self.row);
        if self.row.iter().any(|x| !x.is_finite()) {
            self.check(bytes)?;
        }
        self.units.clear();
        match &self.columns {
            None => self.units.extend(&self.row),
            Some(columns) => {
                let used = columns.iter().map(|&column| self.row[column]);
                self.units.extend(used);
            }
        }
        self.survey.row(&self.preparation, &mut self.units);
        if let Some(column) = self.chosen.weights {
            let weight = self.row[column];
            self.weights.push(Some(weight), || weight.to_string());
        }
        Ok(&self.units)
    }

    /// Checks a row that has a value that is missing or that no `f32` can hold.
    fn check(&self, bytes: &[u8]) -> Result<(), DataError> {
        let row = self.survey.rows + 1;
        let values = bytes.chunks_exact(self.header.decoder.size);
        for (column, bytes) in values.enumerate() {
            let value = (self.header.decoder.exact)(bytes);
            let position = || Position::row(row, column + 1);
            if let Some(error) = refused_value(self.file, value, self.missing, position) {
                return Err(error);
            }
        }
        Ok(())
    }
}
