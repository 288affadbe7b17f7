//! Errors of alignments.

use crate::error::{counted, shortened};

/// What is wrong with an alignment or the options of its reader.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AlignmentError {
    /// The name of the alphabet is not known, and no list of letters.
    #[error(
        "alphabet: expected protein, rna, dna or 2 to 64 distinct upper-case letters or digits, \
         got {}", shortened(.found)
    )]
    Alphabet {
        /// The alphabet as given.
        found: String,
    },
    /// The name of a policy is not known.
    #[error("{setting}: expected {expected}, got {}", shortened(.found))]
    Policy {
        /// The setting.
        setting: &'static str,
        /// The known names.
        expected: &'static str,
        /// The name as given.
        found: String,
    },
    /// The identity threshold is not between 0 and 1.
    #[error("reweight: expected an identity above 0 and at most 1, got {found}")]
    Identity {
        /// The threshold as given.
        found: f64,
    },
    /// The file does not begin with the name of a sequence.
    #[error("{file}: line {line}: expected the name of a sequence after >, got {}", shortened(.found))]
    NoHeader {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The text of the line.
        found: String,
    },
    /// There are no sequences.
    #[error("{file}: the alignment is empty: no sequences")]
    NoSequences {
        /// The file.
        file: String,
    },
    /// There are no aligned sites.
    #[error("{file}: the alignment is empty: its sequences have no aligned sites")]
    NoSites {
        /// The file.
        file: String,
    },
    /// A sequence is longer or shorter than the first one.
    #[error(
        "{file}: line {line}: sequence {} has {}, expected {expected} as in the first sequence; \
         align the sequences first", shortened(.name), counted(.found, "aligned site")
    )]
    Length {
        /// The file.
        file: String,
        /// The line of the name, from 1.
        line: usize,
        /// The name of the sequence.
        name: String,
        /// Its number of sites.
        found: usize,
        /// The number of sites of the first sequence.
        expected: usize,
    },
    /// A letter is not in the alphabet.
    #[error(
        "{file}: line {line}, column {column}: sequence {} has {letter:?}, which is not in the \
         alphabet {alphabet}; correct it, or train with another alphabet (--alphabet)", shortened(.name)
    )]
    Letter {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column in the line, from 1.
        column: usize,
        /// The name of the sequence.
        name: String,
        /// The letter.
        letter: char,
        /// The letters of the alphabet.
        alphabet: String,
    },
    /// A symbol is not known, where this is not allowed.
    #[error(
        "{file}: line {line}, column {column}: sequence {} has the unknown letter {letter:?}; use \
         --unknown missing or drop", shortened(.name)
    )]
    UnknownLetter {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column in the line, from 1.
        column: usize,
        /// The name of the sequence.
        name: String,
        /// The letter.
        letter: char,
    },
    /// All sequences have unknown letters and are left out.
    #[error(
        "{file}: all {count} sequences have unknown letters; keep them as missing values with \
         --unknown missing"
    )]
    AllDropped {
        /// The file.
        file: String,
        /// The number of sequences.
        count: usize,
    },
    /// An option does not apply to alignments.
    #[error("{file}: {option} does not apply to an alignment; leave it out")]
    NotForAlignments {
        /// The file.
        file: String,
        /// The option.
        option: &'static str,
    },
    /// An option applies to alignments only.
    #[error("{file}: is no alignment (FASTA, A2M or A3M), to which {option} applies; leave it out")]
    ForAlignments {
        /// The file.
        file: String,
        /// The option.
        option: &'static str,
    },
    /// An alignment was given where a table is needed.
    #[error("{file}: is an alignment; expected a table{}", hint(.expected))]
    NoTable {
        /// The file.
        file: String,
        /// What the table is for.
        expected: Option<&'static str>,
    },
}

fn hint(expected: &Option<&'static str>) -> String {
    expected.map_or_else(String::new, |expected| format!(" {expected}"))
}
