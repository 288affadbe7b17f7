//! Text: numbers between commas, semicolons or tabs.

use std::str::FromStr;

use ::csv::{ByteRecord, ReaderBuilder, Trim};

use crate::error::DataError;
use crate::table::Table;

/// A table from text, its columns named if there is a header.
pub(super) fn parse(file: &str, bytes: &[u8]) -> Result<Table, DataError> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .delimiter(delimiter(text))
        .from_reader(text);

    let mut names: Option<Vec<String>> = None;
    let mut columns = 0;
    let mut values = Vec::new();
    let mut record = ByteRecord::new();
    loop {
        let more = reader.read_byte_record(&mut record);
        // Reading from memory cannot fail, and every width of row is let through.
        if !more.map_err(|error| DataError::Unreadable {
            file: file.into(),
            source: error.into(),
        })? {
            break;
        }
        let start = record.position().map_or(0, |position| position.byte());
        let row = || line(text, start);
        if columns == 0 {
            columns = record.len();
            // A name among numbers is a fault of the data, not a header.
            let named = |cell| !bare(cell).is_empty() && number::<f32>(cell).is_none();
            if record.iter().any(named) && record.iter().all(|c| number::<f32>(c).is_none()) {
                let name = |cell| String::from_utf8_lossy(bare(cell)).into_owned();
                names = Some(record.iter().map(name).collect());
                continue;
            }
        }
        if record.len() != columns {
            let (expected, found) = (columns, record.len());
            return Err(DataError::Ragged {
                file: file.into(),
                row: row(),
                expected,
                found,
            });
        }
        for (index, cell) in record.iter().enumerate() {
            match number::<f32>(cell) {
                Some(value) if value.is_finite() => values.push(value),
                _ => {
                    let name = names.as_ref().map(|names| names[index].clone());
                    return Err(refused(file, row(), index + 1, name, cell));
                }
            }
        }
    }
    if values.is_empty() {
        return Err(DataError::Empty { file: file.into() });
    }
    let table = Table::new(file, columns, values)?;
    match names {
        Some(names) => table.with_names(names),
        None => Ok(table),
    }
}

/// The first of tab, semicolon and comma that stands outside of quotes in the first line.
///
/// In this order: no number holds a tab or a semicolon, but half of Europe writes 1,5.
fn delimiter(text: &[u8]) -> u8 {
    let mut quoted = false;
    let mut found = b',';
    for &byte in text.iter().skip_while(|byte| matches!(byte, b'\r' | b'\n')) {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            b'\t' if !quoted => return b'\t',
            b';' if !quoted => found = b';',
            _ => {}
        }
    }
    found
}

/// The cell without the quotes which a space before them made part of it: `1, "2"`.
fn bare(cell: &[u8]) -> &[u8] {
    let inner = cell
        .strip_prefix(b"\"")
        .and_then(|cell| cell.strip_suffix(b"\""));
    inner.unwrap_or(cell).trim_ascii()
}

fn number<T: FromStr>(cell: &[u8]) -> Option<T> {
    std::str::from_utf8(bare(cell)).ok()?.parse().ok()
}

fn refused(file: &str, row: usize, column: usize, name: Option<String>, cell: &[u8]) -> DataError {
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

/// The number of the line in which the record that was looked for from `start` begins.
///
/// Counted only for a message. The parser's own count stops before the empty lines it skips.
fn line(text: &[u8], start: u64) -> usize {
    let start = (start as usize).min(text.len());
    let skipped = text[start..]
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count();
    let before = &text[..start + skipped];
    let alone =
        |(index, &byte): (usize, &u8)| byte == b'\r' && before.get(index + 1) != Some(&b'\n');
    let returns = before
        .iter()
        .enumerate()
        .filter(|&pair| alone(pair))
        .count();
    1 + returns + before.iter().filter(|&&byte| byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        parse("a.csv", text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn numbers_in_every_dress() {
        let expected = [1.0, -2.5, 3e4, 4.0];
        for text in [
            "1,-2.5\n3e4,4\n",
            "1,-2.5\n3e4,4",
            "1,-2.5\r\n3e4,4\r\n",
            "1,-2.5\r3e4,4\r",
            "\u{feff}1,-2.5\n3e4,4\n",
            "  1 , -2.5 \n 3e4 ,\t4\n",
            "\"1\",\"-2.5\"\n\" 3e4 \",\"4\"\n",
            "1, \"-2.5\"\n3e4, \"4\"\n",
            "1;-2.5\n3e4;4\n",
            "1\t-2.5\n3e4\t4\n",
            "\n\n1,-2.5\n\n3e4,4\n\n",
            "+1,-2.5\n3.0E+04,4.\n",
        ] {
            let table = parse("a.csv", text.as_bytes()).unwrap();
            assert_eq!(table.columns(), 2, "{text:?}");
            assert_eq!(table.values(), expected, "{text:?}");
            assert_eq!(table.names(), None);
        }
    }

    #[test]
    fn a_header_is_a_first_line_without_numbers() {
        for text in [
            "a,b\n1,2\n",
            "\u{feff}a;b\r\n1;2\r\n",
            "a\tb\n1\t2\n",
            "\"a\",\"b\"\n1,2",
        ] {
            let table = parse("a.csv", text.as_bytes()).unwrap();
            assert_eq!(table.names().unwrap(), ["a", "b"], "{text:?}");
            assert_eq!(table.values(), [1.0, 2.0]);
        }
        let table = parse("a.csv", b",y1999,\"x, y\"\n0,1,2\n").unwrap();
        assert_eq!(table.names().unwrap(), ["", "y1999", "x, y"]);
        // A word among numbers is no header: taking it for one would lose a row of data.
        assert_eq!(
            message("NA,1\n0,1\n"),
            "a.csv: row 1, column 1 holds \"NA\", but a number such as 1.5 is needed"
        );
    }

    #[test]
    fn names_file_row_column_and_value() {
        assert_eq!(
            message("age,weight\n31,70\n28,heavy\n"),
            "a.csv: row 3, column 2 (\"weight\") holds \"heavy\", but a number such as 1.5 is needed"
        );
        assert_eq!(
            message("1,2\n3,x\n"),
            "a.csv: row 2, column 2 holds \"x\", but a number such as 1.5 is needed"
        );
        assert_eq!(
            message("a;b\n1,5;2\n"),
            "a.csv: row 2, column 1 (\"a\") holds \"1,5\", but a number such as 1.5 is needed"
        );
    }

    #[test]
    fn rows_are_lines_of_the_file() {
        for text in [
            "1,2\n\n\n3,x\n",
            "\n\n\n3,4\nx,1",
            "a,b\n\"1\n\",2\n3,y",
            "1,2\r\n\r\n\r\n3,x",
        ] {
            let lines = text.lines().count();
            let error = parse("a.csv", text.as_bytes());
            let header = text.starts_with("\n");
            let row = if header { 5 } else { 4 };
            assert_eq!(lines, row);
            let message = error.unwrap_err().to_string();
            assert!(
                message.starts_with(&format!("a.csv: row {row}, column ")),
                "{message}"
            );
        }
        assert!(message("1,2\r\r3,x\r").starts_with("a.csv: row 3, column 2 "));
    }

    #[test]
    fn refuses_ragged_rows() {
        for (text, found) in [("a,b\n1,2\n3\n", 1), ("1,2\n3,4\n5,6,7\n", 3)] {
            let error = parse("a.csv", text.as_bytes()).unwrap_err();
            let DataError::Ragged {
                row,
                expected,
                found: width,
                ..
            } = error
            else {
                panic!("{error}")
            };
            assert_eq!((row, expected, width), (3, 2, found));
        }
    }

    #[test]
    fn refuses_empty_cells() {
        for text in ["1,\n3,4\n", "\"\",1\n", "1, \n", "a,b\n1,\"\"\n"] {
            let error = parse("a.csv", text.as_bytes()).unwrap_err();
            assert!(
                matches!(error, DataError::EmptyCell { .. }),
                "{text:?}: {error}"
            );
        }
        assert!(message("a,b\n1,\n").starts_with("a.csv: row 2, column 2 (\"b\") is empty"));
    }

    #[test]
    fn refuses_what_is_not_finite() {
        for (value, shown) in [
            ("NaN", "NaN"),
            ("-inf", "-inf"),
            ("1e39", "1e39"),
            ("1e999", "inf"),
        ] {
            let message = message(&format!("1,2\n3,{value}\n"));
            assert!(message.starts_with(&format!("a.csv: row 2, column 2 holds {shown}, but")));
        }
    }

    #[test]
    fn refuses_files_without_rows() {
        for text in ["", "\n\n", "a,b\n", "\u{feff}", "a,b"] {
            let error = parse("a.csv", text.as_bytes()).unwrap_err();
            assert!(
                matches!(error, DataError::Empty { .. }),
                "{text:?}: {error}"
            );
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_no_numbers() {
        let error = parse("a.csv", b"1,2\n3,\xff\n").unwrap_err();
        assert!(matches!(
            error,
            DataError::NotANumber {
                row: 2,
                column: 2,
                ..
            }
        ));
    }

    #[test]
    fn numbers_are_rounded_once() {
        // Halfway between two f32 but for its last digit: rounding by way of f64 goes down.
        let table = parse("a.csv", b"1.00000005960464477539062500001\n").unwrap();
        assert_eq!(table.values(), [1.000_000_1]);
    }
}
