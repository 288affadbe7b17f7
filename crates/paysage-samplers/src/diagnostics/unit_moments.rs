//! Means and variances of the units of many chains.

use burn::tensor::Tensor;

/// Sums of the draws of every unit in one half of the chains of a batch, on the device.
pub(super) struct HalfSums {
    /// The first draw, from which all are measured: sums of squares stay small.
    origin: Tensor<2>,
    sum: Tensor<2>,
    squares: Tensor<2>,
    draws: usize,
}

impl HalfSums {
    pub(super) fn new(first: Tensor<2>) -> Self {
        Self {
            sum: first.zeros_like(),
            squares: first.zeros_like(),
            origin: first,
            draws: 1,
        }
    }

    pub(super) fn add(&mut self, units: Tensor<2>) {
        let distance = units - self.origin.clone();
        self.sum = self.sum.clone() + distance.clone();
        self.squares = self.squares.clone() + distance.square();
        self.draws += 1;
    }
}

/// Sums over halves of chains of their means and variances, unit by unit.
#[derive(Clone, Debug, Default)]
pub(super) struct UnitMoments {
    halves: usize,
    draws: usize,
    /// The mean of each unit in the first half, from which means are measured.
    origin: Vec<f64>,
    means: Vec<f64>,
    squared_means: Vec<f64>,
    variances: Vec<f64>,
}

impl UnitMoments {
    /// Adds the halves of a batch of chains.
    pub(super) fn add(&mut self, sums: HalfSums) {
        let units = sums.sum.dims()[1];
        let n = sums.draws as f64;
        let values = |tensor: Tensor<2>| tensor.into_data().iter::<f64>().collect::<Vec<_>>();
        let (origin, sum) = (values(sums.origin), values(sums.sum));
        let squares = values(sums.squares);
        let means: Vec<f64> = origin.iter().zip(&sum).map(|(o, s)| o + s / n).collect();
        if self.halves == 0 {
            self.origin = means[..units].to_vec();
            for sums in [
                &mut self.means,
                &mut self.squared_means,
                &mut self.variances,
            ] {
                *sums = vec![0.0; units];
            }
        }
        for (place, ((mean, sum), squares)) in means.iter().zip(sum).zip(squares).enumerate() {
            let unit = place % units;
            let mean = mean - self.origin[unit];
            self.means[unit] += mean;
            self.squared_means[unit] += mean * mean;
            self.variances[unit] += ((squares - sum * sum / n) / (n - 1.0)).max(0.0);
        }
        self.halves += means.len() / units;
        self.draws = sums.draws;
    }

    /// Split R̂ of each unit; `None` for units that are constant in all chains.
    pub(super) fn r_hats(&self) -> Vec<Option<f64>> {
        let (n, m) = (self.draws as f64, self.halves as f64);
        let r_hat = |unit: usize| {
            let within = self.variances[unit] / m;
            let mean = self.means[unit] / m;
            let squares = self.squared_means[unit] - m * mean * mean;
            let between = (squares / (m - 1.0)).max(0.0);
            let total = within * (n - 1.0) / n + between;
            (total > 0.0).then(|| (total / within).sqrt())
        };
        (0..self.means.len()).map(r_hat).collect()
    }
}
