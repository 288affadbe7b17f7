//! Penalties and constraints of a run, in the form of settings files and the command line.

mod constraint;
mod penalty;
mod selection;

use std::{fmt, str::FromStr};

use paysage_models::SettingError;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use constraint::ConstraintKind;
pub use penalty::PenaltyKind;
pub use selection::SelectionText;

/// A penalty or a constraint with the parameters that it acts on.
///
/// Its text is the kind and, after `@`, the selection: `l2=0.001`, `l1=0.01@layers.1.loc`,
/// `zero@connections.0.weight[0:3,5]`.
///
/// ```
/// use paysage_training::{PenaltyKind, RuleSetting};
///
/// let penalty: RuleSetting<PenaltyKind> = "l1=0.01@layers.1.loc[2:5]".parse()?;
/// assert_eq!(penalty.on.parameter.as_deref(), Some("layers.1.loc"));
/// assert_eq!(penalty.to_string(), "l1=0.01@layers.1.loc[2:5]");
/// # Ok::<(), paysage_training::RuleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    try_from = "String",
    into = "String",
    bound(
        serialize = "K: Clone + fmt::Display",
        deserialize = "K: FromStr<Err = RuleError>"
    )
)]
pub struct RuleSetting<K> {
    /// The kind of penalty or constraint.
    pub kind: K,
    /// The parameters.
    pub on: SelectionText,
}

/// The text of a penalty or a constraint that cannot be read.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum RuleError {
    /// The name is unknown.
    #[error("{found:?} is no {what}: use one of {known}")]
    UnknownName {
        /// "penalty" or "constraint".
        what: &'static str,
        /// The name.
        found: String,
        /// The names there are.
        known: String,
    },
    /// The value is missing, is no number, or is one too many.
    #[error("{found:?}: expected {usage}")]
    Usage {
        /// The text.
        found: String,
        /// The form and an example.
        usage: &'static str,
    },
    /// A slice that cannot be read.
    #[error(
        "{found:?} is no slice: expected rows, or rows and columns, such as [0:10], [3] or [:,2:5]"
    )]
    Slice {
        /// The text.
        found: String,
    },
    /// A number is out of range.
    #[error(transparent)]
    Setting(#[from] SettingError),
}

impl<K: FromStr<Err = RuleError>> FromStr for RuleSetting<K> {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (kind, on) = match text.rsplit_once('@') {
            Some((kind, selection)) => (kind, selection.parse()?),
            None => (text, SelectionText::default()),
        };
        let kind = kind.parse()?;
        Ok(Self { kind, on })
    }
}

impl<K: FromStr<Err = RuleError>> TryFrom<String> for RuleSetting<K> {
    type Error = RuleError;

    fn try_from(text: String) -> Result<Self, RuleError> {
        text.parse()
    }
}

impl<K: fmt::Display> From<RuleSetting<K>> for String {
    fn from(rule: RuleSetting<K>) -> Self {
        rule.to_string()
    }
}

impl<K: fmt::Display> fmt::Display for RuleSetting<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.on == SelectionText::default() {
            true => self.kind.fmt(f),
            false => write!(f, "{}@{}", self.kind, self.on),
        }
    }
}

/// How a kind is written.
struct Form<K> {
    name: &'static str,
    /// The form and an example.
    usage: &'static str,
    /// The kind from the text after `=`, where there is one.
    make: fn(Option<&str>) -> Option<K>,
}

impl<K> Form<K> {
    /// The kind of a text.
    fn read(forms: &[Self], what: &'static str, text: &str) -> Result<K, RuleError> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let form = forms.iter().find(|form| form.name == name);
        let form = form.ok_or_else(|| RuleError::UnknownName {
            what,
            found: name.to_owned(),
            known: forms
                .iter()
                .map(|form| form.name)
                .collect::<Vec<_>>()
                .join(", "),
        })?;
        (form.make)(value).ok_or_else(|| RuleError::Usage {
            found: text.to_owned(),
            usage: form.usage,
        })
    }
}

/// The one number of a value.
fn number(value: Option<&str>) -> Option<f64> {
    value?.parse().ok()
}
