//! Comparison of a partial schema with the schema of a model.

use super::{PartialColumn, PartialSchema};
use crate::error::listed;
use crate::schema::{Notation, Schema};

impl PartialSchema {
    /// The first setting that is not that of a schema, and the setting of the schema.
    pub(crate) fn difference(&self, schema: &Schema) -> Option<(String, String)> {
        let whole = Self::from(schema.clone());
        let columns_of = |columns: &[PartialColumn]| {
            let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
            format!("the columns {}", listed(&names))
        };
        let names = |schema: &Self| schema.names().map(String::from).collect::<Vec<_>>();
        if names(self) != names(&whole) {
            return Some((columns_of(&self.columns), columns_of(&whole.columns)));
        }
        let pairs = self.columns.iter().zip(&whole.columns);
        pairs
            .filter_map(|(given, own)| given.difference(own))
            .next()
    }
}

impl PartialColumn {
    /// The first setting that is not that of a column in which everything is given.
    fn difference(&self, own: &Self) -> Option<(String, String)> {
        fn shown<T: std::fmt::Debug + PartialEq>(
            name: &str,
            setting: &str,
            given: Option<&T>,
            own: Option<&T>,
        ) -> Option<(String, String)> {
            let text = |value: Option<&T>| match value {
                Some(value) => format!("{setting} {value:?} of column {name:?}"),
                None => format!("no {setting} of column {name:?}"),
            };
            (given.is_some() && given != own).then(|| (text(given), text(own)))
        }
        let name = &self.name;
        shown(name, "kind", self.kind.as_ref(), own.kind.as_ref())
            .or_else(|| shown(name, "values", self.values.as_ref(), own.values.as_ref()))
            .or_else(|| shown(name, "mean", self.mean.as_ref(), own.mean.as_ref()))
            .or_else(|| {
                shown(
                    name,
                    "deviation",
                    self.deviation.as_ref(),
                    own.deviation.as_ref(),
                )
            })
            .or_else(|| {
                shown(
                    name,
                    "decimals",
                    self.decimals.as_ref(),
                    own.decimals.as_ref(),
                )
            })
            .or_else(|| {
                let plain = Notation::default();
                let own = own.notation.as_ref().or(Some(&plain));
                shown(name, "notation", self.notation.as_ref(), own)
            })
    }
}
