//! Sequences that are read one after another.

use std::time::SystemTime;

use super::sequences::{Counts, Notation, Parser, Sequence};
use super::{Alphabet, Place};
use crate::error::{DataError, DiskError};
use crate::read::Stream;

/// Bytes that are read at a time.
const PART: usize = 1 << 16;

/// The fraction of the memory limit for a line or a sequence.
const PARTS: u64 = 4;

/// The least memory for a line or a sequence.
const LEAST: u64 = 1 << 16;

/// How long a line or a sequence may be within a memory limit.
#[derive(Clone, Copy)]
pub(crate) struct Longest {
    most: u64,
    limit: u64,
}

impl Longest {
    /// Within a memory limit in bytes.
    pub(crate) fn of(limit: u64) -> Self {
        let most = (limit / PARTS).max(LEAST);
        Self { most, limit }
    }

    /// Checks the number of bytes of a line, or of a sequence whose name is in this line.
    fn check(self, file: &str, line: usize, found: usize) -> Result<(), DataError> {
        let Self { most, limit } = self;
        match found as u64 > most {
            false => Ok(()),
            true => Err(DiskError::LongSequence {
                file: file.into(),
                line,
                most,
                limit,
            }
            .into()),
        }
    }
}

/// The letters of an alignment, counted.
pub(crate) struct Letters {
    /// The state of the file, which is read again.
    state: (Option<u64>, Option<SystemTime>),
    notation: Notation,
    /// The alphabet that they are of.
    pub(crate) alphabet: Alphabet,
}

impl Letters {
    /// Reads an alignment.
    pub(crate) fn of(file: &str, stream: Stream, longest: Longest) -> Result<Self, DataError> {
        let mut counts = Counts::none();
        let state = stream.state();
        let mut lines = Lines::of(file, stream, longest);
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
    longest: Longest,
    /// The lines of the sequence that was read last, without its name.
    text: Vec<u8>,
}

impl<'a> SequenceStream<'a> {
    /// The sequences of a file.
    pub(crate) fn of(file: &'a str, letters: &'a Letters, longest: Longest) -> Self {
        Self {
            file,
            letters,
            longest,
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
        let mut lines = Lines::of(self.file, stream, self.longest);
        // The line of the name of the sequence; comments may stand before the first one.
        let mut first = None;
        while let Some((number, line)) = lines.next()? {
            if let Some(sequence) = parser.line(number, line)? {
                visit(&self, sequence)?;
            }
            if line.starts_with(b">") {
                self.text.clear();
                first = Some(number);
            } else if let Some(first) = first {
                self.text.extend(line);
                self.text.push(b'\n');
                self.longest.check(self.file, first, self.text.len())?;
            }
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

/// The lines of a text, counted from 1, without spaces at their ends.
struct Lines<'a> {
    file: &'a str,
    stream: Stream,
    longest: Longest,
    text: Vec<u8>,
    /// Where the next line begins.
    at: usize,
    number: usize,
    has_ended: bool,
}

impl<'a> Lines<'a> {
    fn of(file: &'a str, stream: Stream, longest: Longest) -> Self {
        Self {
            file,
            stream,
            longest,
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
        self.longest.check(self.file, self.number + 1, before)?;
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
        let longest = Longest::of(1000);
        let letters = Letters::of(&path, Stream::open(&path).unwrap(), longest).unwrap();
        let sites = |path: &str| {
            let stream = SequenceStream::of(path, &letters, longest);
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

    #[test]
    fn a_sequence_that_is_too_long_is_named_by_its_line_and_comments_before_the_first_are_not_counted()
     {
        let desk = Desk::new();
        let check = |text: String| {
            let path = desk.write("a.fasta", text);
            let longest = Longest::of(400_000);
            let letters = Letters::of(&path, Stream::open(&path).unwrap(), longest)?;
            let stream = SequenceStream::of(&path, &letters, longest);
            stream.each(Stream::open(&path).unwrap(), |_, _| Ok(()))
        };
        let comments = format!("; {}\n", "c".repeat(900)).repeat(200);
        let line = "A".repeat(900) + "\n";
        let sites = check(format!("{comments}>a\n{}", line.repeat(100))).unwrap();
        assert_eq!(sites, 90_000);
        for (text, number) in [
            (format!("{comments}>a\n{}", line.repeat(120)), 201),
            (format!(";\n>a\nA\n>b\n{}", line.repeat(120)), 4),
            (format!(";\n>a\n{}\n", "A".repeat(250_000)), 3),
        ] {
            let refused = check(text).unwrap_err().to_string();
            let place =
                format!("a.fasta: line {number}: a line or a sequence of more than 100000 bytes");
            assert!(refused.contains(&place), "{refused}");
            assert!(
                refused.contains("a memory limit of 400000 bytes"),
                "{refused}"
            );
        }
    }
}
