//! Errors of outputs.

use std::io;

use crate::error::shortened;

/// Why an output cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The folder of the output does not exist.
    #[error("{path}: there is no folder {folder}; create it first")]
    NoFolder {
        /// The output.
        path: String,
        /// Its folder.
        folder: String,
    },
    /// Files cannot be created in the folder of the output.
    #[error("{path}: no file can be created in the folder {folder} ({source})")]
    FolderNotWritable {
        /// The output.
        path: String,
        /// Its folder.
        folder: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The output is a folder.
    #[error("{path}: is a folder; give the name of a file")]
    IsFolder {
        /// The output.
        path: String,
    },
    /// The output is no file, FIFO or character device.
    #[error("{path}: is a {kind}; give a file, a FIFO or a character device")]
    Special {
        /// The output.
        path: String,
        /// What it is.
        kind: &'static str,
    },
    /// A chain of symbolic links does not end.
    #[error("{path}: too many symbolic links")]
    Links {
        /// The output.
        path: String,
    },
    /// The output is one of the inputs.
    #[error("{output}: is the same file as the input {input}; give another name")]
    IsInput {
        /// The output.
        output: String,
        /// The input.
        input: String,
    },
    /// The output would become a file of the folder or the pattern that is the input.
    #[error(
        "{output}: would be a part of the data set {input} from then on; choose another folder"
    )]
    JoinsInput {
        /// The output.
        output: String,
        /// The input.
        input: String,
    },
    /// Two outputs are one file.
    #[error("{first}: is the same file as the output {second}; give different names")]
    SameOutput {
        /// An output.
        first: String,
        /// Another output.
        second: String,
    },
    /// The ending of the name is that of no format.
    #[error("{path}: unknown ending; use .npy, .csv or .tsv, each also with .gz after it")]
    UnknownEnding {
        /// The output.
        path: String,
    },
    /// A table cannot be written as sequences.
    #[error("{path}: the output is a table and not an alignment; use .csv, .tsv or .npy")]
    NoTable {
        /// The output.
        path: String,
    },
    /// Rows of a model of no alignment cannot be written as sequences.
    #[error("{path}: the rows of this model are not aligned sequences; use .csv, .tsv or .npy")]
    NoSequences {
        /// The output.
        path: String,
    },
    /// A NumPy file holds numbers only.
    #[error(
        "{path}: column {} holds {}, but a .npy file holds numbers only; use .csv or .tsv",
        shortened(.column), shortened(.value)
    )]
    NotNumeric {
        /// The output.
        path: String,
        /// The column.
        column: String,
        /// The cell.
        value: String,
    },
}
