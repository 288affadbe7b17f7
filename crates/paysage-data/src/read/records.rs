//! The rows of a text file: cells between commas, semicolons, tabs or spaces.

use ::csv::{ByteRecord, Reader, ReaderBuilder, Trim};

use super::cell::{bare, is_missing_number, number};
use super::separator::{Separator, next_line, spaced};
use crate::error::DataError;

/// Iteration over the rows of a text, each as wide as the first.
pub(super) struct Records<'a> {
    file: &'a str,
    text: &'a [u8],
    /// Where the rows begin: after the comments at the top.
    start: usize,
    separator: Separator,
    cells: Cells<'a>,
    record: ByteRecord,
    width: Option<usize>,
    counted: Counted,
    /// The last comment line at the top.
    comment: Option<&'a [u8]>,
}

enum Cells<'a> {
    Separated(Box<Reader<&'a [u8]>>),
    /// The rest of a text whose cells spaces separate.
    Spaced(&'a [u8]),
}

impl<'a> Cells<'a> {
    fn of(body: &'a [u8], separator: Separator) -> Self {
        match separator {
            Separator::Byte(delimiter) => Self::Separated(Box::new(reader(body, delimiter))),
            Separator::Spaces => Self::Spaced(body),
        }
    }
}

/// What is known of a text from the parts before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) separator: Separator,
    /// Number of cells of a row.
    width: Option<usize>,
    /// The number of the line in which the part begins, from 1.
    pub(super) line: usize,
}

impl<'a> Records<'a> {
    /// Before the first row.
    pub(super) fn of(file: &'a str, bytes: &'a [u8]) -> Self {
        Self::separated_by(file, bytes, None)
    }

    /// The rows of a text of one column, whose cells may contain spaces.
    pub(super) fn of_one_column(file: &'a str, bytes: &'a [u8]) -> Self {
        Self::separated_by(file, bytes, Some(Separator::Byte(b',')))
    }

    /// The rows of the next part of a text, which begins with a row.
    pub(super) fn of_part(file: &'a str, text: &'a [u8], part: Part) -> Self {
        Self {
            file,
            text,
            start: 0,
            separator: part.separator,
            cells: Cells::of(text, part.separator),
            record: ByteRecord::new(),
            width: part.width,
            counted: Counted {
                byte: 0,
                line: part.line,
            },
            comment: None,
        }
    }

    /// What the next part needs to know, given the number of the line in which it begins.
    pub(super) fn next_part(&self, line: usize) -> Part {
        Part {
            separator: self.separator,
            width: self.width,
            line,
        }
    }

    fn separated_by(file: &'a str, bytes: &'a [u8], separator: Option<Separator>) -> Self {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let (start, comment) = comments(text);
        let body = &text[start..];
        let separator = separator.unwrap_or_else(|| Separator::of(body));
        Self {
            file,
            text,
            start,
            separator,
            cells: Cells::of(body, separator),
            record: ByteRecord::new(),
            width: None,
            counted: Counted { byte: 0, line: 1 },
            comment,
        }
    }

    /// Reads the next row; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool, DataError> {
        let begin = match &mut self.cells {
            Cells::Separated(reader) => {
                let more = reader.read_byte_record(&mut self.record);
                // Reading from memory cannot fail, and rows of every width are accepted here.
                if !more.map_err(|error| DataError::Unreadable {
                    file: self.file.into(),
                    source: error.into(),
                })? {
                    return Ok(false);
                }
                let position = self.record.position();
                self.start + position.map_or(0, |position| position.byte() as usize)
            }
            Cells::Spaced(rest) => {
                let line = loop {
                    match next_line(rest) {
                        None => return Ok(false),
                        // A comment between or after the rows.
                        Some(line) if is_comment(line) => {}
                        Some(line) => break line,
                    }
                };
                self.record.clear();
                spaced(line).for_each(|cell| self.record.push_field(cell));
                line.as_ptr() as usize - self.text.as_ptr() as usize
            }
        };
        self.counted.advance(self.text, begin);
        let found = self.record.len();
        let expected = *self.width.get_or_insert(found);
        if found != expected {
            return Err(DataError::Ragged {
                file: self.file.into(),
                line: self.line(),
                expected,
                found,
            });
        }
        Ok(true)
    }

    /// The row as it stands in the file.
    pub(super) fn record(&self) -> &ByteRecord {
        &self.record
    }

    /// The cells of the row.
    pub(super) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        self.record.iter().map(bare)
    }

    /// The number of the line in which the row begins, from 1.
    pub(super) fn line(&self) -> usize {
        self.counted.line
    }

    /// The header, read from the first row or the comment above it; where it is the first row,
    /// [`advance`](Self::advance) goes on to the first row of data, and the flag says whether
    /// there is one.
    ///
    /// The first row is a header when none of its cells is a number and not all are missing. A
    /// name among numbers is an error of the data, and no header. The comment is one when it has
    /// as many cells as the first row and none of them is a number: `numpy.savetxt` writes it so.
    pub(super) fn header(&mut self) -> Result<(Option<Vec<String>>, bool), DataError> {
        if is_header(&self.record) {
            let names = named(&self.record);
            return Ok((Some(names), self.advance()?));
        }
        Ok((self.commented_header(), true))
    }

    /// The names in the comment above the first row, which is the current one, where it has a
    /// number and the comment has as many cells.
    pub(super) fn commented_header(&self) -> Option<Vec<String>> {
        let names = self.separated(self.comment?);
        let fits = names.len() == self.record.len() && is_header(&names);
        (fits && !is_header(&self.record)).then(|| named(&names))
    }

    /// The cells of a line.
    fn separated(&self, line: &[u8]) -> ByteRecord {
        let mut record = ByteRecord::new();
        match self.separator {
            // A line of no cells, where it does not read.
            Separator::Byte(delimiter) => {
                let _ = reader(line, delimiter).read_byte_record(&mut record);
            }
            Separator::Spaces => spaced(line).for_each(|cell| record.push_field(cell)),
        }
        record
    }
}

/// Whether none of the cells is a number and not all are missing.
fn is_header(record: &ByteRecord) -> bool {
    !record.is_empty()
        && record.iter().all(|cell| number::<f32>(cell).is_none())
        && !record.iter().all(is_missing_number)
}

fn named(record: &ByteRecord) -> Vec<String> {
    let name = |cell| String::from_utf8_lossy(bare(cell)).into_owned();
    record.iter().map(name).collect()
}

pub(super) fn reader(text: &[u8], delimiter: u8) -> Reader<&[u8]> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .delimiter(delimiter)
        .from_reader(text)
}

/// Where the comments at the top end, and the last of them without its `#`.
pub(super) fn comments(text: &[u8]) -> (usize, Option<&[u8]>) {
    let mut rest = text;
    let mut found = (0, None);
    while let Some(line) = next_line(&mut rest) {
        if !is_comment(line) {
            break;
        }
        found = (text.len() - rest.len(), Some(line[1..].trim_ascii()));
    }
    found
}

/// Whether a line is a comment and no cell of a spreadsheet such as `#N/A`.
fn is_comment(line: &[u8]) -> bool {
    const ERRORS: [&[u8]; 7] = [
        b"#N/A", b"#NA", b"#NULL!", b"#NUM!", b"#REF!", b"#VALUE!", b"#DIV/0!",
    ];
    let is_cell = ERRORS.iter().any(|error| {
        let start = line.get(..error.len());
        let end = line.get(error.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(error))
            && end.is_none_or(|byte| matches!(byte, b',' | b';' | b'\t' | b' '))
    });
    line.starts_with(b"#") && !is_cell
}

/// The number of the line at a byte, counted along.
struct Counted {
    byte: usize,
    line: usize,
}

impl Counted {
    /// Counts to the first row at or after a byte.
    ///
    /// The parser's own count stops before the empty lines that it skips.
    fn advance(&mut self, text: &[u8], begin: usize) {
        let begin = begin.min(text.len());
        let empty = text[begin..]
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let end = begin + empty.count();
        for index in self.byte..end {
            let alone = text[index] == b'\r' && text.get(index + 1) != Some(&b'\n');
            self.line += usize::from(alone || text[index] == b'\n');
        }
        self.byte = end;
    }
}
