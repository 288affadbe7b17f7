//! Names of methods in settings files and on the command line.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::SettingsError;

/// The estimator of the gradient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MethodName {
    /// Contrastive divergence.
    Cd,
    /// Persistent contrastive divergence.
    #[default]
    Pcd,
    /// Persistent contrastive divergence with trajectory parallel tempering: past machines of the run are
    /// the ladder.
    Ptt,
    /// Unbiased contrastive divergence, with coupled chains.
    Ucd,
    /// Thouless-Anderson-Palmer mean field, without sampling.
    Tap,
}

/// The states that the chains of contrastive divergence start from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChainStartName {
    /// The rows of the batch.
    #[default]
    Data,
    /// Random states (Rdm-k).
    Noise,
}

/// The inference of unobserved units in the positive phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataPhaseName {
    /// Mean field.
    #[default]
    MeanField,
    /// Clamped Gibbs chains.
    Gibbs,
}

/// The layers whose units are centered during training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CenterName {
    /// No layer.
    None,
    /// Visible layers, at the means of the data.
    Data,
    /// Visible layers at the means of the data, and hidden layers at moving averages of their means.
    #[default]
    Both,
}

/// The gauge that the machine is kept in during training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GaugeName {
    /// The gauge that training gives.
    #[default]
    None,
    /// The [zero-sum gauge](paysage_optimizers::ZeroSumGauge) of one-hot sites.
    ZeroSum,
}

impl MethodName {
    const ALL: [(&'static str, Self); 5] = [
        ("cd", Self::Cd),
        ("pcd", Self::Pcd),
        ("ptt", Self::Ptt),
        ("ucd", Self::Ucd),
        ("tap", Self::Tap),
    ];
}

impl ChainStartName {
    const ALL: [(&'static str, Self); 2] = [("data", Self::Data), ("noise", Self::Noise)];
}

impl DataPhaseName {
    const ALL: [(&'static str, Self); 2] =
        [("mean-field", Self::MeanField), ("gibbs", Self::Gibbs)];
}

impl CenterName {
    const ALL: [(&'static str, Self); 3] = [
        ("data", Self::Data),
        ("both", Self::Both),
        ("none", Self::None),
    ];
}

impl GaugeName {
    const ALL: [(&'static str, Self); 2] = [("zero-sum", Self::ZeroSum), ("none", Self::None)];
}

impl fmt::Display for MethodName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&Self::ALL, self))
    }
}

impl fmt::Display for ChainStartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&Self::ALL, self))
    }
}

impl fmt::Display for DataPhaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&Self::ALL, self))
    }
}

impl fmt::Display for CenterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&Self::ALL, self))
    }
}

impl fmt::Display for GaugeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&Self::ALL, self))
    }
}

impl FromStr for MethodName {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        named(&Self::ALL, text)
    }
}

impl FromStr for ChainStartName {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        named(&Self::ALL, text)
    }
}

impl FromStr for DataPhaseName {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        named(&Self::ALL, text)
    }
}

impl FromStr for CenterName {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        named(&Self::ALL, text)
    }
}

impl FromStr for GaugeName {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        named(&Self::ALL, text)
    }
}

fn name_of<T: PartialEq>(all: &[(&'static str, T)], value: &T) -> &'static str {
    let found = all.iter().find(|(_, other)| other == value);
    found.map_or("", |(name, _)| name)
}

fn named<T: Copy>(all: &[(&'static str, T)], text: &str) -> Result<T, SettingsError> {
    let found = all.iter().find(|(name, _)| *name == text);
    found
        .map(|(_, value)| *value)
        .ok_or_else(|| SettingsError::UnknownName {
            found: text.to_owned(),
            known: all
                .iter()
                .map(|(name, _)| *name)
                .collect::<Vec<_>>()
                .join(", "),
        })
}
