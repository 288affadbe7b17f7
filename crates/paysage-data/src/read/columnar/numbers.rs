//! Columns that are read as numbers.

use super::{Columnar, Share, Source};
use crate::error::DataError;
use crate::position::{ColumnPlace, Origin, Position};
use crate::read::choice::{CarriedColumn, Choice, Choose};
use crate::read::{Kind, Missing, Numbers};
use crate::table::Table;

/// The rows of the chosen columns, as numbers.
pub(crate) struct ColumnRows<'a> {
    columns: &'a Columnar,
    choice: Choice,
    /// Columns whose cells are read too.
    cells: Vec<usize>,
    missing: Missing,
}

impl<'a> ColumnRows<'a> {
    /// The rows of these columns, with the cells of others.
    pub(crate) fn of(
        columns: &'a Columnar,
        choice: Choice,
        cells: &[usize],
        missing: Missing,
    ) -> Result<Self, DataError> {
        columns.check_chosen(&choice, cells.iter().copied())?;
        Ok(Self {
            choice,
            cells: cells.to_vec(),
            columns,
            missing,
        })
    }

    /// Visits each row with its values and cells; returns the number of rows. A batch of them has at most so
    /// many bytes.
    pub(crate) fn each(
        &self,
        memory: Share,
        mut visit: impl FnMut(&mut Vec<f32>, &[String]) -> Result<(), DataError>,
    ) -> Result<usize, DataError> {
        let names = self.columns.names();
        let used: Vec<usize> = self.choice.used.iter().copied().flatten().collect();
        let columns = [&used[..], &self.cells].concat();
        let mut count = 0;
        let mut values = Vec::with_capacity(self.choice.used.len());
        let mut cells = vec![String::new(); self.cells.len()];
        self.columns.each(&columns, memory, &mut |batch| {
            let (numbers, texts) = batch.columns.split_at(used.len());
            for row in 0..batch.rows {
                values.clear();
                let mut numbers = numbers.iter();
                for column in &self.choice.used {
                    let (Some(column), Some(get)) = (column, column.and_then(|_| numbers.next()))
                    else {
                        values.push(f32::NAN);
                        continue;
                    };
                    let position = || Position {
                        name: Some(names[*column].clone()),
                        ..Position::row(count + 1, column + 1)
                    };
                    let file = &self.columns.file;
                    values.push(get(row).number(file, self.missing, position)?);
                }
                for (cell, get) in cells.iter_mut().zip(texts) {
                    *cell = get(row).cell().into_owned();
                }
                count += 1;
                visit(&mut values, &cells)?;
            }
            Ok(())
        })?;
        match count {
            0 => Err(DataError::Empty {
                file: self.columns.file.clone(),
            }),
            _ => Ok(count),
        }
    }

    /// The number and the name of each column that is used.
    pub(crate) fn places(&self) -> Vec<ColumnPlace> {
        let place = |&column: &Option<usize>| match column {
            Some(column) => (column + 1, Some(self.columns.names()[column].clone())),
            None => (0, None),
        };
        self.choice.used.iter().map(place).collect()
    }

    /// The names of the columns that are used, where the file has all of them.
    pub(crate) fn used_names(&self) -> Option<Vec<String>> {
        let name = |column: &Option<usize>| Some(self.columns.names()[(*column)?].clone());
        self.choice.used.iter().map(name).collect()
    }
}

/// A table of the chosen columns of a file, and the cells of those that are carried through.
pub(in crate::read) fn parse_chosen(
    file: &str,
    kind: Kind,
    bytes: Vec<u8>,
    missing: Missing,
    choose: Choose<'_>,
) -> Result<Numbers, DataError> {
    let columns = Columnar::of(file, kind, Source::memory(bytes))?;
    let names = columns.names().to_vec();
    let choice = choose(Some(&names), names.len())?;
    let mut carried = choice.carried.clone();
    carried.retain(|&column| choice.needs_cells || columns.has_cells(column));
    let width = choice.used.len();
    let rows = ColumnRows::of(&columns, choice, &carried, missing)?;
    let column = |&place: &usize| CarriedColumn {
        name: names[place].clone(),
        place,
        cells: Vec::new(),
    };
    let mut carried: Vec<CarriedColumn> = rows.cells.iter().map(column).collect();
    let mut values = Vec::new();
    rows.each(Share::ANY, |row, cells| {
        values.extend_from_slice(row);
        for (column, cell) in carried.iter_mut().zip(cells) {
            column.cells.push(cell.clone());
        }
        Ok(())
    })?;
    let origin = Origin::default().with_columns(rows.places());
    let table = Table::with_missing(file, width, values)?.with_origin(origin);
    let table = match rows.used_names() {
        Some(names) => table.with_names(names)?,
        None => table,
    };
    let names = Some(names);
    Ok(Numbers {
        table,
        carried,
        names,
    })
}
