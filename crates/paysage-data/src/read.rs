//! Readers of files.

mod array;
mod array_file;
mod array_header;
mod cell;
mod cells;
mod choice;
mod columnar;
mod compression;
mod csv;
mod decoded;
mod decoder;
mod expansion;
mod hdf5;
mod idx;
mod kind;
mod labels;
mod npy;
mod npy_header;
mod npz;
mod records;
mod separator;
mod set;
mod stream;
mod text_rows;

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::Path;

pub use array_file::{ArrayFile, NamedArray};
pub(crate) use array_header::ArrayHeader;
pub(crate) use cell::{is_missing, is_missing_number};
pub(crate) use cells::{Cells, Text, check_distinct};
pub use choice::CarriedColumn;
pub(crate) use choice::{Choice, Choose, everything, marked};
pub(crate) use columnar::{ColumnRows, Columnar, Share, Source};
pub use decoded::quiet_decoders;
pub(crate) use decoder::Decoder;
pub(crate) use expansion::RATIO;
pub(crate) use hdf5::{Hdf5, path, split};
use kind::kind;
pub(crate) use kind::{FASTA_ENDINGS, Kind};
pub use labels::read_labels;
pub(crate) use labels::{LabelCells, label_cells, whole_number};
pub(crate) use npy::refused as refused_value;
pub(crate) use npz::extract;
pub(crate) use set::{SameColumns, parts, would_join};
pub(crate) use stream::Stream;
pub(crate) use text_rows::{TextRows, part_sizes};

use crate::alignment::{AlignmentError, Sequences};
use crate::builtin::read_builtin;
use crate::error::{DataError, FormatError};
use crate::table::Table;

/// Reads a table of numbers from `builtin:NAME` (see [`read_builtin`]) or a file.
///
/// The format follows from the content, or else from the ending of the name:
///
/// | format | recognised by | read as |
/// |---|---|---|
/// | NumPy | `\x93NUMPY`, or `.npy` | `[rows, columns]`, or `[rows, height, width]` as images |
/// | NumPy archive | a ZIP file, or `.npz` | its only array |
/// | IDX | `00 00 08 03`, or `idx` in the name | images, bytes divided by 255 |
/// | Parquet | `PAR1`, or `.parquet`, `.pq` | named columns of numbers, booleans or text |
/// | Arrow IPC | `ARROW1`, or `.arrow`, `.feather`, `.ipc` | as Parquet; files and streams |
/// | HDF5 | `89 HDF`, or `.h5`, `.hdf5` | as NumPy: the data set that `file.h5:/group/name` names, or the only one |
/// | text | `.csv`, `.tsv`, `.txt`, or no ending and plain UTF-8 | columns, named by the header |
///
/// A folder, or a pattern such as `part-*.parquet`, is the rows of its files in the order of their names: all
/// need the same columns. Of a folder, the files with the endings above are read, without hidden ones.
///
/// All but archives may be compressed with gzip or zstd. A file that expands to more than 1 GiB and more than 400
/// times its size is refused: it must be decompressed first. NumPy arrays may hold `bool`, integers of 1 to 8
/// bytes or floats of 2, 4 or 8, of either byte order, in C or Fortran order; they become the
/// nearest `f32`. Images may have one channel as a fourth dimension.
///
/// Cells of a text are separated by commas, semicolons, tabs or spaces. The first line is a header
/// when none of its cells is a number and not all are missing; a comment (`# x y`) above the rows
/// is one, too, as `numpy.savetxt` writes it. No value may be missing; [`read_with_missing`] reads
/// tables with missing values.
///
/// # Errors
///
/// Any [`DataError`] that names a file; nothing in a file makes it panic.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("people.csv");
/// std::fs::write(&path, "age,weight\n31,70.5\n28,64\n")?;
///
/// let table = paysage_data::read(path.to_str().unwrap())?;
/// assert_eq!(table.row(0), [31.0, 70.5]);
/// assert_eq!(table.names().unwrap(), ["age", "weight"]);
///
/// assert_eq!(paysage_data::read("builtin:bars-and-stripes?size=3")?.rows(), 16);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(source: &str) -> Result<Table, DataError> {
    Ok(read_numbers(source, None, Missing::Refused, &everything)?.table)
}

/// Reads a table of numbers in which values may be missing, otherwise as [`read`].
///
/// A missing value is NaN in the table and in NumPy files. In text it is an empty cell or one of
/// the usual spellings, in any case: `NA`, `N/A`, `#N/A`, `NaN`, `null`, `none`, `nil`, `?`, `-`,
/// `--`, `.`. An empty line is no row.
///
/// # Errors
///
/// As for [`read`].
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("people.csv");
/// std::fs::write(&path, "age,weight\n31,70.5\n28,\nN/A,64\n")?;
///
/// let table = paysage_data::read_with_missing(path.to_str().unwrap())?;
/// assert_eq!(table.row(0), [31.0, 70.5]);
/// assert!(table.row(1)[1].is_nan() && table.row(2)[0].is_nan());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_with_missing(source: &str) -> Result<Table, DataError> {
    Ok(read_numbers(source, None, Missing::Allowed, &everything)?.table)
}

/// Whether values may be missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Missing {
    Refused,
    Allowed,
}

/// A table of numbers, and what else its file holds.
pub(crate) struct Numbers {
    /// The chosen columns.
    pub(crate) table: Table,
    /// The columns that are carried through.
    pub(crate) carried: Vec<CarriedColumn>,
    /// The header of a text.
    pub(crate) names: Option<Vec<String>>,
}

/// What a file holds.
pub(crate) enum Content {
    Numbers(Numbers),
    Sequences(Sequences),
}

/// Reads the chosen columns of a table of numbers: of an archive the array of this name.
pub(crate) fn read_numbers(
    source: &str,
    array: Option<&str>,
    missing: Missing,
    choose: Choose<'_>,
) -> Result<Numbers, DataError> {
    match read_content(source, array, missing, choose)? {
        Content::Numbers(numbers) => Ok(numbers),
        Content::Sequences(_) => Err(AlignmentError::NoTable {
            file: source.into(),
            expected: Some("of numbers"),
        }
        .into()),
    }
}

/// Reads an alignment, or the chosen columns of a table of numbers as [`read_numbers`] does.
pub(crate) fn read_content(
    source: &str,
    array: Option<&str>,
    missing: Missing,
    choose: Choose<'_>,
) -> Result<Content, DataError> {
    match source.strip_prefix("builtin:") {
        Some(_) if array.is_some() => Err(no_archive(source, array)),
        Some(name) => Ok(Content::Numbers(chosen(read_builtin(name)?, choose)?)),
        None => match parts(source)? {
            None => parse(source, &load(path(source))?, array, missing, choose),
            Some(_) if array.is_some() => Err(no_archive(source, array)),
            Some(parts) => Ok(Content::Numbers(set::read(
                source, &parts, missing, choose,
            )?)),
        },
    }
}

fn parse(
    file: &str,
    stored: &[u8],
    array: Option<&str>,
    missing: Missing,
    choose: Choose<'_>,
) -> Result<Content, DataError> {
    let bytes = content(file, stored)?;
    let kind = kind(file, &bytes)?;
    if array.is_some() && !matches!(kind, Kind::Npz) {
        return Err(no_archive(file, array));
    }
    let table = match kind {
        Kind::Npy => npy::parse(file, &bytes, missing)?.table(file)?,
        Kind::Npz => npy::parse(file, &npz::array(file, &bytes, array)?, missing)?.table(file)?,
        Kind::Idx => idx::images(file, &bytes)?,
        Kind::Hdf5 => hdf5::parse(file, bytes.into_owned(), missing)?.table(file)?,
        Kind::Text => {
            let numbers = csv::parse_chosen(file, &bytes, missing, choose)?;
            return Ok(Content::Numbers(numbers));
        }
        Kind::Parquet | Kind::Arrow => {
            let bytes = bytes.into_owned();
            let numbers = columnar::parse_chosen(file, kind, bytes, missing, choose)?;
            return Ok(Content::Numbers(numbers));
        }
        Kind::Fasta => {
            let sequences = Sequences::parse(file, bytes.into_owned())?;
            return Ok(Content::Sequences(sequences));
        }
    };
    Ok(Content::Numbers(chosen(table, choose)?))
}

/// The error that a file has no arrays to choose from.
pub(crate) fn no_archive(file: &str, array: Option<&str>) -> DataError {
    DataError::Format(FormatError::NotAnArchive {
        file: file.into(),
        array: array.unwrap_or_default().into(),
    })
}

/// The chosen columns of a table without names.
fn chosen(table: Table, choose: Choose<'_>) -> Result<Numbers, DataError> {
    let choice = choose(None, table.columns())?;
    if choice.is_all(table.columns()) {
        return Ok(Numbers {
            table,
            carried: Vec::new(),
            names: None,
        });
    }
    let rows = || (0..table.rows()).map(|row| table.row(row));
    let values = rows().flat_map(|row| {
        let value = |column: &Option<usize>| column.map_or(f32::NAN, |column| row[column]);
        choice.used.iter().map(value)
    });
    let carried = choice.carried.iter().map(|&place| CarriedColumn {
        name: (place + 1).to_string(),
        place,
        cells: rows().map(|row| row[place].to_string()).collect(),
    });
    let places = choice
        .used
        .iter()
        .map(|column| (column.map_or(0, |c| c + 1), None));
    let origin = table.origin().clone().with_columns(places.collect());
    let width = choice.used.len();
    let chosen = Table::with_missing(table.source(), width, values.collect())?;
    Ok(Numbers {
        carried: carried.collect(),
        table: chosen.with_origin(origin),
        names: None,
    })
}

/// The decompressed bytes of a file, at least one.
fn content<'a>(file: &str, stored: &'a [u8]) -> Result<Cow<'a, [u8]>, DataError> {
    let bytes = compression::unpacked(file, stored)?;
    if bytes.is_empty() {
        return Err(DataError::Empty { file: file.into() });
    }
    Ok(bytes)
}

/// The bytes of a file as it is stored.
pub(crate) fn load(path: &Path) -> Result<Vec<u8>, DataError> {
    check_path(path)?;
    std::fs::read(path).map_err(|source| unreadable(path, source))
}

/// Opens a file to read it in parts.
fn open(path: &Path) -> Result<File, DataError> {
    check_path(path)?;
    File::open(path).map_err(|source| unreadable(path, source))
}

fn check_path(path: &Path) -> Result<(), DataError> {
    if path.as_os_str().is_empty() {
        return Err(DataError::EmptyPath);
    }
    if path.is_dir() {
        let file = path.display().to_string();
        return Err(DataError::IsFolder { file });
    }
    Ok(())
}

fn unreadable(path: &Path, source: io::Error) -> DataError {
    let file = path.display().to_string();
    match source.kind() {
        io::ErrorKind::NotFound => DataError::NotFound { file },
        _ => DataError::Unreadable { file, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(name: &str, content: &[u8]) -> Result<Table, DataError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        read(path.to_str().unwrap())
    }

    #[test]
    fn refuses_paths_that_are_no_file() {
        assert!(matches!(read(""), Err(DataError::EmptyPath)));
        assert!(matches!(
            read("/no/such/file.csv"),
            Err(DataError::NotFound { .. })
        ));
        let folder = tempfile::tempdir().unwrap();
        let error = read(folder.path().to_str().unwrap()).unwrap_err();
        assert!(matches!(error, DataError::IsFolder { .. }));
        let error = read("a\0b.csv").unwrap_err();
        assert!(matches!(error, DataError::Unreadable { .. }));
    }

    #[test]
    fn refuses_files_of_no_known_kind() {
        for (name, content) in [
            ("a.feather", &b"FEA1"[..]),
            ("a.bin", b"\x00\x01\x02"),
            ("a", b"\xff\xfe1\0"),
        ] {
            assert!(matches!(
                read_as(name, content),
                Err(DataError::Format(FormatError::UnknownFormat { .. }))
            ));
        }
        for name in ["a.csv", "a.npy", "a", "a.bin"] {
            assert!(
                matches!(read_as(name, b""), Err(DataError::Empty { .. })),
                "{name}"
            );
        }
    }

    #[test]
    fn the_ending_decides_where_the_content_does_not() {
        let error = read_as("a.npy", b"1,2\n").unwrap_err();
        assert!(
            matches!(
                error,
                DataError::Format(FormatError::BadHeader {
                    format: "NumPy",
                    ..
                })
            ),
            "{error}"
        );
        for name in [
            "train-images-idx3-ubyte",
            "train-images.idx3-ubyte.gz",
            "a.idx",
        ] {
            let error = read_as(name, b"1,2\n").unwrap_err();
            assert!(
                matches!(
                    error,
                    DataError::Format(FormatError::BadHeader { format: "IDX", .. })
                ),
                "{error}"
            );
        }
        for name in ["a.csv", "a.CSV", "a.txt", "a"] {
            assert_eq!(read_as(name, b"1,2\n").unwrap().values(), [1.0, 2.0]);
        }
    }

    #[test]
    fn the_content_decides_before_the_ending() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        crate::write_npy(&path, 1, 2, &[1.0, 2.0]).unwrap();
        assert_eq!(read(path.to_str().unwrap()).unwrap().values(), [1.0, 2.0]);
    }

    #[test]
    fn missing_values_are_read_on_request() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        crate::write_npy(&path, 2, 1, &[1.0, f32::NAN]).unwrap();
        let source = path.to_str().unwrap();
        assert!(matches!(read(source), Err(DataError::MissingValue { .. })));
        let table = read_with_missing(source).unwrap();
        assert!(table.row(0) == [1.0] && table.row(1)[0].is_nan());
        let builtin = "builtin:bars-and-stripes?size=2";
        assert_eq!(read_with_missing(builtin).unwrap(), read(builtin).unwrap());
    }

    #[test]
    fn no_damage_makes_it_panic() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        crate::write_npy(&path, 2, 3, &[1.0; 6]).unwrap();
        let npy = std::fs::read(&path).unwrap();
        let idx = [
            &[0, 0, 8, 3][..],
            &[0, 0, 0, 1],
            &[0, 0, 0, 2],
            &[0, 0, 0, 2],
            &[7; 4],
        ]
        .concat();
        let npz = npz::tests::archive(&[("x", &npy)], true);
        let spaced = b"# x y\n1.0e+00 2\n3 4\n# end\n".to_vec();
        let csv = b"\xef\xbb\xbfa,\"b\"\r\n1, 2.5\r\n\"3\",-4e1\r\n".to_vec();
        for (name, whole) in [
            ("a.npz", npz),
            ("a.npy", npy),
            ("a.idx", idx),
            ("a.csv", csv),
            ("a.txt", spaced),
        ] {
            assert!(parse(name, &whole, None, Missing::Refused, &everything).is_ok());
            for at in 0..whole.len() {
                for value in [0, 1, 0x7f, 0xff, b'"', b'\n', b'(', b'9', b'\''] {
                    let mut damaged = whole.clone();
                    damaged[at] = value;
                    let shorter = &damaged[..at + 1];
                    for bytes in [&damaged, shorter] {
                        if let Err(error) = parse(name, bytes, None, Missing::Allowed, &everything)
                        {
                            assert!(!error.to_string().contains('\n'), "{error}");
                        }
                    }
                }
            }
        }
    }
}
