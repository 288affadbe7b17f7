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
        let table = symbols(alignment);
        let (mut symbols, mut kept) = (Vec::with_capacity(sequences.letters.len()), Vec::new());
        for (index, letters) in sequences.letters.chunks_exact(sequences.sites).enumerate() {
            let start = symbols.len();
            symbols.extend(letters.iter().map(|&letter| table[usize::from(letter)]));
            let found = &symbols[start..];
            let place = |symbol| found.iter().position(|&other| other == symbol);
            if let Some(site) = place(OUTSIDE) {
                return Err(outside(sequences, alignment, index, site));
            }
            match (unknown, place(UNKNOWN)) {
                (Unknown::Refuse, Some(site)) => return Err(refused(sequences, index, site)),
                (Unknown::Drop, Some(_)) => symbols.truncate(start),
                _ => kept.push(index),
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
        for (units, &symbol) in values.chunks_exact_mut(states).zip(&self.symbols) {
            match units.get_mut(usize::from(symbol)) {
                Some(unit) => *unit = 1.0,
                None => units.fill(f32::NAN),
            }
        }
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
            unknown: self
                .symbols
                .iter()
                .filter(|&&symbol| symbol == UNKNOWN)
                .count(),
        })
    }
}

/// The symbol of each byte.
fn symbols(alignment: &Alignment) -> [u8; 256] {
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
    symbols
}

fn outside(
    sequences: &Sequences,
    alignment: &Alignment,
    index: usize,
    site: usize,
) -> AlignmentError {
    let Place {
        line,
        column,
        name,
        letter,
    } = Place::of(sequences, index, site);
    AlignmentError::Letter {
        file: sequences.file.clone(),
        line,
        column,
        name,
        letter,
        alphabet: alignment.states.clone(),
    }
}

fn refused(sequences: &Sequences, index: usize, site: usize) -> AlignmentError {
    let Place {
        line,
        column,
        name,
        letter,
    } = Place::of(sequences, index, site);
    let file = sequences.file.clone();
    AlignmentError::UnknownLetter {
        file,
        line,
        column,
        name,
        letter,
    }
}

/// A letter in the file.
struct Place {
    line: usize,
    column: usize,
    /// The name of its sequence.
    name: String,
    letter: char,
}

impl Place {
    fn of(sequences: &Sequences, index: usize, site: usize) -> Self {
        let (line, column) = sequences.locate(index, site);
        Self {
            line,
            column,
            name: sequences.names[index].clone(),
            letter: char::from(sequences.letters[index * sequences.sites + site]),
        }
    }
}
