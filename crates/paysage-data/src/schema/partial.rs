//! As much of a schema as somebody wrote down.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{Column, ColumnKind, Schema, observe};
use crate::error::DataError;
use crate::read::Cells;

/// More digits after the point than an `f64` can fill.
const MOST_DECIMALS: usize = 17;

/// More values take one unit each for every row: a column of names would fill the memory.
const MOST_STATES: usize = 10_000;

/// Which columns of a file are used, in which order, and as much about them as somebody wrote
/// down; the data tell the rest.
///
/// As TOML, every column has a `name`, and may have a `kind` and what belongs to it:
///
/// | `kind` | what may follow |
/// |---|---|
/// | `"binary"` | `values`: two, which become 0 and 1 |
/// | `"categorical"` | `values`: one or more |
/// | `"real"` | `mean`, `deviation`, `decimals` |
///
/// The kind of a column without one is what it is where there is no schema: see
/// [`read_mixed`](crate::read_mixed). A [`Schema`] converts into one that leaves nothing open.
///
/// ```
/// use paysage_data::PartialSchema;
///
/// let schema: PartialSchema = r#"
///     [[columns]]
///     name = "age"
///
///     [[columns]]
///     name = "stage"
///     kind = "categorical"
///     values = ["early", "middle", "late"]
/// "#.parse()?;
/// # Ok::<(), paysage_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartialSchema {
    columns: Vec<PartialColumn>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartialColumn {
    name: String,
    kind: Option<Kind>,
    values: Option<Vec<String>>,
    mean: Option<f64>,
    deviation: Option<f64>,
    decimals: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Binary,
    Categorical,
    Real,
}

impl PartialSchema {
    /// All columns, nothing known of them.
    pub(crate) fn of_names(names: &[String]) -> Self {
        let column = |name: &String| PartialColumn {
            name: name.clone(),
            ..PartialColumn::default()
        };
        Self {
            columns: names.iter().map(column).collect(),
        }
    }

    /// The schema, what is left open told by the data.
    pub(crate) fn completed(&self, cells: &Cells) -> Result<Schema, DataError> {
        self.check("the schema")?;
        let column = |column: &PartialColumn| match column.whole() {
            Some(whole) => Ok(whole),
            None => column.completed(cells, cells.column(&column.name)?),
        };
        let columns = self.columns.iter().map(column);
        Ok(Schema {
            columns: columns.collect::<Result<_, _>>()?,
        })
    }

    /// The schema, if nothing is left open.
    pub(super) fn whole(&self, file: &str) -> Result<Schema, DataError> {
        self.check(file)?;
        let column = |column: &PartialColumn| {
            column.whole().ok_or_else(|| {
                let expected = "a kind and all that belongs to it, as there are no data to ask";
                bad(file, &column.name, expected)
            })
        };
        let columns = self.columns.iter().map(column);
        Ok(Schema {
            columns: columns.collect::<Result<_, _>>()?,
        })
    }

    /// Whether what is written down can be meant.
    pub(super) fn check(&self, file: &str) -> Result<(), DataError> {
        if self.columns.is_empty() {
            return Err(DataError::NoColumns { file: file.into() });
        }
        let mut names = HashSet::new();
        for column in &self.columns {
            if !names.insert(&column.name) {
                return Err(DataError::RepeatedColumn {
                    file: file.into(),
                    name: column.name.clone(),
                });
            }
            if let Some(expected) = column.fault() {
                return Err(bad(file, &column.name, expected));
            }
        }
        Ok(())
    }
}

impl PartialColumn {
    /// What it should have instead of what it has.
    fn fault(&self) -> Option<&'static str> {
        let moments = self.mean.is_some() || self.deviation.is_some() || self.decimals.is_some();
        let values = self.values.as_deref();
        match self.kind {
            None if moments || values.is_some() => Some("a kind to go with what else it has"),
            Some(Kind::Real) if values.is_some() => Some("no values, as it is real"),
            Some(Kind::Binary | Kind::Categorical) if moments => {
                Some("no mean, deviation or decimals, as it is not real")
            }
            Some(Kind::Binary) if values.is_some_and(|values| values.len() != 2) => {
                Some("two values, as it is binary")
            }
            _ if values.is_some_and(<[_]>::is_empty) => Some("at least one value"),
            _ if values.is_some_and(|v| v.iter().collect::<HashSet<_>>().len() < v.len()) => {
                Some("each value once")
            }
            _ if self.mean.is_some_and(|mean| !mean.is_finite()) => Some("a finite mean"),
            _ if self.deviation.is_some_and(|x| !(x.is_finite() && x > 0.0)) => {
                Some("a finite deviation above 0")
            }
            _ if self
                .decimals
                .is_some_and(|decimals| decimals > MOST_DECIMALS) =>
            {
                Some("at most 17 decimals")
            }
            _ => None,
        }
    }

    /// The column, if nothing is left open.
    fn whole(&self) -> Option<Column> {
        let kind = match self.kind? {
            Kind::Binary => ColumnKind::Binary {
                values: self.values.clone()?.try_into().ok()?,
            },
            Kind::Categorical => ColumnKind::Categorical {
                values: self.values.clone()?,
            },
            Kind::Real => ColumnKind::Real {
                mean: self.mean?,
                deviation: self.deviation?,
                decimals: self.decimals?,
            },
        };
        let name = self.name.clone();
        Some(Column { name, kind })
    }

    /// The column, what is left open told by a column of the data.
    fn completed(&self, cells: &Cells, column: usize) -> Result<Column, DataError> {
        let fails = |expected| bad(&cells.file, &self.name, expected);
        let kind = match self.kind {
            Some(kind) => kind,
            None => observe::kind(cells, column)?,
        };
        let kind = match kind {
            Kind::Binary => ColumnKind::Binary {
                values: observe::distinct(cells, column)
                    .try_into()
                    .map_err(|_| fails("two different values, as it is binary"))?,
            },
            Kind::Categorical => {
                let values = observe::distinct(cells, column);
                if values.is_empty() {
                    return Err(fails("a value in some row, or its values in the schema"));
                }
                if values.len() > MOST_STATES {
                    return Err(fails(
                        "at most 10000 different values, as it is categorical",
                    ));
                }
                ColumnKind::Categorical { values }
            }
            Kind::Real => {
                let (mean, deviation, decimals) = observe::real(cells, column)?;
                ColumnKind::Real {
                    mean: self.mean.unwrap_or(mean),
                    deviation: self.deviation.unwrap_or(deviation),
                    decimals: self.decimals.unwrap_or(decimals),
                }
            }
        };
        let name = self.name.clone();
        Ok(Column { name, kind })
    }
}

impl From<Schema> for PartialSchema {
    fn from(schema: Schema) -> Self {
        let column = |Column { name, kind }| {
            let column = PartialColumn {
                name,
                ..PartialColumn::default()
            };
            match kind {
                ColumnKind::Binary { values } => PartialColumn {
                    kind: Some(Kind::Binary),
                    values: Some(values.into()),
                    ..column
                },
                ColumnKind::Categorical { values } => PartialColumn {
                    kind: Some(Kind::Categorical),
                    values: Some(values),
                    ..column
                },
                ColumnKind::Real {
                    mean,
                    deviation,
                    decimals,
                } => PartialColumn {
                    kind: Some(Kind::Real),
                    mean: Some(mean),
                    deviation: Some(deviation),
                    decimals: Some(decimals),
                    ..column
                },
            }
        };
        Self {
            columns: schema.columns.into_iter().map(column).collect(),
        }
    }
}

impl TryFrom<PartialSchema> for Schema {
    type Error = DataError;

    fn try_from(schema: PartialSchema) -> Result<Self, DataError> {
        schema.whole("the schema")
    }
}

fn bad(file: &str, name: &str, expected: &'static str) -> DataError {
    DataError::BadColumn {
        file: file.into(),
        name: name.into(),
        expected,
    }
}
