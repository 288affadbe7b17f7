//! Principal components of a data set.

use burn::tensor::{Tensor, TensorData};
use faer::{Mat, Side};
use paysage_data::{DataError, Order, Rows};

use super::CHUNK;

/// Directions of largest variance, largest first.
pub(super) struct Components {
    directions: Mat<f64>,
    deviations: Vec<f64>,
}

impl Components {
    /// Eigenvectors of the covariance of at most 10,000 rows, taken evenly from the data. Missing
    /// values count as the mean.
    pub(super) fn of(rows: &(impl Rows + ?Sized), mean: &[f64]) -> Result<Self, DataError> {
        const ROWS: usize = 10_000;
        let (columns, count) = (rows.columns(), rows.count().min(ROWS));
        let mut centered = Mat::zeros(count, columns);
        let mut next = 0;
        for chunk in rows.chunks(Order::Stored, CHUNK) {
            let chunk = chunk?;
            for (row, &position) in chunk.values.chunks(columns).zip(&chunk.positions) {
                if next < count && position == next * rows.count() / count {
                    for (c, &x) in row.iter().enumerate().filter(|(_, x)| !x.is_nan()) {
                        centered[(next, c)] = f64::from(x) - mean[c];
                    }
                    next += 1;
                }
            }
        }
        let covariance = centered.transpose() * &centered;
        let Ok(eigen) = covariance.self_adjoint_eigen(Side::Lower) else {
            // Only non-finite entries could stop the iteration, and tables hold none.
            return Ok(Self {
                directions: Mat::zeros(columns, 0),
                deviations: Vec::new(),
            });
        };
        // faer lists eigenvalues from small to large.
        let known = count.saturating_sub(1).min(columns);
        let from_largest = |k: usize| columns - 1 - k;
        let deviation = |k: usize| {
            let eigenvalue: f64 = eigen.S().column_vector()[from_largest(k)];
            (eigenvalue.max(0.0) / count as f64).sqrt()
        };
        Ok(Self {
            directions: Mat::from_fn(columns, known, |i, k| eigen.U()[(i, from_largest(k))]),
            deviations: (0..known).map(deviation).collect(),
        })
    }

    /// `[visible, hidden]` weights whose first columns are the components' entries from row
    /// `start`.
    pub(super) fn replace(&self, weight: Tensor<2>, start: usize, glorot: f64) -> Tensor<2> {
        let [visible, hidden] = weight.dims();
        let known = hidden.min(self.deviations.len());
        let largest = self.deviations.first().copied().unwrap_or(0.0);
        if known == 0 || largest <= 0.0 {
            return weight;
        }
        let norm = glorot * (visible as f64).sqrt();
        let values: Vec<f64> = (0..visible)
            .flat_map(|i| (0..known).map(move |k| (i, k)))
            .map(|(i, k)| norm * self.deviations[k] / largest * self.directions[(start + i, k)])
            .collect();
        let options = (&weight.device(), weight.dtype());
        let columns = Tensor::from_data(TensorData::new(values, [visible, known]), options);
        weight.slice_assign([0..visible, 0..known], columns)
    }
}
