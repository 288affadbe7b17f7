//! Optimizers by name.

use std::{fmt, str::FromStr};

use burn_optim::{AdamConfig, RmsPropConfig, SgdConfig, momentum::MomentumConfig};
use paysage_layers::Trainable;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Adapted, GradientDescent, Optimizer};

/// The optimizers that come with Paysage, with the settings that suit Boltzmann machines.
///
/// ```
/// use paysage_optimizers::OptimizerKind;
///
/// assert_eq!("adam".parse(), Ok(OptimizerKind::Adam));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerKind {
    /// Plain stochastic gradient descent: θ − η g.
    Sgd,
    /// Heavy-ball momentum: v ← 0.9 v + g, θ − η v.
    Momentum,
    /// Adam with β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸: Kingma & Ba, "Adam: a method for stochastic
    /// optimization", 2015.
    #[default]
    Adam,
    /// RMSProp with decay 0.99, ε = 10⁻⁸ and no momentum: Tieleman & Hinton, 2012. As there, the
    /// running square starts at zero and is not corrected for it, so that first steps are up to ten
    /// times the learning rate.
    RmsProp,
}

/// Why there is no such optimizer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OptimizerKindError {
    /// Not one of the words.
    #[error("{word:?} is not an optimizer: use adam, sgd, momentum or rmsprop")]
    UnknownWord {
        /// What was given.
        word: String,
    },
}

impl OptimizerKind {
    /// A fresh optimizer of this kind.
    #[must_use]
    pub fn build<L: Trainable>(self) -> Box<dyn Optimizer<L>> {
        match self {
            Self::Sgd => Box::new(GradientDescent),
            Self::Momentum => {
                let momentum = MomentumConfig::new().with_momentum(0.9).with_dampening(0.0);
                let rule = SgdConfig::new().with_momentum(Some(momentum)).build();
                Box::new(Adapted::new(rule))
            }
            Self::Adam => Box::new(Adapted::new(AdamConfig::new().with_epsilon(1e-8).build())),
            Self::RmsProp => {
                let rule = RmsPropConfig::new()
                    .with_momentum(0.0)
                    .with_epsilon(1e-8)
                    .build();
                Box::new(Adapted::new(rule))
            }
        }
    }

    /// A learning rate to begin with.
    #[must_use]
    pub const fn default_learning_rate(self) -> f64 {
        match self {
            Self::Sgd => 0.05,
            Self::Momentum => 0.005,
            Self::Adam | Self::RmsProp => 0.001,
        }
    }
}

impl FromStr for OptimizerKind {
    type Err = OptimizerKindError;

    fn from_str(word: &str) -> Result<Self, OptimizerKindError> {
        match word {
            "sgd" => Ok(Self::Sgd),
            "momentum" => Ok(Self::Momentum),
            "adam" => Ok(Self::Adam),
            "rmsprop" => Ok(Self::RmsProp),
            _ => Err(OptimizerKindError::UnknownWord {
                word: word.to_owned(),
            }),
        }
    }
}

impl fmt::Display for OptimizerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sgd => "sgd",
            Self::Momentum => "momentum",
            Self::Adam => "adam",
            Self::RmsProp => "rmsprop",
        })
    }
}
