//! Matrices of numbers that belong to the rows of a data set.

use std::path::Path;

use super::OutputFormat;
use super::parts::{CarriedCells, Head, Parts};
use crate::carried::Carried;
use crate::error::DataError;

/// Writer of a matrix `[rows, names]` of numbers that are computed for the rows of a data set, such as
/// features, part by part, in the format that the ending of the name says. Where it is dropped before
/// [`finish`](Self::finish), a file that was there is untouched.
///
/// Text has a header, and before the numbers the columns that are carried through. A NumPy file holds
/// the numbers alone, of 4 bytes. A missing number is NaN, and in text an empty cell.
///
/// ```
/// use paysage_data::{CarriedColumn, MatrixWriter};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("features.csv");
/// let names = ["f1", "f2"].map(String::from);
/// let cells = ["u1", "u2", "u3"].map(String::from).to_vec();
/// let ids = vec![CarriedColumn { name: "id".into(), place: 3, cells }];
/// let mut writer = MatrixWriter::new(&path, &names, &ids, 3)?;
/// writer.push(&[0.5, 1.0, 0.25, 0.0])?;
/// writer.push(&[2.0, 3.0])?;
/// writer.finish()?;
/// assert_eq!(std::fs::read_to_string(&path)?, "id,f1,f2\nu1,0.5,1\nu2,0.25,0\nu3,2,3\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MatrixWriter<'a> {
    parts: Parts<'a>,
    width: usize,
}

impl<'a> MatrixWriter<'a> {
    /// Begins a matrix of so many rows, whose columns have these names.
    ///
    /// # Errors
    ///
    /// [`OutputError::UnknownEnding`](crate::OutputError::UnknownEnding),
    /// [`OutputError::NoTable`](crate::OutputError::NoTable), and [`Unwritable`](DataError::Unwritable) when
    /// the folder or the file refuses.
    ///
    /// # Panics
    ///
    /// When the rows are no multiple of those that are carried through.
    pub fn new(
        path: impl AsRef<Path>,
        names: &[String],
        carried: &'a dyn Carried,
        rows: usize,
    ) -> Result<Self, DataError> {
        let path = path.as_ref();
        let (format, width) = (OutputFormat::of(path)?, names.len());
        let carried = CarriedCells::in_front(carried);
        Self::begin(path, format, (width, Some(names.to_vec())), carried, rows)
    }

    /// Begins a matrix of so many columns, under their names where text has a header.
    pub(super) fn begin(
        path: &Path,
        format: OutputFormat,
        (width, names): (usize, Option<Vec<String>>),
        carried: CarriedCells<'a>,
        rows: usize,
    ) -> Result<Self, DataError> {
        format.check_table(path)?;
        let head = match format.text {
            Some(_) => {
                carried.check(rows);
                Head::Names(names)
            }
            None => Head::single(width),
        };
        let parts = Parts::new(path, format, head, carried, rows)?;
        Ok(Self { parts, width })
    }

    /// Adds whole rows.
    ///
    /// # Errors
    ///
    /// [`Unwritable`](DataError::Unwritable), and errors of cells that are carried through from disk.
    ///
    /// # Panics
    ///
    /// When `values` are not whole rows.
    pub fn push(&mut self, values: &[f32]) -> Result<(), DataError> {
        let width = self.width;
        assert!(
            width > 0 && values.len().is_multiple_of(width),
            "{} values are no whole rows of {width}",
            values.len()
        );
        if self.parts.is_array() {
            let rows = values.len() / width;
            return self.parts.push_numbers(rows, values, f32::to_le_bytes);
        }
        let cell = |x: &f32| match x.is_nan() {
            true => String::new(),
            false => x.to_string(),
        };
        let mut rows = values.chunks_exact(width);
        rows.try_for_each(|row| self.parts.push_line(row.iter().map(cell).collect()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carried::NOTHING;
    use crate::read::CarriedColumn;

    fn write(
        path: impl AsRef<Path>,
        names: &[String],
        carried: &dyn Carried,
        values: &[f32],
    ) -> Result<(), DataError> {
        let rows = values.len() / names.len();
        let mut writer = MatrixWriter::new(path, names, carried, rows)?;
        writer.push(values)?;
        writer.finish()
    }

    #[test]
    fn an_array_holds_the_numbers_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let names = ["a", "b"].map(String::from);
        let ids = vec![CarriedColumn {
            name: "id".into(),
            place: 0,
            cells: vec!["u1".into(), "u2".into()],
        }];
        let values = [0.1, f32::NAN, -2.0, 3e-9];
        for name in ["m.npy", "m.npy.gz", "m.tsv", "m.csv.gz"] {
            let carried = match name.contains("npy") {
                true => &ids,
                false => &NOTHING,
            };
            write(path(name), &names, carried, &values).unwrap();
            let table = crate::read_with_missing(path(name).to_str().unwrap()).unwrap();
            assert_eq!((table.rows(), table.columns()), (2, 2), "{name}");
            assert_eq!(table.row(1), [-2.0, 3e-9], "{name}");
            assert!(table.row(0)[1].is_nan() && table.row(0)[0] == 0.1, "{name}");
        }
        write(path("m.tsv"), &names, &ids, &values).unwrap();
        let text = std::fs::read_to_string(path("m.tsv")).unwrap();
        assert_eq!(text.lines().next_back(), Some("u2\t-2\t0.000000003"));
    }

    #[test]
    #[should_panic(expected = "1 rows are no multiple of the 2 rows")]
    fn other_rows_than_those_carried_through_are_a_bug_of_the_caller() {
        let folder = tempfile::tempdir().unwrap();
        let ids = vec![CarriedColumn {
            name: "id".into(),
            place: 0,
            cells: vec!["u1".into(), "u2".into()],
        }];
        let _ = write(folder.path().join("m.csv"), &["a".into()], &ids, &[1.0]);
    }
}
