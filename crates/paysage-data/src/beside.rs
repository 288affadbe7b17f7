//! Concatenation of the columns of two tables.

use crate::error::DataError;
use crate::table::Table;

impl Table {
    /// The columns of this table followed by those of another table with as many rows.
    ///
    /// The source and the weights are those of this table. Columns keep their names if both tables have names; the
    /// image shape is dropped.
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
        let places = |table: &Table| {
            let place = |column| table.origin().column(column, table.names());
            (0..table.columns()).map(place).collect::<Vec<_>>()
        };
        let origin = self.origin().clone();
        let origin = origin.with_columns([places(self), places(other)].concat());
        let table = Table::with_missing(self.source(), columns, values)?.with_origin(origin);
        let table = table.with_weights_of(self);
        match (self.names(), other.names()) {
            (Some(names), Some(others)) => table.with_names([names, others].concat()),
            _ => Ok(table),
        }
    }

    /// The first `columns` columns and the others, without names.
    pub(crate) fn divided(&self, columns: usize) -> Result<(Table, Table), DataError> {
        let part = |range: std::ops::Range<usize>| -> Result<Table, DataError> {
            let rows = (0..self.rows()).flat_map(|row| &self.row(row)[range.clone()]);
            let places = range.clone().map(|c| self.origin().column(c, self.names()));
            let origin = self.origin().clone().with_columns(places.collect());
            let table = Table::with_missing(self.source(), range.len(), rows.copied().collect())?;
            Ok(table.with_origin(origin).with_weights_of(self))
        };
        Ok((part(0..columns)?, part(columns..self.columns())?))
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
            "t: has 1 row, but t has 2; expected equal numbers of rows"
        );
    }
}
