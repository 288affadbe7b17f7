//! The text of a selection of parameters.

use std::{fmt, str::FromStr};

use paysage_layers::Trainable;
use paysage_models::BoltzmannMachine;
use paysage_optimizers::{Parameters, Selection, SelectionError, Span};

use super::RuleError;

/// The name that selects the weights of all connections.
const WEIGHTS: &str = "weights";

/// Parameters by name and a slice of each: `connections.0.weight`, `layers.0.loc[0:10]`,
/// `weights[:,2:5]`. The default is `weights`, the weights of all connections.
///
/// A slice has the rows and, after a comma, the columns, counted from 0 and without the last: `2:5`,
/// `2:`, `:5`, `:` or one index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SelectionText {
    /// The name of the parameter; `None` for the weights of all connections.
    pub parameter: Option<String>,
    /// The rows.
    pub rows: Span,
    /// The columns.
    pub columns: Span,
}

impl SelectionText {
    /// The selection in a machine.
    ///
    /// # Errors
    ///
    /// When the machine has no such parameter or slice.
    pub fn resolve<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
    ) -> Result<Selection, SelectionError> {
        let parameters = match &self.parameter {
            None => Parameters::Weights,
            Some(name) => Parameters::Listed(vec![machine.parameter(name)?]),
        };
        let selection = Selection {
            parameters,
            rows: self.rows,
            columns: self.columns,
        };
        selection.check(machine)?;
        Ok(selection)
    }
}

impl FromStr for SelectionText {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (name, slice) = match text.split_once('[') {
            Some((name, slice)) => (name, Some(slice)),
            None => (text, None),
        };
        let spans = match slice {
            None => Some([Span::default(); 2]),
            Some(slice) => slice.strip_suffix(']').and_then(spans),
        };
        let [rows, columns] = spans.ok_or_else(|| RuleError::Slice {
            found: format!("[{}", slice.unwrap_or_default()),
        })?;
        Ok(Self {
            parameter: (name != WEIGHTS).then(|| name.to_owned()),
            rows,
            columns,
        })
    }
}

/// Rows, and columns where they are given.
fn spans(text: &str) -> Option<[Span; 2]> {
    match text.split_once(',') {
        Some((rows, columns)) => Some([span(rows)?, span(columns)?]),
        None => Some([span(text)?, Span::default()]),
    }
}

fn span(text: &str) -> Option<Span> {
    let index = |text: &str| text.trim().parse::<usize>().ok();
    let Some((start, end)) = text.split_once(':') else {
        let start = index(text)?;
        return Some(Span::from(start..start + 1));
    };
    Some(Span {
        start: match start.trim().is_empty() {
            true => 0,
            false => index(start)?,
        },
        end: match end.trim().is_empty() {
            true => None,
            false => Some(index(end)?),
        },
    })
}

impl fmt::Display for SelectionText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.parameter.as_deref().unwrap_or(WEIGHTS))?;
        let all = Span::default();
        match (self.rows == all, self.columns == all) {
            (true, true) => Ok(()),
            (false, true) => write!(f, "[{}]", self.rows),
            (_, false) => write!(f, "[{},{}]", self.rows, self.columns),
        }
    }
}
