//! Sequences that are read one after another.

use std::time::SystemTime;

use super::sequences::{Counts, Notation, Parser, Sequence};
use super::{Alphabet, Place};
use crate::error::{DataError, DiskError};
use crate::read::Stream;

/// Bytes that are read at a time.
const PART: usize = 1 << 16;

/// The letters of an alignment, counted.
pub(crate) struct Letters {
    /// The state of the file, which is read again.
    state: (Option<u64>, Option<SystemTime>),
    notation: Notation,
    /// The alphabet that they are of.
    pub(crate) alphabet: Alphabet,
}

impl Letters {
    /// Reads an alignment, whose lines have at most so many bytes.
    pub(crate) fn of(file: &str, stream: Stream, most: u64) -> Result<Self, DataError> {
        let mut counts = Counts::none();
        let state = stream.state();
        let mut lines = Lines::of(file, stream, most);
        while let Some((_, line)) = lines.next()? {
            counts.add(line);
        }
        Ok(Self {
            state,
            notation: counts.notation(),
            alphabet: counts.alphabet(),
        })
    }
}

/// The sequences of an alignment whose letters were counted.
pub(crate) struct SequenceStream<'a> {
    file: &'a str,
    letters: &'a Letters,
    most: u64,
    /// The lines of the sequence that was read last, without its name.
    text: Vec<u8>,
}

impl<'a> SequenceStream<'a> {
    /// The sequences of a file, each of at most so many bytes.
    pub(crate) fn of(file: &'a str, letters: &'a Letters, most: u64) -> Self {
        Self {
            file,
            letters,
            most,
            text: Vec::new(),
        }
    }

    /// Visits each sequence; returns their number of sites. A file that changed since its letters were counted, or
    /// changes meanwhile, is an error.
    pub(crate) fn each(
        self,
        stream: Stream,
        visit: impl FnMut(&Self, Sequence) -> Result<(), DataError>,
    ) -> Result<usize, DataError> {
        let (file, state) = (self.file, self.letters.state);
        let unchanged = |stream: &Stream| match stream.state() == state {
            true => Ok(()),
            false => Err(DiskError::Changed { file: file.into() }),
        };
        unchanged(&stream)?;
        let sites = self.visited(stream, visit);
        unchanged(&Stream::open(file)?)?;
        sites
    }

    fn visited(
        mut self,
        stream: Stream,
        mut visit: impl FnMut(&Self, Sequence) -> Result<(), DataError>,
    ) -> Result<usize, DataError> {
        let mut parser = Parser::of(self.file, self.letters.notation);
        let mut lines = Lines::of(self.file, stream, self.most);
        while let Some((number, line)) = lines.next()? {
            if let Some(sequence) = parser.line(number, line)? {
                visit(&self, sequence)?;
            }
            match line.starts_with(b">") {
                true => self.text.clear(),
                false => {
                    self.text.extend(line);
                    self.text.push(b'\n');
                }
            }
            check_length(self.file, parser.length().max(self.text.len()), self.most)?;
        }
        if let Some(sequence) = parser.end()? {
            visit(&self, sequence)?;
        }
        Ok(parser.sites()?)
    }

    /// A letter of the sequence that is visited.
    pub(crate) fn place(&self, sequence: &Sequence, site: usize) -> Place {
        let first = sequence.line as usize;
        let lines = self.text.split(|&byte| byte == b'\n').enumerate();
        let lines = lines.map(|(index, line)| (first + index + 1, line));
        let (line, column) = self.letters.notation.locate(lines, first, site);
        Place {
            line,
            column,
            name: sequence.name.clone(),
            letter: char::from(sequence.letters[site]),
        }
    }
}

fn check_length(file: &str, found: usize, limit: u64) -> Result<(), DataError> {
    match found as u64 > limit {
        false => Ok(()),
        true => Err(DiskError::LargeBatch {
            file: file.into(),
            bytes: found as u64,
            limit,
            remedy: "shorten its lines and sequences",
        }
        .into()),
    }
}

/// The lines of a text, counted from 1, without spaces at their ends.
struct Lines<'a> {
    file: &'a str,
    stream: Stream,
    most: u64,
    text: Vec<u8>,
    /// Where the next line begins.
    at: usize,
    number: usize,
    has_ended: bool,
}

impl<'a> Lines<'a> {
    fn of(file: &'a str, stream: Stream, most: u64) -> Self {
        Self {
            file,
            stream,
            most,
            text: Vec::new(),
            at: 0,
            number: 0,
            has_ended: false,
        }
    }

    fn next(&mut self) -> Result<Option<(usize, &[u8])>, DataError> {
        if self.has_ended && self.at >= self.text.len() {
            return Ok(None);
        }
        let mut searched = self.at;
        let end = loop {
            let found = self.text[searched..].iter().position(|&byte| byte == b'\n');
            match found {
                Some(place) => break searched + place,
                None if self.has_ended => break self.text.len(),
                None => {
                    searched = self.text.len() - self.at;
                    self.fill()?;
                }
            }
        };
        let start = self.at;
        if start >= self.text.len() {
            return Ok(None);
        }
        self.at = end + 1;
        self.number += 1;
        let line = &self.text[start..end];
        let line = match self.number {
            1 => line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line),
            _ => line,
        };
        Ok(Some((self.number, line.trim_ascii_end())))
    }

    /// Reads more of the text after what is left of it.
    fn fill(&mut self) -> Result<(), DataError> {
        self.text.drain(..self.at.min(self.text.len()));
        self.at = 0;
        let before = self.text.len();
        check_length(self.file, before, self.most)?;
        self.text.resize(before + PART, 0);
        let read = self.stream.fill(&mut self.text[before..])?;
        self.text.truncate(before + read);
        self.has_ended = read < PART;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Desk;

    #[test]
    fn a_file_that_changes_between_two_passes_is_an_error() {
        let desk = Desk::new();
        let path = desk.write("a.fasta", ">a\nACD\n");
        let letters = Letters::of(&path, Stream::open(&path).unwrap(), 1000).unwrap();
        let sites = |path: &str| {
            let stream = SequenceStream::of(path, &letters, 1000);
            stream.each(Stream::open(path).unwrap(), |_, _| Ok(()))
        };
        assert_eq!(sites(&path).unwrap(), 3);
        desk.write("a.fasta", ">a\nACDE\n");
        let changed = sites(&path).unwrap_err();
        assert!(
            matches!(changed, DataError::Disk(DiskError::Changed { .. })),
            "{changed}"
        );
    }
}
