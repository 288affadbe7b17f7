//! The kinds of layers, as files and command lines spell them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The kind and size of an [`AnyLayer`](crate::AnyLayer), as files and command lines spell it.
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
