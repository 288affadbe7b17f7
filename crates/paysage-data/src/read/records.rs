//! The rows of a text file: cells between commas, semicolons or tabs.

use ::csv::{ByteRecord, Reader, ReaderBuilder, Trim};

use super::cell::bare;
use crate::error::DataError;

/// Row after row of a text, each as wide as the first.
pub(super) struct Records<'a> {
    file: &'a str,
    bytes: &'a [u8],
    reader: Reader<&'a [u8]>,
    record: ByteRecord,
    width: Option<usize>,
}

impl<'a> Records<'a> {
    /// Before the first row.
    pub(super) fn of(file: &'a str, bytes: &'a [u8]) -> Self {
        let text = unmarked(bytes);
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .delimiter(delimiter(text))
            .from_reader(text);
        Self {
            file,
            bytes,
            reader,
            record: ByteRecord::new(),
            width: None,
        }
    }

    /// Goes on to the next row; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool, DataError> {
        let more = self.reader.read_byte_record(&mut self.record);
        // Reading from memory cannot fail, and every width of row is let through.
        if !more.map_err(|error| DataError::Unreadable {
            file: self.file.into(),
            source: error.into(),
        })? {
            return Ok(false);
        }
        let found = self.record.len();
        let expected = *self.width.get_or_insert(found);
        if found != expected {
            return Err(DataError::Ragged {
                file: self.file.into(),
                row: self.line(),
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

    /// The number of the line in which the row begins.
    pub(super) fn line(&self) -> usize {
        let start = self.record.position().map_or(0, |position| position.byte());
        line(self.bytes, start)
    }
}

/// The text without the mark that some programs put before UTF-8.
fn unmarked(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
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

/// The number of the line in which the record that was looked for from `start` begins.
///
/// Counted only for a message. The parser's own count stops before the empty lines it skips.
pub(super) fn line(bytes: &[u8], start: u64) -> usize {
    let text = unmarked(bytes);
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
