//! Text that is read part by part.

use ::csv::ByteRecord;

use super::cell::bare;
use super::choice::Choice;
use super::csv::TextColumns;
use super::records::{Part, Records, comments, reader};
use super::separator::Separator;
use super::{Missing, Stream};
use crate::error::{DataError, DiskError};
use crate::position::ColumnPlace;

/// Rows that the first part has at least: a header and two rows decide how a text is read.
const FIRST_ROWS: usize = 3;

/// Bytes of a text that are read at a time.
const LEAST_PART: u64 = 1 << 16;
const MOST_PART: u64 = 1 << 22;

/// The fraction of the memory limit for a part of a text.
const PARTS: u64 = 4;

/// Bytes of a part of a text, and the most of them, within a memory limit.
pub(crate) fn part_sizes(memory: u64) -> (usize, usize) {
    let most = (memory / PARTS).max(LEAST_PART) as usize;
    (most.min(MOST_PART as usize), most)
}

/// Reads the rows of a text part by part: the same rows, names and errors as of the whole text.
pub(crate) struct TextRows {
    stream: Stream,
    file: String,
    missing: Missing,
    /// Bytes of a part, except where a row is longer.
    part: usize,
    /// The most bytes of a part.
    most: usize,
    /// Whether the stream is at its end.
    ended: bool,
}

/// One row of a text.
pub(crate) struct TextRow<'a> {
    /// The values of the columns that are used.
    pub(crate) values: &'a mut Vec<f32>,
    /// The cells of more columns, as text.
    pub(crate) cells: Vec<String>,
    /// The line in which it begins, from 1.
    pub(crate) line: usize,
}

/// The columns of a text.
pub(crate) struct TextHeader {
    /// The number and the name of each column that is used.
    pub(crate) places: Vec<ColumnPlace>,
    /// The names of the columns that are used.
    pub(crate) names: Option<Vec<String>>,
}

impl TextRows {
    /// The rows of a text, `part` bytes at a time or as many as a row has, but at most `most`.
    pub(crate) fn of(
        file: &str,
        stream: Stream,
        missing: Missing,
        part: usize,
        most: usize,
    ) -> Self {
        Self {
            stream,
            file: file.into(),
            missing,
            part,
            most,
            ended: false,
        }
    }

    /// Visits each row: of the columns that `choose` selects by the header and their number, with the cells
    /// of more columns.
    pub(crate) fn each(
        self,
        choose: impl FnOnce(Option<&[String]>, usize) -> Result<(Choice, Vec<usize>), DataError>,
        mut visit: impl FnMut(TextRow<'_>) -> Result<(), DataError>,
    ) -> Result<TextHeader, DataError> {
        let (file, missing) = (self.file.clone(), self.missing);
        let begin = |records: &mut Records<'_>| {
            let (names, more) = records.header()?;
            if !more {
                return Err(DataError::Empty { file: file.clone() });
            }
            let (choice, more) = choose(names.as_deref(), records.record().len())?;
            let columns = TextColumns {
                file: file.clone(),
                names,
                choice,
                missing,
            };
            Ok((columns, more))
        };
        let mut values = Vec::new();
        let (columns, _) = self.each_record(begin, |(columns, more), records| {
            values.clear();
            columns.push_values(records.record(), records.line(), &mut values)?;
            let cell = |&column: &usize| String::from_utf8_lossy(bare(&records.record()[column]));
            visit(TextRow {
                values: &mut values,
                cells: more
                    .iter()
                    .map(|column| cell(column).into_owned())
                    .collect(),
                line: records.line(),
            })
        })?;
        Ok(TextHeader {
            places: columns.places(),
            names: columns.used_names(),
        })
    }

    /// Visits each row with what `begin` makes of the first one. It goes on to the first row of data, which
    /// must be there. A file that changes meanwhile is an error.
    pub(super) fn each_record<T>(
        mut self,
        begin: impl FnOnce(&mut Records<'_>) -> Result<T, DataError>,
        visit: impl FnMut(&T, &Records<'_>) -> Result<(), DataError>,
    ) -> Result<T, DataError> {
        let visited = self.visited(begin, visit);
        // Whatever is wrong with the rows of a file that changed.
        self.stream.check()?;
        visited
    }

    fn visited<T>(
        &mut self,
        begin: impl FnOnce(&mut Records<'_>) -> Result<T, DataError>,
        mut visit: impl FnMut(&T, &Records<'_>) -> Result<(), DataError>,
    ) -> Result<T, DataError> {
        let file = self.file.clone();
        let mut text = Vec::new();
        let mut end = self.fill(&mut text, None)?;
        let mut records = Records::of(&file, &text[..end]);
        if !records.advance()? {
            return Err(DataError::Empty { file });
        }
        let begun = begin(&mut records)?;
        let mut rows = |records: &mut Records<'_>| loop {
            visit(&begun, records)?;
            if !records.advance()? {
                return Ok::<_, DataError>(());
            }
        };
        rows(&mut records)?;
        let mut part = records.next_part(1);
        drop(records);
        loop {
            part.line += lines(&text[..end]);
            text.drain(..end);
            end = self.fill(&mut text, Some(part))?;
            if end == 0 {
                break;
            }
            let mut records = Records::of_part(&file, &text[..end], part);
            if records.advance()? {
                rows(&mut records)?;
            }
        }
        Ok(begun)
    }

    /// Reads more of the text, until it has whole rows; where they end, which is 0 at the end of the text.
    fn fill(&mut self, text: &mut Vec<u8>, part: Option<Part>) -> Result<usize, DataError> {
        let mut length = self.part.max(text.len());
        loop {
            let before = text.len();
            if !self.ended && before < length {
                text.resize(length, 0);
                let read = self.stream.fill(&mut text[before..])?;
                text.truncate(before + read);
                self.ended = text.len() < length;
            }
            if self.ended {
                return Ok(text.len());
            }
            let end = match part {
                None => first_rows(&self.file, text),
                Some(part) => whole_rows(text, part.separator),
            };
            if end > 0 {
                return Ok(end);
            }
            if length >= self.most {
                return Err(DiskError::LongRow {
                    file: self.file.clone(),
                    line: part.map_or(1, |part| part.line),
                    most: self.most,
                }
                .into());
            }
            length = (2 * length).min(self.most);
        }
    }
}

/// Where the last whole row at the beginning of a text ends; 0 where there are not enough of them.
fn first_rows(file: &str, text: &[u8]) -> usize {
    let body = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let body = &body[comments(body).0..];
    let end = text.len() - body.len() + whole_rows(body, Separator::of(body));
    let mut records = Records::of(file, &text[..end]);
    for _ in 0..FIRST_ROWS {
        match records.advance() {
            Ok(true) => {}
            Ok(false) => return 0,
            // The error of the whole text.
            Err(_) => break,
        }
    }
    end
}

/// Where the last whole row of a part of a text ends; 0 where there is none.
fn whole_rows(text: &[u8], separator: Separator) -> usize {
    match separator {
        Separator::Byte(delimiter) if text.contains(&b'"') => quoted_rows(text, delimiter),
        _ => {
            let next = |index: usize| text.get(index + 1);
            let is_end = |index: &usize| match text[*index] {
                b'\n' => true,
                // The next byte may be the second one of this end.
                b'\r' => next(*index).is_some_and(|&byte| byte != b'\n'),
                _ => false,
            };
            (0..text.len()).rev().find(is_end).map_or(0, |end| end + 1)
        }
    }
}

/// [`whole_rows`] where cells may be quoted and have ends of lines in them.
fn quoted_rows(text: &[u8], delimiter: u8) -> usize {
    let mut records = reader(text, delimiter);
    let mut record = ByteRecord::new();
    let mut end = 0;
    // Reading from memory cannot fail.
    while let Ok(true) = records.read_byte_record(&mut record) {
        let place = records.position().byte() as usize;
        match text.get(place) {
            // More bytes may belong to the row.
            None => break,
            Some(b'\n') if text[place - 1] == b'\r' => end = place + 1,
            Some(_) => end = place,
        }
    }
    end
}

/// Number of ends of lines.
fn lines(text: &[u8]) -> usize {
    let next = |index: usize| text.get(index + 1);
    let is_end = |&(index, &byte): &(usize, &u8)| {
        byte == b'\n' || (byte == b'\r' && next(index) != Some(&b'\n'))
    };
    text.iter().enumerate().filter(is_end).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::everything;
    use crate::testing::Desk;

    /// Without a look at the file, its rows would end where it was cut.
    #[test]
    fn a_text_that_is_cut_while_it_is_read_is_an_error() {
        let desk = Desk::new();
        let text = "0,1\n".repeat(50_000);
        let path = desk.write("a.csv", &text);
        let rows = |length: u64| {
            let stream = Stream::open(&path).unwrap();
            let text = TextRows::of(&path, stream, Missing::Refused, 1000, 1 << 16);
            let choose = |names: Option<&[String]>, width: usize| {
                Ok((everything(names, width)?, Vec::new()))
            };
            let mut count = 0;
            let read = text.each(choose, |_| {
                if count == 0 {
                    let file = std::fs::File::options().write(true).open(&path).unwrap();
                    file.set_len(length).unwrap();
                }
                count += 1;
                Ok(())
            });
            read.map(|_| count)
        };
        // Its first half has whole rows.
        let changed = rows(text.len() as u64 / 2).unwrap_err();
        assert!(
            matches!(changed, DataError::Disk(DiskError::Changed { .. })),
            "{changed}"
        );
    }
}
