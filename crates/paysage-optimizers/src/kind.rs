//! Optimizers by name.

use std::{fmt, str::FromStr};

use burn_optim::{RmsProp, RmsPropConfig, Sgd, SgdConfig, momentum::MomentumConfig};
use paysage_kernels::{Replayable, TensorMut};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Gradient, Record, RecordError, Recorded, Scalar};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Adapted, AdaptedState, GradientDescent, OnePassAdam, Optimizer};

/// The optimizers that come with Paysage, with settings for Boltzmann machines.
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

/// An unknown name of an optimizer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OptimizerKindError {
    /// The name is none of these.
    #[error("{word:?} is not an optimizer: use adam, sgd, momentum or rmsprop")]
    UnknownWord {
        /// The name given.
        word: String,
    },
}

/// The state of an [`OptimizerKind`].
#[derive(Clone)]
pub enum OptimizerState {
    /// Of plain gradient descent.
    Sgd,
    /// Of gradient descent with momentum.
    Momentum(AdaptedState<Sgd>),
    /// Of Adam.
    Adam(AdaptedState<OnePassAdam>),
    /// Of RMSProp.
    RmsProp(AdaptedState<RmsProp>),
}

fn momentum() -> Adapted<Sgd> {
    let momentum = MomentumConfig::new().with_momentum(0.9).with_dampening(0.0);
    Adapted {
        rule: SgdConfig::new().with_momentum(Some(momentum)).build(),
    }
}

const ADAM: Adapted<OnePassAdam> = Adapted { rule: OnePassAdam };

fn rms_prop() -> Adapted<RmsProp> {
    let rule = RmsPropConfig::new().with_momentum(0.0).with_epsilon(1e-8);
    Adapted { rule: rule.build() }
}

/// A state of another kind is replaced by a fresh one.
impl<L: Trainable> Optimizer<L> for OptimizerKind {
    type State = OptimizerState;

    /// burn's rules take the learning rate by value.
    fn is_capturable(&self) -> bool {
        matches!(self, Self::Sgd | Self::Adam)
    }

    fn init(&self) -> OptimizerState {
        match self {
            Self::Sgd => OptimizerState::Sgd,
            Self::Momentum => OptimizerState::Momentum(AdaptedState::default()),
            Self::Adam => OptimizerState::Adam(AdaptedState::default()),
            Self::RmsProp => OptimizerState::RmsProp(AdaptedState::default()),
        }
    }

    fn step(
        &self,
        machine: &mut BoltzmannMachine<L>,
        gradient: Gradient,
        state: OptimizerState,
        learning_rate: f64,
    ) -> OptimizerState {
        use OptimizerState as State;
        match (self, state) {
            (Self::Sgd, _) => {
                GradientDescent.step(machine, gradient, (), learning_rate);
                State::Sgd
            }
            (Self::Momentum, State::Momentum(state)) => {
                State::Momentum(momentum().step(machine, gradient, state, learning_rate))
            }
            (Self::Adam, State::Adam(state)) => {
                State::Adam(ADAM.step(machine, gradient, state, learning_rate))
            }
            (Self::RmsProp, State::RmsProp(state)) => {
                State::RmsProp(rms_prop().step(machine, gradient, state, learning_rate))
            }
            (kind, _) => {
                let fresh = Optimizer::<L>::init(kind);
                kind.step(machine, gradient, fresh, learning_rate)
            }
        }
    }
}

const KIND: &str = "kind";

impl OptimizerState {
    const fn kind(&self) -> OptimizerKind {
        match self {
            Self::Sgd => OptimizerKind::Sgd,
            Self::Momentum(_) => OptimizerKind::Momentum,
            Self::Adam(_) => OptimizerKind::Adam,
            Self::RmsProp(_) => OptimizerKind::RmsProp,
        }
    }
}

/// burn's operations take the learning rate by value.
impl Replayable for OptimizerState {
    fn tensors(&mut self, visit: &mut dyn FnMut(TensorMut<'_>)) -> bool {
        match self {
            Self::Sgd => true,
            Self::Adam(state) => state.moments(visit),
            Self::Momentum(_) | Self::RmsProp(_) => false,
        }
    }

    fn count(&mut self, times: isize) {
        if let Self::Adam(state) = self {
            state.count_steps(times);
        }
    }
}

impl<L: Trainable> Recorded<L> for OptimizerState {
    fn record(&self) -> Record {
        let mut record = match self {
            Self::Sgd => Record::default(),
            Self::Momentum(state) => Recorded::<L>::record(state),
            Self::Adam(state) => Recorded::<L>::record(state),
            Self::RmsProp(state) => Recorded::<L>::record(state),
        };
        let kind = Scalar::Text(self.kind().to_string());
        record.scalars.insert(KIND.into(), kind);
        record
    }

    fn restore(mut record: Record, machine: &BoltzmannMachine<L>) -> Result<Self, RecordError> {
        let kind = match record.scalars.remove(KIND) {
            Some(Scalar::Text(kind)) => kind.parse().ok(),
            _ => None,
        };
        match kind {
            Some(OptimizerKind::Sgd) => record.finish().map(|()| Self::Sgd),
            Some(OptimizerKind::Momentum) => Recorded::restore(record, machine).map(Self::Momentum),
            Some(OptimizerKind::Adam) => Recorded::restore(record, machine).map(Self::Adam),
            Some(OptimizerKind::RmsProp) => Recorded::restore(record, machine).map(Self::RmsProp),
            None => Err(RecordError::Missing { name: KIND.into() }),
        }
    }
}

impl OptimizerKind {
    /// The default learning rate.
    #[must_use]
    pub const fn default_learning_rate(self) -> f64 {
        match self {
            Self::Sgd => 0.1,
            Self::Momentum => 0.01,
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
