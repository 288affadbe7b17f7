//! Means of a function of distances over pairs of rows.

use paysage_models::Progress;

use super::{pairs::Pairs, points::Points};
use crate::Measurement;

/// Means over pairs of two different rows: of the data, of data and samples, and of the samples.
pub(super) struct PairMeans {
    pub data: f64,
    pub between: f64,
    pub samples: f64,
}

/// Sums of a function of the squared distance over pairs of rows.
pub(super) struct PairSums {
    rows: f64,
    /// Over pairs of the data.
    data: f64,
    /// Over the data, for each sample.
    between: Vec<f64>,
    /// Over the other samples, for each sample.
    samples: Vec<f64>,
}

impl PairSums {
    /// The sums of `kernel` of the squared distance.
    pub fn of(
        data: &Points,
        samples: &Points,
        progress: &mut dyn Progress,
        kernel: impl Fn(f64) -> f64,
    ) -> Self {
        let pairs = Pairs::new(data, samples);
        let mut sums = Self {
            rows: data.count() as f64,
            data: 0.0,
            between: vec![0.0; samples.count()],
            samples: vec![0.0; samples.count()],
        };
        pairs.between(progress, |_, j, squared| sums.between[j] += kernel(squared));
        pairs.within_data(progress, |_, _, squared| sums.data += kernel(squared));
        pairs.within_samples(progress, |i, j, squared| {
            let value = kernel(squared);
            sums.samples[i] += value;
            sums.samples[j] += value;
        });
        sums
    }

    /// The means.
    pub fn means(&self) -> PairMeans {
        let count = self.samples.len() as f64;
        self.means_of(
            self.between.iter().sum(),
            self.samples.iter().sum::<f64>() / 2.0,
            count,
        )
    }

    /// The means of the given sums over `count` samples, the latter over pairs.
    fn means_of(&self, between: f64, samples: f64, count: f64) -> PairMeans {
        let pairs = |count: f64| count * (count - 1.0) / 2.0;
        PairMeans {
            data: self.data / pairs(self.rows),
            between: between / (self.rows * count),
            samples: samples / pairs(count),
        }
    }

    /// A function of the means, with the standard error that the samples cause: the jackknife over
    /// them (Efron, "The jackknife, the bootstrap and other resampling plans", 1982).
    pub fn measure(&self, value: impl Fn(&PairMeans) -> f64) -> Measurement {
        let count = self.samples.len() as f64;
        let between: f64 = self.between.iter().sum();
        let samples = self.samples.iter().sum::<f64>() / 2.0;
        let each = self.between.iter().zip(&self.samples);
        let without: Vec<f64> = each
            .map(|(x, y)| value(&self.means_of(between - x, samples - y, count - 1.0)))
            .collect();
        let mean = without.iter().sum::<f64>() / count;
        let squares = without.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        Measurement {
            standard_error: (count > 2.0).then(|| (squares * (count - 1.0) / count).sqrt()),
            ..Measurement::estimate(value(&self.means()))
        }
    }
}

#[cfg(test)]
mod tests {
    use paysage_kernels::default_device;
    use paysage_models::Silent;

    use super::*;

    /// Of means over the samples alone the jackknife is the usual standard error.
    #[test]
    fn the_jackknife_of_a_mean_is_its_standard_error() {
        let device = default_device().expect("a backend");
        let points =
            |values: &[f32]| Points::new("p", 1, values.to_vec(), &device).expect("finite");
        let (data, samples) = (points(&[0.0, 0.0]), points(&[1.0, 2.0, 4.0, 9.0]));
        let sums = PairSums::of(&data, &samples, &mut Silent, f64::sqrt);
        let found = sums.measure(|means| means.between);
        assert!((found.value - 4.0).abs() < 1e-12);
        let variance = (9.0 + 4.0 + 0.0 + 25.0) / 3.0_f64;
        let error = found.standard_error.expect("four samples");
        assert!((error - (variance / 4.0).sqrt()).abs() < 1e-12);
        let means = sums.means();
        assert_eq!(
            (means.data, means.samples),
            (0.0, (1.0 + 3.0 + 8.0 + 2.0 + 7.0 + 5.0) / 6.0)
        );
    }
}
