//! From cells to units.

use std::collections::HashMap;

use super::{Column, ColumnKind, Schema, number};
use crate::error::{DataError, SchemaError};
use crate::position::ColumnPlace;
use crate::read::{Cells, is_missing, is_missing_number};
use crate::table::{MOST_VALUES, Table};

/// Is given the units of each row, and cells of more columns.
type VisitUnits<'a> = &'a mut dyn FnMut(&mut [f32], &[&str]) -> Result<(), DataError>;

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
        let mut values = Vec::with_capacity(rows * width);
        self.each(cells, absent, &[], &mut |units, _| {
            values.extend_from_slice(units);
            Ok(())
        })?;
        let origin = cells
            .origin()
            .with_columns(self.column_places(cells, absent)?);
        let table = Table::with_missing(&cells.file, width, values)?
            .with_origin(origin)
            .with_names(self.unit_names())?;
        Ok(match cells.weights() {
            Some(weights) => table.weighted(weights.to_vec()),
            None => table,
        })
    }

    /// Visits the units of each row, and its cells in more columns. All units of a missing cell are missing,
    /// and all of a column that is `absent` from the file.
    pub(crate) fn each(
        &self,
        cells: &Cells,
        absent: &[String],
        more: &[usize],
        visit: VisitUnits<'_>,
    ) -> Result<(), DataError> {
        let mut units = vec![f32::NAN; self.units()];
        let (mut used, mut columns) = (Vec::new(), Vec::new());
        for (column, place) in self.columns.iter().zip(self.places()) {
            if let Some(index) = column.place(cells, absent)? {
                used.push((column, place, column.kind.codes()));
                columns.push(index);
            }
        }
        columns.extend(more);
        cells.each(&columns, &mut |row, texts| {
            for (((column, place, codes), cell), index) in used.iter().zip(texts).zip(&columns) {
                let units = &mut units[place.clone()];
                units.fill(0.0);
                if let Some(&code) = codes.get(cell) {
                    units[code] = 1.0;
                    continue;
                }
                match column.kind.encode(cell, units) {
                    Some(()) if units[0].is_infinite() => {
                        return Err(DataError::NotFinite {
                            file: cells.file.clone(),
                            position: cells.position(row, *index),
                            value: f64::from(units[0]),
                        });
                    }
                    Some(()) => {}
                    None if column.kind.is_missing(cell) => units.fill(f32::NAN),
                    None => return Err(column.refused(cells, row, *index, cell)),
                }
            }
            visit(&mut units, &texts[used.len()..])
        })
    }

    /// The number and the name of the column of each unit.
    pub(crate) fn column_places(
        &self,
        cells: &Cells,
        absent: &[String],
    ) -> Result<Vec<ColumnPlace>, DataError> {
        let mut places = vec![(0, None); self.units()];
        for (column, place) in self.columns.iter().zip(self.places()) {
            if let Some(index) = column.place(cells, absent)? {
                places[place].fill((index + 1, Some(column.name.clone())));
            }
        }
        Ok(places)
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
    /// Its place in a file; none where it may be absent, and is.
    fn place(&self, cells: &Cells, absent: &[String]) -> Result<Option<usize>, DataError> {
        match cells.column(&self.name) {
            Err(_) if absent.contains(&self.name) => Ok(None),
            place => place.map(Some),
        }
    }

    fn unit_names(&self) -> Vec<String> {
        let named = |value: &String| format!("{}={value}", self.name);
        match &self.kind {
            ColumnKind::Binary { values } => vec![named(&values[1])],
            ColumnKind::Categorical { values } => values.iter().map(named).collect(),
            ColumnKind::Real { .. } => vec![self.name.clone()],
        }
    }

    /// The error that a cell cannot be encoded.
    fn refused(&self, cells: &Cells, row: usize, column: usize, cell: &str) -> DataError {
        let known = match &self.kind {
            ColumnKind::Binary { values } => values.to_vec(),
            ColumnKind::Categorical { values } => values.clone(),
            ColumnKind::Real { .. } => return cells.no_number(row, column, cell),
        };
        DataError::Schema(SchemaError::UnknownValue {
            file: cells.file.clone(),
            position: cells.position(row, column),
            value: cell.into(),
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
