//! From a path or a name to a table.

mod array;
mod cell;
mod cells;
mod csv;
mod gzip;
mod idx;
mod labels;
mod npy;
mod npy_header;
mod records;

use std::borrow::Cow;
use std::io;
use std::path::Path;

pub(crate) use cells::Cells;
pub use labels::read_labels;

use crate::builtin::read_builtin;
use crate::error::DataError;
use crate::table::Table;

/// Reads `builtin:NAME` (see [`read_builtin`]) or a file.
///
/// The content tells what a file is, and where it does not, the ending of its name:
///
/// | kind | told by | becomes |
/// |---|---|---|
/// | NumPy | `\x93NUMPY`, or `.npy` | `[rows, columns]`, or `[rows, height, width]` as images |
/// | IDX | `00 00 08 03`, or `idx` in the name | images, bytes divided by 255 |
/// | text | `.csv`, `.tsv`, `.txt`, or no ending and plain UTF-8 | columns, named where there is a header |
///
/// Each may be compressed with gzip. NumPy arrays may hold `bool`, integers of 1 to 8 bytes or
/// floats of 4 or 8, of either byte order, in C or Fortran order; they become the nearest `f32`.
/// Text may be separated by commas, semicolons or tabs; its first line is a header when none of
/// its cells is a number and not all are empty or otherwise missing. Every value must be there;
/// [`read_with_missing`] is for tables with gaps.
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
    read_either(source, Missing::Refused)
}

/// Reads as [`read`] does, but lets values be missing.
///
/// A missing value is NaN in the table, as it is in a NumPy file. In text it is a cell that is
/// empty or holds `NA`, `NaN`, `nan`, `?` or `null`, spelled so. An empty line is no row.
///
/// # Errors
///
/// As for [`read`].
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("people.csv");
/// std::fs::write(&path, "age,weight\n31,70.5\n28,\nNA,64\n")?;
///
/// let table = paysage_data::read_with_missing(path.to_str().unwrap())?;
/// assert_eq!(table.row(0), [31.0, 70.5]);
/// assert!(table.row(1)[1].is_nan() && table.row(2)[0].is_nan());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_with_missing(source: &str) -> Result<Table, DataError> {
    read_either(source, Missing::Allowed)
}

/// Whether a value may be missing.
#[derive(Clone, Copy, PartialEq)]
enum Missing {
    Refused,
    Allowed,
}

fn read_either(source: &str, missing: Missing) -> Result<Table, DataError> {
    match source.strip_prefix("builtin:") {
        Some(name) => read_builtin(name),
        None => parse(source, &load(Path::new(source))?, missing),
    }
}

fn parse(file: &str, stored: &[u8], missing: Missing) -> Result<Table, DataError> {
    let bytes = content(file, stored)?;
    match kind(file, &bytes)? {
        Kind::Npy => npy::parse(file, &bytes, missing)?.table(file),
        Kind::Idx => idx::images(file, &bytes),
        Kind::Text => csv::parse(file, &bytes, missing),
    }
}

/// The bytes of a file, at least one.
fn content<'a>(file: &str, stored: &'a [u8]) -> Result<Cow<'a, [u8]>, DataError> {
    let bytes = gzip::unpacked(file, stored)?;
    if bytes.is_empty() {
        return Err(DataError::Empty { file: file.into() });
    }
    Ok(bytes)
}

/// The file as it is stored.
pub(crate) fn load(path: &Path) -> Result<Vec<u8>, DataError> {
    if path.as_os_str().is_empty() {
        return Err(DataError::EmptyPath);
    }
    let file = path.display().to_string();
    if path.is_dir() {
        return Err(DataError::IsFolder { file });
    }
    std::fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => DataError::NotFound { file },
        _ => DataError::Unreadable { file, source },
    })
}

enum Kind {
    Npy,
    Idx,
    Text,
}

fn kind(file: &str, bytes: &[u8]) -> Result<Kind, DataError> {
    if bytes.starts_with(npy_header::MAGIC) {
        return Ok(Kind::Npy);
    }
    if idx::is_magic(bytes) {
        return Ok(Kind::Idx);
    }
    let name = Path::new(file)
        .file_name()
        .map_or(Cow::Borrowed(""), |name| name.to_string_lossy());
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let ending = Path::new(name)
        .extension()
        .and_then(|ending| ending.to_str());
    match ending {
        Some("npy") => Ok(Kind::Npy),
        Some("csv" | "tsv" | "txt") => Ok(Kind::Text),
        _ if ["idx1-ubyte", "idx3-ubyte", ".idx"]
            .iter()
            .any(|end| name.ends_with(end)) =>
        {
            Ok(Kind::Idx)
        }
        // A pipe, or a name without an ending.
        None if std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0) => Ok(Kind::Text),
        _ => Err(DataError::UnknownFormat { file: file.into() }),
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
            ("a.parquet", &b"PAR1"[..]),
            ("a.bin", b"\x00\x01\x02"),
            ("a", b"\xff\xfe1\0"),
        ] {
            assert!(matches!(
                read_as(name, content),
                Err(DataError::UnknownFormat { .. })
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
    fn the_ending_speaks_where_the_content_does_not() {
        let error = read_as("a.npy", b"1,2\n").unwrap_err();
        assert!(
            matches!(
                error,
                DataError::BadHeader {
                    format: "NumPy",
                    ..
                }
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
                matches!(error, DataError::BadHeader { format: "IDX", .. }),
                "{error}"
            );
        }
        for name in ["a.csv", "a.CSV", "a.txt", "a"] {
            assert_eq!(read_as(name, b"1,2\n").unwrap().values(), [1.0, 2.0]);
        }
    }

    #[test]
    fn the_content_speaks_before_the_ending() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        crate::write_npy(&path, 1, 2, &[1.0, 2.0]).unwrap();
        assert_eq!(read(path.to_str().unwrap()).unwrap().values(), [1.0, 2.0]);
    }

    #[test]
    fn gaps_are_for_those_who_ask() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        crate::write_npy(&path, 2, 1, &[1.0, f32::NAN]).unwrap();
        let source = path.to_str().unwrap();
        assert!(matches!(read(source), Err(DataError::NotFinite { .. })));
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
        let csv = b"\xef\xbb\xbfa,\"b\"\r\n1, 2.5\r\n\"3\",-4e1\r\n".to_vec();
        for (name, whole) in [("a.npy", npy), ("a.idx", idx), ("a.csv", csv)] {
            assert!(parse(name, &whole, Missing::Refused).is_ok());
            for at in 0..whole.len() {
                for value in [0, 1, 0x7f, 0xff, b'"', b'\n', b'(', b'9', b'\''] {
                    let mut damaged = whole.clone();
                    damaged[at] = value;
                    let shorter = &damaged[..at + 1];
                    for bytes in [&damaged, shorter] {
                        if let Err(error) = parse(name, bytes, Missing::Allowed) {
                            assert!(!error.to_string().contains('\n'), "{error}");
                        }
                    }
                }
            }
        }
    }
}
