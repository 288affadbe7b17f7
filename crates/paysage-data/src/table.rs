//! Data in memory: what every reader returns.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::position::{Origin, Position};

/// The most values of a table, 8 GiB: larger ones are refused before memory is allocated.
pub(crate) const MOST_VALUES: usize = 1 << 31;

/// The height and width of the image that each row of a table holds, row-major.
///
/// ```
/// let shape = paysage_data::ImageShape { height: 28, width: 28 };
/// assert_eq!(shape.height * shape.width, 784);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageShape {
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
}

/// A data set in host memory: `[rows, columns]` numbers, row-major, at least one of each.
///
/// Values are finite, or NaN where they are missing ([`with_missing`](Self::with_missing)).
/// Preparation leaves missing values missing.
///
/// A table keeps the name of its source and the position of each row and column in it
/// ([`position`](Self::position)), for messages. It may have column names, and rows may be images.
///
/// ```
/// use paysage_data::Table;
///
/// let table = Table::new("heights", 2, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
/// assert_eq!((table.rows(), table.columns()), (3, 2));
/// assert_eq!(table.row(1), [3.0, 4.0]);
/// assert_eq!(table.gather(&[2, 0]), [5.0, 6.0, 1.0, 2.0]);
/// # Ok::<(), paysage_data::DataError>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Table {
    source: String,
    columns: usize,
    values: Vec<f32>,
    image: Option<ImageShape>,
    names: Option<Vec<String>>,
    origin: Origin,
    weights: Option<Arc<[f32]>>,
}

impl Table {
    /// A table of `values`, row after row.
    ///
    /// # Errors
    ///
    /// [`NoColumns`](DataError::NoColumns), [`Empty`](DataError::Empty),
    /// [`Incomplete`](DataError::Incomplete) when the values do not fill whole rows, and
    /// [`NotFinite`](DataError::NotFinite) for the first NaN or infinity.
    ///
    /// ```
    /// use paysage_data::{DataError, Table};
    ///
    /// assert!(matches!(Table::new("t", 0, vec![]), Err(DataError::NoColumns { .. })));
    /// assert!(matches!(Table::new("t", 2, vec![1.0]), Err(DataError::Incomplete { .. })));
    /// ```
    pub fn new(
        source: impl Into<String>,
        columns: usize,
        values: Vec<f32>,
    ) -> Result<Self, DataError> {
        Self::shaped(source.into(), columns, values)?.without(|value| !value.is_finite())
    }

    /// A table of `values`, row after row, in which NaN is a missing value.
    ///
    /// NaN is not equal to itself, so a table with missing values is not equal to itself either.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new), but [`NotFinite`](DataError::NotFinite) for infinities alone.
    ///
    /// ```
    /// use paysage_data::Table;
    ///
    /// let table = Table::with_missing("people", 2, vec![31.0, 70.0, f32::NAN, 64.0])?;
    /// assert!(!table.is_complete());
    /// assert!(table.head(1).is_complete());
    /// # Ok::<(), paysage_data::DataError>(())
    /// ```
    pub fn with_missing(
        source: impl Into<String>,
        columns: usize,
        values: Vec<f32>,
    ) -> Result<Self, DataError> {
        Self::shaped(source.into(), columns, values)?.without(f32::is_infinite)
    }

    fn shaped(file: String, columns: usize, values: Vec<f32>) -> Result<Self, DataError> {
        if columns == 0 {
            return Err(DataError::NoColumns { file });
        }
        if values.is_empty() {
            return Err(DataError::Empty { file });
        }
        if !values.len().is_multiple_of(columns) {
            return Err(DataError::Incomplete {
                file,
                values: values.len(),
                columns,
            });
        }
        Ok(Self {
            source: file,
            columns,
            values,
            image: None,
            names: None,
            origin: Origin::default(),
            weights: None,
        })
    }

    fn without(self, refused: impl Fn(f32) -> bool) -> Result<Self, DataError> {
        match self.values.iter().position(|&value| refused(value)) {
            Some(position) => Err(self.not_finite(position, self.values[position])),
            None => Ok(self),
        }
    }

    /// The same table whose rows are images of this shape.
    ///
    /// # Errors
    ///
    /// [`ImageSize`](DataError::ImageSize) unless height times width is the number of columns.
    ///
    /// ```
    /// use paysage_data::{ImageShape, Table};
    ///
    /// let shape = ImageShape { height: 2, width: 3 };
    /// let table = Table::new("faces", 6, vec![0.0; 12])?.with_image(shape)?;
    /// assert_eq!(table.image(), Some(shape));
    /// # Ok::<(), paysage_data::DataError>(())
    /// ```
    pub fn with_image(mut self, shape: ImageShape) -> Result<Self, DataError> {
        let ImageShape { height, width } = shape;
        if height.checked_mul(width) != Some(self.columns) {
            let (file, columns) = (self.source, self.columns);
            return Err(DataError::ImageSize {
                file,
                height,
                width,
                columns,
            });
        }
        self.image = Some(shape);
        Ok(self)
    }

    /// The same table with column names.
    ///
    /// # Errors
    ///
    /// [`NameCount`](DataError::NameCount) unless there is one name for each column.
    ///
    /// ```
    /// use paysage_data::Table;
    ///
    /// let names = vec!["age".to_string(), "weight".to_string()];
    /// let table = Table::new("people", 2, vec![31.0, 70.0])?.with_names(names)?;
    /// assert_eq!(table.names().unwrap()[1], "weight");
    /// # Ok::<(), paysage_data::DataError>(())
    /// ```
    pub fn with_names(mut self, names: Vec<String>) -> Result<Self, DataError> {
        if names.len() != self.columns {
            let (found, expected) = (names.len(), self.columns);
            return Err(DataError::NameCount {
                file: self.source,
                found,
                expected,
            });
        }
        self.names = Some(names);
        Ok(self)
    }

    /// Number of rows; at least one.
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns
    }

    /// Number of columns; at least one.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// One row, counted from 0.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub fn row(&self, index: usize) -> &[f32] {
        assert!(
            index < self.rows(),
            "row {index} of a table of {} rows",
            self.rows()
        );
        &self.values[index * self.columns..(index + 1) * self.columns]
    }

    /// All values, row after row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Whether no value is missing.
    pub fn is_complete(&self) -> bool {
        !self.values.iter().any(|value| value.is_nan())
    }

    /// Source of the table, for messages: a path, or `builtin:NAME`.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Shape of the image in each row, where rows are images.
    pub fn image(&self) -> Option<ImageShape> {
        self.image
    }

    /// Names of the columns, where they have names.
    pub fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// The position of a value in the user's file, row and column counted from 0: for messages.
    ///
    /// It is right also after columns were reordered, encoded by a schema or rows selected.
    ///
    /// # Panics
    ///
    /// When there is no such column.
    #[must_use]
    pub fn position(&self, row: usize, column: usize) -> Position {
        self.origin.position(row, column, self.names.as_deref())
    }

    /// The error that a value is outside of what a unit can take: row and column counted from 0,
    /// `expected` such as `a Bernoulli unit takes 0 or 1`.
    #[must_use]
    pub fn out_of_range(&self, row: usize, column: usize, expected: &str) -> DataError {
        DataError::OutOfRange {
            file: self.source.clone(),
            position: self.position(row, column),
            value: self.row(row)[column],
            expected: expected.into(),
        }
    }

    /// The positions of its rows and columns in the file.
    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The same table read from these rows and columns of a file.
    pub(crate) fn with_origin(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// The same table from another source.
    pub(crate) fn with_source(mut self, source: String) -> Self {
        self.source = source;
        self
    }

    /// The weight of each row, where rows have weights.
    pub(crate) fn row_weights(&self) -> Option<&[f32]> {
        self.weights.as_deref()
    }

    /// The same rows with weights, which are checked.
    pub(crate) fn weighted(mut self, weights: Vec<f32>) -> Self {
        debug_assert_eq!(weights.len(), self.rows());
        self.weights = Some(weights.into());
        self
    }

    /// Removes the weights.
    pub(crate) fn clear_weights(&mut self) {
        self.weights = None;
    }

    /// The same rows with the weights of another table of as many rows.
    pub(crate) fn with_weights_of(mut self, other: &Self) -> Self {
        debug_assert_eq!(other.rows(), self.rows());
        self.weights.clone_from(&other.weights);
        self
    }

    /// A table of the same columns with other values, each finite or missing. Weights stay where the
    /// number of rows is the same.
    pub(crate) fn replaced(&self, values: Vec<f32>) -> Self {
        debug_assert!(values.len().is_multiple_of(self.columns));
        let same_rows = values.len() == self.values.len();
        Self {
            source: self.source.clone(),
            columns: self.columns,
            values,
            image: self.image,
            names: self.names.clone(),
            origin: self.origin.clone(),
            weights: self.weights.clone().filter(|_| same_rows),
        }
    }

    /// The table with every observed value changed, given its column; missing values stay missing.
    pub(crate) fn changed(&self, change: impl Fn(usize, f32) -> f32) -> Result<Self, DataError> {
        let mut values = Vec::with_capacity(self.values.len());
        for row in self.values.chunks_exact(self.columns) {
            for (column, &value) in row.iter().enumerate() {
                if value.is_nan() {
                    values.push(value);
                    continue;
                }
                let changed = change(column, value);
                // NaN from a change must not be taken for a missing value.
                if !changed.is_finite() {
                    return Err(self.not_finite(values.len(), changed));
                }
                values.push(changed);
            }
        }
        Ok(self.replaced(values))
    }

    fn not_finite(&self, position: usize, value: f32) -> DataError {
        let (row, column) = (position / self.columns, position % self.columns);
        DataError::NotFinite {
            file: self.source.clone(),
            position: self.position(row, column),
            value: f64::from(value),
        }
    }
}

/// The shape and the source, without the values.
impl fmt::Debug for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Table")
            .field("source", &self.source)
            .field("rows", &self.rows())
            .field("columns", &self.columns)
            .field("image", &self.image)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::counting;

    #[test]
    fn refuses_what_is_no_table() {
        assert!(matches!(
            Table::new("t", 0, vec![1.0]),
            Err(DataError::NoColumns { .. })
        ));
        assert!(matches!(
            Table::new("t", 3, vec![]),
            Err(DataError::Empty { .. })
        ));
        let error = Table::new("t", 3, vec![1.0; 4]).unwrap_err();
        assert!(matches!(
            error,
            DataError::Incomplete {
                values: 4,
                columns: 3,
                ..
            }
        ));
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let error = Table::new("t", 3, vec![0.0, 0.0, 0.0, 0.0, bad, 0.0]).unwrap_err();
            assert!(matches!(
                error,
                DataError::NotFinite { position, .. } if position == Position::row(2, 2)
            ));
        }
    }

    #[test]
    fn nan_is_missing_where_it_may_be() {
        let values = vec![0.0, f32::NAN, f32::NAN, 3.0];
        let table = Table::with_missing("t", 2, values.clone()).unwrap();
        assert!(!table.is_complete() && counting(2).is_complete());
        assert!(table.row(0)[1].is_nan() && table.select(&[1]).row(0)[0].is_nan());
        for bad in [f32::INFINITY, f32::NEG_INFINITY] {
            let values = [values.clone(), vec![bad, 0.0]].concat();
            let error = Table::with_missing("t", 2, values).unwrap_err();
            assert!(matches!(
                error,
                DataError::NotFinite { position, .. } if position == Position::row(3, 1)
            ));
        }
    }

    #[test]
    fn a_change_leaves_what_is_missing_and_makes_nothing_missing() {
        let table = Table::with_missing("t", 1, vec![4.0, f32::NAN]).unwrap();
        let halved = table.changed(|_, x| x / 2.0).unwrap();
        assert_eq!(halved.values()[0], 2.0);
        assert!(halved.values()[1].is_nan());
        let error = table.changed(|_, _| f32::NAN).unwrap_err();
        assert!(matches!(
            error,
            DataError::NotFinite {
                position: Position { row: 1, .. },
                ..
            }
        ));
    }

    #[test]
    fn refuses_images_and_names_that_do_not_fit() {
        for (height, width) in [(2, 2), (0, 2), (usize::MAX, 3)] {
            let error = counting(1)
                .with_image(ImageShape { height, width })
                .unwrap_err();
            assert!(matches!(error, DataError::ImageSize { columns: 2, .. }));
        }
        let error = counting(1).with_names(vec!["a".into()]).unwrap_err();
        assert!(matches!(
            error,
            DataError::NameCount {
                found: 1,
                expected: 2,
                ..
            }
        ));
    }

    #[test]
    #[should_panic(expected = "row 4 of a table of 4 rows")]
    fn a_row_beyond_the_end_is_the_callers_mistake() {
        counting(4).row(4);
    }
}
