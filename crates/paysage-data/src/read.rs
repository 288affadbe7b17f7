//! From a path or a name to a table.

mod csv;
mod gzip;
mod idx;
mod npy;
mod npy_header;

use std::borrow::Cow;
use std::io;
use std::path::Path;

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
/// its cells is a number and not all are empty.
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
    if let Some(name) = source.strip_prefix("builtin:") {
        return read_builtin(name);
    }
    parse(source, &load(source)?)
}

fn parse(file: &str, stored: &[u8]) -> Result<Table, DataError> {
    let bytes = gzip::unpacked(file, stored)?;
    if bytes.is_empty() {
        return Err(DataError::Empty { file: file.into() });
    }
    match kind(file, &bytes) {
        Some(Kind::Npy) => npy::parse(file, &bytes),
        Some(Kind::Idx) => idx::parse(file, &bytes),
        Some(Kind::Text) => csv::parse(file, &bytes),
        None => Err(DataError::UnknownFormat { file: file.into() }),
    }
}

fn load(file: &str) -> Result<Vec<u8>, DataError> {
    if file.is_empty() {
        return Err(DataError::EmptyPath);
    }
    if Path::new(file).is_dir() {
        return Err(DataError::IsFolder { file: file.into() });
    }
    std::fs::read(file).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => DataError::NotFound { file: file.into() },
        _ => DataError::Unreadable {
            file: file.into(),
            source,
        },
    })
}

enum Kind {
    Npy,
    Idx,
    Text,
}

fn kind(file: &str, bytes: &[u8]) -> Option<Kind> {
    if bytes.starts_with(npy_header::MAGIC) {
        return Some(Kind::Npy);
    }
    if idx::is_magic(bytes) {
        return Some(Kind::Idx);
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
        Some("npy") => Some(Kind::Npy),
        Some("csv" | "tsv" | "txt") => Some(Kind::Text),
        _ if ["idx1-ubyte", "idx3-ubyte", ".idx"]
            .iter()
            .any(|end| name.ends_with(end)) =>
        {
            Some(Kind::Idx)
        }
        // A pipe, or a name without an ending.
        None if std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0) => Some(Kind::Text),
        _ => None,
    }
}

/// The bytes after `start`, which must be exactly `needed`.
///
/// `needed` is what a header claims, so it may be anything: it is compared with the bytes that
/// are there before it sizes anything.
fn payload<'a>(
    file: &str,
    bytes: &'a [u8],
    start: usize,
    needed: u128,
) -> Result<&'a [u8], DataError> {
    let payload = bytes.get(start..).unwrap_or_default();
    let (expected, found) = (needed.saturating_add(start as u128), bytes.len() as u64);
    match (payload.len() as u128).cmp(&needed) {
        std::cmp::Ordering::Less => Err(DataError::Truncated {
            file: file.into(),
            expected,
            found,
        }),
        std::cmp::Ordering::Greater => Err(DataError::TrailingBytes {
            file: file.into(),
            expected,
            found,
        }),
        std::cmp::Ordering::Equal => Ok(payload),
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
            assert!(parse(name, &whole).is_ok());
            for at in 0..whole.len() {
                for value in [0, 1, 0x7f, 0xff, b'"', b'\n', b'(', b'9', b'\''] {
                    let mut damaged = whole.clone();
                    damaged[at] = value;
                    let shorter = &damaged[..at + 1];
                    for bytes in [&damaged, shorter] {
                        if let Err(error) = parse(name, bytes) {
                            assert!(!error.to_string().contains('\n'), "{error}");
                        }
                    }
                }
            }
        }
    }
}
