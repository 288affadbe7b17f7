//! The units of each column.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{ColumnKind, Schema};

/// Kind of the units of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupKind {
    /// One unit per column, 0 or 1.
    Binary,
    /// Several units per column, exactly one of which is 1.
    OneHot {
        /// Number of units per column.
        states: usize,
    },
    /// One unit per column, a real number.
    Real,
}

impl GroupKind {
    /// Number of units per column.
    pub fn units(&self) -> usize {
        match *self {
            Self::Binary | Self::Real => 1,
            Self::OneHot { states } => states,
        }
    }
}

/// Columns whose units are of one kind and adjacent: a visible layer of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Kind of its units.
    pub kind: GroupKind,
    /// The columns, counted from 0, in the order of their units.
    pub columns: Vec<usize>,
}

impl Group {
    /// Number of units.
    pub fn units(&self) -> usize {
        self.kind.units() * self.columns.len()
    }
}

impl Schema {
    /// The columns grouped by the kind of their units, in the order of the units: binary columns,
    /// then categorical ones by increasing number of values, then real ones.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("people.csv");
    /// use paysage_data::{Group, GroupKind, read_mixed};
    ///
    /// std::fs::write(&path, "age,smoker\n31.5,no\n28,yes\n")?;
    /// let (table, schema) = read_mixed(path.to_str().unwrap(), None)?;
    /// assert_eq!(
    ///     schema.groups(),
    ///     [
    ///         Group { kind: GroupKind::Binary, columns: vec![1] },
    ///         Group { kind: GroupKind::Real, columns: vec![0] },
    ///     ],
    /// );
    /// assert_eq!(table.names().unwrap(), ["smoker=yes", "age"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn groups(&self) -> Vec<Group> {
        let mut groups: BTreeMap<GroupKind, Vec<usize>> = BTreeMap::new();
        for (index, column) in self.columns.iter().enumerate() {
            let kind = match &column.kind {
                ColumnKind::Binary { .. } => GroupKind::Binary,
                ColumnKind::Categorical { values } => GroupKind::OneHot {
                    states: values.len(),
                },
                ColumnKind::Real { .. } => GroupKind::Real,
            };
            groups.entry(kind).or_default().push(index);
        }
        let group = |(kind, columns)| Group { kind, columns };
        groups.into_iter().map(group).collect()
    }

    /// Number of units per row.
    pub fn units(&self) -> usize {
        self.groups().iter().map(Group::units).sum()
    }

    /// The units of a column, columns counted from 0.
    ///
    /// # Panics
    ///
    /// When there is no such column.
    pub fn units_of(&self, column: usize) -> Range<usize> {
        assert!(
            column < self.columns.len(),
            "column {column} of a schema of {} columns",
            self.columns.len()
        );
        self.places().swap_remove(column)
    }

    /// The units of each column.
    pub(crate) fn places(&self) -> Vec<Range<usize>> {
        let mut places = vec![0..0; self.columns.len()];
        let mut start = 0;
        for group in self.groups() {
            for column in group.columns {
                let end = start + group.kind.units();
                places[column] = start..end;
                start = end;
            }
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Column;

    #[test]
    fn units_of_a_kind_are_adjacent() {
        let categorical = |states: usize| ColumnKind::Categorical {
            values: (0..states).map(|value| value.to_string()).collect(),
        };
        let real = ColumnKind::Real {
            mean: 0.0,
            deviation: 1.0,
            decimals: 0,
            notation: crate::schema::Notation::default(),
        };
        let binary = ColumnKind::Binary {
            values: ["0", "1"].map(String::from),
        };
        let kinds = [
            real.clone(),
            categorical(4),
            binary.clone(),
            categorical(3),
            categorical(4),
            real,
            binary,
        ];
        let schema = Schema {
            columns: kinds
                .into_iter()
                .map(|kind| Column {
                    name: String::new(),
                    kind,
                })
                .collect(),
        };
        let group = |kind, columns: &[usize]| Group {
            kind,
            columns: columns.to_vec(),
        };
        let expected = [
            group(GroupKind::Binary, &[2, 6]),
            group(GroupKind::OneHot { states: 3 }, &[3]),
            group(GroupKind::OneHot { states: 4 }, &[1, 4]),
            group(GroupKind::Real, &[0, 5]),
        ];
        assert_eq!(schema.groups(), expected);
        assert_eq!(schema.units(), 15);
        let places: Vec<_> = (0..7).map(|column| schema.units_of(column)).collect();
        assert_eq!(places, [13..14, 5..9, 0..1, 2..5, 9..13, 14..15, 1..2]);
    }
}
