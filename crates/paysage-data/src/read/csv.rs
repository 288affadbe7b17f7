//! Text: numbers between commas, semicolons or tabs.

use super::Missing;
use super::cell::{is_missing, number, refused};
use super::records::Records;
use crate::error::DataError;
use crate::table::Table;

/// A table from text, its columns named if there is a header.
pub(super) fn parse(file: &str, bytes: &[u8], missing: Missing) -> Result<Table, DataError> {
    let mut records = Records::of(file, bytes);
    let mut more = records.advance()?;
    let columns = records.cells().count();

    // A name among numbers is a fault of the data, not a header.
    let header = records.cells().all(|cell| number::<f32>(cell).is_none())
        && !records.cells().all(is_missing);
    let mut names = None;
    if header {
        let name = |cell| String::from_utf8_lossy(cell).into_owned();
        names = Some(records.cells().map(name).collect::<Vec<String>>());
        more = records.advance()?;
    }
    let mut values = Vec::new();
    while more {
        for (index, cell) in records.cells().enumerate() {
            match number::<f32>(cell) {
                Some(value) if value.is_finite() => values.push(value),
                _ if missing == Missing::Allowed && is_missing(cell) => values.push(f32::NAN),
                _ => {
                    let name = names.as_ref().map(|names| names[index].clone());
                    return Err(refused(file, records.line(), index + 1, name, cell));
                }
            }
        }
        more = records.advance()?;
    }
    if values.is_empty() {
        return Err(DataError::Empty { file: file.into() });
    }
    let table = Table::with_missing(file, columns, values)?;
    match names {
        Some(names) => table.with_names(names),
        None => Ok(table),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(file: &str, bytes: &[u8]) -> Result<Table, DataError> {
        super::parse(file, bytes, Missing::Refused)
    }

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
        // Nothing but gaps names nothing.
        assert!(message("NA,?\n0,1\n").starts_with("a.csv: row 1, column 1 holds \"NA\""));
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
    fn cells_may_be_missing_where_that_is_asked_for() {
        for text in [
            "a,b\n1,\n?,NA\nnan,4\n",
            "1,null\n\"\",NaN\n, 4\n",
            "NA,?\n1,\n,4",
        ] {
            let table = super::parse("a.csv", text.as_bytes(), Missing::Allowed).unwrap();
            let present = table.values().iter().copied().filter(|x| !x.is_nan());
            assert_eq!(present.collect::<Vec<_>>(), [1.0, 4.0], "{text:?}");
            assert_eq!((table.rows(), table.columns()), (3, 2));
            assert_eq!(table.names().is_some(), text.starts_with('a'));
        }
        for (text, start) in [
            ("1,2\n3,none\n", "a.csv: row 2, column 2 holds \"none\""),
            ("1,2\n3,inf\n", "a.csv: row 2, column 2 holds inf"),
        ] {
            let error = super::parse("a.csv", text.as_bytes(), Missing::Allowed).unwrap_err();
            assert!(error.to_string().starts_with(start), "{error}");
        }
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
