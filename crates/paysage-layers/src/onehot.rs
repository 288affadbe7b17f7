//! Sites that take one of several states.

use burn::tensor::{FloatDType, Int, Tensor, TensorCreationOptions};
use paysage_kernels::{
    DiscreteUnits, RandomKey, categorical_log_partition, categorical_mean, sample_categorical,
};

use crate::{
    CavityFields, Cumulants, Domain, Eta, Family, Field, Layer, Sites, StoredFamily, TapFamily,
    tap::{entropy_term, sum},
};

/// A layer of Potts sites, each in one of `states` states: `states` units side by side of which one
/// is 1 and the rest are 0. With one site it is the classic one-hot layer.
///
/// H(x) = −loc·x, r(x) = x − center, and under a field a site follows softmax(β(loc + f)) over its
/// states.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_layers::{Conditional, OneHot};
///
/// let device = default_device()?;
/// let layer = OneHot::new(2, 3, &device);
/// let field = Tensor::from_floats([[0.0, 2.0, 1.0, 5.0, 0.0, 0.0]], &device);
/// let mode = layer.mode(field).try_into_vec_as::<f32>()?;
/// assert_eq!(mode, [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type OneHot = Field<OneHotFamily>;

/// The family of [`OneHot`] layers.
#[derive(Clone, Copy, Debug)]
pub struct OneHotFamily {
    states: usize,
}

impl OneHot {
    /// A layer with all biases zero, on a device (`&device`) and of a float type
    /// (`(&device, dtype)`).
    ///
    /// # Panics
    ///
    /// When `states` is zero.
    pub fn new(sites: usize, states: usize, options: impl Into<TensorCreationOptions>) -> Self {
        assert!(states > 0, "a one-hot site needs at least one state");
        Self::of(OneHotFamily { states }, sites * states, options)
    }

    /// Number of sites.
    #[must_use]
    pub fn sites(&self) -> usize {
        self.units() / self.states()
    }

    /// Number of states of a site.
    #[must_use]
    pub fn states(&self) -> usize {
        self.family.states
    }
}

impl Family for OneHotFamily {
    fn domain(&self) -> Domain {
        Domain::OneHot {
            states: self.states,
        }
    }

    fn is_on_device(&self) -> bool {
        true
    }

    fn log_partition(&self, eta: Eta<'_>) -> Tensor<1> {
        categorical_log_partition(eta.field, eta.loc, self.states, eta.beta)
    }

    fn mean(&self, eta: Eta<'_>) -> Tensor<2> {
        categorical_mean(eta.field, eta.loc, self.states, eta.beta)
    }

    fn variance(&self, eta: Eta<'_>) -> Tensor<2> {
        let mean = self.mean(eta);
        mean.clone() * (-mean + 1.0)
    }

    fn mode(&self, natural: Tensor<2>) -> Tensor<2> {
        let (dtype, device): (FloatDType, _) = (natural.dtype().into(), natural.device());
        let [batch, units] = natural.dims();
        let shape = [batch, units / self.states, self.states];
        let best = natural.reshape(shape).argmax(2);
        let index = Tensor::<1, Int>::arange(0..self.states as i64, &device);
        let index = index.reshape([1, 1, self.states]).expand(shape);
        let chosen = index.equal(best.expand(shape)).float().cast(dtype);
        chosen.reshape([batch, units])
    }

    fn sample(&self, eta: Eta<'_>, key: RandomKey) -> Tensor<2> {
        sample_categorical(eta.field, eta.loc, self.states, eta.beta, key)
    }

    fn discrete_units(&self) -> Option<DiscreteUnits> {
        Some(DiscreteUnits::Categorical {
            states: self.states,
        })
    }

    /// ln of the frequency of a state, smoothed by one observation spread over the states.
    fn start(&self, mean: f64, count: f64) -> f64 {
        let share = 1.0 / self.states as f64;
        ((count * mean + share) / (count + 1.0)).ln()
    }
}

impl StoredFamily for OneHotFamily {
    const NAME: &'static str = "onehot";

    type Shape = Sites;

    fn of_shape(shape: &Sites) -> Self {
        let states = shape.states;
        assert!(states > 0, "a one-hot site needs at least one state");
        Self { states }
    }

    fn shape(&self, units: usize) -> Sites {
        Sites {
            sites: units / self.states,
            states: self.states,
        }
    }
}

/// All moments of a site are its probabilities, and cavity fields on any of them act alike.
impl TapFamily for OneHotFamily {
    fn natural_parameter(&self, mean: Tensor<2>) -> Tensor<2> {
        mean.log()
    }

    fn cumulants(&self, mean: Tensor<2>) -> Cumulants {
        Cumulants {
            second: mean.clone(),
            third: mean.clone(),
            mean,
        }
    }

    fn effective_field(&self, _: &Cumulants, cavity: &CavityFields) -> Tensor<2> {
        let others = [cavity.second.clone(), cavity.third.clone()];
        sum(cavity.field.clone(), others)
    }

    fn entropy(&self, mean: Tensor<2>) -> Tensor<1> {
        entropy_term(mean)
    }
}
