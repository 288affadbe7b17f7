//! What was read from an alignment.

use std::fmt;

use super::{Alignment, Gaps, Unknown};
use crate::error::counted;

/// What was read from an alignment, for messages.
///
/// It is shown as one line: the numbers of sequences and sites, and the alphabet.
#[derive(Clone, Debug, PartialEq)]
pub struct AlignmentSummary {
    /// The file.
    pub file: String,
    /// Number of sequences that were kept.
    pub sequences: usize,
    /// Sites and alphabet.
    pub alignment: Alignment,
    /// Whether the alphabet was inferred from the letters.
    pub inferred: bool,
    /// Number of sequences with unknown letters that were left out.
    pub dropped: usize,
    /// Number of unknown letters that became missing values.
    pub unknown: usize,
    /// The identity threshold of the weights, and the effective number of sequences.
    pub effective: Option<(f64, f64)>,
}

impl AlignmentSummary {
    /// The effect of unknown letters, if there are any.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let file = &self.file;
        if self.dropped > 0 {
            let noun = counted(&self.dropped, "sequence");
            return Some(format!(
                "{file}: left out {noun} with unknown letters; --unknown missing keeps them"
            ));
        }
        (self.unknown > 0).then(|| {
            let noun = counted(&self.unknown, "unknown letter");
            format!(
                "{file}: {noun} became missing values; --unknown drop leaves their sequences out"
            )
        })
    }
}

impl fmt::Display for AlignmentSummary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Alignment {
            sites,
            states,
            alphabet,
            unknown,
        } = &self.alignment;
        let sequences = counted(&self.sequences, "sequence");
        let sites = counted(sites, "site");
        write!(formatter, "{}: {sequences} of {sites}, ", self.file)?;
        write!(formatter, "{} alphabet", alphabet)?;
        if self.inferred {
            formatter.write_str(" (inferred from the letters)")?;
        }
        let count = states.len();
        write!(formatter, ", {count} states {states}")?;
        if self.alignment.gaps() == Gaps::Missing {
            formatter.write_str(", gaps are missing values")?;
        }
        if *unknown == Unknown::Missing {
            formatter.write_str(", unknown letters are missing values")?;
        }
        match self.effective {
            Some((identity, number)) => write!(
                formatter,
                ", effective number of sequences {number:.1} at identity {identity}"
            ),
            None => Ok(()),
        }
    }
}
