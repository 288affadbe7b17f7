//! Names of columns and units.

use std::ops::Range;

use super::{Columns, Layout, LayoutError};
use crate::schema::ColumnKind;

/// The column that a unit belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnOfUnit {
    /// Its number among the columns that are modelled, from 1; the labels come after the columns.
    pub number: usize,
    /// Its name, or its number where columns have no names.
    pub name: String,
}

impl Layout {
    /// The names of the columns, then that of the labels; columns without names are numbered
    /// from 1.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names = match &self.columns {
            Columns::Units {
                names: Some(names), ..
            } => names.clone(),
            Columns::Units { count, names: None } => numbers(*count),
            Columns::Mixed(schema) => schema.names(),
            Columns::Alignment(alignment) => numbers(alignment.sites),
        };
        if self.labels.is_some() {
            names.push(self.label_name());
        }
        names
    }

    /// Whether the columns have names of their own, not numbers.
    #[must_use]
    pub fn has_names(&self) -> bool {
        !matches!(
            self.columns,
            Columns::Units { names: None, .. } | Columns::Alignment(_)
        )
    }

    /// The name of the column of labels: `label`, unless another column has that name.
    #[must_use]
    pub fn label_name(&self) -> String {
        let taken = |name: &str| match &self.columns {
            Columns::Units { names, .. } => names.iter().flatten().any(|other| other == name),
            Columns::Mixed(schema) => schema.columns.iter().any(|column| column.name == name),
            Columns::Alignment(_) => false,
        };
        let mut name = String::from("label");
        while taken(&name) {
            name.push('_');
        }
        name
    }

    /// The name of each unit: `age`, `region=north` for a category, `label=3` for a class. Units
    /// of columns without names are numbered from 1.
    #[must_use]
    pub fn unit_names(&self) -> Vec<String> {
        let mut names = match &self.columns {
            Columns::Units {
                names: Some(names), ..
            } => names.clone(),
            Columns::Units { count, names: None } => numbers(*count),
            Columns::Mixed(schema) => schema.unit_names(),
            Columns::Alignment(alignment) => {
                let states = |site| {
                    let states = alignment.states.chars();
                    states.map(move |letter| format!("{site}={letter}"))
                };
                (1..=alignment.sites).flat_map(states).collect()
            }
        };
        if let Some(labels) = &self.labels {
            let label = self.label_name();
            names.extend(
                labels
                    .classes
                    .iter()
                    .map(|class| format!("{label}={class}")),
            );
        }
        names
    }

    /// The units of the labels.
    #[must_use]
    pub fn label_units(&self) -> Option<Range<usize>> {
        let labels = self.labels.as_ref()?;
        let start = self.column_units();
        Some(start..start + labels.classes.len())
    }

    /// The units of a column: by its name, or by its number from 1 where columns have no names.
    ///
    /// # Errors
    ///
    /// [`LayoutError::NoSuchColumn`] and [`LayoutError::NoSuchNumber`].
    pub fn units_of(&self, name: &str) -> Result<Range<usize>, LayoutError> {
        if let Some(units) = self.label_units()
            && name == self.label_name()
        {
            return Ok(units);
        }
        let found = match &self.columns {
            Columns::Units {
                names: Some(names), ..
            } => {
                let unit = names.iter().position(|other| other == name);
                unit.map(|unit| unit..unit + 1)
            }
            Columns::Units { count, names: None } => {
                let place = numbered(name, *count)?;
                Some(place..place + 1)
            }
            Columns::Alignment(alignment) => {
                let (site, states) = (numbered(name, alignment.sites)?, alignment.state_count());
                Some(site * states..(site + 1) * states)
            }
            Columns::Mixed(schema) => {
                let mut names = schema.columns.iter().map(|column| &column.name);
                let column = names.position(|other| other == name);
                column.map(|column| schema.units_of(column))
            }
        };
        found.ok_or_else(|| LayoutError::NoSuchColumn {
            name: name.into(),
            known: self.names(),
        })
    }

    /// The column that a unit, counted from 0, belongs to.
    ///
    /// # Panics
    ///
    /// When there is no such unit.
    #[must_use]
    pub fn column_of(&self, unit: usize) -> ColumnOfUnit {
        assert!(
            unit < self.unit_count(),
            "unit {unit} of {}",
            self.unit_count()
        );
        let names = self.names();
        let index = match &self.columns {
            _ if unit >= self.column_units() => names.len() - 1,
            Columns::Units { .. } => unit,
            Columns::Alignment(alignment) => unit / alignment.state_count(),
            Columns::Mixed(schema) => {
                let places = schema.places();
                let mut places = places.iter();
                let column = places.position(|units| units.contains(&unit));
                column.unwrap_or_default()
            }
        };
        ColumnOfUnit {
            number: index + 1,
            name: names[index].clone(),
        }
    }

    /// How much a column changes, in its original units of measurement, when one of its units
    /// changes by 1: its standard deviation, the divisor of its values, or 1.
    ///
    /// # Panics
    ///
    /// When there is no such unit.
    #[must_use]
    pub fn scale(&self, unit: usize) -> f64 {
        assert!(
            unit < self.unit_count(),
            "unit {unit} of {}",
            self.unit_count()
        );
        match &self.columns {
            _ if unit >= self.column_units() => 1.0,
            Columns::Units { .. } => self.preparation.scale_of(unit),
            Columns::Alignment(_) => 1.0,
            Columns::Mixed(schema) => {
                let column = self.column_of(unit).number - 1;
                match &schema.columns[column].kind {
                    ColumnKind::Real { deviation, .. } => *deviation,
                    ColumnKind::Binary { .. } | ColumnKind::Categorical { .. } => 1.0,
                }
            }
        }
    }
}

/// The numbers of columns without names.
fn numbers(count: usize) -> Vec<String> {
    (1..=count).map(|number| number.to_string()).collect()
}

/// The place, from 0, of a column of this number.
fn numbered(name: &str, count: usize) -> Result<usize, LayoutError> {
    match name.parse::<usize>() {
        Ok(number) if (1..=count).contains(&number) => Ok(number - 1),
        _ => Err(LayoutError::NoSuchNumber {
            name: name.into(),
            count,
        }),
    }
}
