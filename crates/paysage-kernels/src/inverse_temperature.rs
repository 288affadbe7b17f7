//! Inverse temperatures.

use burn::tensor::Tensor;

use crate::scale;

/// Inverse temperature β, which multiplies the energy: one for all chains, or one per chain.
///
/// ```
/// use paysage_kernels::InverseTemperature;
///
/// let cold = InverseTemperature::from(2.0);
/// assert!(matches!(cold, InverseTemperature::Shared(2.0)));
/// ```
#[derive(Clone, Debug)]
pub enum InverseTemperature {
    /// The same for all rows.
    Shared(f64),
    /// One per row: `[batch]`.
    PerChain(Tensor<1>),
}

impl InverseTemperature {
    /// β = 1.
    pub const ONE: Self = Self::Shared(1.0);

    /// β·x for `x` of shape `[batch, units]`, or `[1, units]`, which is broadcast.
    #[must_use]
    pub fn scale(&self, x: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Shared(1.0) => x,
            Self::Shared(beta) => scale(x, *beta),
            Self::PerChain(beta) => x * beta.clone().unsqueeze_dim(1),
        }
    }

    /// β·x for `x` of shape `[batch]`.
    #[must_use]
    pub fn scale_rows(&self, x: Tensor<1>) -> Tensor<1> {
        match self {
            Self::Shared(1.0) => x,
            Self::Shared(beta) => scale(x, *beta),
            Self::PerChain(beta) => x * beta.clone(),
        }
    }

    /// factor · β.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        match self {
            Self::Shared(beta) => Self::Shared(beta * factor),
            Self::PerChain(beta) => Self::PerChain(beta.clone() * factor),
        }
    }

    /// β raised to a power.
    #[must_use]
    pub fn powf(&self, exponent: f64) -> Self {
        match self {
            Self::Shared(beta) => Self::Shared(beta.powf(exponent)),
            Self::PerChain(beta) => Self::PerChain(beta.clone().powf_scalar(exponent)),
        }
    }

    /// x + scale·ln β for `x` of shape `[batch]`.
    #[must_use]
    pub fn add_ln(&self, x: Tensor<1>, scale: f64) -> Tensor<1> {
        match self {
            Self::Shared(1.0) => x,
            Self::Shared(beta) => x + scale * beta.ln(),
            Self::PerChain(beta) => x + beta.clone().log() * scale,
        }
    }
}

impl Default for InverseTemperature {
    fn default() -> Self {
        Self::ONE
    }
}

impl From<f64> for InverseTemperature {
    fn from(beta: f64) -> Self {
        Self::Shared(beta)
    }
}
