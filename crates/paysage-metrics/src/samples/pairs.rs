//! Squared distances of all pairs of rows, block by block.

use burn::tensor::{Tensor, TensorData};
use paysage_kernels::{on_workers, times_transposed};
use paysage_models::{Progress, Stage};

use super::points::Points;

/// Number of rows on each side of a block: 16 MiB of products.
const BLOCK: usize = 2048;

/// Sums of so many whole numbers are exact in f32.
const EXACT: f64 = 16_777_216.0;

/// The two samples of a comparison, for ‖x − y‖² = ‖x‖² + ‖y‖² − 2x·y.
///
/// Rows of small whole numbers (binary units, spins, counts) give exact distances, and the products of
/// binary rows are fast. Others are moved by their common mean, so that columns far from zero cost no
/// precision.
pub(super) struct Pairs {
    data: Block,
    samples: Block,
}

/// One of the samples.
struct Block {
    /// `[rows, columns]`.
    rows: Tensor<2>,
    /// ‖x‖² of each row.
    squares: Vec<f64>,
}

impl Pairs {
    /// Pairs of rows with the same columns.
    pub fn new(data: &Points, samples: &Points) -> Self {
        let center = match is_whole(data) && is_whole(samples) {
            true => None,
            false => Some(mean(data, samples)),
        };
        let block = |points| Block::new(points, center.as_deref());
        Self {
            data: block(data),
            samples: block(samples),
        }
    }

    /// Calls `each` with the squared distance of each row of the data from each of the samples.
    pub fn between(&self, progress: &mut dyn Progress, mut each: impl FnMut(usize, usize, f64)) {
        for start in self.data.starts() {
            for other in self.samples.starts() {
                let products = self.data.products(start, &self.samples, other);
                visit(
                    &self.data,
                    start,
                    &self.samples,
                    other,
                    &products,
                    |i, j, d| {
                        each(i, j, d);
                    },
                );
            }
            self.data.report(start, progress);
        }
    }

    /// Calls `each` with the squared distance of each pair i < j of rows of the data.
    pub fn within_data(&self, progress: &mut dyn Progress, each: impl FnMut(usize, usize, f64)) {
        self.data.within(progress, each);
    }

    /// The same for the samples.
    pub fn within_samples(&self, progress: &mut dyn Progress, each: impl FnMut(usize, usize, f64)) {
        self.samples.within(progress, each);
    }
}

impl Block {
    fn new(points: &Points, center: Option<&[f64]>) -> Self {
        let columns = points.columns();
        let values: Vec<f32> = match center {
            None => points.values().to_vec(),
            Some(center) => {
                let means = center.iter().cycle();
                let pairs = points.values().iter().zip(means);
                pairs
                    .map(|(&x, mean)| (f64::from(x) - mean) as f32)
                    .collect()
            }
        };
        let square = |row: &[f32]| row.iter().map(|&x| f64::from(x).powi(2)).sum();
        let squares = values.chunks(columns).map(square).collect();
        let data = TensorData::new(values, [points.count(), columns]);
        Self {
            rows: Tensor::from_data(data, (points.device(), burn::tensor::DType::F32)),
            squares,
        }
    }

    fn count(&self) -> usize {
        self.squares.len()
    }

    fn starts(&self) -> impl Iterator<Item = usize> + use<> {
        (0..self.count()).step_by(BLOCK)
    }

    fn part(&self, start: usize) -> Tensor<2> {
        let end = self.count().min(start + BLOCK);
        self.rows.clone().slice([start..end])
    }

    /// x·y for the rows of two blocks, row after row.
    fn products(&self, start: usize, other: &Self, other_start: usize) -> Vec<f32> {
        let (x, y) = (self.part(start), other.part(other_start));
        let products = on_workers(|| times_transposed(x, y));
        products.into_data().iter().collect()
    }

    fn within(&self, progress: &mut dyn Progress, mut each: impl FnMut(usize, usize, f64)) {
        for start in self.starts() {
            for other in self.starts().filter(|&other| other >= start) {
                let products = self.products(start, self, other);
                visit(self, start, self, other, &products, |i, j, d| {
                    if i < j {
                        each(i, j, d);
                    }
                });
            }
            self.report(start, progress);
        }
    }

    fn report(&self, start: usize, progress: &mut dyn Progress) {
        let done = self.count().min(start + BLOCK);
        progress.report(Stage::Rows, done, self.count());
    }
}

/// Calls `each` with the squared distances of two blocks of rows, given their products.
fn visit(
    first: &Block,
    start: usize,
    second: &Block,
    other: usize,
    products: &[f32],
    mut each: impl FnMut(usize, usize, f64),
) {
    let columns = &second.squares[other..second.count().min(other + BLOCK)];
    for (i, products) in products.chunks(columns.len()).enumerate() {
        let row = first.squares[start + i];
        for (j, (square, &product)) in columns.iter().zip(products).enumerate() {
            // Rounding may leave a negative number for nearly equal rows.
            let squared = (row + square - 2.0 * f64::from(product)).max(0.0);
            each(start + i, other + j, squared);
        }
    }
}

/// Whether products of rows are exact sums of whole numbers.
fn is_whole(points: &Points) -> bool {
    let largest = points.values().iter().fold(0.0_f32, |m, x| m.max(x.abs()));
    let bound = f64::from(largest).powi(2) * points.columns() as f64;
    bound < EXACT && points.values().iter().all(|x| x.fract() == 0.0)
}

/// The mean of all rows of two samples.
fn mean(first: &Points, second: &Points) -> Vec<f64> {
    let mut sums = vec![0.0; first.columns()];
    for points in [first, second] {
        for row in points.values().chunks(points.columns()) {
            for (sum, &x) in sums.iter_mut().zip(row) {
                *sum += f64::from(x);
            }
        }
    }
    let count = (first.count() + second.count()) as f64;
    sums.iter_mut().for_each(|sum| *sum /= count);
    sums
}

#[cfg(test)]
mod tests {
    use paysage_kernels::{RandomKey, default_device, normal, uniform};
    use paysage_models::Silent;

    use super::*;

    fn points(values: Tensor<2>) -> Points {
        Points::of_tensor("points", values).expect("finite")
    }

    fn direct(x: &[f32], y: &[f32]) -> f64 {
        let pairs = x.iter().zip(y);
        pairs
            .map(|(&x, &y)| (f64::from(x) - f64::from(y)).powi(2))
            .sum()
    }

    /// Compares all distances of two samples that cover more than one block with a sum over columns.
    fn check(data: &Points, samples: &Points, tolerance: f64) {
        let pairs = Pairs::new(data, samples);
        let mut seen = 0;
        let mut compare = |x: &[f32], y: &[f32], found: f64| {
            let expected = direct(x, y);
            assert!(
                (found - expected).abs() <= tolerance,
                "{found}, not {expected}"
            );
            seen += 1;
        };
        pairs.between(&mut Silent, |i, j, d| {
            compare(data.row(i), samples.row(j), d)
        });
        pairs.within_data(&mut Silent, |i, j, d| {
            assert!(i < j);
            compare(data.row(i), data.row(j), d);
        });
        pairs.within_samples(&mut Silent, |i, j, d| {
            compare(samples.row(i), samples.row(j), d)
        });
        let (n, m) = (data.count(), samples.count());
        assert_eq!(seen, n * m + n * (n - 1) / 2 + m * (m - 1) / 2);
    }

    #[test]
    fn distances_of_binary_rows_are_exact() {
        let device = default_device().expect("a backend");
        let bits =
            |rows: usize, key| points(uniform([rows, 20], RandomKey::new(key), &device).round());
        check(&bits(BLOCK + 7, 1), &bits(300, 2), 0.0);
    }

    #[test]
    fn distances_of_real_rows_far_from_zero_keep_their_precision() {
        let device = default_device().expect("a backend");
        let real =
            |rows: usize, key| points(normal([rows, 5], RandomKey::new(key), &device) + 1000.0);
        // Squares of the values are 10⁶, where f32 has steps of 0.06.
        check(&real(50, 3), &real(BLOCK + 1, 4), 5e-5);
    }
}
