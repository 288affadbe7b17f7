//! Columns as the command line names them: by a schema, or as units counted from 1.

use std::ops::Range;

use paysage::data::{ColumnKind, Schema};

use crate::failure::Failure;

/// What the columns of a model are called.
pub(crate) struct Columns<'a> {
    pub(crate) schema: Option<&'a Schema>,
    /// The units of a row.
    pub(crate) units: usize,
}

impl Columns<'_> {
    /// The units of a column.
    pub(crate) fn units_of(&self, option: &str, word: &str) -> Result<Range<usize>, Failure> {
        if let Some(schema) = self.schema {
            let names = schema.names();
            let Some(column) = names.iter().position(|name| name == word) else {
                return Err(Failure::input(format!(
                    "{option}: there is no column {word:?}: the schema has {}",
                    names.join(", ")
                )));
            };
            return Ok(schema.units_of(column));
        }
        match word.parse::<usize>() {
            Ok(unit) if (1..=self.units).contains(&unit) => Ok(unit - 1..unit),
            _ => Err(Failure::input(format!(
                "{option}: {word:?} is no column: the model was trained without a schema, so name a \
                 unit from 1 to {}",
                self.units
            ))),
        }
    }

    /// The units of a column, and what they are where it holds a value.
    pub(crate) fn setting(
        &self,
        option: &str,
        word: &str,
    ) -> Result<(Range<usize>, Vec<f32>), Failure> {
        let Some((name, value)) = word.split_once('=') else {
            return Err(Failure::input(format!(
                "{option} {word}: say COLUMN=VALUE, such as smoker=no"
            )));
        };
        let units = self.units_of(option, name)?;
        let values = match self.schema {
            Some(schema) => {
                let column = schema.columns.iter().find(|column| column.name == name);
                column.and_then(|column| column.kind.units_for(value))
            }
            None => value
                .parse::<f32>()
                .ok()
                .filter(|x| x.is_finite())
                .map(|x| vec![x]),
        };
        let refused = || Failure::input(format!("{option} {word}: {name} cannot be {value:?}"));
        Ok((units, values.ok_or_else(refused)?))
    }

    /// What a unit of 1 is in its column: of a number its deviation.
    pub(crate) fn scale(&self, unit: usize) -> f64 {
        let columns = self.schema.iter().flat_map(|schema| {
            schema
                .columns
                .iter()
                .enumerate()
                .map(|(index, column)| (schema.units_of(index), &column.kind))
        });
        let mut of_unit = columns.filter(|(place, _)| place.contains(&unit));
        match of_unit.next() {
            Some((_, ColumnKind::Real { deviation, .. })) => *deviation,
            _ => 1.0,
        }
    }

    /// The name of each unit.
    pub(crate) fn names(&self, of_table: Option<&[String]>) -> Vec<String> {
        match of_table {
            Some(names) => names.to_vec(),
            None => (1..=self.units)
                .map(|unit| format!("unit {unit}"))
                .collect(),
        }
    }
}
