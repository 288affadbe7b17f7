//! The choice of a learning-rate schedule at run time.

use paysage_models::SettingError;
use serde::{Deserialize, Serialize};

use crate::schedule;

/// The last factor of a decay where none is given.
pub(crate) const END: f64 = 0.01;

/// A learning-rate schedule as a function of the fraction of training that is done: the product of
/// factors of the initial rate.
///
/// Its text lists the factors, separated by commas, each with its numbers after colons:
/// `warmup:0.05,cosine:0.01`. Numbers may be left out where [`Factor`] has a default. The default is
/// `cosine:0.01`.
///
/// ```
/// use paysage_optimizers::Schedule;
///
/// let schedule: Schedule = "warmup:0.1,linear:0".parse()?;
/// let rate = schedule.over(0.5, 100);
/// assert_eq!([rate(0), rate(50), rate(100)], [0.05, 0.25, 0.0]);
/// assert_eq!(schedule.to_string(), "warmup:0.1,linear:0");
/// # Ok::<(), paysage_optimizers::ScheduleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Schedule {
    /// The factors.
    pub factors: Vec<Factor>,
}

/// A factor of the learning rate as a function of t, the fraction of the steps that are done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Factor {
    /// `constant`: 1.
    Constant,
    /// `linear:END`: a straight line from 1 to END, 0.01 by default.
    Linear {
        /// The factor at the end: at least 0.
        end: f64,
    },
    /// `cosine:END`: half a cosine from 1 to END, 0.01 by default.
    Cosine {
        /// The factor at the end: at least 0.
        end: f64,
    },
    /// `exponential:END`: ENDᵗ, with END 0.01 by default.
    Exponential {
        /// The factor at the end: greater than 0.
        end: f64,
    },
    /// `power-law:END:POWER`: 1 / (1 + c t)^POWER, with c such that the factor at the end is END: 0.01
    /// and 1 by default.
    PowerLaw {
        /// The factor at the end: greater than 0.
        end: f64,
        /// The power: greater than 0.
        power: f64,
    },
    /// `step:AT:FACTOR`: 1 before t = AT, FACTOR from there on: 0.5 and 0.1 by default.
    Step {
        /// The fraction of training before the step: 0 to 1.
        at: f64,
        /// The factor after the step: at least 0.
        factor: f64,
    },
    /// `warmup:FRACTION`: a straight line that reaches 1 after this fraction of training, 0.05 by
    /// default. The first step already has a rate above zero.
    Warmup {
        /// The fraction of training: 0 to 1.
        fraction: f64,
    },
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            factors: vec![Factor::Cosine { end: END }],
        }
    }
}

impl Schedule {
    /// The learning rate as a function of the step, for an initial rate and a number of steps.
    pub fn over(
        &self,
        initial: f64,
        steps: usize,
    ) -> impl Fn(usize) -> f64 + Clone + Send + Sync + use<> {
        let factors = self.factors.clone();
        move |step| {
            let factors = factors.iter();
            factors.fold(initial, |rate, factor| factor.times(rate, step, steps))
        }
    }

    /// Checks that every number is in range.
    ///
    /// # Errors
    ///
    /// With the first one that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        self.factors.iter().try_for_each(Factor::check)
    }
}

impl Factor {
    /// A rate times the factor.
    fn times(&self, rate: f64, step: usize, steps: usize) -> f64 {
        // The part of the training, in steps.
        let part = |fraction: f64| (fraction * steps as f64).round() as usize;
        match *self {
            Self::Constant => rate,
            Self::Linear { end } => schedule::linear(rate, rate * end, steps)(step),
            Self::Cosine { end } => schedule::cosine(rate, rate * end, steps)(step),
            Self::Exponential { end } => schedule::exponential(rate, end, steps)(step),
            Self::PowerLaw { end, power } => {
                let speed = end.powf(-power.recip()) - 1.0;
                let done = step as f64 / steps.max(1) as f64;
                rate / (1.0 + speed * done.min(1.0)).powf(power)
            }
            Self::Step { at, factor } => schedule::step(rate, rate * factor, part(at))(step),
            Self::Warmup { fraction } => {
                schedule::warmup(part(fraction), schedule::constant(rate))(step)
            }
        }
    }

    pub(crate) fn check(&self) -> Result<(), SettingError> {
        let last = "the last factor of the learning rate";
        match *self {
            Self::Constant => Ok(()),
            Self::Linear { end } | Self::Cosine { end } => {
                SettingError::check_not_negative(last, end)
            }
            Self::Exponential { end } => SettingError::check_positive(last, end),
            Self::PowerLaw { end, power } => {
                SettingError::check_positive(last, end)?;
                SettingError::check_positive("the power of the learning rate", power)
            }
            Self::Step { at, factor } => {
                check_fraction("the fraction of training before the step", at)?;
                let setting = "the factor of the learning rate after the step";
                SettingError::check_not_negative(setting, factor)
            }
            Self::Warmup { fraction } => {
                check_fraction("the fraction of training of the warm-up", fraction)
            }
        }
    }
}

fn check_fraction(setting: &'static str, value: f64) -> Result<(), SettingError> {
    let valid = (0.0..=1.0).contains(&value);
    SettingError::check(setting, value, valid, "a number from 0 to 1")
}
