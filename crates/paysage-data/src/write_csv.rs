//! Cells written for others to read.

use std::path::Path;

use crate::error::DataError;
use crate::replace::replace_file;

/// Writes rows of cells as text between commas, under a header, in quotes where they need them.
///
/// It appears whole or not at all, as [`write_npy`](crate::write_npy) does.
///
/// # Errors
///
/// [`Unwritable`](DataError::Unwritable) when the folder or the file refuses.
///
/// # Panics
///
/// When a row is not as wide as the header.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("samples.csv");
/// let header = ["age", "region"].map(String::from);
/// let row = ["31", "north, far"].map(String::from).to_vec();
/// paysage_data::write_csv(&path, &header, &[row])?;
/// assert_eq!(std::fs::read_to_string(&path)?, "age,region\n31,\"north, far\"\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_csv(
    path: impl AsRef<Path>,
    header: &[String],
    rows: &[Vec<String>],
) -> Result<(), DataError> {
    let path = path.as_ref();
    if let Some(row) = rows.iter().position(|row| row.len() != header.len()) {
        let found = rows[row].len();
        panic!(
            "row {row} has {found} cells under a header of {}",
            header.len()
        );
    }
    replace_file(path, |out| {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(header)?;
        for row in rows {
            writer.write_record(row)?;
        }
        writer.flush()
    })
    .map_err(|source| DataError::Unwritable {
        file: path.display().to_string(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_empty_cell_is_still_a_row() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let rows = ["1", "", "say \"x\""].map(|cell| vec![cell.to_string()]);
        write_csv(&path, &["a".into()], &rows).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "a\n1\n\"\"\n\"say \"\"x\"\"\"\n");
    }

    #[test]
    fn refuses_a_folder_that_is_missing() {
        let error = write_csv("/no/such/folder/a.csv", &["a".into()], &[]).unwrap_err();
        assert!(matches!(error, DataError::Unwritable { .. }));
    }

    #[test]
    #[should_panic(expected = "row 1 has 2 cells under a header of 1")]
    fn a_ragged_row_is_the_callers_mistake() {
        let rows = [vec![String::new()], vec![String::new(); 2]];
        let _ = write_csv("never", &["a".into()], &rows);
    }
}
