//! Inference of the kinds of columns from their cells.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::notation::{Found, Notation, is_amount};
use super::number;
use super::partial::Kind;
use crate::error::{DataError, SchemaError};
use crate::layout::Reason;
use crate::read::{Cells, Text, is_missing_number};

/// More distinct whole numbers than this are a measurement; as many or fewer are categories.
const MOST_NUMBERS: usize = 10;

/// More distinct text values than this need a schema: they are rather names or remarks.
const MOST_WORDS: usize = 100;

/// Bytes of a cell in a set of cells: its digest, where the set is at most 7/8 full and doubles as it grows, with the
/// set before.
const SEEN_CELL: u64 = 64;

/// A set of cells is not divided into parts of fewer bytes.
const LEAST_SEEN: u64 = 1 << 16;

/// Decimals beyond these are seldom meant.
const MOST_DECIMALS: i64 = 6;

/// What a column holds.
#[derive(Debug, PartialEq)]
pub(super) enum Observed {
    Kind(Kind),
    /// Nothing to model.
    LeftOut(Reason),
}

/// What a column of a file holds; an index or identifiers are nothing to model.
pub(super) fn observe(cells: &Cells, column: usize) -> Result<Observed, DataError> {
    let is_numeric = notation(cells, column)?.is_some();
    match is_numeric {
        true if is_index(cells, column) => Ok(Observed::LeftOut(Reason::Index)),
        false if is_identifier(cells, column) => Ok(Observed::LeftOut(Reason::Identifier)),
        _ => kind_of(cells, column, is_numeric),
    }
}

/// The kind of a column that shall be modelled.
pub(super) fn kind(cells: &Cells, column: usize) -> Result<Kind, DataError> {
    let is_numeric = notation(cells, column)?.is_some();
    let holds = match kind_of(cells, column, is_numeric)? {
        Observed::Kind(kind) => return Ok(kind),
        Observed::LeftOut(Reason::Constant) => "one value only",
        Observed::LeftOut(_) => "no value",
    };
    let advice = "leave it out of the schema, or give its kind and values there";
    Err(unclear(cells, column, format!("{holds}; {advice}")))
}

fn kind_of(cells: &Cells, column: usize, is_numeric: bool) -> Result<Observed, DataError> {
    let count = count_distinct(cells, column, MOST_WORDS);
    let is_measured = is_numeric && {
        let notation = notation(cells, column)?.unwrap_or_default();
        let numbers = cells.present_numbers(column);
        measured(numbers.filter_map(|(_, cell)| notation.read(&cell)))
    };
    Ok(match count {
        0 => Observed::LeftOut(Reason::Empty),
        1 => Observed::LeftOut(Reason::Constant),
        _ if is_measured => Observed::Kind(Kind::Real),
        2 => Observed::Kind(Kind::Binary),
        3..=MOST_WORDS => Observed::Kind(Kind::Categorical),
        _ => {
            let name = &cells.names[column];
            let holds = format!(
                "more than {MOST_WORDS} different values; leave it out (--drop {name}), or \
                 set kind = \"categorical\" in a schema (at most {} values)",
                super::partial::MOST_STATES
            );
            return Err(unclear(cells, column, holds));
        }
    })
}

fn unclear(cells: &Cells, column: usize, holds: String) -> DataError {
    DataError::Schema(SchemaError::UnclearColumn {
        file: cells.file.clone(),
        name: cells.names[column].clone(),
        holds,
    })
}

/// Whether numbers measure something: one of them is not whole, or there are more than 10.
fn measured(numbers: impl Iterator<Item = f64>) -> bool {
    let mut seen = HashSet::new();
    for number in numbers {
        seen.insert(number.to_bits());
        if number.fract() != 0.0 || seen.len() > MOST_NUMBERS {
            return true;
        }
    }
    false
}

/// The notation of a column of numbers; none where it holds text.
///
/// A column that is neither is refused with the cell: numbers must not become categories because
/// of a few cells.
pub(super) fn notation(cells: &Cells, column: usize) -> Result<Option<Notation>, DataError> {
    let present = || cells.present_numbers(column);
    let (file, position) = (|| cells.file.clone(), |row| cells.position(row, column));
    match Notation::of(present().map(|(_, cell)| cell)) {
        Found::Notation(notation) => return Ok(Some(notation)),
        Found::Ambiguous(index) => {
            let (row, cell) = present().nth(index).unwrap_or_default();
            return Err(DataError::Schema(SchemaError::AmbiguousNumber {
                file: file(),
                position: position(row),
                value: cell.into(),
            }));
        }
        Found::None => {}
    }
    let infinite = |cell: &str| number(cell).is_none() && cell.parse::<f64>().is_ok();
    let numbers = || present().filter(|(_, cell)| number(cell).is_some());
    if present().all(|(_, cell)| number(&cell).is_some() || infinite(&cell))
        && let Some((row, cell)) = present().find(|(_, cell)| infinite(cell))
    {
        return Err(cells.no_number(row, column, &cell));
    }
    let has_numbers = measured(numbers().filter_map(|(_, cell)| number(&cell)));
    let has_amounts = || {
        let mut seen = HashSet::new();
        present().all(|(_, cell)| is_amount(&cell))
            && present().any(|(_, cell)| {
                let is_written_out = cell.contains(['.', ',']);
                seen.insert(cell);
                is_written_out || seen.len() > MOST_NUMBERS
            })
    };
    let other = present().find(|(_, cell)| number(cell).is_none());
    match other {
        Some((row, cell)) if has_numbers || has_amounts() => {
            Err(DataError::Schema(SchemaError::MixedColumn {
                file: file(),
                position: position(row),
                value: cell.into(),
            }))
        }
        _ => Ok(None),
    }
}

/// Whether a column of numbers counts the rows: more than 10 whole numbers in steps of one, none
/// of them twice or missing.
fn is_index(cells: &Cells, column: usize) -> bool {
    let numbers = || cells.texts(column).map(|cell| number(&cell));
    let (mut least, mut largest) = (f64::INFINITY, f64::NEG_INFINITY);
    for number in numbers() {
        match number {
            Some(number) if number.fract() == 0.0 => {
                (least, largest) = (least.min(number), largest.max(number));
            }
            _ => return false,
        }
    }
    let count = cells.rows();
    if count <= MOST_NUMBERS || largest - least != (count - 1) as f64 {
        return false;
    }
    let mut seen = vec![0_u64; count.div_ceil(64)];
    numbers().flatten().all(|number| {
        let place = (number - least) as usize;
        let (word, bit) = (&mut seen[place / 64], 1 << (place % 64));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    })
}

/// Whether a column of text identifies the rows: more than 10 values, none of them twice.
///
/// Cells are compared by their digests of 128 bits, so that long ones take no more memory than short ones. Among n
/// different cells, two have the same digest with a probability below n²/2¹²⁹: 10⁻²¹ for 10⁹ cells. Digests of cells that
/// are not in memory are compared in as many parts as the memory limit needs.
fn is_identifier(cells: &Cells, column: usize) -> bool {
    if cells.present(column).nth(MOST_NUMBERS).is_none() {
        return false;
    }
    let parts = cells.memory().map_or(1, |memory| {
        let bytes = (cells.rows() as u64).saturating_mul(SEEN_CELL);
        // The other half is for the cells that are read.
        bytes.div_ceil((memory / 2).max(LEAST_SEEN))
    });
    (0..parts).all(|part| {
        let mut seen = HashSet::new();
        let mut of_part = cells.present(column).filter_map(|(_, cell)| {
            let first = hash(0, &cell);
            (first % parts == part).then(|| [first, hash(1, &cell)])
        });
        of_part.all(|digest| seen.insert(digest))
    })
}

/// One of the two hashes of 64 bits of a cell, which are its digest.
fn hash(number: u8, cell: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (number, cell).hash(&mut hasher);
    hasher.finish()
}

/// What makes two cells of a column one value.
#[derive(PartialEq, Eq, Hash)]
enum Value {
    Number(u64),
    /// The digest of a text, which takes no more memory where the text is long.
    Word([u64; 2]),
}

impl Value {
    /// The value of a cell, given the number that it is.
    fn of(number: Option<f64>, cell: &str) -> Self {
        match number {
            // 0 and −0 are one number.
            Some(number) => Self::Number((number + 0.0).to_bits()),
            None => Self::Word([0, 1].map(|number| hash(number, cell))),
        }
    }
}

/// The cells of a column that have a value; in a column of numbers, more of them are missing.
fn with_values(cells: &Cells, column: usize) -> impl Iterator<Item = Text<'_>> {
    let is_numeric = cells
        .present_numbers(column)
        .all(|(_, cell)| number(&cell).is_some() || is_amount(&cell));
    let present = cells.present(column).map(|(_, cell)| cell);
    present.filter(move |cell| !(is_numeric && is_missing_number(cell.as_bytes())))
}

/// The number of distinct values of a column: at most one more than `most`.
fn count_distinct(cells: &Cells, column: usize, most: usize) -> usize {
    let mut seen = HashSet::new();
    for cell in with_values(cells, column) {
        seen.insert(Value::of(number(&cell), &cell));
        if seen.len() > most {
            break;
        }
    }
    seen.len()
}

/// The distinct values of a column, sorted as numbers if all are numbers, otherwise as text: at most one
/// more than `most`.
///
/// A number is one value however it is written; the first spelling is kept.
pub(super) fn distinct(cells: &Cells, column: usize, most: usize) -> Vec<String> {
    let mut values: HashMap<Value, (Option<f64>, Text)> = HashMap::new();
    for cell in with_values(cells, column) {
        let number = number(&cell);
        let value = Value::of(number, &cell);
        values.entry(value).or_insert((number, cell));
        if values.len() > most {
            break;
        }
    }
    let mut values: Vec<(Option<f64>, Text)> = values.into_values().collect();
    if values.iter().all(|(number, _)| number.is_some()) {
        values.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal));
    } else {
        values.sort_by(|a, b| a.1.cmp(&b.1));
    }
    values.into_iter().map(|(_, cell)| cell.into()).collect()
}

/// The numbers of a real column.
#[derive(Debug)]
pub(super) struct Real {
    pub(super) mean: f64,
    /// The standard deviation; 1 where all numbers are equal, so that they become 0.
    pub(super) deviation: f64,
    pub(super) decimals: usize,
    pub(super) notation: Notation,
}

/// The mean, standard deviation, decimals and notation of the numbers of a real column. Mean and deviation
/// are weighted, where rows have weights.
pub(super) fn real(
    cells: &Cells,
    column: usize,
    given: Option<&Notation>,
) -> Result<Real, DataError> {
    let notation = match given {
        Some(notation) => notation.clone(),
        None => notation(cells, column)?.unwrap_or_default(),
    };
    let read = |cell: &str| notation.read(cell).or_else(|| number(cell));
    let weight = |row: usize| {
        cells
            .weights()
            .map_or(1.0, |weights| f64::from(weights[row]))
    };
    let (mut first, mut is_constant, mut decimals) = (None, true, 0);
    for (row, cell) in cells.present_numbers(column) {
        let number = read(&cell).ok_or_else(|| cells.no_number(row, column, &cell))?;
        decimals = decimals.max(notation.decimals(&cell).clamp(0, MOST_DECIMALS) as usize);
        // Rows of weight 0 are left out.
        if weight(row) > 0.0 {
            is_constant &= number == *first.get_or_insert(number);
        }
    }
    let Some(first) = first else {
        return Err(DataError::Schema(SchemaError::BadColumn {
            file: cells.file.clone(),
            name: cells.names[column].clone(),
            expected: match cells.weights() {
                None => "a number in some row, or its mean, deviation and decimals in the schema",
                Some(_) => "a number in some row of a weight above 0",
            },
        }));
    };
    let mean_of = |change: &dyn Fn(f64) -> f64| {
        let (mut sum, mut total) = (0.0, 0.0);
        for (row, cell) in cells.present_numbers(column) {
            if let (Some(number), weight) = (read(&cell), weight(row))
                && weight > 0.0
            {
                sum += change(number) * weight;
                total += weight;
            }
        }
        sum / total
    };
    let mean = mean_of(&|number| number);
    let deviation = mean_of(&|number| (number - mean).powi(2)).sqrt();
    // The rounding of a mean must not look like a deviation, and one may be too small to square.
    let is_constant = is_constant || deviation == 0.0;
    Ok(Real {
        mean: if is_constant { first } else { mean },
        deviation: if is_constant { 1.0 } else { deviation },
        decimals,
        notation,
    })
}

#[cfg(test)]
mod tests;
