//! Errors of schemas.

use super::{listed, shortened};
use crate::position::Position;

/// What is wrong with a schema, or with the columns of a file that it describes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// The source is no text with a header, which columns of mixed kinds need.
    #[error("{file}: is no text file; a schema needs a text file with a header (.csv, .tsv)")]
    NotMixed {
        /// The source.
        file: String,
    },
    /// The first line of a file that needs a header holds a number.
    #[error(
        "{file}: the first line holds {}, expected a header; put a line of column names first",
        shortened(.value)
    )]
    NoHeader {
        /// The file.
        file: String,
        /// The number.
        value: String,
    },
    /// Two columns have the same name.
    #[error("{file}: more than one column is named {}; rename one of them", shortened(.name))]
    RepeatedColumn {
        /// The table, or the schema.
        file: String,
        /// The name.
        name: String,
    },
    /// A column that is named is not in the file.
    #[error("{file}: no column {}; the columns are {}", shortened(.name), listed(.known))]
    NoSuchColumn {
        /// The file.
        file: String,
        /// The name.
        name: String,
        /// The columns of the file.
        known: Vec<String>,
    },
    /// The kind of a column cannot be inferred.
    #[error("{file}: column {} has {holds}", shortened(.name))]
    UnclearColumn {
        /// The file.
        file: String,
        /// The name of the column.
        name: String,
        /// What it holds and what to do.
        holds: String,
    },
    /// A cell is no number in a column of numbers.
    #[error(
        "{file}: {position} holds {} in a column of numbers; leave the cell empty if the value is \
         missing, or give the kind of the column in a schema", shortened(.value)
    )]
    MixedColumn {
        /// The file.
        file: String,
        /// The position of the cell.
        position: Position,
        /// The text of the cell.
        value: String,
    },
    /// A comma or point may be a decimal or a thousands separator.
    #[error(
        "{file}: {position} holds {}, whose separator may be decimal or for thousands; write \
         numbers as 1234.5, or give the notation of the column in a schema", shortened(.value)
    )]
    AmbiguousNumber {
        /// The file.
        file: String,
        /// The position of the cell.
        position: Position,
        /// The text of the cell.
        value: String,
    },
    /// No column of a file is left to model.
    #[error(
        "{file}: no column is left to model: all are empty, constant or identifiers; give their \
         kinds in a schema to use them"
    )]
    NothingToModel {
        /// The file.
        file: String,
    },
    /// A column of a schema contradicts itself, or the data that complete it.
    #[error("{file}: column {}: expected {expected}", shortened(.name))]
    BadColumn {
        /// The schema, or the data.
        file: String,
        /// The name of the column.
        name: String,
        /// What is expected.
        expected: &'static str,
    },
    /// A cell holds a value that is not in the schema.
    #[error(
        "{file}: {position} holds {}, which is not in the schema; expected one of {}",
        shortened(.value), listed(.known)
    )]
    UnknownValue {
        /// The file.
        file: String,
        /// The position of the cell.
        position: Position,
        /// The value.
        value: String,
        /// The values of the schema.
        known: Vec<String>,
    },
    /// The file of a schema is not valid.
    #[error("{file}: line {row}: {reason}")]
    NotASchema {
        /// The file.
        file: String,
        /// The line, from 1.
        row: usize,
        /// The message of the parser.
        reason: String,
    },
}
