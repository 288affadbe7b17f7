//! Errors of file formats.

use std::io;

use super::{listed, shortened};
use crate::read::RATIO;

/// Why the format of a file is not valid or not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
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
    /// A zstd file cannot be decompressed.
    #[error("{file}: truncated or corrupt zstd file ({source}); obtain the file again")]
    BrokenZstd {
        /// The file.
        file: String,
        /// The error of the decompressor.
        source: io::Error,
    },
    /// The file would fill the memory or the disk: it is much larger than as it is compressed.
    #[error(
        "{file}: expands from {stored} to more than {limit} bytes, at least {RATIO} times as many; if \
         that is right, {remedy}"
    )]
    Expands {
        /// The file.
        file: String,
        /// Number of bytes as it is compressed.
        stored: u64,
        /// The most bytes after decompression.
        limit: u64,
        /// What to do if the data are right.
        remedy: &'static str,
    },
    /// A file of columns is damaged.
    #[error("{file}: not a valid {format} file ({reason}); obtain the file again")]
    Broken {
        /// The file.
        file: String,
        /// The format, from the content or the ending.
        format: &'static str,
        /// What is wrong, as the decoder says it.
        reason: String,
    },
    /// A column holds values that are no numbers, booleans or text.
    #[error(
        "{file}: column {} holds values of type {}, expected numbers, booleans or text; leave it out \
         (--drop NAME) or convert it", shortened(.name), shortened(.found)
    )]
    UnsupportedColumn {
        /// The file.
        file: String,
        /// The name of the column.
        name: String,
        /// The type, as the format writes it.
        found: String,
    },
    /// A file of a set has other columns than the first one.
    #[error(
        "{file}: the columns are not those of {first}: {difference}; files of one set need the same columns \
         in the same order"
    )]
    OtherColumns {
        /// The file.
        file: String,
        /// The first file of the set.
        first: String,
        /// How the columns differ.
        difference: String,
    },
    /// A file of a folder cannot be a part of a data set of several files.
    #[error(
        "{file}: an archive or an alignment cannot be a part of the data set {folder}; give the file alone, \
        or a pattern of the other files"
    )]
    NotInSet {
        /// The file.
        file: String,
        /// The folder.
        folder: String,
    },
    /// A pattern of files is not valid.
    #[error("{file}: not a valid pattern of files: {reason}; use *, ? and [a-z]")]
    BadPattern {
        /// The pattern.
        file: String,
        /// What is wrong.
        reason: &'static str,
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
    /// An HDF5 file holds no table of numbers, several, or no data set of the name asked for.
    #[error("{file}: {}", datasets(.found, .asked.as_deref()))]
    NoSuchDataset {
        /// The file.
        file: String,
        /// The names of its data sets of numbers.
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
        "{file}: has {} dimensions{}, expected [rows, columns] or [rows, height, width]; \
         reshape it, for example x.reshape(len(x), -1)", .found.len(), extents(.found)
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
}

/// The formats that are read.
pub(crate) const FORMATS: &str = "the formats that are read are .npy, .npz, .csv, .tsv, .txt, \
                                  .parquet, .arrow, .h5, FASTA and IDX images, each but .npz also as .gz or .zst";

/// The extents, where they are not too many to show.
fn extents(found: &[u64]) -> String {
    match found.len() {
        ..=8 => format!(" {found:?}"),
        _ => String::new(),
    }
}

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

fn datasets(found: &[String], asked: Option<&str>) -> String {
    let names = match found {
        [] => "none".into(),
        found => listed(found),
    };
    match asked {
        Some(asked) => format!(
            "no data set {}; the data sets of numbers are: {names}",
            shortened(asked)
        ),
        None => format!(
            "expected one data set of numbers with two dimensions; the data sets of numbers are: {names}; \
             name one (FILE.h5:/GROUP/NAME)"
        ),
    }
}
