//! Partial schemas: what is not given is inferred from the data.

mod convert;
mod difference;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::observe::Observed;
use super::{Column, ColumnKind, Notation, Schema, observe};
use crate::error::{DataError, SchemaError};
use crate::layout::Reason;
use crate::read::Cells;

/// More digits after the point than an `f64` has.
const MOST_DECIMALS: usize = 17;

/// The most values of a categorical column: each is a unit of every row.
pub(super) const MOST_STATES: usize = 10_000;

/// The columns of a file that are used, in this order, with their kinds as far as they are given;
/// the rest is inferred from the data.
///
/// As TOML, every column has a `name`, and may have a `kind` and the settings of that kind:
///
/// | `kind` | settings |
/// |---|---|
/// | `"binary"` | `values`: two, which become 0 and 1 |
/// | `"categorical"` | `values`: one or more, at most 10,000 |
/// | `"real"` | `mean`, `deviation`, `decimals`, `notation` |
///
/// `notation` is a table such as `{ decimal = ",", group = ".", suffix = "%" }`: see
/// [`Notation`]. Kinds that are not given are inferred as [`read_mixed`](crate::read_mixed)
/// describes. A [`Schema`] converts into a partial schema in which everything is given.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deviation: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decimals: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notation: Option<Notation>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Binary,
    Categorical,
    Real,
}

impl PartialSchema {
    /// The names of the columns.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The schema with everything that is not given inferred from the data.
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

    /// The schema, if everything is given.
    pub(super) fn whole(&self, file: &str) -> Result<Schema, DataError> {
        self.check(file)?;
        let column = |column: &PartialColumn| {
            column.whole().ok_or_else(|| {
                let expected =
                    "a kind and all its settings, since there are no data to infer them from";
                bad(file, &column.name, expected)
            })
        };
        let columns = self.columns.iter().map(column);
        Ok(Schema {
            columns: columns.collect::<Result<_, _>>()?,
        })
    }

    /// Checks that names are distinct and that no column contradicts itself.
    pub(super) fn check(&self, file: &str) -> Result<(), DataError> {
        if self.columns.is_empty() {
            return Err(DataError::NoColumns { file: file.into() });
        }
        let mut names = HashSet::new();
        for column in &self.columns {
            if !names.insert(&column.name) {
                return Err(DataError::Schema(SchemaError::RepeatedColumn {
                    file: file.into(),
                    name: column.name.clone(),
                }));
            }
            if let Some(expected) = column.fault() {
                return Err(bad(file, &column.name, expected));
            }
        }
        Ok(())
    }
}

impl PartialColumn {
    /// What is expected instead of a contradiction.
    fn fault(&self) -> Option<&'static str> {
        let moments = self.mean.is_some()
            || self.deviation.is_some()
            || self.decimals.is_some()
            || self.notation.is_some();
        let values = self.values.as_deref();
        match self.kind {
            None if moments || values.is_some() => Some("a kind beside its other settings"),
            Some(Kind::Real) if values.is_some() => Some("no values, since it is real"),
            Some(Kind::Binary | Kind::Categorical) if moments => {
                Some("no mean, deviation, decimals or notation, since it is not real")
            }
            Some(Kind::Binary) if values.is_some_and(|values| values.len() != 2) => {
                Some("two values, since it is binary")
            }
            _ if values.is_some_and(<[_]>::is_empty) => Some("at least one value"),
            _ if values.is_some_and(|v| v.iter().collect::<HashSet<_>>().len() < v.len()) => {
                Some("distinct values")
            }
            _ if self.mean.is_some_and(|mean| !mean.is_finite()) => Some("a finite mean"),
            _ if self.deviation.is_some_and(|x| !(x.is_finite() && x > 0.0)) => {
                Some("a finite deviation above 0")
            }
            _ if self
                .notation
                .as_ref()
                .is_some_and(|notation| !notation.is_sound()) =>
            {
                Some("a point or a comma as the decimal separator, and another one of thousands")
            }
            _ if values.is_some_and(|values| values.len() > MOST_STATES) => {
                Some("at most 10000 values")
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

    /// The column, if everything is given.
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
                // Schemas without one are those of plain numbers.
                notation: self.notation.clone().unwrap_or_default(),
            },
        };
        let name = self.name.clone();
        Some(Column { name, kind })
    }

    /// The column with everything that is not given inferred from a column of the data.
    fn completed(&self, cells: &Cells, column: usize) -> Result<Column, DataError> {
        let fails = |expected| bad(&cells.file, &self.name, expected);
        let kind = match self.kind {
            Some(kind) => kind,
            None => observe::kind(cells, column)?,
        };
        let kind = match kind {
            Kind::Binary => ColumnKind::Binary {
                values: observe::distinct(cells, column, 2)
                    .try_into()
                    .map_err(|_| fails("two different values, since it is binary"))?,
            },
            Kind::Categorical => {
                let values = observe::distinct(cells, column, MOST_STATES);
                if values.is_empty() {
                    return Err(fails("a value in some row, or its values in the schema"));
                }
                if values.len() > MOST_STATES {
                    return Err(fails(
                        "at most 10000 different values, since it is categorical",
                    ));
                }
                ColumnKind::Categorical { values }
            }
            Kind::Real => {
                let real = observe::real(cells, column, self.notation.as_ref())?;
                ColumnKind::Real {
                    mean: self.mean.unwrap_or(real.mean),
                    deviation: self.deviation.unwrap_or(real.deviation),
                    decimals: self.decimals.unwrap_or(real.decimals),
                    notation: real.notation,
                }
            }
        };
        let name = self.name.clone();
        Ok(Column { name, kind })
    }
}

/// The schema of these columns of a file, and which of them there is nothing to model of.
pub(crate) fn inferred(
    cells: &Cells,
    columns: &[usize],
) -> Result<(Schema, Vec<(usize, Reason)>), DataError> {
    let (mut modelled, mut left_out) = (Vec::new(), Vec::new());
    for &column in columns {
        cells.check(column)?;
        let kind = match observe::observe(cells, column)? {
            Observed::Kind(kind) => kind,
            Observed::LeftOut(reason) => {
                left_out.push((column, reason));
                continue;
            }
        };
        let partial = PartialColumn {
            name: cells.names[column].clone(),
            kind: Some(kind),
            ..PartialColumn::default()
        };
        modelled.push(partial.completed(cells, column)?);
    }
    if modelled.is_empty() {
        let file = cells.file.clone();
        return Err(DataError::Schema(SchemaError::NothingToModel { file }));
    }
    Ok((Schema { columns: modelled }, left_out))
}

fn bad(file: &str, name: &str, expected: &'static str) -> DataError {
    DataError::Schema(SchemaError::BadColumn {
        file: file.into(),
        name: name.into(),
        expected,
    })
}
