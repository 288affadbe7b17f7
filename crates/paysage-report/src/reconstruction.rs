//! Rows of a table beside their reconstructions.

use crate::columns::{Column, Kind};
use crate::numbers::{grouped, of, short};

/// Largest number of columns, and number of rows.
const COLUMNS: usize = 20;
const ROWS: usize = 6;

/// Some rows beside their reconstructions, column by column.
#[derive(Debug, Clone, PartialEq)]
pub struct Reconstructions {
    /// The columns: all, or those with the largest relative error.
    pub columns: Vec<ColumnReconstruction>,
    /// Number of columns of the data.
    pub total: usize,
    /// Number of rows that the errors are of.
    pub rows: usize,
}

/// The reconstruction of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnReconstruction {
    /// Name of the column.
    pub name: String,
    /// The error over all rows: the root mean squared error of numbers in the units of the data, or the
    /// fraction of rows whose most probable category is another one.
    pub error: String,
    /// Of some rows, the value and its reconstruction: the mean of a number, or the most probable category
    /// with its probability.
    pub rows: Vec<(String, String)>,
}

impl Reconstructions {
    /// Compares rows of units with the means of their reconstructions, `[rows, units]` each. A value of
    /// the data that is not finite is missing. `None` without rows.
    pub(crate) fn new(
        columns: &[Column],
        units: usize,
        data: &[f32],
        means: &[f32],
    ) -> Option<Self> {
        let rows = data.len().min(means.len()) / units.max(1);
        let mut found: Vec<(usize, f64)> = columns
            .iter()
            .map(|column| Compared::new(column, units, data, means).relative_error)
            .enumerate()
            .collect();
        if rows == 0 || found.is_empty() {
            return None;
        }
        // A column without observed values has no error and comes last.
        let rank = |error: f64| {
            if error.is_nan() {
                f64::NEG_INFINITY
            } else {
                error
            }
        };
        found.sort_by(|a, b| rank(b.1).total_cmp(&rank(a.1)));
        found.truncate(COLUMNS);
        found.sort_by_key(|(index, _)| *index);
        let shown = found.into_iter().map(|(index, _)| {
            let column = &columns[index];
            let row = |row: usize| {
                let units = row * units + column.first..row * units + column.first + column.units();
                let cell = |rows: &[f32], is_data| column.text(&rows[units.clone()], is_data);
                (cell(data, true), cell(means, false))
            };
            ColumnReconstruction {
                name: column.name.clone(),
                error: Compared::new(column, units, data, means).text(column),
                rows: (0..rows.min(ROWS)).map(row).collect(),
            }
        });
        Some(Self {
            columns: shown.collect(),
            total: columns.len(),
            rows,
        })
    }

    /// The heading of the errors.
    pub(crate) fn error_heading(&self) -> String {
        format!("error over {}", of(self.rows, "row"))
    }

    /// What is shown.
    pub(crate) fn note(&self) -> String {
        let mut note = "A value → the mean of the visible units given the hidden means of the row. The error \
                        is the root mean squared error of a number, in its units, or the fraction of \
                        rows whose most probable category is another one."
            .to_owned();
        if self.columns.len() < self.total {
            note += &format!(
                " The {} of {} columns with the largest error, relative to the standard deviation of a \
                 number.",
                self.columns.len(),
                grouped(self.total)
            );
        }
        note
    }
}

/// The error of a column.
struct Compared {
    error: f64,
    /// The error of a number in units of its standard deviation.
    relative_error: f64,
}

impl Compared {
    fn new(column: &Column, units: usize, data: &[f32], means: &[f32]) -> Self {
        let width = column.units();
        let part = |row: &[f32]| column.first..(column.first + width).min(row.len());
        let pairs = data.chunks(units).zip(means.chunks(units));
        let pairs = pairs.map(|(data, means)| (&data[part(data)], &means[part(means)]));
        let pairs = pairs.filter(|(data, _)| data.iter().all(|x| x.is_finite()));
        match &column.kind {
            Kind::Number { factor, .. } => {
                let (mut count, mut sum, mut squares, mut error) = (0.0, 0.0, 0.0, 0.0);
                for (data, means) in pairs {
                    let (x, mean) = (f64::from(data[0]), f64::from(means[0]));
                    count += 1.0;
                    sum += x;
                    squares += x * x;
                    error += (x - mean).powi(2);
                }
                let deviation = (squares / count - (sum / count).powi(2)).max(0.0).sqrt();
                let error = f64::sqrt(error / count);
                Self {
                    error: factor.abs() * error,
                    relative_error: if deviation > 0.0 {
                        error / deviation
                    } else {
                        0.0
                    },
                }
            }
            Kind::Values(_) | Kind::Categories(_) => {
                let (mut count, mut wrong) = (0.0, 0.0);
                for (data, means) in pairs {
                    count += 1.0;
                    wrong += f64::from(column.state(data) != column.state(means));
                }
                Self {
                    error: wrong / count,
                    relative_error: wrong / count,
                }
            }
        }
    }

    fn text(&self, column: &Column) -> String {
        match column.kind {
            _ if self.error.is_nan() => String::new(),
            Kind::Number { .. } => short(self.error),
            Kind::Values(_) | Kind::Categories(_) => format!("{:.1} %", 100.0 * self.error),
        }
    }
}

impl Column {
    /// The nearest value or the most probable category.
    fn state(&self, units: &[f32]) -> usize {
        let largest = |scores: &mut dyn Iterator<Item = f32>| {
            let best = scores
                .enumerate()
                .reduce(|a, b| if b.1 > a.1 { b } else { a });
            best.map_or(0, |(index, _)| index)
        };
        match &self.kind {
            Kind::Number { .. } => 0,
            Kind::Values(values) => {
                largest(&mut values.iter().map(|(_, value)| -(value - units[0]).abs()))
            }
            Kind::Categories(_) => largest(&mut units.iter().copied()),
        }
    }

    /// A value or a mean as text, with the probability of a category where it is a mean.
    fn text(&self, units: &[f32], is_data: bool) -> String {
        if !units.iter().all(|x| x.is_finite()) {
            return "missing".into();
        }
        let state = self.state(units);
        let (name, probability) = match &self.kind {
            Kind::Number { offset, factor } => {
                return short(offset + factor * f64::from(units[0]));
            }
            // Between the known values, such as a gray pixel.
            Kind::Values(values) if is_data && values.iter().all(|(_, x)| *x != units[0]) => {
                return short(f64::from(units[0]));
            }
            Kind::Values(values) => match &values[..] {
                [(_, first), (_, second)] => {
                    let share = (units[0] - first) / (second - first);
                    (
                        &values[state].0,
                        if state == 1 { share } else { 1.0 - share },
                    )
                }
                _ => return short(f64::from(units[0])),
            },
            Kind::Categories(names) => (&names[state], units[state]),
        };
        match is_data {
            true => name.clone(),
            false => format!("{name} ({probability:.2})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, first: usize, kind: Kind) -> Column {
        Column {
            name: name.into(),
            first,
            kind,
        }
    }

    #[test]
    fn values_and_errors_are_in_the_units_of_the_data() {
        let columns = [
            column(
                "age",
                0,
                Kind::Number {
                    offset: 40.0,
                    factor: 10.0,
                },
            ),
            column(
                "region",
                1,
                Kind::Categories(vec!["north".into(), "south".into()]),
            ),
            column(
                "smoker",
                3,
                Kind::Values(vec![("no".into(), 0.0), ("yes".into(), 1.0)]),
            ),
        ];
        let gap = f32::NAN;
        let data = [
            1.0, 1.0, 0.0, 1.0, //
            -1.0, gap, gap, 0.0,
        ];
        let means = [
            0.5, 0.25, 0.75, 0.875, //
            -1.0, 0.5, 0.5, 0.75,
        ];
        let found = Reconstructions::new(&columns, 4, &data, &means).unwrap();
        let errors: Vec<&str> = found.columns.iter().map(|c| c.error.as_str()).collect();
        // 10 · √(0.5² / 2), one of one row, one of two rows.
        assert_eq!(errors, ["3.536", "100.0 %", "50.0 %"]);
        let row = |row: usize| -> Vec<(&str, &str)> {
            let cells = found.columns.iter().map(|column| &column.rows[row]);
            cells
                .map(|(data, means)| (data.as_str(), means.as_str()))
                .collect()
        };
        let expected = [
            ("50", "45"),
            ("north", "south (0.75)"),
            ("yes", "yes (0.88)"),
        ];
        assert_eq!(row(0), expected);
        let expected = [
            ("30", "30"),
            ("missing", "north (0.50)"),
            ("no", "yes (0.75)"),
        ];
        assert_eq!(row(1), expected);
    }

    #[test]
    fn of_many_columns_the_worst_are_shown() {
        let kind = Kind::Number {
            offset: 0.0,
            factor: 1.0,
        };
        let columns: Vec<Column> = (0..100)
            .map(|index| column(&index.to_string(), index, kind.clone()))
            .collect();
        let data: Vec<f32> = (0..300).map(|index| (index % 7) as f32).collect();
        let means: Vec<f32> = data
            .iter()
            .enumerate()
            .map(|(index, x)| {
                if (40..60).contains(&(index % 100)) {
                    x + 1.0
                } else {
                    *x
                }
            })
            .collect();
        let found = Reconstructions::new(&columns, 100, &data, &means).unwrap();
        let names: Vec<usize> = found
            .columns
            .iter()
            .map(|c| c.name.parse().unwrap())
            .collect();
        assert_eq!(names, (40..60).collect::<Vec<_>>());
        assert!(found.note().contains("The 20 of 100 columns"));
        assert_eq!(Reconstructions::new(&columns, 100, &[], &[]), None);
    }
}
