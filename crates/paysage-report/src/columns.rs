//! Columns of data and samples in their original units.

use paysage_data::{ColumnKind, Columns, Layout};

/// Mean and standard deviation of a column, of data and of samples, in the units of the data. For a
/// categorical column there is one entry per category, with its frequency as the mean.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnSummary {
    /// Name of the column, and `name = category` for a category.
    pub name: String,
    /// Mean and standard deviation of the data; NaN where there are no values.
    pub data: (f64, f64),
    /// Mean and standard deviation of the samples.
    pub samples: (f64, f64),
}

/// One unit and the way back to the units of the data: x ↦ offset + factor · x.
struct Unit {
    name: String,
    position: usize,
    offset: f64,
    factor: f64,
}

/// Summaries of all columns of rows of units, `[rows, units]` each, in the order of the data.
pub(crate) fn summaries(
    layout: &Layout,
    units: usize,
    data: &[f32],
    samples: &[f32],
) -> Vec<ColumnSummary> {
    let summary = |unit: Unit| {
        let moments = |rows: &[f32]| {
            let values = rows.iter().skip(unit.position).step_by(units);
            let (mean, deviation) = moments(values.map(|&x| f64::from(x)));
            let mean = unit.offset + unit.factor * mean;
            (mean, unit.factor.abs() * deviation)
        };
        ColumnSummary {
            data: moments(data),
            samples: moments(samples),
            name: unit.name,
        }
    };
    let described = described(layout).into_iter();
    described
        .filter(|unit| unit.position < units)
        .map(summary)
        .collect()
}

fn described(layout: &Layout) -> Vec<Unit> {
    let preparation = &layout.preparation;
    let mut units = match &layout.columns {
        Columns::Units { count, names } => {
            // A threshold cannot be undone: its units are 0 and 1.
            let scale = match preparation.threshold {
                Some(_) => 1.0,
                None => f64::from(preparation.scale.unwrap_or(1.0)),
            };
            let moments = preparation.standardize.as_ref();
            let unit = |column: usize| {
                let of_column = |values: &[f64]| values.get(column).copied();
                let mean = moments.and_then(|m| of_column(&m.mean)).unwrap_or(0.0);
                let deviation = moments.and_then(|m| of_column(&m.std)).unwrap_or(1.0);
                let named = names.as_ref().and_then(|names| names.get(column));
                Unit {
                    name: named.map_or_else(|| format!("column {}", column + 1), String::clone),
                    position: column,
                    offset: mean * scale,
                    factor: deviation * scale,
                }
            };
            (0..*count).map(unit).collect::<Vec<_>>()
        }
        Columns::Mixed(schema) => {
            let columns = schema.columns.iter().enumerate();
            let of_column = columns.flat_map(|(index, column)| {
                let first = schema.units_of(index).start;
                let unit = |place: usize, name: String| Unit {
                    name,
                    position: first + place,
                    offset: 0.0,
                    factor: 1.0,
                };
                let name = &column.name;
                match &column.kind {
                    ColumnKind::Binary { values } => {
                        vec![unit(0, format!("{name} = {}", values[1]))]
                    }
                    ColumnKind::Categorical { values } => {
                        let values = values.iter().enumerate();
                        let unit = |(place, value): (usize, &String)| {
                            unit(place, format!("{name} = {value}"))
                        };
                        values.map(unit).collect()
                    }
                    ColumnKind::Real {
                        mean, deviation, ..
                    } => vec![Unit {
                        offset: *mean,
                        factor: *deviation,
                        ..unit(0, name.clone())
                    }],
                }
            });
            of_column.collect()
        }
    };
    let first = layout.unit_count();
    if let Some(labels) = &layout.labels {
        let classes = labels.classes.iter().enumerate();
        units.extend(classes.map(|(class, name)| Unit {
            name: format!("label = {name}"),
            position: first - labels.classes.len() + class,
            offset: 0.0,
            factor: 1.0,
        }));
    }
    units
}

/// Mean and standard deviation of the finite values.
fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let finite = values.filter(|x| x.is_finite());
    let (sum, count) = finite
        .clone()
        .fold((0.0, 0.0), |(s, n), x| (s + x, n + 1.0));
    let mean = sum / count;
    let squares: f64 = finite.map(|x| (x - mean).powi(2)).sum();
    (mean, (squares / count).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use paysage_data::{Column, Notation, Preparation, Schema, Standardizer};

    #[test]
    fn numbers_return_to_their_units() {
        let layout = Layout {
            columns: Columns::Units {
                count: 2,
                names: Some(vec!["height".into(), "weight".into()]),
            },
            preparation: Preparation {
                scale: Some(10.0),
                threshold: None,
                standardize: Some(Standardizer {
                    mean: vec![17.0, 7.0],
                    std: vec![2.0, 0.5],
                }),
            },
            ..Layout::units(2)
        };
        let found = summaries(&layout, 2, &[-1.0, 0.0, 1.0, 2.0], &[0.0, f32::NAN]);
        assert_eq!(found[0].name, "height");
        assert_eq!(found[0].data, (170.0, 20.0));
        assert_eq!(found[0].samples, (170.0, 0.0));
        assert_eq!(found[1].data, (75.0, 5.0));
        assert!(found[1].samples.0.is_nan());
    }

    #[test]
    fn categories_have_frequencies() {
        let values = ["north", "south", "west"].map(String::from).to_vec();
        let schema = Schema {
            columns: vec![
                Column {
                    name: "age".into(),
                    kind: ColumnKind::Real {
                        mean: 40.0,
                        deviation: 10.0,
                        decimals: 0,
                        notation: Notation::default(),
                    },
                },
                Column {
                    name: "region".into(),
                    kind: ColumnKind::Categorical { values },
                },
            ],
        };
        let layout = Layout {
            columns: Columns::Mixed(schema),
            ..Layout::units(4)
        };
        let rows = [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, -1.0];
        let found = summaries(&layout, 4, &rows, &rows);
        let names: Vec<&str> = found.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(
            names,
            ["age", "region = north", "region = south", "region = west"]
        );
        assert_eq!(found[0].data, (40.0, 10.0));
        assert_eq!(found[2].data.0, 0.5);
    }
}
