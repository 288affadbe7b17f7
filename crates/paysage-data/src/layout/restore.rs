//! From units back to the original columns and units of measurement.

use super::{Columns, Layout};
use crate::schema::ColumnKind;

impl Layout {
    /// The cells of rows of units, `[rows, units]`, in the order of [`names`](Self::names): the
    /// standardisation and the scale are undone, categories and classes have their names.
    ///
    /// Numbers without a schema are written so that reading them gives the same unit, or, where
    /// they were standardised, to 7 digits of the standard deviation. A missing value is an empty
    /// cell.
    ///
    /// # Panics
    ///
    /// When `units` is not whole rows of [`unit_count`](Self::unit_count).
    #[must_use]
    pub fn restore(&self, units: &[f32]) -> Vec<Vec<String>> {
        let (width, own) = (self.check_rows(units), self.column_units());
        let rows = || units.chunks_exact(width);
        let mut cells: Vec<Vec<String>> = match &self.columns {
            Columns::Units { .. } => rows()
                .map(|row| {
                    (0..own)
                        .map(|column| self.number(column, row[column]))
                        .collect()
                })
                .collect(),
            Columns::Mixed(schema) => {
                let columns: Vec<f32> = rows().flat_map(|row| &row[..own]).copied().collect();
                schema.decode(&columns)
            }
            Columns::Alignment(alignment) => {
                let cell = |units: &[f32]| alignment.letter(units).map(String::from);
                let cells = |row: &[f32]| {
                    let sites = row[..own].chunks_exact(alignment.state_count());
                    sites.map(|units| cell(units).unwrap_or_default()).collect()
                };
                rows().map(cells).collect()
            }
        };
        if let Some(classes) = &self.labels {
            for (cells, row) in cells.iter_mut().zip(rows()) {
                cells.push(classes.cell(&row[own..]).into());
            }
        }
        cells
    }

    /// The values of rows of units in the original units of measurement, `[rows, units]`; the
    /// units of labels, of categorical and of binary columns stay as they are.
    ///
    /// # Panics
    ///
    /// When `units` is not whole rows of [`unit_count`](Self::unit_count).
    #[must_use]
    pub fn restore_values(&self, units: &[f32]) -> Vec<f32> {
        let width = self.check_rows(units);
        let Columns::Units { count, .. } = &self.columns else {
            return units.to_vec();
        };
        if self.preparation.is_none() {
            return units.to_vec();
        }
        let value = |(index, &unit): (usize, &f32)| match index % width {
            column if column < *count => self.preparation.value_of(column, unit) as f32,
            _ => unit,
        };
        units.iter().enumerate().map(value).collect()
    }

    /// A value of one unit in the original units of measurement of its column, such as a mean; the
    /// units of labels, of categorical and of binary columns stay as they are. A difference of two
    /// values is multiplied by [`scale`](Self::scale).
    ///
    /// # Panics
    ///
    /// When there is no such unit.
    #[must_use]
    pub fn restore_value(&self, unit: usize, value: f64) -> f64 {
        let units = self.unit_count();
        assert!(unit < units, "unit {unit} of {units}");
        match &self.columns {
            _ if unit >= self.column_units() => value,
            Columns::Units { .. } => self.preparation.value_of(unit, value),
            Columns::Alignment(_) => value,
            Columns::Mixed(schema) => match &schema.columns[self.column_of(unit).number - 1].kind {
                ColumnKind::Real {
                    mean, deviation, ..
                } => mean + deviation * value,
                ColumnKind::Binary { .. } | ColumnKind::Categorical { .. } => value,
            },
        }
    }

    fn check_rows(&self, units: &[f32]) -> usize {
        let width = self.unit_count();
        assert!(
            width > 0 && units.len().is_multiple_of(width),
            "{} values are no whole rows of {width} units",
            units.len()
        );
        width
    }

    /// A number of a column without a schema.
    fn number(&self, column: usize, unit: f32) -> String {
        if unit.is_nan() {
            return String::new();
        }
        let value = self.preparation.value_of(column, unit);
        match &self.preparation.standardize {
            Some(_) if self.preparation.threshold.is_none() => {
                rounded(value, self.preparation.scale_of(column).abs())
            }
            _ => (value as f32).to_string(),
        }
    }
}

/// A number to 7 digits, counted from the first one of `unit`, without zeros at its end.
fn rounded(value: f64, unit: f64) -> String {
    let decimals = (6.0 - unit.log10().floor()).clamp(0.0, 60.0) as usize;
    let text = format!("{value:.decimals$}");
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text,
    };
    match text {
        "-0" => "0".into(),
        text => text.into(),
    }
}
