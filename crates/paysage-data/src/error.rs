//! Everything that can be wrong with data.

use std::io;

/// What is wrong with a file, a table or a request for one, and where.
///
/// Every message is one line which names the place and what would be right. Rows and columns in
/// it, and in the fields, count from 1. For text files `row` is the number of the line in the
/// file, the header included, as an editor shows it.
///
/// ```
/// let error = paysage_data::Table::new("a.csv", 2, vec![0.0, 1.0, f32::NAN, 1.0]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "a.csv: row 2, column 1 holds NaN, but every value must be a finite number within \
///      ±3.4e38: fill in or drop such rows",
/// );
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The path is the empty string.
    #[error("the data path is empty: give a file or builtin:NAME")]
    EmptyPath,
    /// There is no such file.
    #[error("{file}: no such file; check the path, or give builtin:NAME for a built-in data set")]
    NotFound {
        /// The path as given.
        file: String,
    },
    /// The path is a folder.
    #[error("{file}: is a folder; give one data file inside it")]
    IsFolder {
        /// The path as given.
        file: String,
    },
    /// The operating system refused to read the file.
    #[error("{file}: cannot be read ({source}); check that you may read it")]
    Unreadable {
        /// The path as given.
        file: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The operating system refused to write the file.
    #[error(
        "{file}: cannot be written ({source}); check that its folder exists and may be written"
    )]
    Unwritable {
        /// The path as given.
        file: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// There are no rows.
    #[error("{file}: holds no rows; a table needs at least one")]
    Empty {
        /// The table.
        file: String,
    },
    /// There are no columns.
    #[error("{file}: has no columns; a table needs at least one")]
    NoColumns {
        /// The table.
        file: String,
    },
    /// A row is longer or shorter than the first one.
    #[error("{file}: row {row} has {found} values, but {expected} are needed as in the first row")]
    Ragged {
        /// The table.
        file: String,
        /// The row, from 1.
        row: usize,
        /// The width of the first row.
        expected: usize,
        /// The width of this row.
        found: usize,
    },
    /// A cell has nothing in it.
    #[error(
        "{file}: row {row}, column {column}{} is empty; a number is needed: \
         fill it in or drop the row", quoted(.name)
    )]
    EmptyCell {
        /// The table.
        file: String,
        /// The row, from 1.
        row: usize,
        /// The column, from 1.
        column: usize,
        /// The name of the column, where the file has a header.
        name: Option<String>,
    },
    /// A cell holds text.
    #[error(
        "{file}: row {row}, column {column}{} holds {}, but a number such as 1.5 is needed",
        quoted(.name), shortened(.value)
    )]
    NotANumber {
        /// The table.
        file: String,
        /// The row, from 1.
        row: usize,
        /// The column, from 1.
        column: usize,
        /// The name of the column, where the file has a header.
        name: Option<String>,
        /// The text of the cell.
        value: String,
    },
    /// A value is NaN, infinite, or too large for `f32`.
    #[error(
        "{file}: row {row}, column {column}{} holds {}, but every value must be a finite \
         number within ±3.4e38: fill in or drop such rows", quoted(.name), scientific(.value)
    )]
    NotFinite {
        /// The table.
        file: String,
        /// The row, from 1.
        row: usize,
        /// The column, from 1.
        column: usize,
        /// The name of the column, where it has one.
        name: Option<String>,
        /// The value.
        value: f64,
    },
    /// The file ends before its header says it should.
    #[error("{file}: is cut short: {expected} bytes are needed, {found} are there; get it again")]
    Truncated {
        /// The file.
        file: String,
        /// The length which the header asks for, in bytes after decompression.
        expected: u128,
        /// The length of the file, in bytes after decompression.
        found: u64,
    },
    /// The file goes on after its header says it should end.
    #[error(
        "{file}: goes on after its end: {expected} bytes are needed, {found} are there; get it again"
    )]
    TrailingBytes {
        /// The file.
        file: String,
        /// The length which the header asks for, in bytes after decompression.
        expected: u128,
        /// The length of the file, in bytes after decompression.
        found: u64,
    },
    /// A compressed file cannot be decompressed.
    #[error("{file}: is cut short or broken as gzip ({source}); get it again")]
    BrokenGzip {
        /// The file.
        file: String,
        /// What the decompressor said.
        source: io::Error,
    },
    /// A header does not read as its format says it should.
    #[error("{file}: is not a sound {format} file: {expected}")]
    BadHeader {
        /// The file.
        file: String,
        /// The format which the content or the ending told of.
        format: &'static str,
        /// What should have been there.
        expected: &'static str,
    },
    /// Neither the content nor the ending tells what the file is.
    #[error(
        "{file}: is of no known kind; known are .npy, .csv, .tsv, .txt and IDX images, each also as .gz"
    )]
    UnknownFormat {
        /// The file.
        file: String,
    },
    /// The file holds values of a type that is no plain number.
    #[error("{file}: holds values of type {}, but {expected} is needed", shortened(.found))]
    UnsupportedType {
        /// The file.
        file: String,
        /// The type, in the words of the format.
        found: String,
        /// The types that can be read.
        expected: &'static str,
    },
    /// An array does not have rows and columns.
    #[error(
        "{file}: has {} dimensions {found:?}, but a table is [rows, columns] or \
         [rows, height, width]: reshape it", .found.len()
    )]
    Dimensions {
        /// The file.
        file: String,
        /// The extent of each dimension.
        found: Vec<u64>,
    },
    /// The file holds labels, not rows to model.
    #[error("{file}: holds labels, not images; give the file of images (…-images-idx3-ubyte)")]
    Labels {
        /// The file.
        file: String,
    },
    /// The table has another number of columns than what it is used for.
    #[error("{file}: has {found} columns, but {expected} are needed")]
    Width {
        /// The table.
        file: String,
        /// Its columns.
        found: usize,
        /// The columns that would fit.
        expected: usize,
    },
    /// Two tables side by side have other numbers of rows.
    #[error(
        "{file}: has {found} rows, but {other} has {expected}; tables side by side need as many"
    )]
    RowCount {
        /// The table on the left.
        file: String,
        /// Its rows.
        found: usize,
        /// The table on the right.
        other: String,
        /// The rows of that one.
        expected: usize,
    },
    /// The values do not fill whole rows.
    #[error("{file}: {values} values do not fill rows of {columns} columns")]
    Incomplete {
        /// The table.
        file: String,
        /// How many values there are.
        values: usize,
        /// How many a row takes.
        columns: usize,
    },
    /// The pixels of an image are not the columns of the table.
    #[error(
        "{file}: an image of {height} x {width} needs as many columns, the table has {columns}"
    )]
    ImageSize {
        /// The table.
        file: String,
        /// The height asked for.
        height: usize,
        /// The width asked for.
        width: usize,
        /// The columns there are.
        columns: usize,
    },
    /// There is not one name for each column.
    #[error("{file}: {found} names were given for {expected} columns; give one for each")]
    NameCount {
        /// The table.
        file: String,
        /// The names given.
        found: usize,
        /// The columns there are.
        expected: usize,
    },
    /// A value lies outside of what a unit of the model can take.
    #[error("{file}: row {row}, column {column} holds {value}, but {expected}")]
    OutOfRange {
        /// The table.
        file: String,
        /// The row, from 1.
        row: usize,
        /// The column, from 1.
        column: usize,
        /// The value.
        value: f32,
        /// What would be right, such as `a Bernoulli unit takes 0 or 1`.
        expected: String,
    },
    /// Columns of mixed kinds are not read from such a source.
    #[error("{file}: is no text, but mixed columns are read from text with a header (.csv, .tsv)")]
    NotMixed {
        /// The source.
        file: String,
    },
    /// The first line of a file that needs a header holds a number.
    #[error(
        "{file}: its first line holds {}, which names no column; put a line of names before it",
        shortened(.value)
    )]
    NoHeader {
        /// The file.
        file: String,
        /// The number.
        value: String,
    },
    /// A cell is not encoded as UTF-8.
    #[error("{file}: row {row}, column {column} is no UTF-8 text; save the file as UTF-8")]
    NotUtf8 {
        /// The file.
        file: String,
        /// The row, from 1.
        row: usize,
        /// The column, from 1.
        column: usize,
    },
    /// Two columns have the same name.
    #[error("{file}: has more than one column {}; give each a name of its own", shortened(.name))]
    RepeatedColumn {
        /// The table, or the schema.
        file: String,
        /// The name.
        name: String,
    },
    /// The schema names a column that is not in the file.
    #[error(
        "{file}: has no column {}, which the schema names; its columns are {}",
        shortened(.name), listed(.known)
    )]
    NoSuchColumn {
        /// The file.
        file: String,
        /// The name.
        name: String,
        /// The columns there are.
        known: Vec<String>,
    },
    /// What a column holds does not tell its kind.
    #[error(
        "{file}: column {} holds {holds}; leave it out of the schema, or give its kind there",
        shortened(.name)
    )]
    UnclearColumn {
        /// The file.
        file: String,
        /// The name of the column.
        name: String,
        /// What it holds, such as `one value only`.
        holds: &'static str,
    },
    /// A column of a schema contradicts itself, or the data that should complete it.
    #[error("{file}: column {} should have {expected}", shortened(.name))]
    BadColumn {
        /// The schema, or the data.
        file: String,
        /// The name of the column.
        name: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A cell holds a value that the schema does not know.
    #[error(
        "{file}: row {row}, column {column} ({}) holds {}, but the schema knows {}",
        shortened(.name), shortened(.value), listed(.known)
    )]
    UnknownValue {
        /// The file.
        file: String,
        /// The row, from 1.
        row: usize,
        /// The column, from 1.
        column: usize,
        /// The name of the column.
        name: String,
        /// The value.
        value: String,
        /// The values that the schema knows.
        known: Vec<String>,
    },
    /// The file of a schema does not read as one.
    #[error("{file}: line {row}: {reason}")]
    NotASchema {
        /// The file.
        file: String,
        /// The line, from 1.
        row: usize,
        /// What the parser said.
        reason: String,
    },
    /// There is no built-in data set of this name.
    #[error("builtin:{name}: no such built-in data set; there are {}", .known.join(", "))]
    UnknownBuiltin {
        /// The name as given.
        name: String,
        /// The names there are.
        known: &'static [&'static str],
    },
    /// A built-in data set has no option of this name.
    #[error("builtin:{builtin}: has no option {option:?}; its options are {}", .known.join(", "))]
    UnknownOption {
        /// The data set.
        builtin: &'static str,
        /// The option as given.
        option: String,
        /// The options there are.
        known: &'static [&'static str],
    },
    /// An option of a built-in data set has a value which it cannot take.
    #[error("builtin:{builtin}: option {option} is {value:?}, but {expected} is needed")]
    BadOption {
        /// The data set.
        builtin: &'static str,
        /// The option.
        option: &'static str,
        /// The value as given.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The fraction of rows for validation leaves nothing on one side.
    #[error("the validation fraction is {fraction}, but a number between 0 and 1 is needed")]
    FractionOutOfRange {
        /// The fraction as given.
        fraction: f64,
    },
    /// There are too few rows to divide.
    #[error("{file}: has one row, but at least 2 are needed to set some aside for validation")]
    TooFewRows {
        /// The table.
        file: String,
    },
    /// The number to divide by is zero, infinite or no number.
    #[error("the scale is {scale}, but a finite number other than 0 is needed")]
    BadScale {
        /// The number as given.
        scale: f32,
    },
}

fn quoted(name: &Option<String>) -> String {
    name.as_ref()
        .map(|name| format!(" ({})", shortened(name)))
        .unwrap_or_default()
}

/// Side by side, as many as can be read at a glance.
pub(crate) fn listed(values: &[String]) -> String {
    const MOST: usize = 8;
    let mut shown: Vec<String> = values.iter().take(MOST).map(|x| shortened(x)).collect();
    if values.len() > MOST {
        shown.push(format!("… ({} in all)", values.len()));
    }
    shown.join(", ")
}

/// In quotes, escaped to one line, and cut where it grows too long to read.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    if text.chars().count() <= LONGEST {
        format!("{text:?}")
    } else {
        format!("{:?}…", text.chars().take(LONGEST).collect::<String>())
    }
}

/// `1e300` rather than three hundred digits.
fn scientific(value: &f64) -> String {
    if value.is_finite() {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_value_reads_as_a_sentence() {
        let error = DataError::OutOfRange {
            file: "digits.csv".into(),
            row: 3,
            column: 5,
            value: 3.0,
            expected: "a Bernoulli unit takes 0 or 1".into(),
        };
        assert_eq!(
            error.to_string(),
            "digits.csv: row 3, column 5 holds 3, but a Bernoulli unit takes 0 or 1"
        );
        let error = DataError::Width {
            file: "a.npy".into(),
            found: 3,
            expected: 784,
        };
        assert_eq!(
            error.to_string(),
            "a.npy: has 3 columns, but 784 are needed"
        );
    }

    #[test]
    fn a_message_is_one_short_line_whatever_the_cell_holds() {
        let error = DataError::NotANumber {
            file: "a.csv".into(),
            row: 2,
            column: 1,
            name: Some("age".into()),
            value: "many\nlines ".repeat(100),
        };
        let message = error.to_string();
        assert!(message.starts_with("a.csv: row 2, column 1 (\"age\") holds \"many\\nlines"));
        assert!(!message.contains('\n') && message.len() < 200, "{message}");
    }
}
