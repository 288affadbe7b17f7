//! Names of the initializations.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The distribution of the initial weights.
///
/// The visible layers always start from the moments of the data. The hidden ones are not changed, but for
/// [`LowRank`](Self::LowRank).
///
/// ```
/// use paysage_models::Initialization;
///
/// assert_eq!("pca".parse(), Ok(Initialization::Pca));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Initialization {
    /// N(0, 0.01²): Hinton, "A practical guide to training restricted Boltzmann machines", 2010.
    Hinton,
    /// N(0, 2/(units of target + units of domain)): Glorot & Bengio, "Understanding the difficulty
    /// of training deep feedforward neural networks", 2010.
    #[default]
    Glorot,
    /// As Glorot, times the standard deviation of each visible unit: the weights of a constant unit
    /// are zero. Real-valued visible units have smaller weights, so that hidden units add little to
    /// their variance.
    Stddev,
    /// The principal components of the data, as columns with the norm of a Glorot column times
    /// their standard deviation relative to the first; hidden units beyond the number of
    /// components, and connections above, start as Glorot.
    Pca,
    /// Low-rank start: a restricted Coulomb machine along the first principal component u of the data.
    ///
    /// Up to 12 units a of the first hidden layer, and at most half of its units, have the weights α_a u
    /// and the thresholds θ_a. With the projection y = u·r(v) the visible units then have the distribution
    ///
    /// ```text
    /// p(v) ∝ p₀(v) exp(c y + Σ_a ln(1 + exp(α_a y + θ_a)))
    /// ```
    ///
    /// where p₀ has independent units. c, α_a and θ_a maximize the likelihood of the projections of the
    /// rows, with a saddle-point approximation of the density of y under p₀; the biases of p₀ give the
    /// visible units the means of the data. So the machine starts with the modes of the data along u and
    /// their weights, which training otherwise has to find first. The other units of the layer start with a
    /// tenth of the weights of Glorot, connections above as Glorot.
    ///
    /// The visible units may be of any kind. A hidden unit needs two values, as Bernoulli units and spins
    /// have: where the first hidden layer has other units, the machine starts as with [`Pca`](Self::Pca).
    /// Data without a direction, such as a single row, start as independent units with small weights.
    ///
    /// Decelle & Furtlehner, "Exact training of restricted Boltzmann machines on intrinsically low
    /// dimensional data", 2021; Béreux, Decelle, Furtlehner & Seoane, "Learning a restricted Boltzmann
    /// machine using biased Monte Carlo sampling", 2023, and with Rosset, "Fast, accurate training and
    /// sampling of restricted Boltzmann machines", 2024.
    #[serde(rename = "low-rank")]
    LowRank,
}

/// An unknown name of an initialization.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InitializationError {
    /// The name is none of these.
    #[error("{word:?} is not an initialization: use hinton, glorot, stddev, pca or low-rank")]
    UnknownWord {
        /// The name given.
        word: String,
    },
}

impl FromStr for Initialization {
    type Err = InitializationError;

    fn from_str(word: &str) -> Result<Self, InitializationError> {
        match word {
            "hinton" => Ok(Self::Hinton),
            "glorot" => Ok(Self::Glorot),
            "stddev" => Ok(Self::Stddev),
            "pca" => Ok(Self::Pca),
            "low-rank" => Ok(Self::LowRank),
            _ => Err(InitializationError::UnknownWord {
                word: word.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Initialization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hinton => "hinton",
            Self::Glorot => "glorot",
            Self::Stddev => "stddev",
            Self::Pca => "pca",
            Self::LowRank => "low-rank",
        })
    }
}
