//! The table that every reader gives and every trainer takes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::DataError;

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

/// Data on the host: `[rows, columns]` numbers, row-major, at least one of each.
///
/// All of them are finite, unless the table was made [`with_missing`](Self::with_missing) values,
/// which are NaN. Whatever is done to a table leaves what is missing missing.
///
/// It knows where it came from, so that whoever finds a value wrong can say where it stands, and
/// it may know that its rows are images or what its columns are called.
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

    /// A table of `values`, row after row, in which NaN stands for a value that is missing.
    ///
    /// NaN differs from itself, and so does a table that holds it.
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
        })
    }

    fn without(self, refused: impl Fn(f32) -> bool) -> Result<Self, DataError> {
        match self.values.iter().position(|&value| refused(value)) {
            Some(position) => Err(self.not_finite(position, self.values[position])),
            None => Ok(self),
        }
    }

    /// The same table, its rows known to be images.
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

    /// The same table, its columns named.
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

    /// How many rows there are; at least one.
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns
    }

    /// How many columns there are; at least one.
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

    /// Where the table came from, for messages: a path, or `builtin:NAME`.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The shape of the image in each row, where rows are images.
    pub fn image(&self) -> Option<ImageShape> {
        self.image
    }

    /// The names of the columns, where they have names.
    pub fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// The same table from elsewhere.
    pub(crate) fn with_source(mut self, source: String) -> Self {
        self.source = source;
        self
    }

    /// The same columns holding other values: whole rows, each finite or missing.
    pub(crate) fn replaced(&self, values: Vec<f32>) -> Self {
        debug_assert!(values.len().is_multiple_of(self.columns));
        Self {
            source: self.source.clone(),
            columns: self.columns,
            values,
            image: self.image,
            names: self.names.clone(),
        }
    }

    /// The table with every value that is there changed, given its column; the others stay missing.
    pub(crate) fn changed(&self, change: impl Fn(usize, f32) -> f32) -> Result<Self, DataError> {
        let mut values = Vec::with_capacity(self.values.len());
        for row in self.values.chunks_exact(self.columns) {
            for (column, &value) in row.iter().enumerate() {
                if value.is_nan() {
                    values.push(value);
                    continue;
                }
                let changed = change(column, value);
                // A number that a change makes NaN must not pass for one that is missing.
                if !changed.is_finite() {
                    return Err(self.not_finite(values.len(), changed));
                }
                values.push(changed);
            }
        }
        Ok(self.replaced(values))
    }

    fn not_finite(&self, position: usize, value: f32) -> DataError {
        let column = position % self.columns;
        DataError::NotFinite {
            file: self.source.clone(),
            row: position / self.columns + 1,
            column: column + 1,
            name: self.names.as_ref().map(|names| names[column].clone()),
            value: f64::from(value),
        }
    }
}

/// Its shape; millions of values would help nobody.
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

    fn counting(rows: usize) -> Table {
        Table::new("counting", 2, (0..2 * rows).map(|x| x as f32).collect()).unwrap()
    }

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
                DataError::NotFinite {
                    row: 2,
                    column: 2,
                    ..
                }
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
                DataError::NotFinite {
                    row: 3,
                    column: 1,
                    ..
                }
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
        assert!(matches!(error, DataError::NotFinite { row: 1, .. }));
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
