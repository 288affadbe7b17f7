//! Policies for gaps and unknown letters.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::AlignmentError;

/// What a gap of an alignment is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gaps {
    /// A state of its own.
    #[default]
    State,
    /// A missing value.
    Missing,
}

/// What is done with a letter that stands for a symbol that is not known, such as `X`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unknown {
    /// It is a missing value.
    Missing,
    /// Its sequence is left out.
    #[default]
    Drop,
    /// It is an error.
    Refuse,
}

impl FromStr for Gaps {
    type Err = AlignmentError;

    fn from_str(text: &str) -> Result<Self, AlignmentError> {
        match text {
            "state" => Ok(Self::State),
            "missing" => Ok(Self::Missing),
            _ => Err(AlignmentError::Policy {
                setting: "gaps",
                expected: "state or missing",
                found: text.into(),
            }),
        }
    }
}

impl FromStr for Unknown {
    type Err = AlignmentError;

    fn from_str(text: &str) -> Result<Self, AlignmentError> {
        match text {
            "missing" => Ok(Self::Missing),
            "drop" => Ok(Self::Drop),
            "refuse" => Ok(Self::Refuse),
            _ => Err(AlignmentError::Policy {
                setting: "unknown",
                expected: "missing, drop or refuse",
                found: text.into(),
            }),
        }
    }
}

impl fmt::Display for Gaps {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::State => "state",
            Self::Missing => "missing",
        })
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Missing => "missing",
            Self::Drop => "drop",
            Self::Refuse => "refuse",
        })
    }
}
