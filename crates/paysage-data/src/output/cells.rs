//! Tables of cells.

use std::path::Path;

use super::parts::{CarriedCells, Head, Parts};
use super::{OutputError, OutputFormat, Text};
use crate::carried::{Carried, NOTHING};
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
    let width = header.map_or_else(|| rows.first().map_or(0, Vec::len), <[String]>::len);
    let columns = Columns {
        names: header.map(<[String]>::to_vec),
        width,
    };
    write_rows(path, OutputFormat::of(path)?, columns, rows)
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
    let format = OutputFormat {
        text: Some(Text::Commas),
        gzip: false,
    };
    write_rows(path.as_ref(), format, Columns::named(header), rows)
}

fn write_rows(
    path: &Path,
    format: OutputFormat,
    columns: Columns,
    rows: &[Vec<String>],
) -> Result<(), DataError> {
    let mut writer = CellsWriter::begin(path, format, columns, &NOTHING, rows.len())?;
    rows.iter().try_for_each(|row| writer.push(row.clone()))?;
    writer.finish()
}

/// Writer of a table of cells, row by row: the file is that of [`write_cells`], with the columns that are
/// carried through before all others. Where it is dropped before [`finish`](Self::finish), a file that was
/// there is untouched.
///
/// ```
/// use paysage_data::{CarriedColumn, CellsWriter};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("scores.csv");
/// let cells = ["u1", "u2"].map(String::from).to_vec();
/// let ids = vec![CarriedColumn { name: "id".into(), place: 0, cells }];
/// let mut writer = CellsWriter::new(&path, &["score".into()], &ids, 2)?;
/// for score in ["-7.25", "-8"] {
///     writer.push(vec![score.into()])?;
/// }
/// writer.finish()?;
/// assert_eq!(std::fs::read_to_string(&path)?, "id,score\nu1,-7.25\nu2,-8\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CellsWriter<'a> {
    parts: Parts<'a>,
    /// The columns with those that are carried through.
    names: Option<Vec<String>>,
    width: usize,
}

impl<'a> CellsWriter<'a> {
    /// Begins a table of so many rows under a header.
    ///
    /// # Errors
    ///
    /// [`OutputError::UnknownEnding`], [`OutputError::NoTable`], and [`Unwritable`](DataError::Unwritable)
    /// when the folder or the file refuses.
    ///
    /// # Panics
    ///
    /// When the rows are no multiple of those that are carried through.
    pub fn new(
        path: impl AsRef<Path>,
        header: &[String],
        carried: &'a dyn Carried,
        rows: usize,
    ) -> Result<Self, DataError> {
        let path = path.as_ref();
        let format = OutputFormat::of(path)?;
        Self::begin(path, format, Columns::named(header), carried, rows)
    }

    fn begin(
        path: &Path,
        format: OutputFormat,
        Columns { names, width }: Columns,
        carried: &'a dyn Carried,
        rows: usize,
    ) -> Result<Self, DataError> {
        format.check_table(path)?;
        let carried = CarriedCells::in_front(carried);
        carried.check(rows);
        let all = names.clone().map(|names| carried.header(names));
        let head = match format.text {
            Some(_) => Head::Names(names),
            None => Head::Array {
                columns: width + carried.width(),
                bytes: size_of::<f64>(),
            },
        };
        Ok(Self {
            parts: Parts::new(path, format, head, carried, rows)?,
            names: all,
            width,
        })
    }

    /// Adds a row, without the cells that are carried through.
    ///
    /// # Errors
    ///
    /// [`OutputError::NotNumeric`] for text in a NumPy file, [`Unwritable`](DataError::Unwritable), and
    /// errors of cells that are carried through from disk.
    ///
    /// # Panics
    ///
    /// When it is not as wide as the header.
    pub fn push(&mut self, cells: Vec<String>) -> Result<(), DataError> {
        let (row, width, found) = (self.parts.written(), self.width, cells.len());
        assert!(
            found == width,
            "row {row} has {found} cells under a header of {width}"
        );
        if !self.parts.is_array() {
            return self.parts.push_line(cells);
        }
        let cells = self.parts.with_carried(cells)?;
        let numbers = cells.iter().enumerate().map(|(column, cell)| {
            let not_numeric = |_| OutputError::NotNumeric {
                path: self.parts.path().display().to_string(),
                column: match &self.names {
                    Some(names) => names[column].clone(),
                    None => (column + 1).to_string(),
                },
                value: cell.clone(),
            };
            match cell.as_str() {
                "" => Ok(f64::NAN),
                text => text.parse().map_err(not_numeric),
            }
        });
        let numbers = numbers.collect::<Result<Vec<f64>, _>>()?;
        self.parts.push_numbers(1, &numbers, f64::to_le_bytes)
    }

    /// Gives the whole file its name.
    ///
    /// # Errors
    ///
    /// [`Unwritable`](DataError::Unwritable).
    ///
    /// # Panics
    ///
    /// When there are not as many rows as were announced.
    pub fn finish(self) -> Result<(), DataError> {
        self.parts.finish()
    }
}

/// Columns of cells, without those that are carried through.
struct Columns {
    names: Option<Vec<String>>,
    width: usize,
}

impl Columns {
    fn named(names: &[String]) -> Self {
        Self {
            names: Some(names.to_vec()),
            width: names.len(),
        }
    }
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
