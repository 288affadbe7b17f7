//! From cells to units.

use std::collections::HashMap;

use super::{Column, ColumnKind, Schema, number};
use crate::error::{DataError, SchemaError};
use crate::read::{Cells, is_missing, is_missing_number};
use crate::table::{MOST_VALUES, Table};

impl Schema {
    /// The table of units, named `age`, or `region=north` where a unit is a category. All units of
    /// a missing cell are missing, and all of a column that is `absent` from the file. Rows have the
    /// weights of the cells.
    pub(crate) fn encode(&self, cells: &Cells, absent: &[String]) -> Result<Table, DataError> {
        let (rows, width) = (cells.rows(), self.units());
        if rows
            .checked_mul(width)
            .is_none_or(|count| count > MOST_VALUES)
        {
            return Err(DataError::TooLarge {
                file: cells.file.clone(),
                rows,
                units: width,
            });
        }
        let mut values = vec![0.0; rows * width];
        let mut places = vec![(0, None); width];
        for (column, place) in self.columns.iter().zip(self.places()) {
            let index = match cells.column(&column.name) {
                Err(_) if absent.contains(&column.name) => {
                    for units in values.chunks_exact_mut(width) {
                        units[place.clone()].fill(f32::NAN);
                    }
                    continue;
                }
                index => index?,
            };
            places[place.clone()].fill((index + 1, Some(column.name.clone())));
            let codes = column.kind.codes();
            for (row, units) in values.chunks_exact_mut(width).enumerate() {
                let units = &mut units[place.clone()];
                let cell = cells.text(row, index);
                if let Some(&code) = codes.get(cell) {
                    units[code] = 1.0;
                    continue;
                }
                match column.kind.encode(cell, units) {
                    Some(()) => {}
                    None if column.kind.is_missing(cell) => units.fill(f32::NAN),
                    None => return Err(column.refused(cells, row, index)),
                }
            }
        }
        let origin = cells.origin().with_columns(places);
        let table = Table::with_missing(&cells.file, width, values)?
            .with_origin(origin)
            .with_names(self.unit_names())?;
        Ok(match cells.weights() {
            Some(weights) => table.weighted(weights.to_vec()),
            None => table,
        })
    }

    /// The name of each unit: `age`, or `region=north` where a unit is a category.
    #[must_use]
    pub fn unit_names(&self) -> Vec<String> {
        let mut names = vec![String::new(); self.units()];
        for (column, place) in self.columns.iter().zip(self.places()) {
            names[place].clone_from_slice(&column.unit_names());
        }
        names
    }
}

impl Column {
    fn unit_names(&self) -> Vec<String> {
        let named = |value: &String| format!("{}={value}", self.name);
        match &self.kind {
            ColumnKind::Binary { values } => vec![named(&values[1])],
            ColumnKind::Categorical { values } => values.iter().map(named).collect(),
            ColumnKind::Real { .. } => vec![self.name.clone()],
        }
    }

    /// The error that a cell cannot be encoded.
    fn refused(&self, cells: &Cells, row: usize, column: usize) -> DataError {
        let known = match &self.kind {
            ColumnKind::Binary { values } => values.to_vec(),
            ColumnKind::Categorical { values } => values.clone(),
            ColumnKind::Real { .. } => return cells.no_number(row, column),
        };
        DataError::Schema(SchemaError::UnknownValue {
            file: cells.file.clone(),
            position: cells.position(row, column),
            value: cells.text(row, column).into(),
            known,
        })
    }
}

impl ColumnKind {
    /// The units of a cell; none where the column cannot hold it.
    ///
    /// ```
    /// use paysage_data::ColumnKind;
    ///
    /// let stage = ColumnKind::Categorical { values: ["early", "late"].map(String::from).to_vec() };
    /// assert_eq!(stage.units_for("late"), Some(vec![0.0, 1.0]));
    /// assert_eq!(stage.units_for("never"), None);
    /// ```
    pub fn units_for(&self, cell: &str) -> Option<Vec<f32>> {
        let mut units = match self {
            Self::Categorical { values } => vec![0.0; values.len()],
            Self::Binary { .. } | Self::Real { .. } => vec![0.0],
        };
        self.encode(cell, &mut units)?;
        Some(units)
    }

    /// The unit of each value of a categorical column: a column may have 10,000 of them.
    fn codes(&self) -> HashMap<&str, usize> {
        match self {
            Self::Categorical { values } => {
                let codes = values.iter().enumerate();
                codes.map(|(code, value)| (value.as_str(), code)).collect()
            }
            Self::Binary { .. } | Self::Real { .. } => HashMap::new(),
        }
    }

    /// Whether the cell is a missing value in such a column.
    fn is_missing(&self, cell: &str) -> bool {
        let is_numeric = match self {
            Self::Real { .. } => true,
            Self::Binary { values } => values.iter().all(|value| number(value).is_some()),
            Self::Categorical { values } => values.iter().all(|value| number(value).is_some()),
        };
        match is_numeric {
            true => is_missing_number(cell.as_bytes()),
            false => is_missing(cell.as_bytes()),
        }
    }

    /// Sets the units, all 0, to those of a cell; none where the column cannot hold it.
    fn encode(&self, cell: &str, units: &mut [f32]) -> Option<()> {
        match self {
            Self::Binary { values } => units[0] = position(values, cell)? as f32,
            Self::Categorical { values } => units[position(values, cell)?] = 1.0,
            Self::Real {
                mean,
                deviation,
                notation,
                ..
            } => {
                let number = notation.read(cell).or_else(|| number(cell))?;
                units[0] = ((number - mean) / deviation) as f32;
            }
        }
        Some(())
    }
}

/// The position of a cell among the values. A number is one value however it is written.
fn position(values: &[String], cell: &str) -> Option<usize> {
    let written = values.iter().position(|value| value == cell);
    written.or_else(|| {
        let meant = number(cell)?;
        values.iter().position(|value| number(value) == Some(meant))
    })
}
