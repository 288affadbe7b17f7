//! Units that are 0 or 1.

use burn::tensor::{FloatDType, Tensor};
use paysage_kernels::{
    DiscreteUnits, RandomKey, bernoulli_log_partition, bernoulli_mean, sample_bernoulli,
};

use crate::{
    CavityFields, Cumulants, Domain, Eta, Family, Field, StoredFamily, TapFamily, Units,
    tap::entropy_term,
};

/// A layer of units in {0, 1}.
///
/// H(x) = −loc·x, r(x) = x − center, and under a field p(x = 1) = σ(β(loc + f)).
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_layers::{Bernoulli, Conditional, InverseTemperature};
///
/// let device = default_device()?;
/// let layer = Bernoulli::new(2, &device);
/// let field = Tensor::from_floats([[0.0, 3.0_f32.ln()]], &device);
/// let mean = layer.mean(field, &InverseTemperature::ONE);
/// mean.into_data().assert_approx_eq::<f32>(&[[0.5, 0.75]].into(), Default::default());
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
pub type Bernoulli = Field<BernoulliFamily>;

/// The family of [`Bernoulli`] layers.
#[derive(Clone, Copy, Debug, Default)]
pub struct BernoulliFamily;

impl Family for BernoulliFamily {
    fn domain(&self) -> Domain {
        Domain::finite("a Bernoulli unit", &[0.0, 1.0])
    }

    fn is_on_device(&self) -> bool {
        true
    }

    fn log_partition(&self, eta: Eta<'_>) -> Tensor<1> {
        bernoulli_log_partition(eta.field, eta.loc, eta.beta)
    }

    fn mean(&self, eta: Eta<'_>) -> Tensor<2> {
        bernoulli_mean(eta.field, eta.loc, eta.beta)
    }

    fn variance(&self, eta: Eta<'_>) -> Tensor<2> {
        variance(self.mean(eta))
    }

    fn mode(&self, natural: Tensor<2>) -> Tensor<2> {
        let dtype: FloatDType = natural.dtype().into();
        natural.greater_scalar(0.0).float().cast(dtype)
    }

    fn sample(&self, eta: Eta<'_>, key: RandomKey) -> Tensor<2> {
        sample_bernoulli(eta.field, eta.loc, eta.beta, key)
    }

    fn discrete_units(&self) -> Option<DiscreteUnits> {
        Some(DiscreteUnits::Bernoulli)
    }

    /// The logit of the mean, smoothed by one observation of a fair coin.
    fn start(&self, mean: f64, count: f64) -> f64 {
        let ones = count * mean + 0.5;
        (ones / (count + 1.0 - ones)).ln()
    }
}

impl StoredFamily for BernoulliFamily {
    const NAME: &'static str = "bernoulli";

    type Shape = Units;

    fn of_shape(_: &Units) -> Self {
        Self
    }

    fn shape(&self, units: usize) -> Units {
        Units { units }
    }
}

impl TapFamily for BernoulliFamily {
    fn natural_parameter(&self, mean: Tensor<2>) -> Tensor<2> {
        mean.clone().log() - (-mean + 1.0).log()
    }

    /// κ₂ = m(1 − m), κ₃ = κ₂(1 − 2m).
    fn cumulants(&self, mean: Tensor<2>) -> Cumulants {
        let second = variance(mean.clone());
        Cumulants {
            third: second.clone() * (mean.clone() * -2.0 + 1.0),
            second,
            mean,
        }
    }

    fn two_values(&self) -> Option<[f64; 2]> {
        Some([0.0, 1.0])
    }

    /// ∂κ₂/∂m = 1 − 2m and ∂κ₃/∂m = 1 − 6κ₂.
    fn effective_field(&self, at: &Cumulants, cavity: &CavityFields) -> Tensor<2> {
        let third = || at.second.clone() * -6.0 + 1.0;
        cavity.through_mean(|| at.mean.clone() * -2.0 + 1.0, third)
    }

    fn entropy(&self, mean: Tensor<2>) -> Tensor<1> {
        entropy_term(mean.clone()) + entropy_term(-mean + 1.0)
    }
}

/// m(1 − m).
fn variance(mean: Tensor<2>) -> Tensor<2> {
    mean.clone() * (-mean + 1.0)
}
