//! Units that count events.

use burn::tensor::Tensor;
use paysage_kernels::{RandomKey, sample_poisson};

use crate::{
    CavityFields, Cumulants, Domain, Eta, Family, Field, StoredFamily, TapFamily, UnitEnergy,
    Units, log_factorial::log_factorial, parameters::total,
};

/// A layer of counts without a largest one.
///
/// H(x) = −loc·x with the base measure 1/x!, r(x) = x − center, and under a field
/// x ~ Poisson(exp(β(loc + f))).
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_layers::{Conditional, InverseTemperature, Poisson};
///
/// let device = default_device()?;
/// let layer = Poisson::new(1, &device);
/// let field = Tensor::from_floats([[3.0_f32.ln()]], &device);
/// let mean = layer.mean(field, &InverseTemperature::ONE).into_scalar::<f32>();
/// assert!((mean - 3.0).abs() < 1e-5);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
pub type Poisson = Field<PoissonFamily>;

/// The family of [`Poisson`] layers.
#[derive(Clone, Copy, Debug, Default)]
pub struct PoissonFamily;

impl Family for PoissonFamily {
    fn domain(&self) -> Domain {
        Domain::Counts { most: None }
    }

    fn unit_energy(&self, loc: f64) -> Option<UnitEnergy> {
        Some(UnitEnergy::Counts { loc })
    }

    /// −Σ ln x!.
    fn log_base_measure(&self, states: Tensor<2>) -> Option<Tensor<1>> {
        Some(-total(log_factorial(states)))
    }

    /// Σ exp η.
    fn log_partition(&self, eta: Eta<'_>) -> Tensor<1> {
        total(self.mean(eta))
    }

    /// exp η.
    fn mean(&self, eta: Eta<'_>) -> Tensor<2> {
        eta.natural().exp()
    }

    fn variance(&self, eta: Eta<'_>) -> Tensor<2> {
        self.mean(eta)
    }

    /// ⌊exp η⌋.
    fn mode(&self, natural: Tensor<2>) -> Tensor<2> {
        natural.exp().floor()
    }

    fn sample(&self, eta: Eta<'_>, key: RandomKey) -> Tensor<2> {
        sample_poisson(eta.natural(), key)
    }

    /// The logarithm of the mean. Of units without an event it is that of half an event in one more
    /// observation; without an observation the rate is 1.
    fn start(&self, mean: f64, count: f64) -> f64 {
        match (mean > 0.0, count > 0.0) {
            (true, _) => mean.ln(),
            (false, true) => (0.5 / (count + 1.0)).ln(),
            (false, false) => 0.0,
        }
    }
}

impl StoredFamily for PoissonFamily {
    const NAME: &'static str = "poisson";

    type Shape = Units;

    fn of_shape(_: &Units) -> Self {
        Self
    }

    fn shape(&self, units: usize) -> Units {
        Units { units }
    }
}

impl TapFamily for PoissonFamily {
    fn natural_parameter(&self, mean: Tensor<2>) -> Tensor<2> {
        mean.log()
    }

    /// All cumulants are the mean.
    fn cumulants(&self, mean: Tensor<2>) -> Cumulants {
        Cumulants {
            second: mean.clone(),
            third: mean.clone(),
            mean,
        }
    }

    fn effective_field(&self, at: &Cumulants, cavity: &CavityFields) -> Tensor<2> {
        let one = || at.mean.ones_like();
        cavity.through_mean(one, one)
    }
}
