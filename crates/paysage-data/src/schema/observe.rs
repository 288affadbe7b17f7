//! What the cells of a column tell of it.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::number;
use super::partial::Kind;
use crate::error::DataError;
use crate::read::Cells;

/// More distinct whole numbers than this measure something; as many or fewer name it.
const MOST_NUMBERS: usize = 10;

/// More distinct words than this are names or remarks.
const MOST_WORDS: usize = 100;

/// Digits after the point beyond these are seldom meant.
const MOST_DECIMALS: i64 = 6;

/// The kind of a column by what it holds.
pub(super) fn kind(cells: &Cells, column: usize) -> Result<Kind, DataError> {
    let values = distinct(cells, column);
    let unclear = |holds| DataError::UnclearColumn {
        file: cells.file.clone(),
        name: cells.names[column].clone(),
        holds,
    };
    let numbers: Option<Vec<f64>> = values.iter().map(|value| number(value)).collect();
    let measured = numbers.is_some_and(|numbers| {
        numbers.len() > MOST_NUMBERS || numbers.iter().any(|number| number.fract() != 0.0)
    });
    match values.len() {
        0 => Err(unclear("no value")),
        1 => Err(unclear("one value only")),
        _ if measured => Ok(Kind::Real),
        2 => Ok(Kind::Binary),
        3..=MOST_WORDS => Ok(Kind::Categorical),
        _ => Err(unclear("more than 100 different words")),
    }
}

/// The different values of a column, sorted as numbers where all are numbers, else as text.
///
/// Numbers are one value however they are written; the way that comes first stands for it.
pub(super) fn distinct(cells: &Cells, column: usize) -> Vec<String> {
    #[derive(PartialEq, Eq, Hash)]
    enum Value<'a> {
        Number(u64),
        Word(&'a str),
    }
    let mut values: HashMap<Value, (Option<f64>, &str)> = HashMap::new();
    for cell in cells.present(column) {
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

/// The numbers of a real column: their mean, standard deviation and digits after the point.
///
/// A constant column has nothing to divide by and has deviation 1, so that it becomes 0.
pub(super) fn real(cells: &Cells, column: usize) -> Result<(f64, f64, usize), DataError> {
    let mut numbers = Vec::with_capacity(cells.rows());
    let mut decimals = 0;
    for row in 0..cells.rows() {
        if let Some(cell) = cells.get(row, column) {
            numbers.push(number(cell).ok_or_else(|| cells.no_number(row, column))?);
            decimals = decimals.max(decimals_of(cell));
        }
    }
    let Some(&first) = numbers.first() else {
        return Err(DataError::BadColumn {
            file: cells.file.clone(),
            name: cells.names[column].clone(),
            expected: "a number in some row, or its mean, deviation and decimals in the schema",
        });
    };
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    let deviation = (squares / count).sqrt();
    // The rounding of a mean must not look like a spread, and a spread may be too small to square.
    if deviation == 0.0 || numbers.iter().all(|&number| number == first) {
        return Ok((first, 1.0, decimals));
    }
    Ok((mean, deviation, decimals))
}

fn decimals_of(number: &str) -> usize {
    let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let digits = digits.split_once('.').map_or(0, |(_, after)| after.len());
    let exponent: i32 = exponent.parse().unwrap_or(0);
    (digits as i64 - i64::from(exponent)).clamp(0, MOST_DECIMALS) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(column: &[&str]) -> Cells {
        let rows = column.iter().map(|cell| format!("{cell},0\n"));
        Cells::parse("a.csv", format!("x,y\n{}", rows.collect::<String>()).into()).unwrap()
    }

    #[test]
    fn kinds_are_told_by_what_a_column_holds() {
        let eleven: Vec<String> = (0..11).map(|x| x.to_string()).collect();
        let eleven: Vec<&str> = eleven.iter().map(String::as_str).collect();
        let words: Vec<String> = (0..100).map(|x| format!("w{x}")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        for (column, expected) in [
            (&["no", "yes", "", "no"][..], Kind::Binary),
            (&["2", "1", "1"], Kind::Binary),
            (&["1", "1.0", "-0", "0", "?"], Kind::Binary),
            (&["1", "x"], Kind::Binary),
            (&["1.5", "2.5", "1.5"], Kind::Real),
            (&eleven, Kind::Real),
            (&eleven[1..], Kind::Categorical),
            (&["1", "2", "3+"], Kind::Categorical),
            (&["0.5", "1.5", "low"], Kind::Categorical),
            (&words, Kind::Categorical),
        ] {
            assert_eq!(kind(&cells(column), 0).unwrap(), expected, "{column:?}");
        }
        let more = [&words[..], &["w"]].concat();
        for (column, holds) in [
            (&["", "NA"][..], "no value"),
            (&["0.5", "0.50"], "one value only"),
            (&more, "more than 100 different words"),
        ] {
            let message = kind(&cells(column), 0).unwrap_err().to_string();
            assert!(message.starts_with(&format!("a.csv: column \"x\" holds {holds};")));
        }
    }

    #[test]
    fn values_are_sorted_as_what_they_are() {
        let numbers = cells(&["10", "9", "1e1", "-1", "9.0"]);
        assert_eq!(distinct(&numbers, 0), ["-1", "9", "10"]);
        let words = cells(&["b", "10", "a", "9"]);
        assert_eq!(distinct(&words, 0), ["10", "9", "a", "b"]);
    }

    #[test]
    fn moments_are_those_of_the_numbers_that_are_there() {
        let column = cells(&["2", "4", "", "4.0", "4", "5", "5.25", "6.75", "9"]);
        let (mean, deviation, decimals) = real(&column, 0).unwrap();
        assert_eq!((mean, decimals), (5.0, 2));
        let squares = 9.0 + 3.0 + 0.0 + 0.0625 + 3.0625 + 16.0f64;
        assert!((deviation - (squares / 8.0).sqrt()).abs() < 1e-12);
        for constant in [&["0.1", "0.1", "0.1"][..], &["0", "1e-200"]] {
            assert_eq!(real(&cells(constant), 0).unwrap().1, 1.0);
        }
        let message = real(&cells(&["1", "low"]), 0).unwrap_err().to_string();
        assert!(message.starts_with("a.csv: row 3, column 1 (\"x\") holds \"low\""));
        assert!(real(&cells(&["NA"]), 0).is_err() && real(&cells(&["1e39"]), 0).is_err());
    }

    #[test]
    fn decimals_are_digits_after_the_point() {
        for (number, expected) in [
            ("12", 0),
            ("12.", 0),
            ("12.50", 2),
            ("1.25e1", 1),
            ("1e-3", 3),
            ("1.5e-300", 6),
            ("1.5E+7", 0),
            ("0.123456789", 6),
        ] {
            assert_eq!(decimals_of(number), expected, "{number}");
        }
    }
}
