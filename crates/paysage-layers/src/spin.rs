//! Units that are −1 or +1.

use burn::tensor::Tensor;
use paysage_kernels::{DiscreteUnits, InverseTemperature, Product, RandomKey};

use crate::{
    BernoulliFamily, CavityFields, Cumulants, Domain, Eta, Family, Field, StoredFamily, TapFamily,
    Units, tap::entropy_term,
};

/// A layer of Ising spins, units in {−1, +1}.
///
/// H(x) = −loc·x, r(x) = x − center, and under a field p(x = 1) = σ(2β(loc + f)).
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_layers::{Conditional, InverseTemperature, Spin};
///
/// let device = default_device()?;
/// let layer = Spin::new(2, &device);
/// let field = Tensor::from_floats([[0.0, 0.5 * 3.0_f32.ln()]], &device);
/// let mean = layer.mean(field, &InverseTemperature::ONE);
/// mean.into_data().assert_approx_eq::<f32>(&[[0.0, 0.5]].into(), Default::default());
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
pub type Spin = Field<SpinFamily>;

/// The family of [`Spin`] layers. A spin is 2b − 1, where b is a Bernoulli unit with twice the
/// field.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpinFamily;

impl Family for SpinFamily {
    fn domain(&self) -> Domain {
        Domain::finite("a spin", &[-1.0, 1.0])
    }

    fn is_on_device(&self) -> bool {
        true
    }

    /// Σ ln 2 cosh η = Σ ln(1 + exp(2η)) − η.
    fn log_partition(&self, eta: Eta<'_>) -> Tensor<1> {
        BernoulliFamily.log_partition(eta.clone().times(2.0)) - eta.sum()
    }

    /// tanh η.
    fn mean(&self, eta: Eta<'_>) -> Tensor<2> {
        BernoulliFamily.mean(eta.times(2.0)) * 2.0 - 1.0
    }

    fn variance(&self, eta: Eta<'_>) -> Tensor<2> {
        variance(self.mean(eta))
    }

    fn mode(&self, natural: Tensor<2>) -> Tensor<2> {
        let ones = natural.ones_like();
        ones.mask_fill(natural.lower_equal_scalar(0.0), -1.0)
    }

    fn sample(&self, eta: Eta<'_>, key: RandomKey) -> Tensor<2> {
        BernoulliFamily.sample(eta.times(2.0), key) * 2.0 - 1.0
    }

    fn mean_under(&self, field: Product, loc: Tensor<1>, beta: &InverseTemperature) -> Tensor<2> {
        field.mean(DiscreteUnits::Bernoulli, loc, &beta.times(2.0)) * 2.0 - 1.0
    }

    fn mean_and_sample_under(
        &self,
        field: Product,
        loc: Tensor<1>,
        beta: &InverseTemperature,
        key: RandomKey,
    ) -> (Tensor<2>, Tensor<2>) {
        let (mean, sample) =
            field.mean_and_sample(DiscreteUnits::Bernoulli, loc, &beta.times(2.0), key);
        (mean * 2.0 - 1.0, sample * 2.0 - 1.0)
    }

    fn sample_under(
        &self,
        field: Product,
        loc: Tensor<1>,
        beta: &InverseTemperature,
        key: RandomKey,
    ) -> Tensor<2> {
        field.sample(DiscreteUnits::Bernoulli, loc, &beta.times(2.0), key) * 2.0 - 1.0
    }

    /// The inverse hyperbolic tangent of the mean, smoothed by one observation of mean 0.
    fn start(&self, mean: f64, count: f64) -> f64 {
        (mean * count / (count + 1.0)).atanh()
    }
}

impl StoredFamily for SpinFamily {
    const NAME: &'static str = "spin";

    type Shape = Units;

    fn of_shape(_: &Units) -> Self {
        Self
    }

    fn shape(&self, units: usize) -> Units {
        Units { units }
    }
}

impl TapFamily for SpinFamily {
    fn natural_parameter(&self, mean: Tensor<2>) -> Tensor<2> {
        mean.atanh()
    }

    /// κ₂ = 1 − m², κ₃ = −2m κ₂.
    fn cumulants(&self, mean: Tensor<2>) -> Cumulants {
        let second = variance(mean.clone());
        Cumulants {
            third: second.clone() * mean.clone() * -2.0,
            second,
            mean,
        }
    }

    fn two_values(&self) -> Option<[f64; 2]> {
        Some([-1.0, 1.0])
    }

    /// ∂κ₂/∂m = −2m and ∂κ₃/∂m = 4 − 6κ₂.
    fn effective_field(&self, at: &Cumulants, cavity: &CavityFields) -> Tensor<2> {
        let third = || at.second.clone() * -6.0 + 4.0;
        cavity.through_mean(|| at.mean.clone() * -2.0, third)
    }

    /// A spin is +1 with probability (1 + m)/2.
    fn entropy(&self, mean: Tensor<2>) -> Tensor<1> {
        let up = (mean + 1.0) * 0.5;
        entropy_term(up.clone()) + entropy_term(-up + 1.0)
    }
}

/// 1 − m².
fn variance(mean: Tensor<2>) -> Tensor<2> {
    -mean.square() + 1.0
}
