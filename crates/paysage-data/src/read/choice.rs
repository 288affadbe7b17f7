//! Which columns of a file are read.

use crate::error::DataError;

/// The columns of a file that become a table, and those whose cells are kept as they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Choice {
    /// The column of the file, from 0, for each column of the table; none where it is absent, so
    /// that all its values are missing.
    pub(crate) used: Vec<Option<usize>>,
    /// The columns of the file that are carried through.
    pub(crate) carried: Vec<usize>,
    /// Whether a carried column without cells is an error; it is left out otherwise.
    pub(crate) needs_cells: bool,
}

impl Choice {
    /// All columns of a file.
    pub(crate) fn all(width: usize) -> Self {
        Self {
            used: (0..width).map(Some).collect(),
            ..Self::default()
        }
    }

    /// Whether it is all columns in their order.
    pub(crate) fn is_all(&self, width: usize) -> bool {
        self.used.len() == width && (0..width).all(|index| self.used[index] == Some(index))
    }
}

/// Whether each of so many columns is among these: a file may have a million of them, and a search for each
/// one would take hours.
pub(crate) fn marked(width: usize, columns: impl IntoIterator<Item = usize>) -> Vec<bool> {
    let mut marked = vec![false; width];
    for column in columns {
        marked[column] = true;
    }
    marked
}

/// Chooses columns, given the header of a file, where it has one, and its number of columns.
pub(crate) type Choose<'a> = &'a dyn Fn(Option<&[String]>, usize) -> Result<Choice, DataError>;

/// Chooses all columns.
pub(crate) fn everything(_: Option<&[String]>, width: usize) -> Result<Choice, DataError> {
    Ok(Choice::all(width))
}

/// A column of a file that is not modelled: its cells are written back unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedColumn {
    /// Its name in the file; its number where the file has no header.
    pub name: String,
    /// Its number in the file, from 0.
    pub place: usize,
    /// Its cells, one per row.
    pub cells: Vec<String>,
}
