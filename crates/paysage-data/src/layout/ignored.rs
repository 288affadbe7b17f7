//! Columns of the training file that are not modelled.

use serde::{Deserialize, Serialize};

/// A column of the training file that is not modelled. In other files it is recognised, and its
/// cells are carried through to outputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IgnoredColumn {
    /// Its name; its number where the file has no header.
    pub name: String,
    /// Its number in the training file, from 1.
    pub number: usize,
    /// Why it is not modelled.
    pub reason: Reason,
}

/// Why a column is not modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// The user left it out.
    Dropped,
    /// It has no values.
    Empty,
    /// It has one value only.
    Constant,
    /// It counts the rows: whole numbers in steps of one, each once.
    Index,
    /// It identifies the rows: text, each value once.
    Identifier,
    /// It has the weights of the rows.
    Weights,
}
