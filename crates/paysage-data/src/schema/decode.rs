//! From units to cells.

use super::{ColumnKind, Schema};

impl Schema {
    /// The cells of rows of units, `[rows, units]`, in the order of the columns.
    ///
    /// A binary column has its second value where the unit is at least one half, a categorical
    /// one the value of its largest unit, a real one its number in its notation, rounded to its
    /// decimals. Where a unit is NaN the cell is empty.
    ///
    /// # Panics
    ///
    /// When `rows` is not whole rows of [`units`](Self::units).
    pub fn decode(&self, rows: &[f32]) -> Vec<Vec<String>> {
        let (width, places) = (self.units(), self.places());
        assert!(
            width > 0 && rows.len().is_multiple_of(width),
            "{} values are no whole rows of {width} units",
            rows.len()
        );
        let columns = || self.columns.iter().zip(&places);
        rows.chunks_exact(width)
            .map(|row| {
                let cell = columns().map(|(column, place)| column.kind.cell(&row[place.clone()]));
                cell.collect()
            })
            .collect()
    }
}

impl ColumnKind {
    pub(crate) fn cell(&self, units: &[f32]) -> String {
        if units.iter().any(|unit| unit.is_nan()) {
            return String::new();
        }
        match self {
            Self::Binary { values } => values[usize::from(units[0] >= 0.5)].clone(),
            Self::Categorical { values } => {
                // max_by takes the last of equal units: reversed, the first.
                let largest = values
                    .iter()
                    .zip(units)
                    .rev()
                    .max_by(|a, b| a.1.total_cmp(b.1));
                largest.map(|(value, _)| value.clone()).unwrap_or_default()
            }
            Self::Real {
                mean,
                deviation,
                decimals,
                notation,
            } => notation.write(mean + deviation * f64::from(units[0]), *decimals),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, Notation};

    fn schema(kind: ColumnKind) -> Schema {
        let name = "x".into();
        Schema {
            columns: vec![Column { name, kind }],
        }
    }

    #[test]
    fn units_between_values_are_rounded() {
        let values = ["no", "yes"].map(String::from);
        let binary = schema(ColumnKind::Binary { values });
        let rows = [-3.0, 0.49, 0.5, 7.0, f32::NAN];
        assert_eq!(
            binary.decode(&rows).concat(),
            ["no", "no", "yes", "yes", ""]
        );

        let values = ["a", "b", "c"].map(String::from).to_vec();
        let categorical = schema(ColumnKind::Categorical { values });
        let rows = [
            [0.1, 0.7, 0.2],
            [0.5, 0.5, 0.5],
            [-2.0, -1.0, -0.5],
            [1.0, f32::NAN, 0.0],
        ];
        assert_eq!(
            categorical.decode(rows.as_flattened()).concat(),
            ["b", "a", "c", ""]
        );
    }

    #[test]
    fn numbers_are_rounded_and_zero_has_no_sign() {
        let real = |decimals| {
            schema(ColumnKind::Real {
                mean: 10.0,
                deviation: 4.0,
                decimals,
                notation: Notation::default(),
            })
        };
        let rows = [0.5, -2.51, -4.0, f32::NAN];
        assert_eq!(real(0).decode(&rows).concat(), ["12", "0", "-6", ""]);
        assert_eq!(
            real(2).decode(&rows).concat(),
            ["12.00", "-0.04", "-6.00", ""]
        );
    }

    #[test]
    #[should_panic(expected = "2 values are no whole rows of 3 units")]
    fn part_of_a_row_is_the_callers_mistake() {
        let values = ["a", "b", "c"].map(String::from).to_vec();
        schema(ColumnKind::Categorical { values }).decode(&[0.0, 1.0]);
    }
}
