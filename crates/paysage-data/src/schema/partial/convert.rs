//! Conversions between schemas and partial schemas.

use super::{Kind, PartialColumn, PartialSchema};
use crate::error::DataError;
use crate::schema::{Column, ColumnKind, Notation, Schema};

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
                    notation,
                } => PartialColumn {
                    kind: Some(Kind::Real),
                    mean: Some(mean),
                    deviation: Some(deviation),
                    decimals: Some(decimals),
                    notation: (notation != Notation::default()).then_some(notation),
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
