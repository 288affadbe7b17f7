//! Alignments of sequences as one-hot sites.

mod alphabet;
mod encode;
mod error;
mod identity;
mod policy;
mod sequences;
mod stream;
mod summary;

use serde::{Deserialize, Serialize};

pub use alphabet::Alphabet;
use alphabet::GAP;
pub(crate) use encode::{Coder, Encoded, Encoding, Place, set_units, unknown_symbols};
pub use error::AlignmentError;
pub(crate) use identity::check_identity;
pub use identity::identity_weights;
pub use policy::{Gaps, Unknown};
pub(crate) use sequences::{Sequence, Sequences, is_fasta};
pub(crate) use stream::{Letters, Longest, SequenceStream};
pub use summary::AlignmentSummary;

use crate::table::MOST_VALUES;

/// The columns of a model of aligned sequences: sites of one alphabet, one unit per letter.
///
/// It is part of the layout in the model file, so that other alignments are read in the same way and
/// rows can be written as sequences.
///
/// ```
/// use paysage_data::{Columns, ReadOptions};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("family.fasta");
/// std::fs::write(&path, ">one\nACD-\n>two\nACDE\n")?;
/// let data = ReadOptions::new(path.to_str().unwrap()).read()?;
/// let Columns::Alignment(alignment) = &data.layout.columns else { panic!() };
/// assert_eq!((alignment.sites, alignment.state_count()), (4, 21));
/// assert_eq!(alignment.sequence(data.table.row(0)), "ACD-");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alignment {
    /// Number of sites.
    pub sites: usize,
    /// The letter of each state of a site; the gap `-` is among them where it is a state.
    pub states: String,
    /// The alphabet, which gives the letters that are unknown.
    pub alphabet: Alphabet,
    /// What is done with unknown letters.
    pub unknown: Unknown,
}

impl Alignment {
    /// The sites of sequences of an alphabet. Where the gap is a state and the alphabet does not have
    /// it, it is the first state.
    #[must_use]
    pub fn new(sites: usize, alphabet: Alphabet, gaps: Gaps, unknown: Unknown) -> Self {
        let letters = alphabet.letters();
        let has_gap = letters.contains(char::from(GAP));
        let states = match gaps {
            Gaps::State if has_gap => letters.to_owned(),
            Gaps::State => format!("{}{letters}", char::from(GAP)),
            Gaps::Missing => letters.replace(char::from(GAP), ""),
        };
        Self {
            sites,
            states,
            alphabet,
            unknown,
        }
    }

    /// Number of states of a site.
    #[must_use]
    pub fn state_count(&self) -> usize {
        self.states.len()
    }

    /// Number of units: one for each state of each site.
    #[must_use]
    pub fn units(&self) -> usize {
        self.sites * self.state_count()
    }

    /// What a gap is.
    #[must_use]
    pub fn gaps(&self) -> Gaps {
        match self.states.contains(char::from(GAP)) {
            true => Gaps::State,
            false => Gaps::Missing,
        }
    }

    /// The letter of the units of a site: that of the largest one, the first of several; nothing where
    /// a unit is missing.
    #[must_use]
    pub fn letter(&self, units: &[f32]) -> Option<char> {
        if units.iter().any(|unit| unit.is_nan()) {
            return None;
        }
        // max_by takes the last of equal units: reversed, the first.
        let pairs = self.states.bytes().zip(units).rev();
        let largest = pairs.max_by(|a, b| a.1.total_cmp(b.1));
        largest.map(|(letter, _)| char::from(letter))
    }

    /// The sequence of a row of [`units`](Self::units). A site without values is a gap where gaps are
    /// missing values, otherwise the letter of an unknown symbol.
    #[must_use]
    pub fn sequence(&self, row: &[f32]) -> String {
        let missing = match self.gaps() {
            Gaps::Missing => char::from(GAP),
            Gaps::State => self.alphabet.unknown_letter(),
        };
        let sites = row.chunks_exact(self.state_count());
        sites
            .map(|units| self.letter(units).unwrap_or(missing))
            .collect()
    }

    /// Whether a letter stands for a missing value: a gap that is no state, or an unknown letter.
    ///
    /// ```
    /// use paysage_data::{Alignment, Alphabet, Gaps, Unknown};
    ///
    /// let alignment = Alignment::new(3, Alphabet::Protein, Gaps::State, Unknown::Drop);
    /// assert!(alignment.is_missing("X") && !alignment.is_missing("-"));
    /// ```
    #[must_use]
    pub fn is_missing(&self, letter: &str) -> bool {
        let is_gap = self.gaps() == Gaps::Missing && letter.as_bytes() == [GAP];
        let mut unknown = self.alphabet.unknown().chars();
        is_gap || unknown.any(|other| letter == other.to_string())
    }

    /// The units of a site with this letter, if it is a state.
    #[must_use]
    pub fn units_for(&self, letter: &str) -> Option<Vec<f32>> {
        let mut letters = self.states.char_indices();
        let (state, _) = letters.find(|(_, state)| letter == state.to_string())?;
        let mut units = vec![0.0; self.state_count()];
        units[state] = 1.0;
        Some(units)
    }

    /// Whether there are sites and distinct states, as after reading from a file.
    pub(crate) fn is_valid(&self) -> bool {
        let mut letters = self.states.clone().into_bytes();
        letters.sort_unstable();
        letters.dedup();
        let distinct = letters.len() == self.states.len() && letters.len() > 1;
        let units = self.sites.checked_mul(self.states.len());
        let is_size = units.is_some_and(|units| (1..=MOST_VALUES).contains(&units));
        is_size && distinct && self.states.bytes().all(|letter| letter.is_ascii_graphic())
    }
}
