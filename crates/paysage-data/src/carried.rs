//! Columns that are carried through to outputs.

use std::fmt;

use crate::error::DataError;
use crate::read::CarriedColumn;

/// The columns of a data set that are not modelled, whose cells are carried through to outputs: columns in
/// memory, or [`DiskCells`](crate::DiskCells).
///
/// ```
/// use paysage_data::{Carried, CarriedColumn};
///
/// let cells = ["u1", "u2"].map(String::from).to_vec();
/// let ids = vec![CarriedColumn { name: "id".into(), place: 3, cells }];
/// assert_eq!(ids.columns(), [("id", 3)]);
/// let rows: Result<Vec<_>, _> = ids.rows().collect();
/// assert_eq!(rows?, [["u1"], ["u2"]]);
/// # Ok::<(), paysage_data::DataError>(())
/// ```
pub trait Carried: fmt::Debug {
    /// The name and the number in the file, from 0, of each column.
    fn columns(&self) -> Vec<(&str, usize)>;

    /// Number of rows; 0 where there are no columns.
    fn count(&self) -> usize;

    /// The cells of each row, in the order of the columns.
    fn rows(&self) -> CarriedRows<'_>;

    /// Leaves out the columns whose name a condition refuses.
    fn retain(&mut self, keep: &dyn Fn(&str) -> bool);
}

/// The cells of rows. An item is an error where they cannot be read.
pub type CarriedRows<'a> = Box<dyn Iterator<Item = Result<Vec<String>, DataError>> + 'a>;

/// No columns.
pub(crate) static NOTHING: Vec<CarriedColumn> = Vec::new();

impl Carried for Vec<CarriedColumn> {
    fn columns(&self) -> Vec<(&str, usize)> {
        let columns = self.iter();
        columns
            .map(|column| (&*column.name, column.place))
            .collect()
    }

    fn count(&self) -> usize {
        self.first().map_or(0, |column| column.cells.len())
    }

    fn rows(&self) -> CarriedRows<'_> {
        let cells = |row: usize| self.iter().map(move |column| column.cells[row].clone());
        Box::new((0..self.count()).map(move |row| Ok(cells(row).collect())))
    }

    fn retain(&mut self, keep: &dyn Fn(&str) -> bool) {
        Vec::retain(self, |column| keep(&column.name));
    }
}
