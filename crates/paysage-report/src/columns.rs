//! The columns of a table: their units, and the way back to the units of the data.

use paysage_data::{ColumnKind, Columns, Layout};
use paysage_layers::{Domain, Trainable};
use paysage_models::BoltzmannMachine;

/// A column of the data.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Its first unit.
    pub(crate) first: usize,
    pub(crate) kind: Kind,
}

/// The units of a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// One unit of numbers: x ↦ offset + factor · x leads back to the units of the data.
    Number { offset: f64, factor: f64 },
    /// One unit that takes a few values, each with its name.
    Values(Vec<(String, f32)>),
    /// One unit for each category.
    Categories(Vec<String>),
}

/// One number of a row: that of a column, or whether it has a category.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// The name of the column, or `name = category`.
    pub(crate) name: String,
    /// The unit.
    pub(crate) position: usize,
    /// x ↦ offset + factor · x leads back to the units of the data.
    pub(crate) offset: f64,
    pub(crate) factor: f64,
}

impl Column {
    /// The columns of a layout, or numbered ones, in the order of the data. The machine says which
    /// columns without a schema take few values or belong to a one-hot site.
    pub(crate) fn all<L: Trainable>(
        layout: Option<&Layout>,
        machine: &BoltzmannMachine<L>,
    ) -> Vec<Self> {
        let domains = machine.visible_spans().flat_map(|(layer, span)| {
            std::iter::repeat_n(machine.layers[layer].domain(), span.len())
        });
        let domains: Vec<Domain> = domains.collect();
        let units = machine.visible_units();
        let mut columns = Self::described(layout.unwrap_or(&Layout::units(units)), &domains);
        columns.retain(|column| column.first + column.units() <= units);
        columns
    }

    fn described(layout: &Layout, domains: &[Domain]) -> Vec<Self> {
        let mut columns = match &layout.columns {
            Columns::Units { count, names } => of_units(layout, *count, names.as_deref(), domains),
            Columns::Alignment(alignment) => {
                let states = alignment.state_count();
                let letters: Vec<String> = alignment.states.chars().map(String::from).collect();
                let site = |site: usize| Self {
                    name: format!("site {}", site + 1),
                    first: site * states,
                    kind: Kind::Categories(letters.clone()),
                };
                (0..alignment.sites).map(site).collect()
            }
            Columns::Mixed(schema) => {
                let columns = schema.columns.iter().enumerate();
                let column = columns.map(|(index, column)| Self {
                    name: column.name.clone(),
                    first: schema.units_of(index).start,
                    kind: match &column.kind {
                        ColumnKind::Binary { values } => {
                            let [off, on] = values.clone();
                            Kind::Values(vec![(off, 0.0), (on, 1.0)])
                        }
                        ColumnKind::Categorical { values } => Kind::Categories(values.clone()),
                        ColumnKind::Real {
                            mean, deviation, ..
                        } => Kind::Number {
                            offset: *mean,
                            factor: *deviation,
                        },
                    },
                });
                column.collect()
            }
        };
        if let Some(labels) = &layout.labels {
            columns.push(Self {
                name: "label".into(),
                first: layout.column_units(),
                kind: Kind::Categories(labels.classes.clone()),
            });
        }
        columns
    }

    /// The number of its units.
    pub(crate) fn units(&self) -> usize {
        match &self.kind {
            Kind::Categories(names) => names.len(),
            Kind::Number { .. } | Kind::Values(_) => 1,
        }
    }

    /// Its numbers: one, or one for each category.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let entry = |place: usize, name: String, offset: f64, factor: f64| Entry {
            name,
            position: self.first + place,
            offset,
            factor,
        };
        let name = &self.name;
        match &self.kind {
            Kind::Number { offset, factor } => vec![entry(0, name.clone(), *offset, *factor)],
            Kind::Values(values) => {
                let is_number = |(text, value): &(String, f32)| text.parse() == Ok(*value);
                let name = match &values[..] {
                    [_, (on, _)] if !values.iter().all(is_number) => format!("{name} = {on}"),
                    _ => name.clone(),
                };
                vec![entry(0, name, 0.0, 1.0)]
            }
            Kind::Categories(names) => {
                let names = names.iter().enumerate();
                let names =
                    names.map(|(place, value)| entry(place, format!("{name} = {value}"), 0.0, 1.0));
                names.collect()
            }
        }
    }
}

/// Columns without a schema: a one-hot site is one column, other units are one each.
fn of_units(
    layout: &Layout,
    count: usize,
    names: Option<&[String]>,
    domains: &[Domain],
) -> Vec<Column> {
    let preparation = &layout.preparation;
    // A threshold cannot be undone: its units are 0 and 1.
    let scale = match preparation.threshold {
        Some(_) => 1.0,
        None => f64::from(preparation.scale.unwrap_or(1.0)),
    };
    let moments = preparation.standardize.as_ref();
    let name = |unit: usize| names.and_then(|names| names.get(unit));
    let (mut columns, mut unit, mut site) = (Vec::new(), 0, 0);
    while unit < count {
        let states = domains.get(unit).map_or(1, Domain::width).min(count - unit);
        if states > 1 {
            site += 1;
            let state = |place: usize| name(unit + place).cloned();
            let state = |place: usize| state(place).unwrap_or_else(|| (place + 1).to_string());
            columns.push(Column {
                name: format!("site {site}"),
                first: unit,
                kind: Kind::Categories((0..states).map(state).collect()),
            });
            unit += states;
            continue;
        }
        let of_unit = |values: &[f64]| values.get(unit).copied();
        let mean = moments.and_then(|m| of_unit(&m.mean)).unwrap_or(0.0);
        let deviation = moments.and_then(|m| of_unit(&m.std)).unwrap_or(1.0);
        let kind = match domains.get(unit) {
            Some(Domain::Finite { values, .. }) if moments.is_none() && scale == 1.0 => {
                let values = values.iter().map(|&value| (value.to_string(), value));
                Kind::Values(values.collect())
            }
            _ => Kind::Number {
                offset: mean * scale,
                factor: deviation * scale,
            },
        };
        columns.push(Column {
            name: name(unit).map_or_else(|| format!("column {}", unit + 1), String::clone),
            first: unit,
            kind,
        });
        unit += 1;
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_a_site_are_one_column() {
        let layout = Layout::units(5);
        let mut domains = vec![Domain::finite("a spin", &[-1.0, 1.0])];
        domains.extend(vec![Domain::OneHot { states: 2 }; 4]);
        let columns = Column::described(&layout, &domains);
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["column 1", "site 1", "site 2"]);
        assert_eq!(columns[2].first, 3);
        let spins = [("-1".to_owned(), -1.0), ("1".to_owned(), 1.0)];
        assert_eq!(columns[0].kind, Kind::Values(spins.into()));
        let entries: Vec<String> = columns
            .iter()
            .flat_map(Column::entries)
            .map(|e| e.name)
            .collect();
        assert_eq!(
            entries,
            [
                "column 1",
                "site 1 = 1",
                "site 1 = 2",
                "site 2 = 1",
                "site 2 = 2"
            ]
        );
    }
}
