//! A layer whose kind is known at run time.

use std::{fmt, str::FromStr};

use burn::tensor::{Bool, Tensor, TensorCreationOptions};
use paysage_kernels::RandomKey;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    Bernoulli, Gaussian, InverseTemperature, Layer, Moments, Named, NamedMut, OneHot, RowAverage,
    Stored, Support, Trainable,
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

/// The kind and size of an [`AnyLayer`], as files and command lines spell it.
///
/// ```
/// use paysage_layers::LayerKind;
///
/// assert_eq!("500".parse(), Ok(LayerKind::Bernoulli { units: 500 }));
/// assert_eq!("gaussian:20".parse(), Ok(LayerKind::Gaussian { units: 20 }));
/// assert_eq!("onehot:4x3".parse(), Ok(LayerKind::onehot(4, 3)));
/// assert!("gaussian:0".parse::<LayerKind>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[serde(try_from = "UncheckedKind")]
pub enum LayerKind {
    /// Units in {0, 1}.
    Bernoulli {
        /// How many units.
        units: usize,
    },
    /// Real units.
    Gaussian {
        /// How many units.
        units: usize,
    },
    /// Sites in one of several states.
    OneHot {
        /// How many units: `sites · states`.
        units: usize,
        /// How many sites.
        sites: usize,
        /// How many states a site has.
        states: usize,
    },
}

/// A [`LayerKind`] as it is read, before its sizes are checked.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum UncheckedKind {
    Bernoulli {
        units: usize,
    },
    Gaussian {
        units: usize,
    },
    OneHot {
        units: usize,
        sites: usize,
        states: usize,
    },
}

impl TryFrom<UncheckedKind> for LayerKind {
    type Error = LayerKindError;

    fn try_from(unchecked: UncheckedKind) -> Result<Self, LayerKindError> {
        let kind = match unchecked {
            UncheckedKind::Bernoulli { units } => Self::Bernoulli { units },
            UncheckedKind::Gaussian { units } => Self::Gaussian { units },
            UncheckedKind::OneHot {
                units,
                sites,
                states,
            } => {
                if sites.checked_mul(states) != Some(units) {
                    return Err(LayerKindError::OneHotUnits {
                        units,
                        sites,
                        states,
                    });
                }
                Self::OneHot {
                    units,
                    sites,
                    states,
                }
            }
        };
        if kind.units() == 0 {
            return Err(LayerKindError::Size { word: "0".into() });
        }
        Ok(kind)
    }
}

/// Why words do not describe a layer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LayerKindError {
    /// Not a known kind.
    #[error("{word:?} is not a layer: use e.g. 500, bernoulli:500, gaussian:200 or onehot:32x20")]
    Unknown {
        /// What was given.
        word: String,
    },
    /// Not a size, or a size of zero.
    #[error("{word:?} is not a number of units: a layer has at least 1")]
    Size {
        /// What was given.
        word: String,
    },
    /// The three numbers of a one-hot layer disagree.
    #[error("a one-hot layer of {sites} sites with {states} states does not have {units} units")]
    OneHotUnits {
        /// The stated number of units.
        units: usize,
        /// The stated number of sites.
        sites: usize,
        /// The stated number of states.
        states: usize,
    },
}

impl LayerKind {
    /// The kind of a one-hot layer of `sites` × `states` units.
    #[must_use]
    pub const fn onehot(sites: usize, states: usize) -> Self {
        Self::OneHot {
            units: sites * states,
            sites,
            states,
        }
    }

    /// How many units such a layer has.
    #[must_use]
    pub const fn units(&self) -> usize {
        match *self {
            Self::Bernoulli { units } | Self::Gaussian { units } | Self::OneHot { units, .. } => {
                units
            }
        }
    }
}

impl fmt::Display for LayerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bernoulli { units } => write!(f, "bernoulli:{units}"),
            Self::Gaussian { units } => write!(f, "gaussian:{units}"),
            Self::OneHot { sites, states, .. } => write!(f, "onehot:{sites}x{states}"),
        }
    }
}

impl FromStr for LayerKind {
    type Err = LayerKindError;

    fn from_str(word: &str) -> Result<Self, LayerKindError> {
        let size = |number: &str| match number.trim().parse() {
            Ok(units) if units > 0 => Ok(units),
            _ => Err(LayerKindError::Size {
                word: number.to_owned(),
            }),
        };
        match word.trim().split_once(':') {
            None if word.trim().starts_with(|c: char| c.is_ascii_alphabetic()) => {
                Err(LayerKindError::Unknown { word: word.into() })
            }
            None => Ok(Self::Bernoulli { units: size(word)? }),
            Some(("bernoulli", units)) => Ok(Self::Bernoulli {
                units: size(units)?,
            }),
            Some(("gaussian", units)) => Ok(Self::Gaussian {
                units: size(units)?,
            }),
            Some(("onehot", shape)) => match shape.split_once('x') {
                Some((sites, states)) => {
                    let (sites, states) = (size(sites)?, size(states)?);
                    // More units than can be counted are no size either.
                    sites
                        .checked_mul(states)
                        .map(|_| Self::onehot(sites, states))
                        .ok_or_else(|| LayerKindError::Size { word: shape.into() })
                }
                None => Ok(Self::onehot(1, size(shape)?)),
            },
            Some(_) => Err(LayerKindError::Unknown { word: word.into() }),
        }
    }
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
        pull: &dyn Fn() -> Tensor<1>,
        average: &RowAverage,
    ) -> Vec<(&'static str, Tensor<1>)> {
        each!(self, layer => layer.energy_gradient(states, pull, average))
    }

    fn expected_energy_gradient(
        &self,
        mean: Tensor<2>,
        pull: &dyn Fn() -> Tensor<1>,
        beta: &InverseTemperature,
        average: &RowAverage,
    ) -> Vec<(&'static str, Tensor<1>)> {
        each!(self, layer => layer.expected_energy_gradient(mean, pull, beta, average))
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
