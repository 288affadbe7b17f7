//! Two tables side by side.

use crate::error::DataError;
use crate::table::Table;

impl Table {
    /// The columns of this table and, to their right, those of another of as many rows.
    ///
    /// The source is that of this table. Columns keep their names where both tables have names;
    /// rows are no images any more.
    ///
    /// # Errors
    ///
    /// [`RowCount`](DataError::RowCount) when one has more rows than the other.
    ///
    /// ```
    /// use paysage_data::{Digits, one_hot};
    ///
    /// let digits = Digits { rows: 20, ..Digits::default() };
    /// let labels = one_hot("labels", &digits.labels(), 10)?;
    /// let table = digits.generate().beside(&labels)?;
    /// assert_eq!(table.columns(), 784 + 10);
    /// assert_eq!(table.row(3)[784..], *labels.row(3));
    /// # Ok::<(), paysage_data::DataError>(())
    /// ```
    pub fn beside(&self, other: &Table) -> Result<Table, DataError> {
        if self.rows() != other.rows() {
            return Err(DataError::RowCount {
                file: self.source().into(),
                found: self.rows(),
                other: other.source().into(),
                expected: other.rows(),
            });
        }
        let columns = self.columns() + other.columns();
        let mut values = Vec::with_capacity(self.rows() * columns);
        for row in 0..self.rows() {
            values.extend(self.row(row));
            values.extend(other.row(row));
        }
        let table = Table::with_missing(self.source(), columns, values)?;
        match (self.names(), other.names()) {
            (Some(names), Some(others)) => table.with_names([names, others].concat()),
            _ => Ok(table),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ImageShape;

    fn table(columns: usize, values: &[f32], names: &[&str]) -> Table {
        let table = Table::with_missing("t", columns, values.to_vec()).unwrap();
        if names.is_empty() {
            return table;
        }
        let names = names.iter().map(|name| name.to_string()).collect();
        table.with_names(names).unwrap()
    }

    #[test]
    fn rows_stay_together() {
        let left = table(2, &[1.0, 2.0, 3.0, f32::NAN], &["a", "b"]);
        let right = table(1, &[5.0, 6.0], &["c"]);
        let both = left.beside(&right).unwrap();
        assert_eq!(both.row(0), [1.0, 2.0, 5.0]);
        assert!(both.row(1)[1].is_nan() && both.row(1)[2] == 6.0);
        assert_eq!(both.names().unwrap(), ["a", "b", "c"]);
    }

    #[test]
    fn names_and_images_go_where_they_no_longer_fit() {
        let shape = ImageShape {
            height: 1,
            width: 2,
        };
        let image = table(2, &[1.0, 2.0], &[]).with_image(shape).unwrap();
        let both = image.beside(&table(1, &[5.0], &["c"])).unwrap();
        assert_eq!((both.names(), both.image()), (None, None));
    }

    #[test]
    fn refuses_other_numbers_of_rows() {
        let error = table(1, &[1.0], &[]).beside(&table(1, &[1.0, 2.0], &[]));
        assert_eq!(
            error.unwrap_err().to_string(),
            "t: has 1 rows, but t has 2; tables side by side need as many"
        );
    }
}
