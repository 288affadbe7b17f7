//! Alphabets of sequences.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::AlignmentError;

/// The letter of a gap.
pub(crate) const GAP: u8 = b'-';

/// Letters of nucleotides that are not known, by the IUPAC notation, and `X`.
const UNKNOWN_NUCLEOTIDES: &str = "RYSWKMBDHVNX?";

/// The alphabet of the sequences of an alignment.
///
/// ```
/// use paysage_data::Alphabet;
///
/// assert_eq!("rna".parse(), Ok(Alphabet::Rna));
/// assert_eq!(Alphabet::Rna.letters(), "ACGU");
/// assert_eq!("01".parse::<Alphabet>()?.letters(), "01");
/// assert!("AAB".parse::<Alphabet>().is_err());
/// # Ok::<(), paysage_data::AlignmentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Alphabet {
    /// The 20 amino acids. `B`, `J`, `O`, `U`, `X`, `Z`, `*` and `?` are unknown letters.
    Protein,
    /// `A`, `C`, `G`, `U`. `N` and the other letters of the IUPAC notation, `X` and `?` are unknown.
    Rna,
    /// `A`, `C`, `G`, `T`; unknown letters as for RNA.
    Dna,
    /// 2 to 64 distinct upper-case letters, digits or the gap `-`, in the order of the states. `?`
    /// and, where it is none of them, `X` are unknown.
    Letters(String),
}

impl Alphabet {
    /// The letters in the order of their states. The gap is among them only where it was given.
    #[must_use]
    pub fn letters(&self) -> &str {
        match self {
            Self::Protein => "ACDEFGHIKLMNPQRSTVWY",
            Self::Rna => "ACGU",
            Self::Dna => "ACGT",
            Self::Letters(letters) => letters,
        }
    }

    /// Letters of symbols that are not known.
    #[must_use]
    pub fn unknown(&self) -> &str {
        match self {
            Self::Protein => "XBJOUZ*?",
            Self::Rna | Self::Dna => UNKNOWN_NUCLEOTIDES,
            Self::Letters(letters) if letters.contains('X') => "?",
            Self::Letters(_) => "?X",
        }
    }

    /// The letter that is written for an unknown symbol: `X`, `N` of nucleotides, `?` of other letters.
    #[must_use]
    pub fn unknown_letter(&self) -> char {
        match self {
            Self::Protein => 'X',
            Self::Rna | Self::Dna => 'N',
            Self::Letters(_) => '?',
        }
    }

    /// The alphabet of letters that occur so often, by byte: nucleotides where all letters are of
    /// their IUPAC notation and nine in ten are A, C, G, T, U or N; proteins otherwise.
    pub(super) fn inferred(counts: &[usize; 256]) -> Self {
        let count = |letters: &str| -> usize {
            letters
                .bytes()
                .map(|letter| counts[usize::from(letter)])
                .sum()
        };
        let all: usize = counts.iter().sum::<usize>() - counts[usize::from(GAP)];
        let certain = count("ACGTUN");
        let nucleotides = count("ACGTU") + count(UNKNOWN_NUCLEOTIDES);
        if all == 0 || nucleotides < all || 10 * certain < 9 * all {
            return Self::Protein;
        }
        match count("U") > count("T") {
            true => Self::Rna,
            false => Self::Dna,
        }
    }
}

impl FromStr for Alphabet {
    type Err = AlignmentError;

    fn from_str(text: &str) -> Result<Self, AlignmentError> {
        match text {
            "protein" => return Ok(Self::Protein),
            "rna" => return Ok(Self::Rna),
            "dna" => return Ok(Self::Dna),
            _ => {}
        }
        let valid =
            |letter: u8| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == GAP;
        let mut sorted = text.as_bytes().to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let symbols = sorted.iter().filter(|letter| **letter != GAP).count();
        match text.bytes().all(valid) && sorted.len() == text.len() && (2..=64).contains(&symbols) {
            true => Ok(Self::Letters(text.into())),
            false => Err(AlignmentError::Alphabet { found: text.into() }),
        }
    }
}

impl fmt::Display for Alphabet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Protein => "protein",
            Self::Rna => "rna",
            Self::Dna => "dna",
            Self::Letters(letters) => letters,
        })
    }
}

impl TryFrom<String> for Alphabet {
    type Error = AlignmentError;

    fn try_from(text: String) -> Result<Self, AlignmentError> {
        text.parse()
    }
}

impl From<Alphabet> for String {
    fn from(alphabet: Alphabet) -> Self {
        alphabet.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inferred(letters: &str) -> Alphabet {
        let mut counts = [0; 256];
        letters
            .bytes()
            .for_each(|letter| counts[usize::from(letter)] += 1);
        Alphabet::inferred(&counts)
    }

    #[test]
    fn the_letters_say_the_alphabet() {
        for (letters, alphabet) in [
            ("ACGT-ACGTN", Alphabet::Dna),
            ("ACG-U", Alphabet::Rna),
            ("ACGACG", Alphabet::Dna),
            ("ACDEFGHIKLMNPQRSTVWY", Alphabet::Protein),
            // Letters of nucleotides that are mostly none.
            ("RYSWKMBDHVAC", Alphabet::Protein),
            ("ACGTL", Alphabet::Protein),
            ("----", Alphabet::Protein),
        ] {
            assert_eq!(inferred(letters), alphabet, "{letters}");
        }
    }

    #[test]
    fn names_and_letters_are_parsed_and_others_refused() {
        for text in ["protein", "rna", "dna", "01", "-HP", "ACGT"] {
            assert_eq!(text.parse::<Alphabet>().unwrap().to_string(), text);
        }
        for text in ["", "A", "AA", "-A", "ab", "A B", "Protein", "A.", "AÄ"] {
            let error = text.parse::<Alphabet>().unwrap_err().to_string();
            assert!(error.contains("protein, rna, dna or"), "{error}");
        }
    }
}
