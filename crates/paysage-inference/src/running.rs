//! Running means and variances.

use burn::tensor::Tensor;

/// Running mean and variance of tensors of one shape.
///
/// Welford, "Note on a method for calculating corrected sums of squares and products", 1962.
pub(crate) struct Running {
    count: usize,
    mean: Tensor<2>,
    /// Σ (x − mean)².
    scatter: Tensor<2>,
}

impl Running {
    /// No tensors yet, in the shape of this one.
    pub fn like(tensor: &Tensor<2>) -> Self {
        Self {
            count: 0,
            mean: tensor.zeros_like(),
            scatter: tensor.zeros_like(),
        }
    }

    pub fn push(&mut self, x: Tensor<2>) {
        self.count += 1;
        let before = x.clone() - self.mean.clone();
        let step = before.clone() / self.count as f64;
        self.mean.inplace(|mean| mean + step);
        let after = x - self.mean.clone();
        self.scatter.inplace(|scatter| scatter + before * after);
    }

    pub fn mean(&self) -> Tensor<2> {
        self.mean.clone()
    }

    /// The mean squared deviation from the mean.
    pub fn variance(&self) -> Tensor<2> {
        self.scatter.clone() / self.count as f64
    }

    /// The standard error of the mean of independent tensors; nothing for a single one.
    pub fn standard_error(&self) -> Option<Tensor<2>> {
        let count = self.count as f64;
        (self.count > 1).then(|| (self.scatter.clone() / (count * (count - 1.0))).sqrt())
    }
}
