//! Errors of data.

mod builtin;
mod disk;
mod format;
mod schema;
mod text;

use std::io;

pub use builtin::BuiltinError;
pub use disk::DiskError;
pub(crate) use format::FORMATS;
pub use format::FormatError;
pub use schema::SchemaError;
pub use text::one_line;
use text::scientific;
pub(crate) use text::{all_listed, counted, listed, shortened};

use crate::alignment::AlignmentError;
use crate::layout::LayoutError;
use crate::output::OutputError;
use crate::position::Position;
use crate::weights::WeightsError;

/// What is wrong with a file, a table or a request for one, and where.
///
/// Every message is one line: the file, the position, the value, and what to do. Positions count
/// as the user's file does (see [`Position`]).
///
/// ```
/// let error = paysage_data::Table::new("a.npy", 2, vec![0.0, 1.0, f32::NAN, 1.0]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "a.npy: row 2, column 1 holds NaN, expected a finite number within ±3.4e38",
/// );
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The format of a file is not valid or not known.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A schema, or the columns of a file that it describes, are not valid.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A built-in data set or one of its options is not known.
    #[error(transparent)]
    Builtin(#[from] BuiltinError),
    /// Data that stay on disk cannot be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// An alignment is not valid.
    #[error(transparent)]
    Alignment(#[from] AlignmentError),
    /// Weights of rows are not valid.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// Data and the layout of a model do not match.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// An output cannot be written, or not in this format.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The path is the empty string.
    #[error("the data path is empty: give a file or builtin:NAME")]
    EmptyPath,
    /// There is no such file.
    #[error("{file}: no such file; check the path, or give builtin:NAME for a built-in data set")]
    NotFound {
        /// The path as given.
        file: String,
    },
    /// The path is a folder where a file is needed, or one without data files.
    #[error("{file}: is a folder without data files; give a data file, or a folder of data files")]
    IsFolder {
        /// The path as given.
        file: String,
    },
    /// The operating system refused to read the file.
    #[error("{file}: cannot be read ({source}); check its permissions")]
    Unreadable {
        /// The path as given.
        file: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The operating system refused to write the file.
    #[error(
        "{file}: cannot be written ({source}): choose a folder that exists, can be written and has room"
    )]
    Unwritable {
        /// The path as given.
        file: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// There are no rows.
    #[error("{file}: no rows; expected at least one row of data")]
    Empty {
        /// The table.
        file: String,
    },
    /// There are no columns.
    #[error("{file}: no columns; expected at least one")]
    NoColumns {
        /// The table.
        file: String,
    },
    /// A row is longer or shorter than the first one.
    #[error(
        "{file}: line {line} has {}, expected {expected} as in the first row",
        counted(.found, "value")
    )]
    Ragged {
        /// The text file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The number of values of the first row.
        expected: usize,
        /// The number of values of this row.
        found: usize,
    },
    /// A value is missing where none may be.
    #[error(
        "{file}: {position}: the value is missing; fill it in, drop the row, or allow missing \
         values (--missing)"
    )]
    MissingValue {
        /// The table.
        file: String,
        /// The position of the value.
        position: Position,
    },
    /// A cell is text where a number is needed.
    #[error(
        "{file}: {position} holds {}, expected a number; for text or categories use a schema \
         (--schema infer)", shortened(.value)
    )]
    NotANumber {
        /// The table.
        file: String,
        /// The position of the cell.
        position: Position,
        /// The text of the cell.
        value: String,
    },
    /// A value is NaN, infinite, or too large for `f32`.
    #[error(
        "{file}: {position} holds {}, expected a finite number within ±3.4e38",
        scientific(.value)
    )]
    NotFinite {
        /// The table.
        file: String,
        /// The position of the value.
        position: Position,
        /// The value.
        value: f64,
    },
    /// The table has another number of columns than expected.
    #[error("{file}: has {}, expected {expected}", counted(.found, "column"))]
    Width {
        /// The table.
        file: String,
        /// Its number of columns.
        found: usize,
        /// The expected number of columns.
        expected: usize,
    },
    /// Two tables whose columns are concatenated have different numbers of rows.
    #[error(
        "{file}: has {}, but {other} has {expected}; expected equal numbers of rows",
        counted(.found, "row")
    )]
    RowCount {
        /// The table on the left.
        file: String,
        /// Its number of rows.
        found: usize,
        /// The table on the right.
        other: String,
        /// The number of rows of that one.
        expected: usize,
    },
    /// The table does not fit in memory.
    #[error(
        "{file}: {rows} rows of {units} units exceed the limit of 2^31 values; use fewer rows, \
         columns or categories"
    )]
    TooLarge {
        /// The table.
        file: String,
        /// Its number of rows.
        rows: usize,
        /// Its number of units per row.
        units: usize,
    },
    /// The values do not fill whole rows.
    #[error("{file}: {values} values do not fill rows of {columns} columns")]
    Incomplete {
        /// The table.
        file: String,
        /// The number of values.
        values: usize,
        /// The number of columns.
        columns: usize,
    },
    /// The pixels of an image are not the columns of the table.
    #[error("{file}: an image of {height} x {width} does not fit {columns} columns")]
    ImageSize {
        /// The table.
        file: String,
        /// The height.
        height: usize,
        /// The width.
        width: usize,
        /// The number of columns.
        columns: usize,
    },
    /// There is not one name for each column.
    #[error("{file}: got {found} names for {expected} columns; give one for each")]
    NameCount {
        /// The table.
        file: String,
        /// The number of names.
        found: usize,
        /// The number of columns.
        expected: usize,
    },
    /// A value is outside of what a unit of the model can take.
    #[error("{file}: {position} holds {value}, but {expected}")]
    OutOfRange {
        /// The table.
        file: String,
        /// The position of the value.
        position: Position,
        /// The value.
        value: f32,
        /// What is expected, such as `a Bernoulli unit takes 0 or 1`.
        expected: String,
    },
    /// A cell is not encoded as UTF-8.
    #[error("{file}: {position} is not encoded as UTF-8; save the file as UTF-8")]
    NotUtf8 {
        /// The file.
        file: String,
        /// The position of the cell.
        position: Position,
    },
    /// All values are equal after preparation.
    #[error(
        "{file}: all values are {value} after {steps}; the data range from {low} to {high}: {advice}"
    )]
    NothingLeft {
        /// The table.
        file: String,
        /// The one value.
        value: f32,
        /// The preparation, such as `--threshold 127`.
        steps: String,
        /// The smallest value before preparation.
        low: f32,
        /// The largest value before preparation.
        high: f32,
        /// What to do.
        advice: String,
    },
    /// The fraction of rows held out for validation is not between 0 and 1.
    #[error("validation fraction: expected a number between 0 and 1, got {fraction}")]
    FractionOutOfRange {
        /// The fraction as given.
        fraction: f64,
    },
    /// There are too few rows to split.
    #[error("{file}: has one row; a validation set needs at least 2 rows")]
    TooFewRows {
        /// The table.
        file: String,
    },
    /// The divisor of the values is zero, infinite or NaN.
    #[error("scale: expected a finite number other than 0, got {scale}")]
    BadScale {
        /// The divisor as given.
        scale: f32,
    },
    /// The threshold of the values is infinite or NaN.
    #[error("threshold: expected a finite number, got {threshold}")]
    BadThreshold {
        /// The threshold as given.
        threshold: f32,
    },
    /// Two settings exclude each other.
    #[error("{first} and {second} exclude each other: {reason}")]
    Exclusive {
        /// A setting.
        first: &'static str,
        /// A setting that excludes it.
        second: &'static str,
        /// Why.
        reason: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_value_reads_as_a_sentence() {
        let error = DataError::OutOfRange {
            file: "digits.npy".into(),
            position: Position::row(3, 5),
            value: 3.0,
            expected: "a Bernoulli unit takes 0 or 1".into(),
        };
        assert_eq!(
            error.to_string(),
            "digits.npy: row 3, column 5 holds 3, but a Bernoulli unit takes 0 or 1"
        );
        let error = DataError::Width {
            file: "a.npy".into(),
            found: 3,
            expected: 784,
        };
        assert_eq!(error.to_string(), "a.npy: has 3 columns, expected 784");
    }

    #[test]
    fn a_message_is_one_short_line_whatever_the_cell_holds() {
        let error = DataError::NotANumber {
            file: "a.csv".into(),
            position: Position::line(2, 1, Some("age".into())),
            value: "many\nlines ".repeat(100),
        };
        let message = error.to_string();
        assert!(message.starts_with("a.csv: line 2, column 1 (\"age\") holds \"many\\nlines"));
        assert!(!message.contains('\n') && message.len() < 240, "{message}");
    }
}
