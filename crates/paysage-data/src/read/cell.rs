//! One cell of a text file.

use std::str::FromStr;

use crate::error::DataError;
use crate::position::Position;

/// The spellings of a missing value, in any case.
const MISSING: [&[u8]; 9] = [
    b"", b"na", b"n/a", b"#n/a", b"#na", b"<na>", b"nan", b"?", b"null",
];

/// Further spellings of a missing value in a column of numbers, in any case; in a column of text
/// they may be values.
const MISSING_NUMBER: [&[u8]; 7] = [b"none", b"nil", b"n.a.", b"-", b"--", b".", b"#null!"];

/// Whether the cell is a missing value, whatever its column holds.
pub(crate) fn is_missing(cell: &[u8]) -> bool {
    spelled(cell, &MISSING)
}

/// Whether the cell is a missing value in a column of numbers.
pub(crate) fn is_missing_number(cell: &[u8]) -> bool {
    is_missing(cell) || spelled(cell, &MISSING_NUMBER)
}

fn spelled(cell: &[u8], spellings: &[&[u8]]) -> bool {
    let cell = bare(cell);
    spellings
        .iter()
        .any(|other| cell.eq_ignore_ascii_case(other))
}

/// The cell without the quotes that a space before them made part of it: `1, "2"`.
pub(super) fn bare(cell: &[u8]) -> &[u8] {
    let inner = cell
        .strip_prefix(b"\"")
        .and_then(|cell| cell.strip_suffix(b"\""));
    inner.unwrap_or(cell).trim_ascii()
}

/// The number that the cell holds, if it holds one.
pub(super) fn number<T: FromStr>(cell: &[u8]) -> Option<T> {
    std::str::from_utf8(bare(cell)).ok()?.parse().ok()
}

/// The error that a cell holds no finite number.
pub(super) fn refused(file: &str, position: Position, cell: &[u8]) -> DataError {
    let file = file.to_owned();
    // As f64, so that the message can show 1e39, which is infinite as f32.
    match number(cell) {
        Some(value) if !f64::is_nan(value) => DataError::NotFinite {
            file,
            position,
            value,
        },
        _ if is_missing_number(cell) => DataError::MissingValue { file, position },
        _ => {
            let value = String::from_utf8_lossy(cell).into_owned();
            DataError::NotANumber {
                file,
                position,
                value,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_spellings_of_missing_values_in_any_case() {
        for cell in [
            "", "NA", "na", "NaN", "nan", "NAN", "?", "null", "NULL", "N/A", "n/a", "#N/A", " NA ",
            "\"\"", "\"NA\"", "<NA>",
        ] {
            assert!(is_missing(cell.as_bytes()), "{cell:?}");
        }
        for cell in ["None", "none", "-", "--", "."] {
            assert!(!is_missing(cell.as_bytes()), "{cell:?}");
            assert!(is_missing_number(cell.as_bytes()), "{cell:?}");
        }
        for cell in ["0", "??", "-1", ".5", "no"] {
            assert!(!is_missing_number(cell.as_bytes()), "{cell:?}");
        }
    }
}
