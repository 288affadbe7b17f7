//! Positions of values in the files of users.

mod lines;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub(crate) use lines::Lines;

use crate::error::{one_line, shortened};
use crate::rows::Rows;

/// What the numbers of rows count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbering {
    /// Rows of an array or of a built-in data set.
    #[default]
    Rows,
    /// Lines of a text file, the header and empty lines included, as an editor shows them.
    Lines,
}

/// The position of a value, counted as the user's file counts: lines of a text file with its
/// header, rows of an array; both from 1.
///
/// ```
/// use paysage_data::Table;
///
/// let table = Table::new("a.npy", 2, vec![0.0, 1.0, 0.0, 1.0])?;
/// assert_eq!(table.position(1, 0).to_string(), "row 2, column 1");
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("a.csv");
/// std::fs::write(&path, "age,weight\n31,70.5\n28,64\n")?;
/// let table = paysage_data::read(path.to_str().unwrap())?;
/// assert_eq!(table.position(1, 0).to_string(), "line 3, column 1 (\"age\")");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// What `row` counts.
    pub numbering: Numbering,
    /// The row or line, from 1.
    pub row: usize,
    /// The column of the file, from 1.
    pub column: usize,
    /// The name of the column, where it has one.
    pub name: Option<String>,
    /// The file whose rows are counted, where a data set has several.
    pub file: Option<FileOfSet>,
}

/// A file of a data set of several files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOfSet {
    /// Its path.
    pub path: Arc<str>,
    /// Number of rows of the files before it.
    pub before: usize,
}

impl Position {
    /// A row and a column of an array, both from 1.
    #[must_use]
    pub fn row(row: usize, column: usize) -> Self {
        Self {
            numbering: Numbering::Rows,
            row,
            column,
            name: None,
            file: None,
        }
    }

    /// A line and a column of a text file, both from 1.
    #[must_use]
    pub fn line(line: usize, column: usize, name: Option<String>) -> Self {
        Self {
            numbering: Numbering::Lines,
            row: line,
            column,
            name,
            file: None,
        }
    }

    /// The number of the row in the whole data set.
    fn row_of_set(&self) -> usize {
        self.row + self.file.as_ref().map_or(0, |file| file.before)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.numbering {
            Numbering::Rows => "row",
            Numbering::Lines => "line",
        };
        if let Some(file) = &self.file {
            write!(formatter, "{}, ", one_line(&file.path))?;
        }
        write!(formatter, "{unit} {}, column {}", self.row, self.column)?;
        match &self.name {
            Some(name) => write!(formatter, " ({})", shortened(name)),
            None => Ok(()),
        }
    }
}

/// The number of a column in a file, from 1, and its name.
pub(crate) type ColumnPlace = (usize, Option<String>);

/// The positions of the rows and columns of a table in the file that they were read from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Origin {
    numbering: Numbering,
    /// The number of each row; where there are none, rows are counted from `skipped + 1`.
    rows: Option<Arc<[u32]>>,
    /// Lines before the first row.
    skipped: usize,
    /// The number of each column and its name; counted from 1 where there are none.
    columns: Option<Arc<[ColumnPlace]>>,
    /// The files of a set, in the order of their rows, which are numbered over all of them.
    files: Option<Arc<[FileOfSet]>>,
}

impl Origin {
    /// The rows of these lines of a text file.
    pub(crate) fn lines(lines: Vec<u32>) -> Self {
        Self {
            numbering: Numbering::Lines,
            rows: Some(lines.into()),
            ..Self::default()
        }
    }

    /// The rows of successive lines of a text file, after some others.
    pub(crate) fn lines_after(skipped: usize) -> Self {
        Self {
            numbering: Numbering::Lines,
            skipped,
            ..Self::default()
        }
    }

    /// The same rows with these numbers and names of columns.
    pub(crate) fn with_columns(mut self, columns: Vec<ColumnPlace>) -> Self {
        self.columns = Some(columns.into());
        self
    }

    /// The same rows, of these files.
    pub(crate) fn with_files(mut self, files: Vec<FileOfSet>) -> Self {
        self.files = (!files.is_empty()).then(|| files.into());
        self
    }

    /// The file of a set that has the row of this number.
    fn file(&self, number: usize) -> Option<FileOfSet> {
        let files = self.files.as_ref()?;
        let index = files.partition_point(|file| file.before < number);
        files.get(index.checked_sub(1)?).cloned()
    }

    /// The position of a value, row and column counted from 0.
    pub(crate) fn position(&self, row: usize, column: usize, names: Option<&[String]>) -> Position {
        let number = |rows: &Arc<[u32]>| rows.get(row).map(|&number| number as usize);
        let listed = self.rows.as_ref().and_then(number);
        let (column, name) = self.column(column, names);
        let row = listed.unwrap_or(self.skipped + row + 1);
        let file = self.file(row);
        Position {
            numbering: self.numbering,
            row: row - file.as_ref().map_or(0, |file| file.before),
            column,
            name,
            file,
        }
    }

    /// The origin of these rows of a data set.
    pub(crate) fn of_rows(rows: &dyn Rows, positions: &[usize]) -> Self {
        let columns = (0..rows.columns()).map(|column| {
            let position = rows.position(0, column);
            (position.column, position.name)
        });
        let number = |row: usize| rows.position(row, 0).row_of_set();
        let files = positions
            .iter()
            .filter_map(|&row| rows.position(row, 0).file);
        let files: BTreeMap<usize, FileOfSet> = files.map(|file| (file.before, file)).collect();
        let mut places = positions.iter().enumerate();
        let is_plain = places.all(|(place, &row)| number(row) == place + 1);
        let numbers = || {
            let numbers = positions.iter().map(|&row| number(row));
            numbers.map(|number| u32::try_from(number).unwrap_or(u32::MAX))
        };
        Self {
            numbering: rows.position(0, 0).numbering,
            rows: (!is_plain).then(|| numbers().collect()),
            columns: Some(columns.collect()),
            ..Self::default()
        }
        .with_files(files.into_values().collect())
    }

    /// The origin of the rows at `indices`.
    pub(crate) fn select(&self, indices: &[usize]) -> Self {
        let number = |&index: &usize| match &self.rows {
            Some(rows) => rows[index],
            None => u32::try_from(self.skipped + index + 1).unwrap_or(u32::MAX),
        };
        Self {
            numbering: self.numbering,
            rows: Some(indices.iter().map(number).collect()),
            columns: self.columns.clone(),
            skipped: 0,
            files: self.files.clone(),
        }
    }

    /// The number and the name of a column, counted from 0.
    pub(crate) fn column(&self, column: usize, names: Option<&[String]>) -> ColumnPlace {
        match &self.columns {
            Some(columns) => columns[column].clone(),
            None => (column + 1, names.map(|names| names[column].clone())),
        }
    }
}
