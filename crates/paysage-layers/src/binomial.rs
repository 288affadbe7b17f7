//! Units that count successes.

use burn::tensor::{Tensor, TensorData};
use paysage_kernels::{RandomKey, sample_binomial};

use crate::{
    BernoulliFamily, CavityFields, Cumulants, Domain, Eta, Family, Field, StoredFamily, TapFamily,
    Trials, parameters::total,
};

/// A layer of counts from 0 to n, each the number of successes in n trials.
///
/// H(x) = −loc·x with the base measure C(n, x), r(x) = x − center, and under a field
/// x ~ Binomial(n, σ(β(loc + f))). With n = 255 the units are gray levels.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_layers::{Binomial, BinomialFamily, Conditional, InverseTemperature};
///
/// let device = default_device()?;
/// let layer = Binomial::of(BinomialFamily { trials: 10 }, 1, &device);
/// let field = Tensor::from_floats([[3.0_f32.ln()]], &device);
/// let mean = layer.mean(field, &InverseTemperature::ONE).into_scalar::<f32>();
/// assert!((mean - 7.5).abs() < 1e-5);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
pub type Binomial = Field<BinomialFamily>;

/// The family of [`Binomial`] layers.
#[derive(Clone, Copy, Debug)]
pub struct BinomialFamily {
    /// Number of trials n of a unit, at least 1.
    pub trials: usize,
}

impl BinomialFamily {
    fn n(&self) -> f64 {
        self.trials as f64
    }

    fn variance_of_mean(&self, mean: Tensor<2>) -> Tensor<2> {
        mean.clone() * (mean / -self.n() + 1.0)
    }
}

impl Family for BinomialFamily {
    fn domain(&self) -> Domain {
        let most = u32::try_from(self.trials).unwrap_or(u32::MAX);
        Domain::Counts { most: Some(most) }
    }

    /// Σ ln C(n, x).
    fn log_base_measure(&self, states: Tensor<2>) -> Option<Tensor<1>> {
        Some(looked_up(states, &log_choices(self.trials)))
    }

    fn log_partition(&self, eta: Eta<'_>) -> Tensor<1> {
        BernoulliFamily.log_partition(eta) * self.n()
    }

    fn mean(&self, eta: Eta<'_>) -> Tensor<2> {
        BernoulliFamily.mean(eta) * self.n()
    }

    fn variance(&self, eta: Eta<'_>) -> Tensor<2> {
        self.variance_of_mean(self.mean(eta))
    }

    /// ⌊(n + 1) σ(η)⌋, at most n.
    fn mode(&self, natural: Tensor<2>) -> Tensor<2> {
        let probability = paysage_kernels::plain::sigmoid(natural);
        let mode = (probability * (self.n() + 1.0)).floor();
        mode.clamp(0.0, self.n())
    }

    fn sample(&self, eta: Eta<'_>, key: RandomKey) -> Tensor<2> {
        sample_binomial(eta.natural(), self.trials, key)
    }

    /// The logit of the rate of successes, smoothed by one observation of n/2.
    fn start(&self, mean: f64, count: f64) -> f64 {
        let successes = count * mean + 0.5 * self.n();
        (successes / (self.n() * (count + 1.0) - successes)).ln()
    }
}

impl StoredFamily for BinomialFamily {
    const NAME: &'static str = "binomial";

    type Shape = Trials;

    fn of_shape(shape: &Trials) -> Self {
        Self {
            trials: shape.trials,
        }
    }

    fn shape(&self, units: usize) -> Trials {
        Trials {
            units,
            trials: self.trials,
        }
    }
}

impl TapFamily for BinomialFamily {
    fn natural_parameter(&self, mean: Tensor<2>) -> Tensor<2> {
        mean.clone().log() - (-mean + self.n()).log()
    }

    /// κ₂ = m(1 − m/n), κ₃ = κ₂(1 − 2m/n).
    fn cumulants(&self, mean: Tensor<2>) -> Cumulants {
        let second = self.variance_of_mean(mean.clone());
        Cumulants {
            third: second.clone() * (mean.clone() * (-2.0 / self.n()) + 1.0),
            second,
            mean,
        }
    }

    /// ∂κ₂/∂m = 1 − 2m/n and ∂κ₃/∂m = 1 − 6κ₂/n.
    fn effective_field(&self, at: &Cumulants, cavity: &CavityFields) -> Tensor<2> {
        let second = || at.mean.clone() * (-2.0 / self.n()) + 1.0;
        let third = || at.second.clone() * (-6.0 / self.n()) + 1.0;
        cavity.through_mean(second, third)
    }

    /// n times the entropy of a trial.
    fn entropy(&self, mean: Tensor<2>) -> Tensor<1> {
        BernoulliFamily.entropy(mean / self.n()) * self.n()
    }
}

/// ln C(n, x) for x = 0 to n.
fn log_choices(trials: usize) -> Vec<f64> {
    let mut log = 0.0;
    let steps = (1..=trials).map(|x| {
        log += ((trials + 1 - x) as f64 / x as f64).ln();
        log
    });
    std::iter::once(0.0).chain(steps).collect()
}

/// The sum over the units of the entries of a table at counts: `[batch, units] → [batch]`.
fn looked_up(counts: Tensor<2>, table: &[f64]) -> Tensor<1> {
    let [batch, units] = counts.dims();
    let options = (&counts.device(), counts.dtype());
    let table = Tensor::<1>::from_data(TensorData::new(table.to_vec(), [table.len()]), options);
    let index = counts.int().reshape([batch * units]);
    total(table.select(0, index).reshape([batch, units]))
}
