//! From cells to units.

use super::{Column, ColumnKind, Schema, number};
use crate::error::DataError;
use crate::read::Cells;
use crate::table::Table;

impl Schema {
    /// The table of units, named `age`, or `region=north` where a unit stands for a value. All
    /// units of a missing cell are missing.
    pub(crate) fn encode(&self, cells: &Cells) -> Result<Table, DataError> {
        let width = self.units();
        let mut values = vec![0.0; cells.rows() * width];
        let mut names = vec![String::new(); width];
        for (column, place) in self.columns.iter().zip(self.places()) {
            names[place.clone()].clone_from_slice(&column.unit_names());
            let index = cells.column(&column.name)?;
            for (row, units) in values.chunks_exact_mut(width).enumerate() {
                let units = &mut units[place.clone()];
                match cells.get(row, index) {
                    None => units.fill(f32::NAN),
                    Some(cell) => column
                        .kind
                        .encode(cell, units)
                        .ok_or_else(|| column.refused(cells, row, index))?,
                }
            }
        }
        Table::with_missing(&cells.file, width, values)?.with_names(names)
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

    /// What is wrong with a cell that does not encode.
    fn refused(&self, cells: &Cells, row: usize, column: usize) -> DataError {
        let known = match &self.kind {
            ColumnKind::Binary { values } => values.to_vec(),
            ColumnKind::Categorical { values } => values.clone(),
            ColumnKind::Real { .. } => return cells.no_number(row, column),
        };
        DataError::UnknownValue {
            file: cells.file.clone(),
            row: cells.line(row),
            column: column + 1,
            name: self.name.clone(),
            value: cells.get(row, column).unwrap_or_default().into(),
            known,
        }
    }
}

impl ColumnKind {
    /// The units that stand for a cell; nothing where the column cannot hold it.
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

    /// Sets the units, all 0, to stand for a cell; nothing where they cannot.
    fn encode(&self, cell: &str, units: &mut [f32]) -> Option<()> {
        match self {
            Self::Binary { values } => units[0] = position(values, cell)? as f32,
            Self::Categorical { values } => units[position(values, cell)?] = 1.0,
            Self::Real {
                mean, deviation, ..
            } => units[0] = ((number(cell)? - mean) / deviation) as f32,
        }
        Some(())
    }
}

/// Which of the values a cell holds. Numbers are one value however they are written.
fn position(values: &[String], cell: &str) -> Option<usize> {
    let written = values.iter().position(|value| value == cell);
    written.or_else(|| {
        let meant = number(cell)?;
        values.iter().position(|value| number(value) == Some(meant))
    })
}
