//! One cell of a text file.

use std::str::FromStr;

use crate::error::DataError;

/// What stands in a cell whose value is missing, or nothing does.
const MISSING: [&[u8]; 6] = [b"", b"NA", b"NaN", b"nan", b"?", b"null"];

/// Whether the value of the cell is missing.
pub(super) fn is_missing(cell: &[u8]) -> bool {
    MISSING.contains(&bare(cell))
}

/// The cell without the quotes which a space before them made part of it: `1, "2"`.
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

/// What is wrong with a cell that holds no finite number.
pub(super) fn refused(
    file: &str,
    row: usize,
    column: usize,
    name: Option<String>,
    cell: &[u8],
) -> DataError {
    let file = file.to_owned();
    // In f64, so that the message can say 1e39 where f32 has only infinity.
    match number(cell) {
        Some(value) => DataError::NotFinite {
            file,
            row,
            column,
            name,
            value,
        },
        None if bare(cell).is_empty() => DataError::EmptyCell {
            file,
            row,
            column,
            name,
        },
        None => {
            let value = String::from_utf8_lossy(cell).into_owned();
            DataError::NotANumber {
                file,
                row,
                column,
                name,
                value,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_is_what_is_listed_and_nothing_else() {
        for cell in [
            "", "NA", "NaN", "nan", "?", "null", " NA ", "\"\"", "\"NA\"",
        ] {
            assert!(is_missing(cell.as_bytes()), "{cell:?}");
        }
        for cell in ["na", "NAN", "N/A", "None", "-", "NULL", "0", "??"] {
            assert!(!is_missing(cell.as_bytes()), "{cell:?}");
        }
    }
}
