//! The classes of labels and their units.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::LayoutError;
use crate::error::DataError;
use crate::position::Position;
use crate::read::{LabelCells, is_missing, whole_number};
use crate::table::{MOST_VALUES, Table};

/// The classes of labels: one unit each, after the units of the columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labels {
    /// The names of the classes, in the order of their units.
    pub classes: Vec<String>,
}

impl Labels {
    /// The classes of labels: `0` to the largest where all labels are whole numbers, otherwise the
    /// distinct names, sorted.
    ///
    /// A code above 100,000 and above 100 times the number of rows is refused: it is a mistake,
    /// and every class takes a unit.
    pub(crate) fn of(cells: &LabelCells) -> Result<Self, DataError> {
        let rows = cells.cells.len();
        let present = || (0..rows).filter(|&row| !cells.is_missing(row));
        if !cells.are_numbers() {
            let mut classes: Vec<String> = present().map(|row| cells.cells[row].clone()).collect();
            classes.sort_unstable();
            classes.dedup();
            return Ok(Self { classes });
        }
        let limit = 100_000.max(100 * rows);
        let mut count = 0;
        for row in present() {
            let Some(code) = cells.code(row)? else {
                continue;
            };
            if code > limit {
                return Err(LayoutError::AbsurdLabel {
                    file: cells.file.clone(),
                    position: cells.position(row),
                    value: code,
                    limit,
                }
                .into());
            }
            count = count.max(code + 1);
        }
        let classes = (0..count.max(1)).map(|code| code.to_string()).collect();
        Ok(Self { classes })
    }

    /// The class of each row; none where the label is missing.
    pub(crate) fn codes(&self, cells: &LabelCells) -> Result<Vec<Option<usize>>, DataError> {
        let classes = self.by_name();
        let class = |(row, cell): (usize, &String)| {
            let place = || (cells.file.clone(), cells.position(row));
            Ok(classes.of(cell, place)?)
        };
        cells.cells.iter().enumerate().map(class).collect()
    }

    /// The classes by their names.
    pub(crate) fn by_name(&self) -> Classes<'_> {
        let names = self.classes.iter().enumerate();
        Classes {
            labels: self,
            codes: names.map(|(code, name)| (name.as_str(), code)).collect(),
        }
    }

    /// The units of a class.
    pub(crate) fn units_of(&self, name: &str) -> Option<Vec<f32>> {
        let code = self.classes.iter().position(|class| class == name)?;
        let mut units = vec![0.0; self.classes.len()];
        units[code] = 1.0;
        Some(units)
    }

    /// The name of the class with the largest unit; empty where a unit is missing.
    pub(crate) fn cell(&self, units: &[f32]) -> &str {
        if units.iter().any(|unit| unit.is_nan()) {
            return "";
        }
        // max_by takes the last of equal units: reversed, the first.
        let pairs = self.classes.iter().zip(units).rev();
        pairs
            .max_by(|a, b| a.1.total_cmp(b.1))
            .map_or("", |(class, _)| class)
    }

    /// A table with the units of labels after its own: missing ones where a row has no label.
    pub(crate) fn append(
        &self,
        table: &Table,
        name: &str,
        codes: &[Option<usize>],
    ) -> Result<Table, DataError> {
        let classes = self.classes.len();
        let (rows, columns) = (table.rows(), table.columns());
        let width = columns + classes;
        if rows
            .checked_mul(width)
            .is_none_or(|count| count > MOST_VALUES)
        {
            return Err(DataError::TooLarge {
                file: table.source().into(),
                rows,
                units: width,
            });
        }
        let mut values = vec![0.0; rows * width];
        for (row, units) in values.chunks_exact_mut(width).enumerate() {
            let (own, labels) = units.split_at_mut(columns);
            own.copy_from_slice(table.row(row));
            match codes[row] {
                Some(code) => labels[code] = 1.0,
                None => labels.fill(f32::NAN),
            }
        }
        let own = (0..columns).map(|column| table.origin().column(column, table.names()));
        let label = std::iter::repeat_n((1, Some(name.to_owned())), classes);
        let origin = table
            .origin()
            .clone()
            .with_columns(own.chain(label).collect());
        let appended = Table::with_missing(table.source(), width, values)?;
        Ok(appended.with_origin(origin).with_weights_of(table))
    }
}

/// Classes by their names.
pub(crate) struct Classes<'a> {
    labels: &'a Labels,
    codes: HashMap<&'a str, usize>,
}

impl Classes<'_> {
    /// The class of a label; none where it is missing. `place` gives the file and the position of one that is of no
    /// class.
    pub(crate) fn of(
        &self,
        cell: &str,
        place: impl FnOnce() -> (String, Position),
    ) -> Result<Option<usize>, LayoutError> {
        if let Some(&code) = self.codes.get(cell) {
            return Ok(Some(code));
        }
        if is_missing(cell.as_bytes()) {
            return Ok(None);
        }
        // 3.0 and 3 are one class.
        let number = whole_number(cell).map(|code| code.to_string());
        let code = number.and_then(|number| self.codes.get(number.as_str()).copied());
        match code {
            Some(code) => Ok(Some(code)),
            None => {
                let (file, position) = place();
                Err(LayoutError::UnknownClass {
                    file,
                    position,
                    value: cell.into(),
                    known: self.labels.classes.clone(),
                })
            }
        }
    }
}
