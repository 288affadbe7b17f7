//! One-parameter exponential families: what distinguishes one kind of [`Field`](crate::Field) from
//! another.

use std::fmt;

use burn::tensor::{Tensor, TensorCreationOptions};
use paysage_kernels::{DiscreteUnits, Product, RandomKey};

use crate::{
    CavityFields, Cumulants, Domain, InverseTemperature, Shape, UnitEnergy, parameters::total,
};

/// The natural parameters η = β(loc + f) of the units of a layer, in their parts, so that a
/// [`Family`] can call a fused kernel.
#[derive(Clone, Debug)]
pub struct Eta<'a> {
    /// The fields f of the neighbours: `[batch, units]`.
    pub field: Tensor<2>,
    /// The biases: `[units]`.
    pub loc: Tensor<1>,
    /// The inverse temperature.
    pub beta: &'a InverseTemperature,
}

impl<'a> Eta<'a> {
    /// The parameters under the field of a product.
    fn of(field: Product, loc: Tensor<1>, beta: &'a InverseTemperature) -> Self {
        let field = field.compute();
        Self { field, loc, beta }
    }

    /// A multiple of the parameters.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self {
            field: self.field * factor,
            loc: self.loc * factor,
            ..self
        }
    }

    /// β(loc + f): `[batch, units]`.
    #[must_use]
    pub fn natural(self) -> Tensor<2> {
        self.beta.scale(self.field + self.loc.unsqueeze())
    }

    /// The sum over the units: `[batch]`.
    #[must_use]
    pub fn sum(self) -> Tensor<1> {
        self.beta
            .scale_rows(total(self.field + self.loc.unsqueeze()))
    }
}

/// A one-parameter exponential family, p(x | η) ∝ h(x) exp(η·x) with the natural parameter
/// η = β(loc + f).
///
/// [`Field`](crate::Field) makes a layer of it. A family with [`StoredFamily`] has a name in files and
/// on the command line, one with [`TapFamily`] takes part in the TAP expansion.
pub trait Family: Clone + fmt::Debug + Send + Sync {
    /// The values of a unit or site.
    fn domain(&self) -> Domain;

    /// [`Layer::is_on_device`](crate::Layer::is_on_device).
    fn is_on_device(&self) -> bool {
        false
    }

    /// ln h(x), summed over the units, in nats: `[batch, units] → [batch]`; `None` where h = 1.
    fn log_base_measure(&self, _states: Tensor<2>) -> Option<Tensor<1>> {
        None
    }

    /// The energy of a unit of infinitely many values with this bias, −loc·x − ln h(x); `None` for other
    /// units.
    fn unit_energy(&self, _loc: f64) -> Option<UnitEnergy> {
        None
    }

    /// ln Σ_x h(x) exp(η·x), summed over the units, in nats: `[batch]`.
    fn log_partition(&self, eta: Eta<'_>) -> Tensor<1>;

    /// The mean of each unit, the derivative of the log-partition in η: `[batch, units]`.
    fn mean(&self, eta: Eta<'_>) -> Tensor<2>;

    /// The variance of each unit, the derivative of the mean in η: `[batch, units]`.
    fn variance(&self, eta: Eta<'_>) -> Tensor<2>;

    /// The most probable state of each unit for the natural parameters η: `[batch, units]`.
    fn mode(&self, natural: Tensor<2>) -> Tensor<2>;

    /// A sample of each unit, a function of η and the key alone: `[batch, units]`.
    fn sample(&self, eta: Eta<'_>, key: RandomKey) -> Tensor<2>;

    /// The units whose kernel computes means and samples with their field; `None` where there is none.
    fn discrete_units(&self) -> Option<DiscreteUnits> {
        None
    }

    /// [`mean`](Self::mean) under a field that has not been computed, in one kernel where there is one.
    fn mean_under(&self, field: Product, loc: Tensor<1>, beta: &InverseTemperature) -> Tensor<2> {
        match self.discrete_units() {
            Some(units) => field.mean(units, loc, beta),
            None => self.mean(Eta::of(field, loc, beta)),
        }
    }

    /// [`sample`](Self::sample) under a field that has not been computed.
    fn sample_under(
        &self,
        field: Product,
        loc: Tensor<1>,
        beta: &InverseTemperature,
        key: RandomKey,
    ) -> Tensor<2> {
        match self.discrete_units() {
            Some(units) => field.sample(units, loc, beta, key),
            None => self.sample(Eta::of(field, loc, beta), key),
        }
    }

    /// [`mean`](Self::mean) and [`sample`](Self::sample) under a field that has not been computed.
    fn mean_and_sample_under(
        &self,
        field: Product,
        loc: Tensor<1>,
        beta: &InverseTemperature,
        key: RandomKey,
    ) -> (Tensor<2>, Tensor<2>) {
        if let Some(units) = self.discrete_units() {
            return field.mean_and_sample(units, loc, beta, key);
        }
        let eta = Eta::of(field, loc, beta);
        (self.mean(eta.clone()), self.sample(eta, key))
    }

    /// The natural parameter of a unit of which `count` observations have this mean.
    ///
    /// One more observation, spread evenly over the values, keeps it finite where all observations
    /// agree. Without an observation it is that of the even distribution.
    fn start(&self, mean: f64, count: f64) -> f64;
}

/// A family with a name and sizes, as files and command lines spell them.
pub trait StoredFamily: Family {
    /// The name, in lower case: "onehot".
    const NAME: &'static str;

    /// The sizes of a layer.
    type Shape: Shape;

    /// The family of a layer of these sizes.
    fn of_shape(shape: &Self::Shape) -> Self;

    /// The sizes of a layer of so many units.
    fn shape(&self, units: usize) -> Self::Shape;
}

/// A family that takes part in the expansion of Thouless, Anderson and Palmer.
pub trait TapFamily: Family {
    /// The natural parameter η of each mean: the inverse of the mean, or canonical link function.
    fn natural_parameter(&self, mean: Tensor<2>) -> Tensor<2>;

    /// The cumulants of units with these means: see [`Cumulants`].
    fn cumulants(&self, mean: Tensor<2>) -> Cumulants;

    /// The two values of a unit, the lower one first, where its probabilities are ∝ exp(ηx).
    fn two_values(&self) -> Option<[f64; 2]> {
        None
    }

    /// The derivative of the neighbours' terms in the means, all cumulants being functions of them:
    /// field + second · ∂κ₂/∂m + third · ∂κ₃/∂m.
    fn effective_field(&self, at: &Cumulants, cavity: &CavityFields) -> Tensor<2>;

    /// The entropy of units with these means relative to the base measure, −Σ p ln(p/h), in nats:
    /// `[batch]`.
    ///
    /// The default is the Legendre transform ln Σ h exp(η·x) − η·m, which needs means inside of their
    /// range.
    fn entropy(&self, mean: Tensor<2>) -> Tensor<1> {
        let natural = self.natural_parameter(mean.clone());
        let options: TensorCreationOptions = (&natural.device(), natural.dtype()).into();
        let product = total(natural.clone() * mean);
        let eta = Eta {
            loc: Tensor::zeros([natural.dims()[1]], options),
            field: natural,
            beta: &InverseTemperature::ONE,
        };
        self.log_partition(eta) - product
    }
}
