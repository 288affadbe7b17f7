//! Labels: one whole number a row.

use std::path::Path;

use super::array::Array;
use super::{Kind, Missing, content, csv, idx, kind, load, npy};
use crate::builtin::builtin_labels;
use crate::error::DataError;

/// An `f32` holds every whole number up to here.
const LARGEST: f32 = (1 << 24) as f32;

/// Reads the labels of rows: whole numbers from 0, one a row.
///
/// The file is IDX (`00 00 08 01`, `*-labels-idx1-ubyte`), NumPy of one dimension or one column, or
/// text of one column, which may have a header. Each may be compressed with gzip. `builtin:digits`, with
/// options, has the labels of these digits.
///
/// # Errors
///
/// Those of [`read`](crate::read), [`Width`](DataError::Width) where a row has more than one value
/// and [`OutOfRange`](DataError::OutOfRange) for a value that is no label.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("labels-idx1-ubyte");
/// std::fs::write(&path, [0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 9])?;
/// assert_eq!(paysage_data::read_labels(path.to_str().unwrap())?, [7, 0, 9]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_labels(path: &str) -> Result<Vec<usize>, DataError> {
    if let Some(labels) = path.strip_prefix("builtin:").and_then(builtin_labels) {
        return labels;
    }
    parse(path, &load(Path::new(path))?)
}

fn parse(file: &str, stored: &[u8]) -> Result<Vec<usize>, DataError> {
    let bytes = content(file, stored)?;
    let array = match kind(file, &bytes)? {
        Kind::Idx => idx::parse(file, &bytes)?,
        Kind::Npy => npy::parse(file, &bytes, Missing::Refused)?,
        Kind::Text => {
            let table = csv::parse(file, &bytes, Missing::Refused)?;
            Array {
                shape: vec![table.rows(), table.columns()],
                values: table.values().to_vec(),
            }
        }
    };
    let column = array.column(file)?;
    let label = |(index, value): (usize, f32)| {
        if value.fract() == 0.0 && (0.0..=LARGEST).contains(&value) {
            return Ok(value as usize);
        }
        Err(DataError::OutOfRange {
            file: file.into(),
            row: index + 1,
            column: 1,
            value,
            expected: format!("a label is a whole number, 0 to {LARGEST}"),
        })
    };
    column.into_iter().enumerate().map(label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(shape: &str, values: &[f32]) -> Vec<u8> {
        let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}");
        let values = values.iter().flat_map(|value| value.to_le_bytes());
        let length = (text.len() as u16).to_le_bytes();
        let start = [b"\x93NUMPY\x01\x00", &length[..], text.as_bytes()].concat();
        start.into_iter().chain(values).collect()
    }

    #[test]
    fn the_same_labels_from_every_kind_of_file() {
        let idx = [0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 255];
        for (name, bytes) in [
            ("train-labels-idx1-ubyte", idx.to_vec()),
            ("a.npy", npy("(3,)", &[7.0, 0.0, 255.0])),
            ("a.npy", npy("(3, 1)", &[7.0, 0.0, 255.0])),
            ("a.csv", b"7\n0\n255\n".to_vec()),
            ("a.csv", b"digit\n7\n0.0\n255".to_vec()),
        ] {
            assert_eq!(parse(name, &bytes).unwrap(), [7, 0, 255], "{name}");
        }
    }

    #[test]
    fn refuses_what_is_no_label() {
        for bad in ["2.5", "-1", "16777218"] {
            let error = parse("a.csv", format!("7\n{bad}\n").as_bytes()).unwrap_err();
            let start = format!("a.csv: row 2, column 1 holds {bad}, but a label is");
            assert!(error.to_string().starts_with(&start), "{error}");
        }
        let error = parse("a.csv", b"7\nNA\n").unwrap_err();
        assert!(matches!(error, DataError::NotANumber { .. }));
        let none = parse("a", &[0, 0, 8, 1, 0, 0, 0, 0]);
        assert!(matches!(none, Err(DataError::Empty { .. })));
    }

    #[test]
    fn refuses_rows_of_more_than_one_value() {
        let images = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 9, 9, 9, 9];
        for (name, bytes, width) in [
            ("a-images-idx3-ubyte", images.to_vec(), 4),
            ("a.csv", b"1,2\n".to_vec(), 2),
            ("a.npy", npy("(1, 2)", &[1.0, 2.0]), 2),
        ] {
            let error = parse(name, &bytes).unwrap_err();
            let fits =
                matches!(error, DataError::Width { found, expected: 1, .. } if found == width);
            assert!(fits, "{error}");
        }
    }
}
