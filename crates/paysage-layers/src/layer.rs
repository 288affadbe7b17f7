//! The traits of a layer.

use std::fmt;

use burn::tensor::{DType, Device, Tensor, TensorCreationOptions};
use paysage_kernels::{Product, RandomKey};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Centered, Domain, InverseTemperature, Moments, RowAverage, RowMean, UnitEnergy};

/// A layer of units: the values they take, and their energy.
///
/// With energy H and interaction r, a field f acts as p(x | f) ∝ h(x) exp(β (f·r(x) − H(x))); the
/// units (or sites) are independent given the field. The base measure h is 1 for most layers. States
/// and fields are `[batch, units]`. The field never contains the layer's own parameters.
///
/// Results have the float type of the arguments: a comparison such as
/// `x.greater_scalar(0.0).float()` falls back to the device's default type and must be cast.
pub trait Layer: Clone + fmt::Debug + Send + Sync {
    /// Number of units: the columns of the states.
    fn units(&self) -> usize;

    /// The values that the units can take.
    fn domain(&self) -> Domain;

    /// Whether energies, samples, means and gradients are computed on the device of the layer alone, by the same kernels each
    /// time, so that a GPU may [capture](paysage_kernels::Capture) work with the layer.
    fn is_on_device(&self) -> bool {
        false
    }

    /// H(x), summed over the units, in nats: `[batch, units] → [batch]`.
    fn energy(&self, states: Tensor<2>) -> Tensor<1>;

    /// r(x), the form in which neighbours see the units. It is affine in x, unit by unit.
    fn interaction(&self, states: Tensor<2>) -> Tensor<2>;

    /// ln h(x), summed over the units, in nats: `[batch, units] → [batch]`; `None` where h = 1.
    ///
    /// The inverse temperature does not multiply it.
    fn log_base_measure(&self, _states: Tensor<2>) -> Option<Tensor<1>> {
        None
    }

    /// The parameters of a layer of normal units, which can be integrated jointly with others of
    /// their kind; `None` for all other layers.
    fn gaussian(&self) -> Option<GaussianParameters> {
        None
    }

    /// For units of infinitely many values the energy of each as a function of its value, less ln h, on the
    /// host, from which their conditional densities follow; `None` for other units.
    fn unit_energies(&self) -> Option<Vec<UnitEnergy>> {
        None
    }

    /// For layers of unbounded real units a v for each unit such that H(x) exceeds ½ v r(x)² less a linear
    /// function, on the host; `None` where H grows more slowly, and for bounded units.
    ///
    /// Layers with quadratic growth can be connected: exp(−E) has a finite sum if the matrix with v on its
    /// diagonal and −W off it is positive definite.
    fn quadratic_growth(&self) -> Option<Vec<f64>> {
        self.gaussian().map(|gaussian| gaussian.variance)
    }
}

/// The parameters of normal units, on the host: H(x) = Σ (x − loc)²/(2 variance) and
/// r(x) = (x − center)/variance.
#[derive(Clone, Debug, PartialEq)]
pub struct GaussianParameters {
    /// The mean of each unit without a field.
    pub loc: Vec<f64>,
    /// The variance of each unit.
    pub variance: Vec<f64>,
    /// The center of each unit, which r subtracts.
    pub center: Vec<f64>,
}

/// The distribution of the units of a layer under a field.
pub trait Conditional: Layer {
    /// ln Σ_x h(x) exp(β (f·r(x) − H(x))), summed over the units, in nats: `[batch]`.
    ///
    /// Its derivative in the field is β times the mean of r.
    fn log_partition(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<1>;

    /// The mean of each unit under a field: `[batch, units]`.
    fn mean(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<2>;

    /// The variance of each unit under a field: `[batch, units]`.
    ///
    /// The second derivative of the log-partition in the field is β² times the variance of r.
    fn variance(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<2>;

    /// The most probable states under a field at β = 1: `[batch, units]`.
    fn mode(&self, field: Tensor<2>) -> Tensor<2>;

    /// A sample under a field: a function of the field, the temperature and the key alone.
    fn sample(&self, field: Tensor<2>, beta: &InverseTemperature, key: RandomKey) -> Tensor<2>;

    /// [`mean`](Self::mean) under a field that has not been computed, in one kernel where there is one.
    fn mean_under(&self, field: Product, beta: &InverseTemperature) -> Tensor<2> {
        self.mean(field.compute(), beta)
    }

    /// [`sample`](Self::sample) under a field that has not been computed.
    fn sample_under(&self, field: Product, beta: &InverseTemperature, key: RandomKey) -> Tensor<2> {
        self.sample(field.compute(), beta, key)
    }

    /// [`mean`](Self::mean) and [`sample`](Self::sample) under a field that has not been computed.
    fn mean_and_sample_under(
        &self,
        field: Product,
        beta: &InverseTemperature,
        key: RandomKey,
    ) -> (Tensor<2>, Tensor<2>) {
        let field = field.compute();
        (
            self.mean(field.clone(), beta),
            self.sample(field, beta, key),
        )
    }
}

/// A parameter and its name within the layer.
pub type Named<'a> = (&'static str, &'a Tensor<1>);

/// A parameter that may be replaced, and its name within the layer.
pub type NamedMut<'a> = (&'static str, &'a mut Tensor<1>);

/// Derivatives in the parameters of a layer, by name: `[units]` each.
pub type Derivatives = Vec<(&'static str, RowMean)>;

/// A layer with named parameters, each a tensor of shape `[units]`.
pub trait Trainable: Conditional + Centered {
    /// The device and the float type of the parameters.
    fn storage(&self) -> (Device, DType);

    /// The parameters, in a fixed order.
    ///
    /// Those named in the energy gradient are trained, unless frozen by name; others, such as a
    /// center, are saved and moved with them.
    fn parameters(&self) -> Vec<Named<'_>>;

    /// The same parameters, to be replaced by tensors of the same shape.
    fn parameters_mut(&mut self) -> Vec<NamedMut<'_>>;

    /// The smallest and the largest value of the entries of a parameter, where it is bounded.
    fn parameter_range(&self, _name: &str) -> Option<[f64; 2]> {
        None
    }

    /// ⟨∂H(x)/∂θ⟩ over the rows, for each trained parameter by name.
    fn energy_gradient(&self, states: Tensor<2>, average: &RowAverage) -> Derivatives;

    /// The energy gradient where each row is itself averaged over its conditional distribution at β,
    /// of which `mean` is the mean; `field` computes the field of its neighbours.
    ///
    /// It has less variance than the gradient at a sample. For energies linear in x it is the
    /// gradient at the mean, which is the default; others add what the variance of x contributes.
    fn expected_energy_gradient(
        &self,
        mean: Tensor<2>,
        _field: &dyn Fn() -> Tensor<2>,
        _beta: &InverseTemperature,
        average: &RowAverage,
    ) -> Derivatives {
        self.energy_gradient(mean, average)
    }

    /// −⟨f·∂r(x)/∂θ⟩ for each parameter of r, to be added to the energy gradient of the same name;
    /// most layers have none, which is the default.
    ///
    /// `field_dot` computes ⟨f·r⟩ for each unit. The variance of a Gaussian layer is such a
    /// parameter.
    fn interaction_gradient(&self, _field_dot: &dyn Fn() -> Tensor<1>) -> Derivatives {
        Vec::new()
    }

    /// Sets the parameters so that the units without a field have the moments of the data, kept
    /// finite for units that never vary.
    fn start_from(&mut self, moments: &Moments);

    /// The scale of r(x) of each unit, where units may have any scale: the standard deviation 1/σ of normal
    /// units, `[units]`; `None` where the values of the units have a scale.
    fn interaction_scale(&self) -> Option<Tensor<1>> {
        None
    }

    /// Changes the scale of the units so that r(x) is divided by these factors, greater than 0: `[units]`.
    ///
    /// The distribution of the neighbours stays the same if weights are multiplied by the factors. Layers
    /// without an [`interaction_scale`](Self::interaction_scale) stay as they are.
    fn divide_interaction(&mut self, _factors: Tensor<1>) {}

    /// The layer of the units −x, so that r(x) changes its sign; `None` where the kind has no such layer.
    fn mirrored(&self) -> Option<Self> {
        None
    }
}

/// A layer whose kind and sizes a model file can hold.
pub trait Stored: Trainable {
    /// The kind and sizes, without parameters.
    type Kind: Serialize + DeserializeOwned + Clone + fmt::Debug + PartialEq;

    /// The kind and sizes of this layer.
    fn kind(&self) -> Self::Kind;

    /// Number of units of a layer of this kind.
    fn units_of(kind: &Self::Kind) -> usize;

    /// The layer of this kind with all parameters zero.
    fn from_kind(kind: &Self::Kind, options: impl Into<TensorCreationOptions>) -> Self;
}
