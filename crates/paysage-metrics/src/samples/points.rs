//! Rows as points in Euclidean space.

use burn::tensor::{Device, Tensor};
use paysage_data::{Order, Rows, resampled_rows};

use crate::{MetricError, SamplesError};

/// Number of rows that are read at a time.
const CHUNK: usize = 1000;

/// Rows of finite numbers as points in Euclidean space: one of the two samples of a [`TwoSample`]
/// comparison.
///
/// The values are on the host; products for distances run on the device.
///
/// [`TwoSample`]: crate::TwoSample
#[derive(Clone, Debug)]
pub struct Points {
    name: String,
    columns: usize,
    values: Vec<f32>,
    device: Device,
}

impl Points {
    /// Rows of `columns` values each, one row after another.
    ///
    /// # Errors
    ///
    /// [`SamplesError::Columns`] where the values do not fill whole rows, and
    /// [`SamplesError::NotFinite`].
    pub fn new(
        name: impl Into<String>,
        columns: usize,
        values: Vec<f32>,
        device: &Device,
    ) -> Result<Self, SamplesError> {
        let name = name.into();
        if columns == 0 || !values.len().is_multiple_of(columns) {
            return Err(SamplesError::Columns {
                name,
                found: values.len() % columns.max(1),
                expected: columns,
            });
        }
        if let Some(place) = values.iter().position(|x| !x.is_finite()) {
            return Err(SamplesError::NotFinite {
                name,
                row: place / columns + 1,
                column: place % columns + 1,
                value: values[place],
            });
        }
        Ok(Self {
            name,
            columns,
            values,
            device: device.clone(),
        })
    }

    /// All rows of a data set. Of weighted rows it is a resample of equally weighted ones, none twice
    /// ([`resampled_rows`]).
    ///
    /// # Errors
    ///
    /// When rows cannot be read, and those of [`new`](Self::new).
    pub fn of_rows(rows: &dyn Rows, device: &Device) -> Result<Self, MetricError> {
        let mut values = Vec::with_capacity(rows.count() * rows.columns());
        for chunk in rows.chunks(Order::Stored, CHUNK) {
            values.extend(chunk?.values);
        }
        let values = resampled(values, rows);
        Ok(Self::new(rows.source(), rows.columns(), values, device)?)
    }

    /// The rows of a tensor: `[rows, columns]`.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new).
    pub fn of_tensor(name: impl Into<String>, rows: Tensor<2>) -> Result<Self, SamplesError> {
        let ([_, columns], device) = (rows.dims(), rows.device());
        Self::new(name, columns, rows.into_data().iter().collect(), &device)
    }

    /// The name of the sample, for errors.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of rows.
    #[must_use]
    pub fn count(&self) -> usize {
        self.values.len() / self.columns
    }

    /// The number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All values, one row after another.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The values of a row, counted from 0.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns..][..self.columns]
    }

    /// The device of products.
    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    /// `count` of the rows, evenly spaced; all of them where there are fewer.
    #[must_use]
    pub fn evenly(&self, count: usize) -> Self {
        let all = self.count();
        if count >= all {
            return self.clone();
        }
        let rows = (0..count).flat_map(|row| self.row(row * all / count));
        Self {
            name: self.name.clone(),
            columns: self.columns,
            values: rows.copied().collect(),
            device: self.device.clone(),
        }
    }

    /// Checks that two samples have the same columns and at least so many rows each.
    pub(super) fn check(first: &Self, second: &Self, least: usize) -> Result<(), SamplesError> {
        if first.columns != second.columns {
            return Err(SamplesError::Columns {
                name: second.name.clone(),
                found: second.columns,
                expected: first.columns,
            });
        }
        match [first, second].into_iter().find(|x| x.count() < least) {
            Some(small) => Err(SamplesError::TooFew {
                name: small.name.clone(),
                found: small.count(),
                least,
            }),
            None => Ok(()),
        }
    }

    /// As many rows of each of two samples: all of the smaller one, evenly spaced ones of the other.
    pub(super) fn equally(first: &Self, second: &Self) -> [Self; 2] {
        let count = first.count().min(second.count());
        [first.evenly(count), second.evenly(count)]
    }
}

/// The values that belong to each row of a data set, for equally weighted rows that represent it.
pub(super) fn resampled(values: Vec<f32>, rows: &dyn Rows) -> Vec<f32> {
    let Some(weights) = rows.weights() else {
        return values;
    };
    let columns = rows.columns();
    let row = |row: usize| &values[row * columns..][..columns];
    resampled_rows(weights)
        .into_iter()
        .flat_map(row)
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use paysage_data::Table;
    use paysage_kernels::default_device;

    use super::*;

    #[test]
    fn rows_are_those_of_the_data_set() {
        let device = default_device().expect("a backend");
        let table = Table::new("t", 2, (0..10).map(|x| x as f32).collect()).expect("finite");
        let points = Points::of_rows(&table, &device).expect("complete");
        assert_eq!((points.count(), points.row(3)), (5, &[6.0, 7.0][..]));
        assert_eq!(points.evenly(2).values(), [0.0, 1.0, 4.0, 5.0]);
        let tensor = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0]], &device);
        let points = Points::of_tensor("tensor", tensor).expect("finite");
        assert_eq!(points.row(1), [3.0, 4.0]);
    }

    #[test]
    fn values_that_are_not_finite_are_named() {
        let device = default_device().expect("a backend");
        let error = Points::new("samples", 2, vec![1.0, 2.0, 3.0, f32::INFINITY], &device);
        assert_eq!(
            error.expect_err("infinite").to_string(),
            "samples: row 2, column 2: expected a finite number, got inf"
        );
        let error = Points::new("samples", 2, vec![1.0; 3], &device);
        assert!(matches!(error, Err(SamplesError::Columns { .. })));
    }
}
