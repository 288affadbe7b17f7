//! Matrices of numbers that belong to the rows of a data set.

use std::path::Path;

use super::{OutputFormat, npy, write_cells};
use crate::error::DataError;
use crate::read::CarriedColumn;

/// Writes a matrix `[rows, names]` of numbers that were computed for the rows of a data set, such as
/// features, in the format that the ending of the name says.
///
/// Text has a header, and before the numbers the columns that are carried through. A NumPy file holds
/// the numbers alone, of 4 bytes. A missing number is NaN, and in text an empty cell.
///
/// # Errors
///
/// [`OutputError::UnknownEnding`](crate::OutputError::UnknownEnding), and
/// [`Unwritable`](DataError::Unwritable) when the folder or the file refuses.
///
/// # Panics
///
/// When `values` are not whole rows, or not as many as those that are carried through.
///
/// ```
/// use paysage_data::CarriedColumn;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("features.csv");
/// let names = ["f1", "f2"].map(String::from);
/// let cells = ["u1", "u2"].map(String::from).to_vec();
/// let id = CarriedColumn { name: "id".into(), place: 3, cells };
/// paysage_data::write_matrix(&path, &names, &[id], &[0.5, 1.0, 0.25, 0.0])?;
/// assert_eq!(std::fs::read_to_string(&path)?, "id,f1,f2\nu1,0.5,1\nu2,0.25,0\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_matrix(
    path: impl AsRef<Path>,
    names: &[String],
    carried: &[CarriedColumn],
    values: &[f32],
) -> Result<(), DataError> {
    let path = path.as_ref();
    let format = OutputFormat::of(path)?;
    let width = names.len();
    assert!(
        width > 0 && values.len().is_multiple_of(width),
        "{} values are no whole rows of {width}",
        values.len()
    );
    let rows = values.len() / width;
    format.check_table(path)?;
    if format.text.is_none() {
        return format.write(path, |out| {
            npy::array(out, [rows, width], values, f32::to_le_bytes)
        });
    }
    if let Some(column) = carried.iter().find(|column| column.cells.len() != rows) {
        let found = column.cells.len();
        panic!("{rows} rows beside the {found} rows that are carried through");
    }
    let number = |x: &f32| match x.is_nan() {
        true => String::new(),
        false => x.to_string(),
    };
    let cells = values.chunks_exact(width).enumerate().map(|(row, values)| {
        let carried = carried.iter().map(|column| column.cells[row].clone());
        carried.chain(values.iter().map(number)).collect()
    });
    let header = carried.iter().map(|column| &column.name).chain(names);
    let header: Vec<String> = header.cloned().collect();
    write_cells(path, Some(&header), &cells.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_holds_the_numbers_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let names = ["a", "b"].map(String::from);
        let id = CarriedColumn {
            name: "id".into(),
            place: 0,
            cells: vec!["u1".into(), "u2".into()],
        };
        let values = [0.1, f32::NAN, -2.0, 3e-9];
        for name in ["m.npy", "m.npy.gz", "m.tsv", "m.csv.gz"] {
            let carried = match name.contains("npy") {
                true => std::slice::from_ref(&id),
                false => &[],
            };
            write_matrix(path(name), &names, carried, &values).unwrap();
            let table = crate::read_with_missing(path(name).to_str().unwrap()).unwrap();
            assert_eq!((table.rows(), table.columns()), (2, 2), "{name}");
            assert_eq!(table.row(1), [-2.0, 3e-9], "{name}");
            assert!(table.row(0)[1].is_nan() && table.row(0)[0] == 0.1, "{name}");
        }
        write_matrix(path("m.tsv"), &names, &[id], &values).unwrap();
        let text = std::fs::read_to_string(path("m.tsv")).unwrap();
        assert_eq!(text.lines().next_back(), Some("u2\t-2\t0.000000003"));
    }

    #[test]
    #[should_panic(expected = "1 rows beside the 2 rows")]
    fn other_rows_than_those_carried_through_are_a_bug_of_the_caller() {
        let folder = tempfile::tempdir().unwrap();
        let id = CarriedColumn {
            name: "id".into(),
            place: 0,
            cells: vec!["u1".into(), "u2".into()],
        };
        let _ = write_matrix(folder.path().join("m.csv"), &["a".into()], &[id], &[1.0]);
    }
}
