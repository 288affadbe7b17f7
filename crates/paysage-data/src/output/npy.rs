//! NumPy files.

use std::io::{self, Write};
use std::path::Path;

use super::OutputFormat;
use super::parts::{CarriedCells, Head, Parts};
use crate::carried::NOTHING;
use crate::error::DataError;

/// Writes `[rows, columns]` numbers as a NumPy file of little-endian `f32`, row after row,
/// whatever its name.
///
/// It is written as [`replace_file`](crate::replace_file) does.
///
/// # Errors
///
/// [`Unwritable`](DataError::Unwritable) when the folder or the file refuses.
///
/// # Panics
///
/// When `values` are not `rows` times `columns`.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("samples.npy");
/// paysage_data::write_npy(&path, 2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
/// let table = paysage_data::read(path.to_str().unwrap())?;
/// assert_eq!(table.row(1), [4.0, 5.0, 6.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_npy(
    path: impl AsRef<Path>,
    rows: usize,
    columns: usize,
    values: &[f32],
) -> Result<(), DataError> {
    let format = OutputFormat {
        text: None,
        gzip: false,
    };
    assert!(
        rows.checked_mul(columns) == Some(values.len()),
        "{} values cannot be written as [{rows}, {columns}]",
        values.len()
    );
    let (head, carried) = (Head::single(columns), CarriedCells::in_front(&NOTHING));
    let mut array = Parts::new(path.as_ref(), format, head, carried, rows)?;
    array.push_numbers(rows, values, f32::to_le_bytes)?;
    array.finish()
}

/// Numbers of so many bytes, after the header or other numbers.
pub(super) fn numbers<T: Copy, const BYTES: usize>(
    out: &mut dyn Write,
    values: &[T],
    bytes: impl Fn(T) -> [u8; BYTES],
) -> io::Result<()> {
    // A fixed number of values at a time: a second copy of the table would double the memory.
    let mut piece = Vec::with_capacity(BYTES * PIECE);
    for values in values.chunks(PIECE) {
        piece.clear();
        piece.extend(values.iter().flat_map(|&value| bytes(value)));
        out.write_all(&piece)?;
    }
    Ok(())
}

const PIECE: usize = 1 << 14;

/// The preamble of version 1.0, padded so that the values start at a multiple of 64 bytes.
pub(super) fn header(bytes: usize, rows: usize, columns: usize) -> Vec<u8> {
    let mut text =
        format!("{{'descr': '<f{bytes}', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    while !(10 + text.len() + 1).is_multiple_of(64) {
        text.push(' ');
    }
    text.push('\n');
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    // At most two numbers of 20 digits: never near 65,536.
    header.extend((text.len() as u16).to_le_bytes());
    header.extend(text.as_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{read::read, testing::Desk};

    #[test]
    fn the_reader_and_npyz_read_it_back() {
        let values: Vec<f32> = (0..60_000).map(|x| x as f32 * 0.1 - 7.0).collect();
        let desk = Desk::new();
        let path = desk.npy("a.npy", 3, &values);

        let table = read(&path).unwrap();
        assert_eq!((table.rows(), table.columns()), (20_000, 3));
        assert_eq!(table.values(), values);

        let bytes = std::fs::read(&path).unwrap();
        let file = npyz::NpyFile::new(&bytes[..]).unwrap();
        assert_eq!(file.shape(), [20_000, 3]);
        assert_eq!(file.into_vec::<f32>().unwrap(), values);
        assert_eq!((bytes.len() - 240_000) % 64, 0);
    }

    #[test]
    fn replaces_what_was_there_and_leaves_nothing_else() {
        let desk = Desk::new();
        desk.npy("a.npy", 1, &[1.0]);
        let path = desk.npy("a.npy", 2, &[2.0, 3.0]);
        assert_eq!(read(&path).unwrap().values(), [2.0, 3.0]);
        assert_eq!(std::fs::read_dir(desk.path("")).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_it_as_they_may_any_new_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| {
            std::fs::metadata(folder.path().join(name))
                .unwrap()
                .permissions()
                .mode()
        };
        std::fs::write(folder.path().join("plain"), "").unwrap();
        write_npy(folder.path().join("a.npy"), 1, 1, &[1.0]).unwrap();
        assert_eq!(mode("a.npy"), mode("plain"));
    }

    #[test]
    fn refuses_a_folder_that_is_missing_or_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        for path in [
            folder.path().join("none/a.npy"),
            folder.path().to_path_buf(),
        ] {
            let error = write_npy(&path, 1, 1, &[1.0]).unwrap_err();
            assert!(matches!(error, DataError::Unwritable { .. }));
            assert!(error.to_string().starts_with(path.to_str().unwrap()));
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    #[should_panic(expected = "3 values cannot be written as [2, 2]")]
    fn a_wrong_shape_is_the_callers_mistake() {
        let _ = write_npy("never", 2, 2, &[0.0; 3]);
    }
}
