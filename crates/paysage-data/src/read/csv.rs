//! Text: numbers between commas, semicolons, tabs or spaces.

use ::csv::ByteRecord;

use super::cell::{is_missing_number, number, refused};
use super::choice::{CarriedColumn, Choice, Choose};
use super::records::Records;
use super::{Missing, Numbers};
use crate::error::DataError;
use crate::position::{ColumnPlace, Origin, Position};
use crate::table::Table;

/// A table of the chosen columns of a text, and the cells of those that are carried through.
pub(super) fn parse_chosen(
    file: &str,
    bytes: &[u8],
    missing: Missing,
    choose: Choose<'_>,
) -> Result<Numbers, DataError> {
    let empty = || DataError::Empty { file: file.into() };
    let mut records = Records::of(file, bytes);
    if !records.advance()? {
        return Err(empty());
    }
    let (names, mut more) = records.header()?;
    if !more {
        return Err(empty());
    }
    let width = records.record().len();
    let choice = choose(names.as_deref(), width)?;
    let columns = TextColumns {
        file: file.into(),
        names,
        choice,
        missing,
    };
    let TextColumns { choice, .. } = &columns;
    let mut carried: Vec<CarriedColumn> = choice
        .carried
        .iter()
        .map(|&place| CarriedColumn {
            name: columns
                .name(place)
                .unwrap_or_else(|| (place + 1).to_string()),
            place,
            cells: Vec::new(),
        })
        .collect();
    let mut values = Vec::new();
    let mut lines = Vec::new();
    while more {
        let cells = records.record();
        columns.push_values(cells, records.line(), &mut values)?;
        for column in &mut carried {
            let cell = super::cell::bare(&cells[column.place]);
            column
                .cells
                .push(String::from_utf8_lossy(cell).into_owned());
        }
        lines.push(u32::try_from(records.line()).unwrap_or(u32::MAX));
        more = records.advance()?;
    }
    let origin = Origin::lines(lines).with_columns(columns.places());
    let table = Table::with_missing(file, choice.used.len(), values)?.with_origin(origin);
    let table = match columns.used_names() {
        Some(names) => table.with_names(names)?,
        None => table,
    };
    Ok(Numbers {
        table,
        carried,
        names: columns.names,
    })
}

/// The columns of a text that are numbers.
pub(super) struct TextColumns {
    pub(super) file: String,
    /// The header.
    pub(super) names: Option<Vec<String>>,
    pub(super) choice: Choice,
    pub(super) missing: Missing,
}

impl TextColumns {
    fn name(&self, column: usize) -> Option<String> {
        self.names.as_ref().map(|names| names[column].clone())
    }

    /// Adds the values of a row.
    pub(super) fn push_values(
        &self,
        cells: &ByteRecord,
        line: usize,
        values: &mut Vec<f32>,
    ) -> Result<(), DataError> {
        for &column in &self.choice.used {
            let Some(column) = column else {
                values.push(f32::NAN);
                continue;
            };
            let cell = &cells[column];
            match number::<f32>(cell) {
                Some(value) if value.is_finite() => values.push(value),
                _ if self.missing == Missing::Allowed && is_missing_number(cell) => {
                    values.push(f32::NAN);
                }
                _ => {
                    let position = Position::line(line, column + 1, self.name(column));
                    return Err(refused(&self.file, position, cell));
                }
            }
        }
        Ok(())
    }

    /// The number and the name of each column that is used.
    pub(super) fn places(&self) -> Vec<ColumnPlace> {
        let place = |&column: &Option<usize>| match column {
            Some(column) => (column + 1, self.name(column)),
            None => (0, None),
        };
        self.choice.used.iter().map(place).collect()
    }

    /// The names of the columns that are used, where the text has all of them and a header.
    pub(super) fn used_names(&self) -> Option<Vec<String>> {
        let names = self.names.as_ref()?;
        let name = |column: &Option<usize>| column.map(|column| names[column].clone());
        self.choice.used.iter().map(name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::choice::everything;

    fn parse_with(file: &str, bytes: &[u8], missing: Missing) -> Result<Table, DataError> {
        Ok(parse_chosen(file, bytes, missing, &everything)?.table)
    }

    fn parse(file: &str, bytes: &[u8]) -> Result<Table, DataError> {
        parse_with(file, bytes, Missing::Refused)
    }

    fn message(text: &str) -> String {
        parse("a.csv", text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn numbers_in_every_notation_of_a_text() {
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
        // Missing values alone are no header.
        assert!(
            message("NA,?\n0,1\n").starts_with("a.csv: line 1, column 1: the value is missing")
        );
        // Text among numbers is no header: taking it for one would lose a row of data.
        assert!(message("x,1\n0,1\n").starts_with("a.csv: line 1, column 1 holds \"x\""));
    }

    #[test]
    fn names_file_row_column_and_value() {
        assert_eq!(
            message("age,weight\n31,70\n28,heavy\n"),
            "a.csv: line 3, column 2 (\"weight\") holds \"heavy\", expected a number; for text or \
             categories use a schema (--schema infer)"
        );
        assert!(message("1,2\n3,x\n").starts_with("a.csv: line 2, column 2 holds \"x\", expected"));
        let comma = message("a;b\n1,5;2\n");
        assert!(comma.starts_with("a.csv: line 2, column 1 (\"a\") holds \"1,5\", expected"));
    }

    #[test]
    fn positions_are_lines_of_the_file() {
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
                message.starts_with(&format!("a.csv: line {row}, column ")),
                "{message}"
            );
        }
        assert!(message("1,2\r\r3,x\r").starts_with("a.csv: line 3, column 2 "));
    }

    #[test]
    fn refuses_ragged_rows() {
        for (text, found) in [("a,b\n1,2\n3\n", 1), ("1,2\n3,4\n5,6,7\n", 3)] {
            let error = parse("a.csv", text.as_bytes()).unwrap_err();
            let DataError::Ragged {
                line,
                expected,
                found: width,
                ..
            } = error
            else {
                panic!("{error}")
            };
            assert_eq!((line, expected, width), (3, 2, found));
        }
    }

    #[test]
    fn refuses_empty_cells() {
        for text in ["1,\n3,4\n", "\"\",1\n", "1, \n", "a,b\n1,\"\"\n"] {
            let error = parse("a.csv", text.as_bytes()).unwrap_err();
            assert!(
                matches!(error, DataError::MissingValue { .. }),
                "{text:?}: {error}"
            );
        }
        assert!(
            message("a,b\n1,\n")
                .starts_with("a.csv: line 2, column 2 (\"b\"): the value is missing")
        );
    }

    #[test]
    fn cells_may_be_missing_on_request() {
        for text in [
            "a,b\n1,\n?,NA\nnan,4\n",
            "1,null\n\"\",NaN\n, 4\n",
            "NA,?\n1,\n,4",
        ] {
            let table = parse_with("a.csv", text.as_bytes(), Missing::Allowed).unwrap();
            let present = table.values().iter().copied().filter(|x| !x.is_nan());
            assert_eq!(present.collect::<Vec<_>>(), [1.0, 4.0], "{text:?}");
            assert_eq!((table.rows(), table.columns()), (3, 2));
            assert_eq!(table.names().is_some(), text.starts_with('a'));
        }
        for (text, start) in [
            ("1,2\n3,x\n", "a.csv: line 2, column 2 holds \"x\""),
            ("1,2\n3,inf\n", "a.csv: line 2, column 2 holds inf"),
        ] {
            let error = parse_with("a.csv", text.as_bytes(), Missing::Allowed).unwrap_err();
            assert!(error.to_string().starts_with(start), "{error}");
        }
    }

    #[test]
    fn refuses_what_is_not_finite() {
        for (value, shown) in [("-inf", "-inf"), ("1e39", "1e39"), ("1e999", "inf")] {
            let message = message(&format!("1,2\n3,{value}\n"));
            assert!(
                message.starts_with(&format!("a.csv: line 2, column 2 holds {shown}, expected"))
            );
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
    fn bytes_that_are_not_utf8_are_no_numbers() {
        let error = parse("a.csv", b"1,2\n3,\xff\n").unwrap_err();
        assert!(matches!(
            error,
            DataError::NotANumber { position, .. } if position == Position::line(2, 2, None)
        ));
    }

    #[test]
    fn spaces_separate_cells_and_comments_are_headers_as_numpy_writes_them() {
        for (text, names) in [
            ("1.5e+00 2.0\n3 4\n", None),
            ("  1.5   2\r\n\r\n 3\t4 \r\n", None),
            ("# a b\n1.5 2\n3 4\n# the end\n", Some(["a", "b"])),
            ("# some numbers of note\n1.5 2\n3 4\n", None),
            ("# made today\n# a,b\n1.5,2\n3,4\n", Some(["a", "b"])),
            ("#a\tb\n1.5\t2\n3\t4\n", Some(["a", "b"])),
            ("a b\n1.5 2\n3 4\n", Some(["a", "b"])),
        ] {
            let table = parse("a.txt", text.as_bytes()).unwrap();
            assert_eq!(table.values(), [1.5, 2.0, 3.0, 4.0], "{text:?}");
            let names = names.map(|names| names.map(String::from).to_vec());
            assert_eq!(table.names(), names.as_deref(), "{text:?}");
            let last = text
                .lines()
                .filter(|line| !line.starts_with("# the"))
                .count();
            assert_eq!(table.position(1, 0).row, last, "{text:?}");
        }
        // A missing value of a spreadsheet is no comment.
        let table = parse_with("a.csv", b"#N/A,1\n2,3\n", Missing::Allowed).unwrap();
        assert_eq!((table.rows(), table.row(1)), (2, &[2.0, 3.0][..]));
        let error = parse("a.txt", b"1 2\n3 4\n5\n").unwrap_err().to_string();
        assert!(
            error.starts_with("a.txt: line 3 has 1 value, expected 2"),
            "{error}"
        );
    }

    #[test]
    fn chosen_columns_keep_their_positions_and_others_their_cells() {
        let text = b"id,a,b\nu1,1,2\n\nu2,3,x\n";
        let choose = |names: Option<&[String]>, width| {
            assert_eq!((names.unwrap().len(), width), (3, 3));
            Ok(Choice {
                used: vec![Some(1), None],
                carried: vec![0, 2],
                ..Choice::default()
            })
        };
        let read = parse_chosen("a.csv", text, Missing::Refused, &choose).unwrap();
        assert_eq!([read.table.row(0)[0], read.table.row(1)[0]], [1.0, 3.0]);
        assert!(read.table.row(0)[1].is_nan());
        assert_eq!(
            read.table.position(1, 0).to_string(),
            "line 4, column 2 (\"a\")"
        );
        assert_eq!(read.carried[0].cells, ["u1", "u2"]);
        assert_eq!(
            (read.carried[1].place, &read.carried[1].cells[1][..]),
            (2, "x")
        );
    }

    #[test]
    fn numbers_are_rounded_once() {
        // Halfway between two f32 but for its last digit: rounding by way of f64 goes down.
        let table = parse("a.csv", b"1.00000005960464477539062500001\n").unwrap();
        assert_eq!(table.values(), [1.000_000_1]);
    }
}
