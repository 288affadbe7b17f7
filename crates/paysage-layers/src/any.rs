//! A layer whose kind is known at run time.

use burn::tensor::{Bool, Tensor, TensorCreationOptions};
use paysage_kernels::RandomKey;

use crate::{
    Annealed, Bernoulli, Cumulants, Gaussian, InverseTemperature, Layer, LayerKind, Moments, Named,
    NamedMut, OneHot, RowAverage, Slopes, Stored, Support, Tap, Tilt, Trainable,
};

/// One of the layer kinds of this crate.
///
/// ```
/// use paysage_kernels::default_device;
/// use paysage_layers::{AnyLayer, Gaussian, Layer, LayerKind, Stored};
///
/// let layer = AnyLayer::from(Gaussian::new(10, &default_device()?));
/// assert_eq!(layer.kind(), LayerKind::Gaussian { units: 10 });
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
#[derive(Clone, Debug)]
pub enum AnyLayer {
    /// Units in {0, 1}.
    Bernoulli(Bernoulli),
    /// Real units.
    Gaussian(Gaussian),
    /// Sites in one of several states.
    OneHot(OneHot),
}

impl From<Bernoulli> for AnyLayer {
    fn from(layer: Bernoulli) -> Self {
        Self::Bernoulli(layer)
    }
}

impl From<Gaussian> for AnyLayer {
    fn from(layer: Gaussian) -> Self {
        Self::Gaussian(layer)
    }
}

impl From<OneHot> for AnyLayer {
    fn from(layer: OneHot) -> Self {
        Self::OneHot(layer)
    }
}

/// The same expression for whichever kind it is.
macro_rules! each {
    ($any:expr, $layer:ident => $body:expr) => {
        match $any {
            AnyLayer::Bernoulli($layer) => $body,
            AnyLayer::Gaussian($layer) => $body,
            AnyLayer::OneHot($layer) => $body,
        }
    };
}

impl Layer for AnyLayer {
    fn units(&self) -> usize {
        each!(self, layer => layer.units())
    }

    fn support(&self) -> Support {
        each!(self, layer => layer.support())
    }

    fn energy(&self, states: Tensor<2>) -> Tensor<1> {
        each!(self, layer => layer.energy(states))
    }

    fn interaction(&self, states: Tensor<2>) -> Tensor<2> {
        each!(self, layer => layer.interaction(states))
    }

    fn log_partition(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<1> {
        each!(self, layer => layer.log_partition(field, beta))
    }

    fn mean(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<2> {
        each!(self, layer => layer.mean(field, beta))
    }

    fn mode(&self, field: Tensor<2>) -> Tensor<2> {
        each!(self, layer => layer.mode(field))
    }

    fn sample(&self, field: Tensor<2>, beta: &InverseTemperature, key: RandomKey) -> Tensor<2> {
        each!(self, layer => layer.sample(field, beta, key))
    }

    fn condition(&self, field: Tensor<2>, states: &Tensor<2>, mask: &Tensor<2, Bool>) -> Tensor<2> {
        each!(self, layer => layer.condition(field, states, mask))
    }
}

impl Trainable for AnyLayer {
    fn parameters(&self) -> Vec<Named<'_>> {
        each!(self, layer => layer.parameters())
    }

    fn parameters_mut(&mut self) -> Vec<NamedMut<'_>> {
        each!(self, layer => layer.parameters_mut())
    }

    fn energy_gradient(
        &self,
        states: Tensor<2>,
        average: &RowAverage,
    ) -> Vec<(&'static str, Tensor<1>)> {
        each!(self, layer => layer.energy_gradient(states, average))
    }

    fn expected_energy_gradient(
        &self,
        mean: Tensor<2>,
        beta: &InverseTemperature,
        average: &RowAverage,
    ) -> Vec<(&'static str, Tensor<1>)> {
        each!(self, layer => layer.expected_energy_gradient(mean, beta, average))
    }

    fn interaction_gradient(&self, pull: &dyn Fn() -> Tensor<1>) -> Vec<(&'static str, Tensor<1>)> {
        each!(self, layer => layer.interaction_gradient(pull))
    }

    fn start_from(&mut self, moments: &Moments) {
        each!(self, layer => layer.start_from(moments));
    }
}

impl Stored for AnyLayer {
    type Kind = LayerKind;

    fn kind(&self) -> LayerKind {
        match self {
            Self::Bernoulli(layer) => LayerKind::Bernoulli {
                units: layer.units(),
            },
            Self::Gaussian(layer) => LayerKind::Gaussian {
                units: layer.units(),
            },
            Self::OneHot(layer) => LayerKind::onehot(layer.sites(), layer.states()),
        }
    }

    fn units_of(kind: &LayerKind) -> usize {
        kind.units()
    }

    fn from_kind(kind: &LayerKind, options: impl Into<TensorCreationOptions>) -> Self {
        match *kind {
            LayerKind::Bernoulli { units } => Bernoulli::new(units, options).into(),
            LayerKind::Gaussian { units } => Gaussian::new(units, options).into(),
            LayerKind::OneHot { sites, states, .. } => OneHot::new(sites, states, options).into(),
        }
    }

    fn set_center(&mut self, center: Option<Tensor<1>>) {
        *each!(self, layer => &mut layer.center) = center;
    }
}

impl Annealed for AnyLayer {
    /// # Panics
    ///
    /// When the base is of another kind.
    fn between(&self, base: &Self, beta: f64) -> (Self, Option<Tensor<1>>) {
        fn any<L: Into<AnyLayer>>(
            (layer, scale): (L, Option<Tensor<1>>),
        ) -> (AnyLayer, Option<Tensor<1>>) {
            (layer.into(), scale)
        }
        match (self, base) {
            (Self::Bernoulli(layer), Self::Bernoulli(base)) => any(layer.between(base, beta)),
            (Self::Gaussian(layer), Self::Gaussian(base)) => any(layer.between(base, beta)),
            (Self::OneHot(layer), Self::OneHot(base)) => any(layer.between(base, beta)),
            _ => panic!("{} is no base for {}", base.kind(), self.kind()),
        }
    }
}

impl Tap for AnyLayer {
    fn states_of_a_site(&self) -> usize {
        each!(self, layer => layer.states_of_a_site())
    }

    fn cumulants(&self, tilt: &Tilt) -> Cumulants {
        each!(self, layer => layer.cumulants(tilt))
    }

    fn cumulants_of_states(&self, states: Tensor<2>) -> Cumulants {
        each!(self, layer => layer.cumulants_of_states(states))
    }

    fn tilt_of(&self, cumulants: &Cumulants) -> Tilt {
        each!(self, layer => layer.tilt_of(cumulants))
    }

    fn balance(&self, at: &Cumulants, slopes: &Slopes) -> Tilt {
        each!(self, layer => layer.balance(at, slopes))
    }

    fn scaled(&self, at: &Cumulants) -> Tensor<2> {
        each!(self, layer => layer.scaled(at))
    }

    fn entropy(&self, at: &Cumulants) -> Tensor<1> {
        each!(self, layer => layer.entropy(at))
    }

    fn expansion_gradient(
        &self,
        at: &Cumulants,
        slopes: &Slopes,
        average: &RowAverage,
    ) -> Vec<(&'static str, Tensor<1>)> {
        each!(self, layer => layer.expansion_gradient(at, slopes, average))
    }
}
