//! Principal components from passes over the rows.

use burn::tensor::{Device, Tensor, TensorData};
use faer::{Mat, Side};
use paysage_data::{DataError, Order, Rows, total_weight};
use paysage_kernels::{RandomKey, normal};

use super::PrincipalComponents;
use crate::{chunks::CHUNK, moments::moments_of};

/// The most columns of which the covariance matrix is decomposed.
pub(super) const MOST_COLUMNS: usize = 1000;

/// Directions of subspace iteration beyond the components asked for.
const OVERSAMPLING: usize = 10;

/// Most passes of subspace iteration.
const MOST_PASSES: usize = 20;

/// Subspace iteration has converged when no variance changes by more than this share of the largest.
const TOLERANCE: f64 = 1e-6;

/// The principal components; exact up to so many columns.
pub(super) fn fit(
    rows: &(impl Rows + ?Sized),
    components: usize,
    most_columns: usize,
    device: &Device,
    key: RandomKey,
) -> Result<PrincipalComponents, DataError> {
    let columns = rows.columns();
    let weights = rows.weights();
    let total = weights.map_or(rows.count() as f64, total_weight);
    let moments = moments_of(rows)?;
    let data = Centered {
        rows,
        weights,
        total,
        mean: &moments.mean,
        scale: power_of_two(&moments.variance),
        device,
    };
    let components = components.min(columns).min(rows.count().saturating_sub(1));
    let block = components + OVERSAMPLING;
    let (variances, directions) = if columns <= most_columns || block >= columns {
        let covariance = data.mean_over_rows(|x| x.clone().transpose().matmul(x))?;
        eigen(&covariance)
    } else {
        data.subspace(block, components, key)?
    };
    let observed = moments.variance.iter().zip(&moments.count);
    let entries = (0..components).flat_map(|k| directions.col(k).iter().copied());
    Ok(PrincipalComponents {
        directions: entries.collect(),
        deviations: variances[..components]
            .iter()
            .map(|v| v.sqrt() * data.scale)
            .collect(),
        total_variance: observed.map(|(v, n)| v * n / total).sum(),
        mean: moments.mean,
    })
}

/// The rows minus their mean over a scale, zero where a value is missing.
struct Centered<'a, R: ?Sized> {
    rows: &'a R,
    weights: Option<&'a [f32]>,
    /// The number of rows, or the sum of their weights.
    total: f64,
    mean: &'a [f64],
    /// With it products of large values are finite in f32, and those of small ones not zero.
    scale: f64,
    device: &'a Device,
}

/// The power of 2 next below the largest standard deviation, which scales without rounding.
fn power_of_two(variances: &[f64]) -> f64 {
    match variances.iter().copied().fold(0.0, f64::max) {
        0.0 => 1.0,
        largest => largest.sqrt().log2().floor().exp2(),
    }
}

impl<R: Rows + ?Sized> Centered<'_, R> {
    /// The sum of a quadratic function of chunks of these rows, `[rows, columns]` on the device, over the
    /// number of rows. Rows enter times the root of their weight.
    fn mean_over_rows(&self, of: impl Fn(Tensor<2>) -> Tensor<2>) -> Result<Mat<f64>, DataError> {
        let (columns, count) = (self.rows.columns(), self.total);
        let mut sum: Option<Mat<f64>> = None;
        for chunk in self.rows.chunks(Order::Stored, CHUNK) {
            let chunk = chunk?;
            let values = chunk.values;
            let pairs = values.iter().zip(self.mean.iter().cycle());
            let centered = pairs.map(|(&x, mean)| ((f64::from(x) - mean) / self.scale) as f32);
            let centered = centered.map(|x| if x.is_nan() { 0.0 } else { x });
            let mut centered: Vec<f32> = centered.collect();
            if let Some(weights) = self.weights {
                let rows = centered.chunks_mut(columns).zip(&chunk.positions);
                rows.for_each(|(row, &position)| {
                    let root = weights[position].sqrt();
                    row.iter_mut().for_each(|x| *x *= root);
                });
            }
            let shape = [values.len() / columns, columns];
            let data = TensorData::new(centered, shape);
            let part = of(Tensor::from_data(data, self.device));
            let [height, width] = part.dims();
            let part: Vec<f32> = part.into_data().iter().collect();
            let sum = sum.get_or_insert_with(|| Mat::zeros(height, width));
            *sum += Mat::from_fn(height, width, |i, j| f64::from(part[i * width + j]) / count);
        }
        Ok(sum.unwrap_or_else(|| Mat::zeros(columns, columns)))
    }

    /// Variances and directions by subspace iteration from random directions, until the variances of
    /// so many components stay the same.
    fn subspace(
        &self,
        block: usize,
        components: usize,
        key: RandomKey,
    ) -> Result<(Vec<f64>, Mat<f64>), DataError> {
        let columns = self.rows.columns();
        let start: Vec<f64> = normal([columns, block], key, self.device)
            .into_data()
            .iter()
            .collect();
        let mut basis = Mat::from_fn(columns, block, |i, k| start[i * block + k]);
        let mut before = vec![0.0; block];
        for pass in 1.. {
            basis = basis.qr().compute_thin_Q();
            let on_device = self.tensor(&basis);
            let product =
                self.mean_over_rows(|x| x.clone().transpose().matmul(x.matmul(on_device.clone())))?;
            let (variances, turn) = eigen(&(basis.transpose() * &product));
            let moved = variances.iter().zip(&before).take(components);
            let moved = moved.map(|(now, before)| (now - before).abs());
            if pass == MOST_PASSES || moved.fold(0.0, f64::max) <= TOLERANCE * variances[0] {
                return Ok((variances, basis * turn));
            }
            (basis, before) = (product, variances);
        }
        unreachable!("the last pass returns")
    }

    fn tensor(&self, matrix: &Mat<f64>) -> Tensor<2> {
        let (height, width) = (matrix.nrows(), matrix.ncols());
        let rows = (0..height).flat_map(|i| matrix.row(i).iter().map(|&x| x as f32));
        let data = TensorData::new(rows.collect::<Vec<f32>>(), [height, width]);
        Tensor::from_data(data, self.device)
    }
}

/// Eigenvalues, at least 0, and eigenvectors of a symmetric matrix, that of the largest value first.
fn eigen(matrix: &Mat<f64>) -> (Vec<f64>, Mat<f64>) {
    let size = matrix.nrows();
    let found = matrix.self_adjoint_eigen(Side::Lower);
    let found = found.expect("the entries of a covariance of finite values are finite");
    let values = found.S().column_vector();
    // faer lists eigenvalues from small to large.
    let from_largest = |k: usize| size - 1 - k;
    (
        (0..size)
            .map(|k| values[from_largest(k)].max(0.0))
            .collect(),
        Mat::from_fn(size, size, |i, k| found.U()[(i, from_largest(k))]),
    )
}
