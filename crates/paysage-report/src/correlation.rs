//! Correlations of columns and cosines of vectors.

/// Number of columns, evenly spaced, among which the strongest correlations are searched.
const CANDIDATES: usize = 256;

/// Symmetric matrix, row-major.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Symmetric {
    pub(crate) size: usize,
    pub(crate) values: Vec<f32>,
}

impl Symmetric {
    fn new(size: usize, mut entry: impl FnMut(usize, usize) -> f64) -> Self {
        let mut values = vec![0.0; size * size];
        for i in 0..size {
            for j in 0..=i {
                let value = entry(i, j) as f32;
                values[i * size + j] = value;
                values[j * size + i] = value;
            }
        }
        Self { size, values }
    }

    /// The matrix minus another one.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        let values = self.values.iter().zip(&other.values);
        Self {
            size: self.size,
            values: values.map(|(a, b)| a - b).collect(),
        }
    }

    /// The pairs of different entries `i > j` with a finite value.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (usize, usize, f32)> + '_ {
        let pairs = (0..self.size).flat_map(|i| (0..i).map(move |j| (i, j)));
        let pairs = pairs.map(|(i, j)| (i, j, self.values[i * self.size + j]));
        pairs.filter(|pair| pair.2.is_finite())
    }

    /// The root mean square over pairs of different entries; NaN without any.
    pub(crate) fn root_mean_square(&self) -> f64 {
        let squares = self.pairs().map(|pair| f64::from(pair.2).powi(2));
        let (sum, count) = squares.fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
        f64::sqrt(sum / count)
    }
}

/// Pearson correlation coefficients of some columns of rows, `[rows, columns]`, each over the rows in which
/// both values are finite; NaN where a column is constant.
pub(crate) fn correlations(columns: usize, rows: &[f32], chosen: &[usize]) -> Symmetric {
    let centred: Vec<Vec<f64>> = chosen.iter().map(|&i| column(columns, rows, i)).collect();
    Symmetric::new(chosen.len(), |i, j| correlation(&centred[i], &centred[j]))
}

/// The values of a column minus their mean, which keeps the sums of their squares exact.
fn column(columns: usize, rows: &[f32], index: usize) -> Vec<f64> {
    let values = rows.iter().skip(index).step_by(columns);
    let values: Vec<f64> = values.map(|&x| f64::from(x)).collect();
    let finite = values.iter().filter(|x| x.is_finite());
    let (sum, count) = finite.fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
    values.iter().map(|x| x - sum / count).collect()
}

/// The Pearson correlation coefficient of centred values, over the pairs that are finite; NaN where one is
/// constant.
pub(crate) fn correlation(first: &[f64], second: &[f64]) -> f64 {
    let pairs = first.iter().zip(second);
    let pairs = pairs.filter(|(x, y)| x.is_finite() && y.is_finite());
    let [mut n, mut x1, mut y1, mut x2, mut y2, mut xy] = [0.0; 6];
    for (x, y) in pairs {
        n += 1.0;
        x1 += x;
        y1 += y;
        x2 += x * x;
        y2 += y * y;
        xy += x * y;
    }
    let (vx, vy) = (x2 - x1 * x1 / n, y2 - y1 * y1 / n);
    // Rounding leaves a little variance in a constant column.
    match vx > 1e-12 * x2 && vy > 1e-12 * y2 {
        true => ((xy - x1 * y1 / n) / (vx * vy).sqrt()).clamp(-1.0, 1.0),
        false => f64::NAN,
    }
}

/// At most `most` of some columns, in their order: those with the largest mean squared correlation with
/// the others, of at most 256 evenly spaced candidates. Constant columns are left out.
pub(crate) fn most_correlated(
    columns: usize,
    rows: &[f32],
    among: &[usize],
    most: usize,
) -> Vec<usize> {
    let stride = among.len().div_ceil(CANDIDATES).max(1);
    let varies = |&index: &usize| {
        let values = column(columns, rows, index);
        !correlation(&values, &values).is_nan()
    };
    let candidates = among.iter().copied().step_by(stride);
    let candidates: Vec<usize> = candidates.filter(varies).collect();
    if candidates.len() <= most {
        return candidates;
    }
    let found = correlations(columns, rows, &candidates);
    let strength = |row: usize| {
        let values = &found.values[row * found.size..][..found.size];
        let finite = values.iter().filter(|r| r.is_finite());
        finite.map(|r| r * r).sum::<f32>()
    };
    let mut ranked: Vec<(f32, usize)> = (0..candidates.len())
        .map(|row| (strength(row), candidates[row]))
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let chosen: Vec<usize> = ranked
        .iter()
        .take(most)
        .map(|(_, column)| *column)
        .collect();
    among
        .iter()
        .copied()
        .filter(|column| chosen.contains(column))
        .collect()
}

/// Cosines of the angles between vectors; NaN where one is zero.
pub(crate) fn cosines(vectors: &[&[f32]]) -> Symmetric {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let products = a.iter().zip(b);
        products.map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
    };
    let norms: Vec<f64> = vectors.iter().map(|v| dot(v, v).sqrt()).collect();
    Symmetric::new(vectors.len(), |i, j| {
        let cosine = dot(vectors[i], vectors[j]) / (norms[i] * norms[j]);
        cosine.clamp(-1.0, 1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlations_are_those_of_the_definition() {
        // Columns x, −2x + 1, and one with a missing value.
        let rows = [
            1.0,
            -1.0,
            4.0, //
            2.0,
            -3.0,
            f32::NAN, //
            4.0,
            -7.0,
            5.0, //
            5.0,
            -9.0,
            9.0,
        ];
        let found = correlations(3, &rows, &[0, 1, 2]);
        let expected = |x: &[f64], y: &[f64]| {
            let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
            let (mx, my) = (mean(x), mean(y));
            let sum = |f: &dyn Fn(f64, f64) -> f64| {
                x.iter().zip(y).map(|(a, b)| f(a - mx, b - my)).sum::<f64>()
            };
            sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt()
        };
        let with_gap = expected(&[1.0, 4.0, 5.0], &[4.0, 5.0, 9.0]) as f32;
        let matrix = [
            1.0, -1.0, with_gap, -1.0, 1.0, -with_gap, with_gap, -with_gap, 1.0,
        ];
        for (value, expected) in found.values.iter().zip(matrix) {
            assert!((value - expected).abs() < 1e-6, "{value} {expected}");
        }
    }

    #[test]
    fn a_constant_column_has_no_correlation() {
        let found = correlations(2, &[0.1, 1.0, 0.1, 2.0, 0.1, 3.0], &[0, 1]);
        assert!(found.values[0].is_nan() && found.values[1].is_nan());
        assert_eq!(found.values[3], 1.0);
        assert_eq!(found.pairs().count(), 0);
        assert_eq!(most_correlated(2, &[0.1, 1.0, 0.1, 2.0], &[0, 1], 5), [1]);
    }

    #[test]
    fn the_most_correlated_columns_are_chosen() {
        // Columns 1 and 3 are equal, the others are independent of all.
        let rows: Vec<f32> = (0..16_u8)
            .flat_map(|row| {
                let bit = |place: u8| f32::from((row >> place) & 1);
                [bit(0), bit(1), bit(2), bit(1), bit(3)]
            })
            .collect();
        assert_eq!(most_correlated(5, &rows, &[0, 1, 2, 3, 4], 2), [1, 3]);
        assert_eq!(most_correlated(5, &rows, &[4, 0], 5), [4, 0]);
    }

    #[test]
    fn cosines_are_normalized_products() {
        let vectors: [&[f32]; 4] = [&[3.0, 4.0], &[-6.0, -8.0], &[4.0, -3.0], &[0.0, 0.0]];
        let found = cosines(&vectors);
        assert!((found.values[1] + 1.0).abs() < 1e-6);
        assert!(found.values[2].abs() < 1e-6 && found.values[3].is_nan());
        assert!((found.root_mean_square() - (1.0_f64 / 3.0).sqrt()).abs() < 1e-6);
    }
}
