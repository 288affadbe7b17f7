//! Means and standard deviations of columns, of data and of samples.

use crate::columns::Entry;

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

/// Summaries of the entries of rows of units, `[rows, units]` each.
pub(crate) fn summaries(
    entries: &[Entry],
    units: usize,
    data: &[f32],
    samples: &[f32],
) -> Vec<ColumnSummary> {
    let summary = |entry: &Entry| {
        let moments = |rows: &[f32]| {
            let values = rows.iter().skip(entry.position).step_by(units);
            let (mean, deviation) = moments(values.map(|&x| f64::from(x)));
            let mean = entry.offset + entry.factor * mean;
            (mean, entry.factor.abs() * deviation)
        };
        ColumnSummary {
            data: moments(data),
            samples: moments(samples),
            name: entry.name.clone(),
        }
    };
    entries.iter().map(summary).collect()
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
    use paysage_data::{
        Column as DataColumn, ColumnKind, Columns, Layout, Notation, Preparation, Schema,
        Standardizer,
    };
    use paysage_kernels::default_device;
    use paysage_layers::{AnyLayer, Gaussian};
    use paysage_models::BoltzmannMachine;

    use super::*;
    use crate::columns::Column;

    fn found(layout: &Layout, data: &[f32], samples: &[f32]) -> Vec<ColumnSummary> {
        let units = layout.unit_count();
        let visible = Gaussian::new(units, &default_device().unwrap());
        let machine = BoltzmannMachine::chain(vec![AnyLayer::from(visible)]).unwrap();
        let columns = Column::all(Some(layout), &machine);
        let entries: Vec<Entry> = columns.iter().flat_map(Column::entries).collect();
        summaries(&entries, units, data, samples)
    }

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
        let found = found(&layout, &[-1.0, 0.0, 1.0, 2.0], &[0.0, f32::NAN]);
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
                DataColumn {
                    name: "age".into(),
                    kind: ColumnKind::Real {
                        mean: 40.0,
                        deviation: 10.0,
                        decimals: 0,
                        notation: Notation::default(),
                    },
                },
                DataColumn {
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
        let found = found(&layout, &rows, &rows);
        let names: Vec<&str> = found.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(
            names,
            ["age", "region = north", "region = south", "region = west"]
        );
        assert_eq!(found[0].data, (40.0, 10.0));
        assert_eq!(found[2].data.0, 0.5);
    }
}
