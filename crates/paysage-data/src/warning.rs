//! Warnings about data.

use std::fmt;

use crate::error::all_listed;
use crate::layout::Reason;

/// Columns that were left out of the model; they are carried through to outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The file.
    pub file: String,
    /// Why the columns were left out.
    pub reason: Reason,
    /// The names of the columns.
    pub columns: Vec<String>,
}

impl Warning {
    /// One warning for each reason.
    pub(crate) fn of(file: &str, names: &[String], left_out: &[(usize, Reason)]) -> Vec<Self> {
        let reasons = [
            Reason::Empty,
            Reason::Constant,
            Reason::Index,
            Reason::Identifier,
        ];
        let warning = |reason| Self {
            file: file.into(),
            reason,
            columns: left_out
                .iter()
                .filter(|(_, other)| *other == reason)
                .map(|(column, _)| names[*column].clone())
                .collect(),
        };
        let warnings = reasons.into_iter().map(warning);
        warnings
            .filter(|warning| !warning.columns.is_empty())
            .collect()
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.columns.len() == 1 {
            "column"
        } else {
            "columns"
        };
        let why = match self.reason {
            Reason::Dropped => "as asked for",
            Reason::Empty => "without values",
            Reason::Constant => "of one value only",
            Reason::Index => "with a row index",
            Reason::Identifier => "with identifiers of rows",
            Reason::Weights => "with weights of rows",
        };
        let (file, columns) = (&self.file, all_listed(&self.columns));
        write!(formatter, "{file}: left out {noun} {why}: {columns}")
    }
}
