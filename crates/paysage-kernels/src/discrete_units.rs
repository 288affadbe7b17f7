//! Units whose means and samples can be computed with their field.

use burn::tensor::Tensor;

use crate::{
    InverseTemperature, RandomKey, bernoulli_mean, categorical_mean, sample_bernoulli,
    sample_categorical,
};

/// Units of finitely many states, for [`Product`](crate::Product).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DiscreteUnits {
    /// Units in {0, 1}: [`bernoulli_mean`] and [`sample_bernoulli`].
    Bernoulli,
    /// One-hot sites: [`categorical_mean`] and [`sample_categorical`].
    Categorical {
        /// Units of a site, at least 1.
        states: usize,
    },
}

impl DiscreteUnits {
    /// Units of a site.
    pub(crate) fn width(self) -> usize {
        match self {
            Self::Bernoulli => 1,
            Self::Categorical { states } => states,
        }
    }

    pub(crate) fn mean(
        self,
        field: Tensor<2>,
        loc: Tensor<1>,
        beta: &InverseTemperature,
    ) -> Tensor<2> {
        match self {
            Self::Bernoulli => bernoulli_mean(field, loc, beta),
            Self::Categorical { states } => categorical_mean(field, loc, states, beta),
        }
    }

    pub(crate) fn sample(
        self,
        field: Tensor<2>,
        loc: Tensor<1>,
        beta: &InverseTemperature,
        key: RandomKey,
    ) -> Tensor<2> {
        match self {
            Self::Bernoulli => sample_bernoulli(field, loc, beta, key),
            Self::Categorical { states } => sample_categorical(field, loc, states, beta, key),
        }
    }
}
