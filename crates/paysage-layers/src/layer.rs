//! The traits that make a layer.

use std::fmt;

use burn::tensor::{Bool, Tensor, TensorCreationOptions};
use paysage_kernels::RandomKey;
use serde::{Serialize, de::DeserializeOwned};

use crate::{InverseTemperature, Moments, RowAverage, Support};

/// A layer of units and its distribution under a field.
///
/// With energy H and interaction r, a field f acts as p(x | f) ∝ exp(β (f·r(x) − H(x))); the units
/// (or sites) are independent given the field. States and fields are `[batch, units]`. The field
/// never contains the layer's own parameters.
///
/// Results have the float type of what comes in: a comparison such as `x.greater_scalar(0.0).float()`
/// falls back to the device's default type and must be cast.
pub trait Layer: Clone + fmt::Debug + Send + Sync {
    /// How many units the layer has: the columns of its states.
    fn units(&self) -> usize;

    /// The values that the units can take.
    fn support(&self) -> Support;

    /// H(x), summed over the units, in nats: `[batch, units] → [batch]`.
    fn energy(&self, states: Tensor<2>) -> Tensor<1>;

    /// r(x), the form in which neighbours see the units. It is affine in x.
    fn interaction(&self, states: Tensor<2>) -> Tensor<2>;

    /// ln Σ_x exp(β (f·r(x) − H(x))), summed over the units, in nats: `[batch]`.
    ///
    /// Its derivative in the field is β times the mean of r.
    fn log_partition(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<1>;

    /// The mean of the units under a field.
    fn mean(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<2>;

    /// The most probable states under a field; they do not depend on the temperature.
    fn mode(&self, field: Tensor<2>) -> Tensor<2>;

    /// A draw from the conditional: a function of the field, the temperature and the key alone.
    fn sample(&self, field: Tensor<2>, beta: &InverseTemperature, key: RandomKey) -> Tensor<2>;

    /// The field under which the free units of a partly clamped state follow their conditional.
    ///
    /// `mask` is true where a unit of `states` is held. Where units are independent that is the
    /// field itself; a layer whose sites span several units must make the held units bind the
    /// others of their site.
    fn condition(&self, field: Tensor<2>, states: &Tensor<2>, mask: &Tensor<2, Bool>) -> Tensor<2>;
}

/// A parameter and its name within the layer.
pub type Named<'a> = (&'static str, &'a Tensor<1>);

/// A parameter that may be replaced, and its name within the layer.
pub type NamedMut<'a> = (&'static str, &'a mut Tensor<1>);

/// A layer with named parameters, each a tensor of shape `[units]`.
pub trait Trainable: Layer {
    /// The tensors that make up the layer, in a fixed order.
    ///
    /// Those named in the energy gradient are trained, unless frozen by name; others, such as a
    /// center, are carried along.
    fn parameters(&self) -> Vec<Named<'_>>;

    /// The same tensors, to be replaced by others of the same shape.
    fn parameters_mut(&mut self) -> Vec<NamedMut<'_>>;

    /// ⟨∂H(x)/∂θ⟩ over the rows, for each trained parameter by name.
    fn energy_gradient(
        &self,
        states: Tensor<2>,
        average: &RowAverage,
    ) -> Vec<(&'static str, Tensor<1>)>;

    /// The same where each row is itself averaged over its conditional distribution at β, of which
    /// `mean` is the mean.
    ///
    /// Less noisy than a sample. For energies linear in x it is the gradient at the mean; others
    /// add what the spread of x contributes.
    fn expected_energy_gradient(
        &self,
        mean: Tensor<2>,
        beta: &InverseTemperature,
        average: &RowAverage,
    ) -> Vec<(&'static str, Tensor<1>)>;

    /// −⟨f·∂r(x)/∂θ⟩, for each parameter of r, which adds to the gradient of the same name; most
    /// layers have none.
    ///
    /// `pull` computes ⟨f·r⟩ for each unit. The variance of a Gaussian layer is such a parameter.
    fn interaction_gradient(&self, pull: &dyn Fn() -> Tensor<1>) -> Vec<(&'static str, Tensor<1>)>;

    /// Sets the parameters so that the units without a field have the moments of the data, kept
    /// finite for units that never vary.
    fn start_from(&mut self, moments: &Moments);
}

/// A layer that can be described in words and rebuilt from them.
pub trait Stored: Trainable {
    /// The description: kind and sizes, no parameters.
    type Kind: Serialize + DeserializeOwned + Clone + fmt::Debug + PartialEq;

    /// Describes this layer.
    fn kind(&self) -> Self::Kind;

    /// How many units a description stands for.
    fn units_of(kind: &Self::Kind) -> usize;

    /// The layer of a description with all parameters zero.
    fn from_kind(kind: &Self::Kind, options: impl Into<TensorCreationOptions>) -> Self;

    /// Sets (or removes) what is subtracted from the units in r.
    fn set_center(&mut self, center: Option<Tensor<1>>);
}
