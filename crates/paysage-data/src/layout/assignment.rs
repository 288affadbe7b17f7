//! Assignments of values to columns: `smoker=no`.

use std::ops::Range;

use super::{Columns, Layout, LayoutError};
use crate::error::listed;
use crate::schema::ColumnKind;

impl Layout {
    /// The units of a column and their values, from `COLUMN=VALUE`; the value is in the original
    /// units of measurement, or a category, or the name of a class.
    ///
    /// Where the model was trained with a threshold, 0 and 1 are the units themselves.
    ///
    /// # Errors
    ///
    /// [`LayoutError::NotAnAssignment`], the errors of [`units_of`](Self::units_of), and
    /// [`LayoutError::BadValue`] for a value that the column cannot have.
    pub fn parse_assignment(&self, text: &str) -> Result<(Range<usize>, Vec<f32>), LayoutError> {
        // The name of a column may have an equals sign.
        let mut pairs = text
            .match_indices('=')
            .map(|(at, _)| (text[..at].trim(), text[at + 1..].trim()));
        let Some((name, value)) = pairs.clone().next() else {
            return Err(LayoutError::NotAnAssignment { text: text.into() });
        };
        let known = pairs.find(|(name, _)| self.units_of(name).is_ok());
        let (name, value) = known.unwrap_or((name, value));
        let units = self.units_of(name)?;
        let found = self.values_of(&units, name, value);
        let values = found.map_err(|expected| LayoutError::BadValue {
            name: name.into(),
            value: value.into(),
            expected,
        })?;
        Ok((units, values))
    }

    /// The values of several assignments: one for each unit, NaN for units without one.
    ///
    /// # Errors
    ///
    /// Those of [`parse_assignment`](Self::parse_assignment), and [`LayoutError::AssignedTwice`].
    ///
    /// ```
    /// use paysage_data::Layout;
    ///
    /// let values = Layout::units(3).parse_assignments(&["3=1", "1=0"])?;
    /// assert_eq!((values[0], values[2]), (0.0, 1.0));
    /// assert!(values[1].is_nan());
    /// # Ok::<(), paysage_data::LayoutError>(())
    /// ```
    pub fn parse_assignments(&self, texts: &[impl AsRef<str>]) -> Result<Vec<f32>, LayoutError> {
        let mut values = vec![f32::NAN; self.unit_count()];
        for text in texts {
            let (units, found) = self.parse_assignment(text.as_ref())?;
            if values[units.clone()].iter().any(|value| !value.is_nan()) {
                let name = self.column_of(units.start).name;
                return Err(LayoutError::AssignedTwice { name });
            }
            values[units].copy_from_slice(&found);
        }
        Ok(values)
    }

    /// The values of the units of a column, or what is expected.
    fn values_of(&self, units: &Range<usize>, name: &str, value: &str) -> Result<Vec<f32>, String> {
        if let Some(labels) = &self.labels
            && Some(units) == self.label_units().as_ref()
        {
            let one_of = || format!("one of {}", listed(&labels.classes));
            return labels.units_of(value).ok_or_else(one_of);
        }
        match &self.columns {
            Columns::Units { .. } => {
                let number = value
                    .parse::<f32>()
                    .ok()
                    .filter(|number| number.is_finite());
                let unit = number.and_then(|number| self.preparation.unit_of(units.start, number));
                unit.map(|unit| vec![unit]).ok_or_else(|| "a number".into())
            }
            Columns::Alignment(alignment) => {
                let one_of = || format!("one of the letters {}", alignment.states);
                alignment.units_for(value).ok_or_else(one_of)
            }
            Columns::Mixed(schema) => {
                let mut columns = schema.columns.iter();
                let kind = columns
                    .find(|column| column.name == name)
                    .map(|column| &column.kind);
                let found = kind.and_then(|kind| kind.units_for(value));
                found.ok_or_else(|| match kind {
                    Some(ColumnKind::Binary { values }) => format!("one of {}", listed(values)),
                    Some(ColumnKind::Categorical { values }) => {
                        format!("one of {}", listed(values))
                    }
                    _ => "a number".into(),
                })
            }
        }
    }
}
