//! The result of a principal component analysis.

use std::path::Path;

use burn::tensor::TensorData;
use faer::{Mat, MatRef};

use crate::{TensorFile, TensorFileError};

/// What a file of principal components says that it is.
const NOTE: &str = r#"{"principal_components":1}"#;

/// The mean of a data set and its directions of largest variance.
///
/// Component k of a row x is (x − mean)·direction k.
#[derive(Clone, Debug, PartialEq)]
pub struct PrincipalComponents {
    /// The mean of each column.
    pub mean: Vec<f64>,
    /// Orthonormal directions, row by row, that of the largest variance first:
    /// `[components, columns]`.
    pub directions: Vec<f64>,
    /// The standard deviation of the data along each direction.
    pub deviations: Vec<f64>,
    /// The sum of the variances of all columns.
    pub total_variance: f64,
}

impl PrincipalComponents {
    /// The number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.mean.len()
    }

    /// The number of components.
    #[must_use]
    pub fn components(&self) -> usize {
        self.deviations.len()
    }

    /// A direction, counted from 0: `[columns]`.
    ///
    /// # Panics
    ///
    /// When there are not so many.
    #[must_use]
    pub fn direction(&self, component: usize) -> &[f64] {
        &self.directions[component * self.columns()..][..self.columns()]
    }

    /// The fraction of the total variance along each direction; 0 for constant data.
    #[must_use]
    pub fn explained(&self) -> Vec<f64> {
        let share = |deviation: &f64| match self.total_variance > 0.0 {
            true => deviation * deviation / self.total_variance,
            false => 0.0,
        };
        self.deviations.iter().map(share).collect()
    }

    /// The components of rows: `[rows, columns] → [rows, components]`, row by row. Missing values
    /// (NaN) count as the mean.
    ///
    /// # Panics
    ///
    /// When the values are not whole rows.
    #[must_use]
    pub fn transform(&self, rows: &[f32]) -> Vec<f32> {
        let columns = self.columns();
        assert!(
            rows.len().is_multiple_of(columns),
            "{} values are no whole rows of {columns} columns",
            rows.len()
        );
        let centered = Mat::from_fn(rows.len() / columns, columns, |row, column| {
            let x = f64::from(rows[row * columns + column]) - self.mean[column];
            if x.is_nan() { 0.0 } else { x }
        });
        by_rows(&(centered * self.matrix().transpose()))
    }

    /// The rows with these components, which lie in the space of the directions:
    /// `[rows, components] → [rows, columns]`, row by row.
    ///
    /// # Panics
    ///
    /// When the values are not whole rows.
    #[must_use]
    pub fn inverse(&self, scores: &[f32]) -> Vec<f32> {
        let components = self.components();
        assert!(
            scores.len().is_multiple_of(components.max(1)),
            "{} values are no whole rows of {components} components",
            scores.len()
        );
        let rows = scores.len() / components.max(1);
        let scores = Mat::from_fn(rows, components, |row, k| {
            f64::from(scores[row * components + k])
        });
        let mut found = scores * self.matrix();
        for (column, &mean) in self.mean.iter().enumerate() {
            found.col_mut(column).iter_mut().for_each(|x| *x += mean);
        }
        by_rows(&found)
    }

    fn matrix(&self) -> MatRef<'_, f64> {
        MatRef::from_row_major_slice(&self.directions, self.components(), self.columns())
    }

    /// Writes the components to a safetensors file, atomically.
    ///
    /// # Errors
    ///
    /// When a number is not finite or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), TensorFileError> {
        let (columns, components) = (self.columns(), self.components());
        let tensors = [
            ("mean", TensorData::new(self.mean.clone(), [columns])),
            (
                "directions",
                TensorData::new(self.directions.clone(), [components, columns]),
            ),
            (
                "deviations",
                TensorData::new(self.deviations.clone(), [components]),
            ),
            (
                "total_variance",
                TensorData::new(vec![self.total_variance], [1]),
            ),
        ];
        let tensors = tensors.map(|(name, data)| (name.to_owned(), data));
        TensorFile {
            tensors: tensors.into(),
            note: NOTE.to_owned(),
        }
        .write(path)
    }

    /// Reads components that [`save`](Self::save) wrote.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is damaged, or holds something else.
    pub fn load(path: &Path) -> Result<Self, TensorFileError> {
        let TensorFile { tensors, note } = TensorFile::read(path)?;
        let numbers = |name: &str| -> Vec<f64> {
            let data = tensors.get(name);
            data.map_or(Vec::new(), |data| data.iter().collect())
        };
        let found = Self {
            mean: numbers("mean"),
            directions: numbers("directions"),
            deviations: numbers("deviations"),
            total_variance: numbers("total_variance").first().copied().unwrap_or(0.0),
        };
        let size = found.columns() * found.components();
        if note != NOTE || found.mean.is_empty() || found.directions.len() != size {
            return Err(TensorFileError::OtherContent {
                path: path.to_owned(),
                expected: "principal components",
            });
        }
        Ok(found)
    }
}

/// The entries of a matrix, row by row.
fn by_rows(matrix: &Mat<f64>) -> Vec<f32> {
    let rows = 0..matrix.nrows();
    rows.flat_map(|row| matrix.row(row).iter().map(|&x| x as f32))
        .collect()
}
