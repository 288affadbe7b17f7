//! Errors of data.

use std::io;

use crate::layout::LayoutError;
use crate::output::OutputError;
use crate::position::Position;

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
    /// The path is a folder.
    #[error("{file}: is a folder; give a data file inside it")]
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
    #[error("{file}: cannot be written ({source}); check that its folder exists and is writable")]
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
    #[error("{file}: line {line} has {found} values, expected {expected} as in the first row")]
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
    /// The file ends before its header says it should.
    #[error("{file}: truncated: expected {expected} bytes, got {found}; obtain the file again")]
    Truncated {
        /// The file.
        file: String,
        /// The length that the header asks for, in bytes after decompression.
        expected: u128,
        /// The length of the file, in bytes after decompression.
        found: u64,
    },
    /// The file continues after the end that its header gives.
    #[error(
        "{file}: has bytes after its end: expected {expected} bytes, got {found}; obtain the file \
         again"
    )]
    TrailingBytes {
        /// The file.
        file: String,
        /// The length that the header asks for, in bytes after decompression.
        expected: u128,
        /// The length of the file, in bytes after decompression.
        found: u64,
    },
    /// A gzip file cannot be decompressed.
    #[error("{file}: truncated or corrupt gzip file ({source}); obtain the file again")]
    BrokenGzip {
        /// The file.
        file: String,
        /// The error of the decompressor.
        source: io::Error,
    },
    /// A header does not follow its format.
    #[error("{file}: not a valid {format} file: {expected}")]
    BadHeader {
        /// The file.
        file: String,
        /// The format, from the content or the ending.
        format: &'static str,
        /// What was expected.
        expected: &'static str,
    },
    /// The format of the file is unknown.
    #[error("{file}: unknown format; {advice}")]
    UnknownFormat {
        /// The file.
        file: String,
        /// The formats that are read, or how to convert this one.
        advice: &'static str,
    },
    /// An archive holds no array, several, or none of the name asked for.
    #[error("{file}: {}", archive(.found, .asked.as_deref()))]
    NoSuchArray {
        /// The archive.
        file: String,
        /// The names of its arrays.
        found: Vec<String>,
        /// The name asked for.
        asked: Option<String>,
    },
    /// The name of an array was given for a file that holds one array only.
    #[error("{file}: is no .npz archive, so there is no array {array:?} in it; leave --array out")]
    NotAnArchive {
        /// The file.
        file: String,
        /// The name asked for.
        array: String,
    },
    /// The file is a sparse matrix of SciPy.
    #[error(
        "{file}: is a sparse matrix of SciPy; convert it: numpy.save(\"dense.npy\", \
         scipy.sparse.load_npz(\"{file}\").toarray())"
    )]
    Sparse {
        /// The file.
        file: String,
    },
    /// The file holds values of a type that is no number.
    #[error("{file}: holds values of type {}, expected {expected}", shortened(.found))]
    UnsupportedType {
        /// The file.
        file: String,
        /// The type, as the format writes it.
        found: String,
        /// The types that are read.
        expected: &'static str,
    },
    /// An array does not have rows and columns.
    #[error(
        "{file}: has {} dimensions {found:?}, expected [rows, columns] or [rows, height, width]; \
         reshape it, for example x.reshape(len(x), -1)", .found.len()
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
    /// The table has another number of columns than expected.
    #[error("{file}: has {found} columns, expected {expected}")]
    Width {
        /// The table.
        file: String,
        /// Its number of columns.
        found: usize,
        /// The expected number of columns.
        expected: usize,
    },
    /// Two tables whose columns are concatenated have different numbers of rows.
    #[error("{file}: has {found} rows, but {other} has {expected}; expected equal numbers of rows")]
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
    /// A cell is not encoded as UTF-8.
    #[error("{file}: {position} is not encoded as UTF-8; save the file as UTF-8")]
    NotUtf8 {
        /// The file.
        file: String,
        /// The position of the cell.
        position: Position,
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
    /// There is no built-in data set of this name.
    #[error(
        "builtin:{name}: no such built-in data set; the built-in data sets are {}",
        .known.join(", ")
    )]
    UnknownBuiltin {
        /// The name as given.
        name: String,
        /// The names of the built-in data sets.
        known: &'static [&'static str],
    },
    /// A built-in data set has no option of this name.
    #[error("builtin:{builtin}: no option {option:?}; the options are {}", .known.join(", "))]
    UnknownOption {
        /// The data set.
        builtin: &'static str,
        /// The option as given.
        option: String,
        /// The options of the data set.
        known: &'static [&'static str],
    },
    /// An option of a built-in data set has a value that it cannot take.
    #[error("builtin:{builtin}: option {option}: expected {expected}, got {value:?}")]
    BadOption {
        /// The data set.
        builtin: &'static str,
        /// The option.
        option: &'static str,
        /// The value as given.
        value: String,
        /// What is expected.
        expected: &'static str,
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

/// The formats that are read.
pub(crate) const FORMATS: &str = "the formats that are read are .npy, .npz, .csv, .tsv, .txt and \
                                  IDX images, each but .npz also as .gz";

fn archive(found: &[String], asked: Option<&str>) -> String {
    match (found.len(), asked) {
        (0, _) => "holds no array; write it with numpy.savez".into(),
        (_, Some(asked)) => format!("no array {asked:?}; the arrays are {}", listed(found)),
        (count, None) => format!(
            "holds {count} arrays: {}; choose one (--array NAME)",
            listed(found)
        ),
    }
}

/// The first of the values, in quotes, with their number if there are more.
pub(crate) fn listed(values: &[String]) -> String {
    const MOST: usize = 8;
    let mut shown: Vec<String> = values.iter().take(MOST).map(|x| shortened(x)).collect();
    if values.len() > MOST {
        shown.push(format!("… ({} in all)", values.len()));
    }
    shown.join(", ")
}

/// All values, in quotes.
pub(crate) fn all_listed(values: &[String]) -> String {
    let shown: Vec<String> = values.iter().map(|x| shortened(x)).collect();
    shown.join(", ")
}

/// In quotes, escaped to one line, and cut at 40 characters.
pub(crate) fn shortened(text: &str) -> String {
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
