//! How exactly GPUs multiply matrices.

use std::{
    fmt,
    str::FromStr,
    sync::atomic::{AtomicBool, Ordering},
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How exactly a GPU with cooperative matrices (tensor cores) computes the products of means, samples and
/// gradients, for the whole process. All other products, as in energies and likelihoods, are in f32, and so
/// are those of CPUs.
///
/// Cooperative matrices multiply bf16 numbers and add in f32. An f32 number is the sum of bf16 parts of 8
/// bits each. States that are 0 or 1 are one part, so that only the other matrix is rounded.
///
/// ```
/// use paysage_kernels::Precision;
///
/// assert_eq!("exact".parse(), Ok(Precision::Exact));
/// assert_eq!(Precision::current(), Precision::Standard);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Two parts: a relative error of at most 2⁻¹⁷ for each product of a number with a binary state, of the
    /// size of the rounding error of f32 sums over hundreds of units, and 2⁻¹⁵ with any other number.
    #[default]
    Standard,
    /// Three parts: all 24 bits of f32, at up to twice the time.
    Exact,
}

static IS_EXACT: AtomicBool = AtomicBool::new(false);

impl Precision {
    /// The precision of this process, [`Standard`](Self::Standard) unless it was [set](Self::set).
    #[must_use]
    pub fn current() -> Self {
        if IS_EXACT.load(Ordering::Relaxed) {
            Self::Exact
        } else {
            Self::Standard
        }
    }

    /// Makes it the precision of all later products of this process.
    pub fn set(self) {
        IS_EXACT.store(self == Self::Exact, Ordering::Relaxed);
    }

    /// Whether it is [`Standard`](Self::Standard).
    #[must_use]
    pub fn is_standard(&self) -> bool {
        *self == Self::Standard
    }

    /// The bf16 parts of a number.
    #[cfg(feature = "cube")]
    pub(crate) fn parts(self) -> usize {
        match self {
            Self::Standard => 2,
            Self::Exact => 3,
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Standard => "standard",
            Self::Exact => "exact",
        })
    }
}

/// The error of an unknown precision.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected standard or exact as precision, got {word:?}")]
pub struct PrecisionError {
    word: String,
}

impl FromStr for Precision {
    type Err = PrecisionError;

    fn from_str(word: &str) -> Result<Self, PrecisionError> {
        match word {
            "standard" => Ok(Self::Standard),
            "exact" => Ok(Self::Exact),
            _ => Err(PrecisionError {
                word: word.to_owned(),
            }),
        }
    }
}
