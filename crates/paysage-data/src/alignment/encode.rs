//! From letters to units.

use super::{Alignment, AlignmentError, GAP, Gaps, Sequences, Unknown};
use crate::error::DataError;
use crate::position::Origin;
use crate::read::CarriedColumn;
use crate::table::{MOST_VALUES, Table};

/// The symbol of a gap that is a missing value.
const MISSING: u8 = 254;
/// The symbol of an unknown letter.
const UNKNOWN: u8 = 253;
/// The symbol of a letter outside the alphabet.
const OUTSIDE: u8 = 255;

/// The symbols of an alignment, and the sequences that are kept.
pub(crate) struct Encoding<'a> {
    sequences: &'a Sequences,
    alignment: &'a Alignment,
    /// States, or one of the symbols above: `[sequences, sites]`, without sequences that are left out.
    pub(crate) symbols: Vec<u8>,
    /// The sequences that are kept, counted from 0.
    pub(crate) kept: Vec<usize>,
}

/// A table of one-hot sites.
pub(crate) struct Encoded {
    pub(crate) table: Table,
    /// The names of the sequences.
    pub(crate) names: CarriedColumn,
    /// Number of sequences that were left out.
    pub(crate) dropped: usize,
    /// Number of unknown letters that became missing values.
    pub(crate) unknown: usize,
}

impl<'a> Encoding<'a> {
    /// The symbols of sequences; `unknown` replaces the policy of the alignment.
    pub(crate) fn of(
        sequences: &'a Sequences,
        alignment: &'a Alignment,
        unknown: Unknown,
    ) -> Result<Self, AlignmentError> {
        let coder = Coder::of(alignment, unknown);
        let (mut symbols, mut kept) = (Vec::with_capacity(sequences.letters.len()), Vec::new());
        for (index, letters) in sequences.letters.chunks_exact(sequences.sites).enumerate() {
            let start = symbols.len();
            match coder.add(letters, &mut symbols) {
                Ok(true) => kept.push(index),
                Ok(false) => symbols.truncate(start),
                Err(fault) => {
                    let (line, column) = sequences.locate(index, fault.site());
                    let name = sequences.names[index].clone();
                    let letter = char::from(letters[fault.site()]);
                    let place = Place {
                        line,
                        column,
                        name,
                        letter,
                    };
                    return Err(fault.at(&sequences.file, alignment, place));
                }
            }
        }
        match kept.is_empty() {
            true => Err(AlignmentError::AllDropped {
                file: sequences.file.clone(),
                count: sequences.count(),
            }),
            false => Ok(Self {
                sequences,
                alignment,
                symbols,
                kept,
            }),
        }
    }

    /// The units of the sequences that are kept, each at the line of its name.
    pub(crate) fn encoded(&self) -> Result<Encoded, DataError> {
        let (states, width) = (self.alignment.state_count(), self.alignment.units());
        let (file, rows) = (&self.sequences.file, self.kept.len());
        if rows
            .checked_mul(width)
            .is_none_or(|count| count > MOST_VALUES)
        {
            return Err(DataError::TooLarge {
                file: file.clone(),
                rows,
                units: width,
            });
        }
        let mut values = vec![0.0; rows * width];
        set_units(&self.symbols, states, &mut values);
        let lines = self.kept.iter().map(|&index| self.sequences.lines[index]);
        let site = |unit: usize| (unit / states + 1, None);
        let origin = Origin::lines(lines.collect()).with_columns((0..width).map(site).collect());
        let names = self
            .kept
            .iter()
            .map(|&index| self.sequences.names[index].clone());
        Ok(Encoded {
            table: Table::with_missing(file.clone(), width, values)?.with_origin(origin),
            names: CarriedColumn {
                name: "name".into(),
                place: 0,
                cells: names.collect(),
            },
            dropped: self.sequences.count() - rows,
            unknown: unknown_symbols(&self.symbols),
        })
    }
}

/// From letters to symbols.
pub(crate) struct Coder {
    /// The symbol of each byte.
    symbols: [u8; 256],
    unknown: Unknown,
}

impl Coder {
    /// The symbols of an alignment; `unknown` replaces its policy.
    pub(crate) fn of(alignment: &Alignment, unknown: Unknown) -> Self {
        let mut symbols = [OUTSIDE; 256];
        for letter in alignment.alphabet.unknown().bytes() {
            symbols[usize::from(letter)] = UNKNOWN;
        }
        if alignment.gaps() == Gaps::Missing {
            symbols[usize::from(GAP)] = MISSING;
        }
        for (state, letter) in alignment.states.bytes().enumerate() {
            symbols[usize::from(letter)] = state as u8;
        }
        Self { symbols, unknown }
    }

    /// Adds the symbols of a sequence; whether it is kept.
    pub(crate) fn add(&self, letters: &[u8], symbols: &mut Vec<u8>) -> Result<bool, Fault> {
        let start = symbols.len();
        symbols.extend(
            letters
                .iter()
                .map(|&letter| self.symbols[usize::from(letter)]),
        );
        let found = &symbols[start..];
        let place = |symbol| found.iter().position(|&other| other == symbol);
        if let Some(site) = place(OUTSIDE) {
            return Err(Fault::Outside(site));
        }
        match (self.unknown, place(UNKNOWN)) {
            (Unknown::Refuse, Some(site)) => Err(Fault::Unknown(site)),
            (Unknown::Drop, Some(_)) => Ok(false),
            _ => Ok(true),
        }
    }
}

/// Sets units, all 0, to those of sites with these symbols.
pub(crate) fn set_units(symbols: &[u8], states: usize, units: &mut [f32]) {
    for (units, &symbol) in units.chunks_exact_mut(states).zip(symbols) {
        match units.get_mut(usize::from(symbol)) {
            Some(unit) => *unit = 1.0,
            None => units.fill(f32::NAN),
        }
    }
}

/// Number of unknown letters.
pub(crate) fn unknown_symbols(symbols: &[u8]) -> usize {
    symbols.iter().filter(|&&symbol| symbol == UNKNOWN).count()
}

/// The site of a letter that is refused.
pub(crate) enum Fault {
    /// It is outside the alphabet.
    Outside(usize),
    /// It is unknown.
    Unknown(usize),
}

impl Fault {
    pub(crate) fn site(&self) -> usize {
        match self {
            Self::Outside(site) | Self::Unknown(site) => *site,
        }
    }

    /// The error of a letter at this place.
    pub(crate) fn at(&self, file: &str, alignment: &Alignment, place: Place) -> AlignmentError {
        let file = file.into();
        let Place {
            line,
            column,
            name,
            letter,
        } = place;
        match self {
            Self::Outside(_) => AlignmentError::Letter {
                file,
                line,
                column,
                name,
                letter,
                alphabet: alignment.states.clone(),
            },
            Self::Unknown(_) => AlignmentError::UnknownLetter {
                file,
                line,
                column,
                name,
                letter,
            },
        }
    }
}

/// A letter in the file.
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// The name of its sequence.
    pub(crate) name: String,
    pub(crate) letter: char,
}
