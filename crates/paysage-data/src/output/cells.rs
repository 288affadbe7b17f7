//! Tables of cells.

use std::io::{self, Write};
use std::path::Path;

use super::{OutputError, OutputFormat, Text, npy};
use crate::error::DataError;

/// Writes rows of cells in the format that the ending of the name says, text under a header.
///
/// Cells of text are quoted where they need it; without a header there is none. A NumPy file has
/// no header and holds numbers of 8 bytes: NaN where a cell is empty.
///
/// # Errors
///
/// [`OutputError::UnknownEnding`], [`OutputError::NoTable`], [`OutputError::NotNumeric`] for text in a NumPy file, and
/// [`Unwritable`](DataError::Unwritable) when the folder or the file refuses.
///
/// # Panics
///
/// When a row is not as wide as the header, or as the first row.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("scores.tsv");
/// let header = ["id", "free energy"].map(String::from);
/// let row = ["u1", "-7.25"].map(String::from).to_vec();
/// paysage_data::write_cells(&path, Some(&header), &[row])?;
/// assert_eq!(std::fs::read_to_string(&path)?, "id\tfree energy\nu1\t-7.25\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_cells(
    path: impl AsRef<Path>,
    header: Option<&[String]>,
    rows: &[Vec<String>],
) -> Result<(), DataError> {
    let path = path.as_ref();
    let format = OutputFormat::of(path)?;
    let width = match (header, rows.first()) {
        (Some(header), _) => header.len(),
        (None, first) => first.map_or(0, Vec::len),
    };
    check_width(width, rows);
    format.check_table(path)?;
    match format.text {
        Some(text) => format.write(path, |out| lines(out, text, header, rows)),
        None => {
            let values = numbers(path, header, rows)?;
            let shape = [rows.len(), width];
            format.write(path, |out| {
                npy::array(out, shape, &values, f64::to_le_bytes)
            })
        }
    }
}

/// Writes rows of cells as text between commas, under a header, whatever the name.
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
    check_width(header.len(), rows);
    let text = Text::Commas;
    let format = OutputFormat {
        text: Some(text),
        gzip: false,
    };
    format.write(path.as_ref(), |out| lines(out, text, Some(header), rows))
}

fn check_width(width: usize, rows: &[Vec<String>]) {
    if let Some(row) = rows.iter().position(|row| row.len() != width) {
        let found = rows[row].len();
        panic!("row {row} has {found} cells under a header of {width}");
    }
}

/// Writes rows of cells under a header, where there is one.
fn lines(
    out: &mut dyn Write,
    text: Text,
    header: Option<&[String]>,
    rows: &[Vec<String>],
) -> io::Result<()> {
    let mut writer = writer(out, text, header)?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.flush()
}

/// A writer of rows of cells, which has written the header, where there is one.
pub(super) fn writer<'a>(
    out: &'a mut dyn Write,
    text: Text,
    header: Option<&[String]>,
) -> io::Result<csv::Writer<&'a mut dyn Write>> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(match text {
            Text::Tabs => b'\t',
            Text::Commas | Text::Fasta => b',',
        })
        .from_writer(out);
    if let Some(header) = header {
        writer.write_record(header)?;
    }
    Ok(writer)
}

/// The numbers of cells; NaN where a cell is empty.
fn numbers(
    path: &Path,
    header: Option<&[String]>,
    rows: &[Vec<String>],
) -> Result<Vec<f64>, OutputError> {
    let number = |(column, cell): (usize, &String)| match cell.as_str() {
        "" => Ok(f64::NAN),
        text => text.parse().map_err(|_| OutputError::NotNumeric {
            path: path.display().to_string(),
            column: header.map_or_else(|| (column + 1).to_string(), |names| names[column].clone()),
            value: cell.clone(),
        }),
    };
    rows.iter()
        .flat_map(|row| row.iter().enumerate().map(number))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Desk;

    #[test]
    fn one_empty_cell_is_still_a_row() {
        let desk = Desk::new();
        let rows = ["1", "", "say \"x\""].map(|cell| vec![cell.to_string()]);
        write_csv(desk.path("a.csv"), &["a".into()], &rows).unwrap();
        assert_eq!(desk.text("a.csv"), "a\n1\n\"\"\n\"say \"\"x\"\"\"\n");
    }

    #[test]
    fn the_ending_says_the_format() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let header = ["a", "b"].map(String::from);
        let rows = [["0.1", "2"], ["", "4"]].map(|row| row.map(String::from).to_vec());
        for name in ["a.csv", "a.tsv", "a.csv.gz", "a.npy", "a.npy.gz"] {
            write_cells(path(name), Some(&header), &rows).unwrap();
            let source = path(name);
            let table = crate::read_with_missing(source.to_str().unwrap()).unwrap();
            assert_eq!(table.row(0), [0.1, 2.0], "{name}");
            assert!(table.row(1)[0].is_nan(), "{name}");
            assert_eq!(table.names().is_some(), !name.contains("npy"), "{name}");
            let stored = std::fs::read(path(name)).unwrap();
            assert_eq!(stored.starts_with(&[0x1f, 0x8b]), name.ends_with(".gz"));
        }
        let words = [vec!["x".to_string(), "1".to_string()]];
        let error = write_cells(path("w.npy"), Some(&header), &words).unwrap_err();
        assert!(
            error.to_string().contains("column \"a\" holds \"x\""),
            "{error}"
        );
        let error = write_cells(path("w.xls"), None, &words).unwrap_err();
        assert!(error.to_string().contains("unknown ending"), "{error}");
        write_cells(path("bare.csv"), None, &words).unwrap();
        assert_eq!(std::fs::read_to_string(path("bare.csv")).unwrap(), "x,1\n");
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
