//! Inference of the kinds of columns from their cells.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use super::notation::{Found, Notation, is_amount};
use super::number;
use super::partial::Kind;
use crate::error::{DataError, SchemaError};
use crate::layout::Reason;
use crate::read::Cells;
use crate::weights::weighted_mean;

/// More distinct whole numbers than this are a measurement; as many or fewer are categories.
const MOST_NUMBERS: usize = 10;

/// More distinct text values than this need a schema: they are rather names or remarks.
const MOST_WORDS: usize = 100;

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
    let values = distinct(cells, column);
    let is_measured = is_numeric && {
        let notation = notation(cells, column)?.unwrap_or_default();
        measured(values.iter().filter_map(|value| notation.read(value)))
    };
    Ok(match values.len() {
        0 => Observed::LeftOut(Reason::Empty),
        1 => Observed::LeftOut(Reason::Constant),
        _ if is_measured => Observed::Kind(Kind::Real),
        2 => Observed::Kind(Kind::Binary),
        3..=MOST_WORDS => Observed::Kind(Kind::Categorical),
        count => {
            let name = &cells.names[column];
            let holds = format!(
                "{count} different values, more than {MOST_WORDS}; leave it out (--drop {name}), or \
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
    let present =
        || (0..cells.rows()).filter_map(|row| Some((row, cells.get_number(row, column)?)));
    let (file, position) = (|| cells.file.clone(), |row| cells.position(row, column));
    match Notation::of(present().map(|(_, cell)| cell)) {
        Found::Notation(notation) => return Ok(Some(notation)),
        Found::Ambiguous(index) => {
            let (row, cell) = present().nth(index).unwrap_or((0, ""));
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
    if present().all(|(_, cell)| number(cell).is_some() || infinite(cell))
        && let Some((row, _)) = present().find(|(_, cell)| infinite(cell))
    {
        return Err(cells.no_number(row, column));
    }
    let has_numbers = measured(numbers().filter_map(|(_, cell)| number(cell)));
    let amounts = || present().filter(|(_, cell)| is_amount(cell));
    let has_amounts = amounts().count() == present().count() && {
        let distinct: HashSet<&str> = amounts().map(|(_, cell)| cell).collect();
        distinct.len() > MOST_NUMBERS || distinct.iter().any(|cell| cell.contains(['.', ',']))
    };
    let other = present().find(|(_, cell)| number(cell).is_none());
    match other {
        Some((row, cell)) if has_numbers || has_amounts => {
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
    let numbers = (0..cells.rows()).map(|row| number(cells.text(row, column)));
    let Some(mut numbers) = numbers.collect::<Option<Vec<f64>>>() else {
        return false;
    };
    numbers.sort_by(f64::total_cmp);
    numbers.len() > MOST_NUMBERS
        && numbers[0].fract() == 0.0
        && numbers.windows(2).all(|pair| pair[1] - pair[0] == 1.0)
}

/// Whether a column of text identifies the rows: more than 10 values, none of them twice.
fn is_identifier(cells: &Cells, column: usize) -> bool {
    let mut seen = HashSet::new();
    cells.present(column).all(|(_, cell)| seen.insert(cell)) && seen.len() > MOST_NUMBERS
}

/// The distinct values of a column, sorted as numbers if all are numbers, otherwise as text.
///
/// A number is one value however it is written; the first spelling is kept.
pub(super) fn distinct(cells: &Cells, column: usize) -> Vec<String> {
    #[derive(PartialEq, Eq, Hash)]
    enum Value<'a> {
        Number(u64),
        Word(&'a str),
    }
    let rows = || 0..cells.rows();
    let is_numeric = rows()
        .filter_map(|row| cells.get_number(row, column))
        .all(|cell| number(cell).is_some() || is_amount(cell));
    let get = |row| match is_numeric {
        true => cells.get_number(row, column),
        false => cells.get(row, column),
    };
    let mut values: HashMap<Value, (Option<f64>, &str)> = HashMap::new();
    for cell in rows().filter_map(get) {
        let number = number(cell);
        let value = match number {
            // 0 and −0 are one number.
            Some(number) => Value::Number((number + 0.0).to_bits()),
            None => Value::Word(cell),
        };
        values.entry(value).or_insert((number, cell));
    }
    let mut values: Vec<(Option<f64>, &str)> = values.into_values().collect();
    if values.iter().all(|(number, _)| number.is_some()) {
        values.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal));
    } else {
        values.sort_by_key(|&(_, cell)| cell);
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
    let present =
        || (0..cells.rows()).filter_map(|row| Some((row, cells.get_number(row, column)?)));
    let notation = match given {
        Some(notation) => notation.clone(),
        None => notation(cells, column)?.unwrap_or_default(),
    };
    let (mut numbers, mut weights) = (Vec::with_capacity(cells.rows()), Vec::new());
    let mut decimals = 0;
    for (row, cell) in present() {
        let number = notation.read(cell).or_else(|| number(cell));
        let number = number.ok_or_else(|| cells.no_number(row, column))?;
        decimals = decimals.max(notation.decimals(cell).clamp(0, MOST_DECIMALS) as usize);
        let weight = cells.weights().map(|weights| weights[row]);
        // Rows of weight 0 are left out.
        if weight != Some(0.0) {
            numbers.push(number);
            weights.extend(weight);
        }
    }
    let Some(&first) = numbers.first() else {
        return Err(DataError::Schema(SchemaError::BadColumn {
            file: cells.file.clone(),
            name: cells.names[column].clone(),
            expected: match cells.weights() {
                None => "a number in some row, or its mean, deviation and decimals in the schema",
                Some(_) => "a number in some row of a weight above 0",
            },
        }));
    };
    let weights = cells.weights().map(|_| &weights[..]);
    let mean = weighted_mean(&numbers, weights);
    let squares = numbers.iter().map(|number| (number - mean).powi(2));
    let squares: Vec<f64> = squares.collect();
    let deviation = weighted_mean(&squares, weights).sqrt();
    // The rounding of a mean must not look like a deviation, and one may be too small to square.
    let is_constant = deviation == 0.0 || numbers.iter().all(|&number| number == first);
    Ok(Real {
        mean: if is_constant { first } else { mean },
        deviation: if is_constant { 1.0 } else { deviation },
        decimals,
        notation,
    })
}

#[cfg(test)]
mod tests;
